/**
 * Ranks operations by a question in everyday words. A text index over the catalog and the phrases of each operation gives
 * the score; coverage of the question, the effect that it asks for, and an equal phrase weigh it. Other factors were measured and
 * dropped, because they changed the figures of docs/choosing-tools.md by less than two points.
 */
import leven from 'leven';
import MiniSearch from 'minisearch';
import { type Effect, type Outline, wholeRefusalText } from '../../catalog/operation.js';
import { isEqual } from '../../json.js';
import { argumentsOf } from '../operation-schemas.js';
import type { Tool } from '../operation-tools.js';
import { type Phrases, phrases as shippedPhrases } from './phrases.js';
import {
  bigrams,
  effectsOf,
  isDistinctive,
  splitWords,
  stem,
  termWords,
  tokenize,
} from './tokenizer.js';

/** The factor for an operation with another effect than the question asks for. */
const OTHER_EFFECT = 0.39;

/**
 * The factor for adding where a change is asked for, and the reverse, because people often do not tell them apart; and for
 * a write where no effect is asked for, because bare nouns mostly ask to read.
 */
const SIMILAR_EFFECT = 0.8;

/** The factor for an operation that has the question as one of its phrases, or as its name. */
const SAME_PHRASE = 2;

/** How many phrases of one operation count. */
const MAX_COUNTED_PHRASES = 5;

/** Questions that only read, whatever they are about: "which secrets were deleted". */
const readingQuestion =
  /^(?:which|what|whats|who|whos|whose|when|where|why|how (?:many|much|long|often|do|does|did|can)|is|are|am|does|do (?:we|you|they)|did|has|have|was|were|can (?:i|we|you|it) see)\b/;

/** Statements that want something to end. */
const endingStatement =
  /\b(?:no longer|any ?more|any longer|must not|should not|may not|not be|lose|left|leaves?|gone|too many)\b/;

/** The effects that a question asks for; empty when it does not say. */
function wantedEffects(question: string, tokens: readonly string[]): ReadonlySet<Effect> {
  const leading = effectsOf(tokens[0]);
  if (readingQuestion.test(question) || (question.endsWith('?') && leading.length === 0)) {
    return new Set(['reads']);
  }
  // A leading verb decides: "list deleted users".
  const effects = leading.length > 0 ? leading : tokens.flatMap(effectsOf);
  // Reading yields to every other effect: "see that it is deleted".
  const writes = effects.filter((effect) => effect !== 'reads');
  if (effects.length === 0 && endingStatement.test(question)) {
    return new Set(['removes', 'changes']);
  }
  return new Set(writes.length > 0 ? writes : effects);
}

/** The factor of an operation's effect for a question that asks for `wanted`. */
function effectWeight(wanted: ReadonlySet<Effect>): (effect: Effect) => number {
  const wantsWrite = wanted.size > 0 && !wanted.has('reads');
  return (effect) => {
    if (wanted.has(effect) || (wanted.size === 0 && effect === 'reads')) {
      return 1;
    }
    const isSimilar =
      wantsWrite && effect !== 'reads' && (effect === 'removes') === wanted.has('removes');
    return isSimilar || wanted.size === 0 ? SIMILAR_EFFECT : OTHER_EFFECT;
  };
}

/**
 * Scores each phrase by itself, so that one that fits is not outweighed by the many phrases of another operation.
 *
 * @param operations the tokens of every phrase, by tool name
 * @returns the score of each operation for the tokens of a question: the share of its best phrases that the question
 * has, each token weighed by how few operations use it
 */
function phraseScorer(
  operations: ReadonlyMap<string, readonly (readonly string[])[]>,
): (tokens: readonly string[]) => ReadonlyMap<string, number> {
  const frequency = new Map<string, number>();
  for (const phrases of operations.values()) {
    for (const token of new Set(phrases.flat())) {
      frequency.set(token, (frequency.get(token) ?? 0) + 1);
    }
  }
  const rarity = (token: string): number =>
    Math.log(1 + operations.size / (frequency.get(token) ?? Number.POSITIVE_INFINITY));
  const indexed = [...operations].flatMap(([operation, phrases]) =>
    phrases.map((phrase) => {
      const tokens = new Set(phrase);
      return { operation, total: [...tokens].reduce((sum, token) => sum + rarity(token), 0) };
    }),
  );
  const byToken = new Map<string, number[]>();
  for (const [id, phrase] of [...operations.values()].flat().entries()) {
    for (const token of new Set(phrase)) {
      const ids = byToken.get(token);
      if (ids === undefined) {
        byToken.set(token, [id]);
      } else {
        ids.push(id);
      }
    }
  }
  return (tokens) => {
    const matched = new Map<number, number>();
    for (const token of new Set(tokens)) {
      for (const id of byToken.get(token) ?? []) {
        matched.set(id, (matched.get(id) ?? 0) + rarity(token));
      }
    }
    const shares = new Map<string, number[]>();
    for (const [id, weight] of matched) {
      const { operation = '', total = 1 } = indexed[id] ?? {};
      shares.set(operation, [...(shares.get(operation) ?? []), weight / total]);
    }
    return new Map(
      [...shares].map(([operation, all]) => [
        operation,
        all
          .sort((a, b) => b - a)
          .slice(0, MAX_COUNTED_PHRASES)
          .reduce((sum, share) => sum + share, 0),
      ]),
    );
  };
}

/** Replaces an unknown word by the known one that it is a misspelling of. */
function spellingCorrector(
  known: ReadonlySet<string>,
  stems: ReadonlySet<string>,
): (word: string) => string {
  const nearest = (word: string, maxDistance: number): string | undefined =>
    [...known].find(
      (other) =>
        Math.abs(other.length - word.length) <= maxDistance && leven(word, other) <= maxDistance,
    );
  return (word) =>
    word.length < 5 || word.length > 40 || stems.has(stem(word))
      ? word
      : (nearest(word, 1) ?? (word.length < 8 ? undefined : nearest(word, 2)) ?? word);
}

const maxOf = (scores: Iterable<number>): number => Math.max(Number.MIN_VALUE, ...scores);

const significant = (tokens: readonly string[]): string => tokens.filter(isDistinctive).join(' ');

/** The index takes text that is tokenized already. */
const splitTokens = (text: string): string[] => text.split(' ').filter((token) => token !== '');

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  readonly phrases: string;
  readonly bigrams: string;
  readonly domain: string;
  readonly notes: string;
  readonly arguments: string;
}

export interface Ranking {
  /** The operations that share a token with the question, best first. */
  rank(question: string): readonly Tool[];
  /** Whether at least half of the question's significant words, and at least one, are known as they are written. */
  isEnglish(question: string): boolean;
}

/** What the ranking knows of a list of operations. It has names and no tools, so that sessions can share it. */
interface OperationIndex {
  readonly texts: MiniSearch<Entry>;
  /** Tool names by a phrase as its tokens. */
  readonly byPhrase: ReadonlyMap<string, ReadonlySet<string>>;
  scorePhrases(tokens: readonly string[]): ReadonlyMap<string, number>;
  correct(word: string): string;
  isKnown(word: string): boolean;
}

/** What an index is built from. */
type Indexed = Pick<Tool, 'name' | 'domain' | 'operation'>;

/** The texts of an operation that are indexed, beside its name, domain and phrases. */
const textsOf = (operation: Outline) => ({
  summary: operation.summary,
  notes: [
    operation.notes,
    operation.refusesWhole && wholeRefusalText(operation.refusesWhole),
    operation.beware,
    operation.reaches,
  ]
    .filter(Boolean)
    .join(' '),
  arguments: argumentsOf(operation).join(' '),
});

function buildIndex(tools: readonly Indexed[], phrases: Phrases): OperationIndex {
  const texts = new MiniSearch<Entry>({
    fields: ['name', 'summary', 'phrases', 'bigrams', 'domain', 'notes', 'arguments'],
    tokenize: splitTokens,
    processTerm: (token) => token,
  });
  const phraseTokens = new Map<string, string[][]>();
  const byPhrase = new Map<string, Set<string>>();
  const vocabulary = new Set(termWords);
  const read = (text: string): string[] => {
    const words = splitWords(text);
    for (const word of words) {
      vocabulary.add(word);
    }
    return tokenize(words);
  };
  for (const { name, domain, operation } of tools) {
    const named = read(name);
    const indexed = textsOf(operation);
    const phrasings = (phrases[name] ?? []).map(read);
    for (const tokens of [named, ...phrasings]) {
      const text = tokens.join(' ');
      byPhrase.set(text, (byPhrase.get(text) ?? new Set()).add(name));
    }
    phraseTokens.set(
      name,
      [named, ...phrasings].map((tokens) => [...tokens.filter(isDistinctive), ...bigrams(tokens)]),
    );
    texts.add({
      id: name,
      name: significant(named),
      summary: significant(read(indexed.summary)),
      phrases: phrasings.map(significant).join(' '),
      bigrams: phrasings.flatMap(bigrams).join(' '),
      domain: significant(read(domain)),
      notes: significant(read(indexed.notes)),
      arguments: significant(read(indexed.arguments)),
    });
  }
  const scorePhrases = phraseScorer(phraseTokens);
  const stems = new Set([...vocabulary].map(stem));
  const correct = spellingCorrector(vocabulary, stems);
  const isKnown = (word: string): boolean =>
    vocabulary.has(word) || (/(?:s|ed|ing)$/.test(word) && stems.has(stem(word)));
  return { texts, byPhrase, scorePhrases, correct, isKnown };
}

/** The index that was built last, and what it was built from. */
let latest: { tools: readonly Indexed[]; phrases: Phrases; index: OperationIndex } | undefined;

/**
 * The index over operations. To build it takes some 200 ms and its size is some megabytes, and all sessions of a process
 * have the same operations, so the last one is used again as long as they are the same. Each session reads the operations of
 * the served document again, so those are compared by their texts.
 */
function indexOf(tools: readonly Tool[], phrases: Phrases): OperationIndex {
  const isLatest =
    latest !== undefined &&
    latest.phrases === phrases &&
    latest.tools.length === tools.length &&
    latest.tools.every(({ name, domain, operation }, position) => {
      const tool = tools[position];
      return (
        tool?.name === name &&
        tool.domain === domain &&
        (tool.operation === operation || isEqual(textsOf(tool.operation), textsOf(operation)))
      );
    });
  if (latest === undefined || !isLatest) {
    const indexed = tools.map(({ name, domain, operation }) => ({ name, domain, operation }));
    latest = { tools: indexed, phrases, index: buildIndex(indexed, phrases) };
  }
  return latest.index;
}

/**
 * Creates the ranking of `tools`.
 *
 * @param phrases by tool name; the shipped ones unless a measurement leaves some out
 */
export function createRanking(tools: readonly Tool[], phrases: Phrases = shippedPhrases): Ranking {
  const { texts, byPhrase, scorePhrases, correct, isKnown } = indexOf(tools, phrases);
  const byName = new Map(tools.map((tool) => [tool.name, tool]));

  const rank = (question: string): readonly Tool[] => {
    const tokens = tokenize(splitWords(question).map(correct));
    const terms = [...new Set(tokens.filter(isDistinctive))];
    const query = [...tokens.filter(isDistinctive), ...bigrams(tokens)];
    const weigh = effectWeight(wantedEffects(question.trim().toLowerCase(), tokens));
    const matches = texts.search(query.join(' '));
    const phraseScores = scorePhrases(query);
    const maxText = maxOf(matches.map(({ score }) => score));
    const maxPhrase = maxOf(phraseScores.values());
    const samePhrase = byPhrase.get(tokens.join(' '));
    return matches
      .flatMap(({ id, score, queryTerms }) => {
        const tool = byName.get(id);
        const covered = terms.filter((term) => queryTerms.includes(term)).length;
        const coverage = terms.length === 0 ? 1 : covered / terms.length;
        const fit = score / maxText + (phraseScores.get(id) ?? 0) / maxPhrase;
        const isPhrase = samePhrase?.has(id) === true;
        return tool === undefined
          ? []
          : [
              {
                tool,
                score: fit * coverage * weigh(tool.operation.effect) * (isPhrase ? SAME_PHRASE : 1),
              },
            ];
      })
      .sort((a, b) => b.score - a.score)
      .map(({ tool }) => tool);
  };
  return {
    rank,
    isEnglish(question) {
      const words = splitWords(question).filter((word) => isDistinctive(stem(word)));
      const known = words.filter(isKnown).length;
      return words.length === 0 ? /[a-z]/i.test(question) : known > 0 && known * 2 >= words.length;
    },
  };
}
