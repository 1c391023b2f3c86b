/**
 * Which operations answer a person's words: a text index over the catalog. Words are brought into Logto's terms on both
 * sides, and what a question wants to do (look, add, change, take away) counts beside what it is about.
 */
import leven from 'leven';
import MiniSearch from 'minisearch';
import type { Effect } from '../../catalog/operation.js';
import { argumentsOf, type Tool } from '../operation-tools.js';
import { phrases } from './phrases.js';
import {
  effectsOf,
  isSignificant,
  isThing,
  nameIn,
  ownWords,
  pairs,
  stem,
  tokensOf,
  written,
} from './tokenizer.js';

/** What people say, by the operation that they mean. */
export type Said = Readonly<Record<string, readonly string[]>>;

/** Questions only look, whatever they speak of: "which secrets were deleted". */
const asks =
  /^(?:which|what|whats|who|whos|whose|when|where|why|how (?:many|much|long|often|do|does|did|can)|is|are|am|does|do (?:we|you|they)|did|has|have|was|were|can (?:i|we|you|it) see)\b/;

/** Sentences that want something to become otherwise, without a word of doing. */
const urges =
  /\b(?:let|should|must|only|protect|automatically|able to|stay|shorter|longer|again|wants?|needs?|gets?|becomes?|will)\b/;

/** Sentences that want something to end. */
const stops =
  /\b(?:no longer|any ?more|any longer|must not|should not|may not|not be|lose|left|leaves?|gone|too many)\b/;

/**
 * The factors of the ranking. Found by search over the phrasings that are known and over the terms themselves, each left
 * out of the index in its turn; the lists that are held out had no part in it.
 */
const weights = {
  /** An operation that does something else than is wanted. */
  otherEffect: 0.39,
  /** One that writes otherwise: adds where a change is wanted, since people do not tell the two apart. */
  otherWrite: 0.79,
  /** Where nothing is said of what to do: one that does not do what such a sentence mostly means. */
  unsaid: 0.64,
  /** The same where a sentence urges. */
  urged: 0.94,
  /** One of many where many are asked for, or the reverse. */
  otherNumber: 0.76,
  /** The name speaks of one thing and the question of many, or the reverse. */
  otherPlural: 0.89,
  /** For each thing in the operation's name that the question does not speak of. */
  extraThing: 0.92,
  /** The name has the things of the question and no other. */
  sameThings: 1.58,
  /** The name begins with the question's own verb. */
  sameVerb: 1.28,
  /** The sayings of an operation each by itself, beside all its texts together. */
  saying: 0.5,
  /** How strongly the length of a saying, and how rarely a word is said, count. */
  sayingLength: 0.7,
  sayingRarity: 2,
  /** A pair of words beside a word. */
  pair: 0.7,
  /** How much each further saying that fits adds to the best. */
  further: 0.4,
  /** People are known to say just these words when they mean it. */
  sameWords: 1.73,
  /** How strongly the share of the question's words that an operation knows counts. */
  coverage: 1,
};

/** How the texts of an operation count against each other. */
const boost = {
  name: 3.2,
  terms: 4,
  pairs: 3,
  summary: 4,
  domain: 1.6,
  notes: 0.2,
  arguments: 0.6,
};
const textBm25 = { k: 0.84, b: 0.46, d: 0.38 };

/** How much an operation counts by what it does, for a question that wants this or that, or does not say. */
function effectWeight(question: string, words: readonly string[]): (effect: Effect) => number {
  if (asks.test(question) || (question.endsWith('?') && effectsOf(words[0]).length === 0)) {
    return (effect) => (effect === 'reads' ? 1 : weights.otherEffect);
  }
  // A sentence that begins with a word of doing wants that: "list deleted users".
  const imperative = effectsOf(words[0]);
  const found = imperative.length > 0 ? imperative : words.flatMap(effectsOf);
  // A word of looking gives way to every other: "see that it is deleted".
  const others = found.filter((effect) => effect !== 'reads');
  const wanted = new Set(others.length > 0 ? others : found);
  if (wanted.size === 0 && stops.test(question)) {
    wanted.add('removes').add('changes');
  }
  if (wanted.size === 0) {
    // Bare nouns, such as "API permissions", mean to look more often than not.
    const looks = !urges.test(question);
    return (effect) =>
      (effect === 'reads') === looks ? 1 : looks ? weights.unsaid : weights.urged;
  }
  const writes = !wanted.has('reads');
  return (effect) => {
    if (wanted.has(effect)) {
      return 1;
    }
    const alike = writes && effect !== 'reads' && (effect === 'removes') === wanted.has('removes');
    return alike ? weights.otherWrite : weights.otherEffect;
  };
}

const many = /^(?:list|all|which|every|available|search)$/;
const one = /^(?:details?|single|view|one|inspect|open|this)$/;

const isPlural = (word: string): boolean => /[^su]s$/.test(word);

/** Whether the first things that a question names are many: "roles of a user", and not "the role of a user". */
function namesMany(raw: readonly string[]): boolean | undefined {
  const start = raw.findIndex((word) => isThing(stem(word)));
  if (start < 0) {
    return undefined;
  }
  const length = raw.slice(start).findIndex((word) => !isThing(stem(word)));
  return isPlural((length < 0 ? raw.at(-1) : raw[start + length - 1]) ?? '');
}

const thingsOf = (words: readonly string[]): string[] => [...new Set(words.filter(isThing))];

/** What an operation's name says. */
interface Named {
  readonly tool: Tool;
  readonly verb: string;
  readonly things: readonly string[];
  readonly plural: boolean;
}

/** How much an operation counts by its name alone: what it does, to how many, and to which things. */
function nameWeight(question: string, words: readonly string[]): (named: Named) => number {
  const raw = written(question);
  const byEffect = effectWeight(question.trim().toLowerCase(), words);
  const saysMany = raw.some((word) => many.test(word));
  const saysOne = raw.some((word) => one.test(word));
  const plural = namesMany(raw);
  const said = new Set(words);
  const things = thingsOf(words);
  return ({ tool, verb, things: own, plural: ownPlural }) => {
    const extra = own.filter((thing) => !said.has(thing)).length;
    const missing = things.filter((thing) => !own.includes(thing)).length;
    const reads = tool.operation.effect === 'reads';
    return (
      byEffect(tool.operation.effect) *
      (saysMany && !saysOne && !ownPlural ? weights.otherNumber : 1) *
      (saysOne && !saysMany && ownPlural ? weights.otherNumber : 1) *
      (reads && plural !== undefined && plural !== ownPlural ? weights.otherPlural : 1) *
      weights.extraThing ** extra *
      (extra === 0 && own.length > 0 && missing === 0 ? weights.sameThings : 1) *
      (verb === words[0] ? weights.sameVerb : 1)
    );
  };
}

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  readonly terms: string;
  readonly pairs: string;
  readonly domain: string;
  readonly notes: string;
  readonly arguments: string;
}

/** The words of a text that tell operations apart, as the indexes take them. */
const indexed = (words: readonly string[]): string => words.filter(isSignificant).join(' ');

/** Texts come to the indexes in tokens already. */
const split = (text: string): string[] => text.split(' ').filter((token) => token !== '');

/** Sayings each by itself, so that one that fits is not outweighed by the many of a neighbour. */
class Sayings {
  readonly #operations: string[] = [];
  readonly #lengths: number[] = [];
  readonly #places = new Map<string, number[]>();
  readonly #spread = new Map<string, number>();

  constructor(all: ReadonlyMap<string, readonly (readonly string[])[]>) {
    for (const sayings of all.values()) {
      for (const token of new Set(sayings.flat())) {
        this.#spread.set(token, (this.#spread.get(token) ?? 0) + 1);
      }
    }
    for (const [operation, sayings] of all) {
      for (const saying of sayings) {
        const id = this.#operations.push(operation) - 1;
        let square = 0;
        for (const token of new Set(saying)) {
          square += this.#weight(token);
          const places = this.#places.get(token);
          if (places === undefined) {
            this.#places.set(token, [id]);
          } else {
            places.push(id);
          }
        }
        this.#lengths.push(square ** weights.sayingLength);
      }
    }
  }

  /** How much a token tells: more, the fewer operations have it in their sayings; a pair less than a word. */
  #weight(token: string): number {
    const spread = this.#spread.get(token) ?? 0;
    const rarity = spread === 0 ? 0 : Math.log(1 + 300 / spread) ** weights.sayingRarity;
    return token.includes('_') ? weights.pair * rarity : rarity;
  }

  /** How well the sayings of each operation fit: the best one, and further ones for a part. */
  fit(question: readonly string[]): Map<string, number> {
    const scores = new Map<number, number>();
    for (const token of new Set(question)) {
      const weight = this.#weight(token);
      for (const id of this.#places.get(token) ?? []) {
        scores.set(id, (scores.get(id) ?? 0) + weight);
      }
    }
    const fits = new Map<string, number[]>();
    for (const [id, score] of scores) {
      const operation = this.#operations[id] ?? '';
      const fit = score / (this.#lengths[id] ?? 1);
      const others = fits.get(operation);
      if (others === undefined) {
        fits.set(operation, [fit]);
      } else {
        others.push(fit);
      }
    }
    return new Map(
      [...fits].map(([operation, all]) => [
        operation,
        all
          .sort((a, b) => b - a)
          .slice(0, 5)
          .reduce((sum, fit, index) => sum + fit * weights.further ** index, 0),
      ]),
    );
  }
}

/** The nearest word that is known for one that is not: people mistype. */
function spelling(known: ReadonlySet<string>): (word: string) => string {
  const stems = new Set([...known].map(stem));
  const near = (word: string, most: number): string | undefined =>
    [...known].find(
      (other) => Math.abs(other.length - word.length) <= most && leven(word, other) <= most,
    );
  return (word) =>
    word.length < 5 || stems.has(stem(word))
      ? word
      : (near(word, 1) ?? (word.length < 8 ? undefined : near(word, 2)) ?? word);
}

const largest = (scores: Iterable<number>): number => Math.max(Number.MIN_VALUE, ...scores);

/**
 * Makes a ranking of `tools`: the best match first, an exact name before all others.
 *
 * @param said what people say; a measurement leaves some of it out
 */
export function createRanking(
  tools: readonly Tool[],
  said: Said = phrases,
): (words: string) => Tool[] {
  const texts = new MiniSearch<Entry>({
    fields: ['name', 'summary', 'terms', 'pairs', 'domain', 'notes', 'arguments'],
    tokenize: split,
    processTerm: (token) => token,
    searchOptions: { boost, bm25: textBm25 },
  });
  const byName = new Map<string, Named>();
  const byWords = new Map<string, Tool>();
  const whole = new Map<string, Set<string>>();
  const sayings = new Map<string, string[][]>();
  const vocabulary = new Set(ownWords);
  const read = (text: string): string[] => {
    const words = written(text);
    for (const word of words) {
      vocabulary.add(word);
    }
    return tokensOf(words);
  };
  for (const tool of tools) {
    const { name, domain, operation } = tool;
    const named = read(name);
    const all = (said[name] ?? []).map(read);
    byName.set(name, {
      tool,
      verb: named[0] ?? '',
      things: thingsOf(named.slice(1)),
      plural: isPlural(name),
    });
    byWords.set(named.join(' '), tool);
    whole.set(name, new Set(all.map((words) => words.join(' '))));
    sayings.set(
      name,
      [named, ...all].map((words) => [...words.filter(isSignificant), ...pairs(words)]),
    );
    texts.add({
      id: name,
      name: indexed(named),
      domain: indexed(read(domain)),
      summary: indexed(read(operation.summary)),
      terms: all.map(indexed).join(' '),
      pairs: all.flatMap(pairs).join(' '),
      notes: indexed(
        read([operation.notes, operation.beware, operation.reaches].filter(Boolean).join(' ')),
      ),
      arguments: indexed(read(argumentsOf(operation).join(' '))),
    });
  }
  const each = new Sayings(sayings);
  const spell = spelling(vocabulary);

  return (question) => {
    const words = tokensOf(written(question).map(spell));
    const plain = words.join(' ');
    const exact = byName.get(nameIn(question))?.tool ?? byWords.get(plain);
    const weigh = nameWeight(question, words);
    const telling = [...new Set(words.filter(isSignificant))];
    const query = [...words.filter(isSignificant), ...pairs(words)];
    const found = texts.search(query.join(' '));
    const fits = each.fit(query);
    const mostText = largest(found.map(({ score }) => score));
    const mostFit = largest(fits.values());
    const ranked = found
      .flatMap(({ id: name, score, queryTerms }) => {
        const named = byName.get(name);
        const met = telling.filter((word) => queryTerms.includes(word)).length;
        const coverage = telling.length === 0 ? 1 : met / telling.length;
        const fit = score / mostText + (weights.saying * (fits.get(name) ?? 0)) / mostFit;
        const same = whole.get(name)?.has(plain) === true ? weights.sameWords : 1;
        return named === undefined
          ? []
          : [
              {
                tool: named.tool,
                score: fit * coverage ** weights.coverage * weigh(named) * same,
              },
            ];
      })
      .sort((a, b) => b.score - a.score)
      .map(({ tool }) => tool);
    return exact === undefined ? ranked : [exact, ...ranked.filter((tool) => tool !== exact)];
  };
}
