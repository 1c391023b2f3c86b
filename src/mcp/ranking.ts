/**
 * Which operations answer a person's words: a text index over the catalog. Words are brought into Logto's terms on both
 * sides, and what a question wants to do (look, add, change, take away) counts beside what it is about.
 */
import MiniSearch from 'minisearch';
import type { Effect } from '../catalog/operation.js';
import { intents, synonyms, terms } from './terms.js';
import { argumentsOf, type Tool } from './tools.js';

/** Words that say nothing about which operation is meant. */
const empty = new Set(
  'a an and any are as at be been by can could did do does each every for from had has have he her here him his how i if in into is it its just let like many may me might more much must my need needs nobody not now of off on one only or our out over own please she should so some somebody someone something such than that the their them then there these they thing this those to too under until up us use used using very via want was we were what when where which while who whom whose why will with without would yet you your'.split(
    ' ',
  ),
);

/** Text in Logto's terms, in lower case. */
const inOurTerms = (text: string): string =>
  synonyms.reduce(
    (words, [said, meant]) => words.replaceAll(said, meant),
    text
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .replace(/[_-]+/g, ' ')
      .replace(/['’]s\b/g, ''),
  );

const tokens = (text: string): string[] =>
  inOurTerms(text)
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

/** Endings that tell forms of one word apart. Cruder than a real stemmer, and enough for a few hundred short texts. */
function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) {
    return `${word.slice(0, -3)}y`;
  }
  const bare = word.length > 4 ? word.replace(/(?:ing|ed|es|s)$/, '') : word.replace(/s$/, '');
  return bare.length >= 3 ? bare.replace(/e$/, '') : word;
}

/** Words of doing; they say what is wanted and not about what. */
const doing = new Map(
  (Object.entries(intents) as [Effect, string][]).flatMap(([effect, words]) =>
    words.split(' ').map((word): [string, Effect] => [stem(word), effect]),
  ),
);

/** Neighbouring words together, small words too: "what can this role do" is more than "role". */
const pairs = (words: readonly string[]): string[] =>
  words.slice(1).map((word, index) => `${words[index]}_${word}`);

/** Single words everywhere; in what people say, and in a question, their pairs too. */
const tokenize = (text: string, field?: string): string[] => {
  const words = tokens(text);
  if (field === 'pairs') {
    return text.split(' . ').flatMap((phrase) => pairs(tokens(phrase)));
  }
  return field === undefined ? [...words, ...pairs(words)] : words;
};

const processTerm = (word: string): string | null => {
  if (word.includes('_')) {
    return word;
  }
  const stemmed = stem(word);
  return empty.has(word) || doing.has(stemmed) ? null : stemmed;
};

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

const entryOf = ({ name, domain, operation }: Tool): Entry => ({
  id: name,
  name,
  domain,
  summary: operation.summary,
  terms: (terms[name] ?? []).join(' . '),
  pairs: (terms[name] ?? []).join(' . '),
  notes: [operation.notes, operation.irreversible, operation.reaches].filter(Boolean).join(' '),
  arguments: argumentsOf(operation).join(' '),
});

/** Questions only look, whatever they speak of: "which secrets were deleted". */
const asks =
  /^(?:which|what|who|whose|when|where|why|how (?:many|much|long|often)|is|are|does|did|has|have|was|were)\b/;

/** How much an operation counts by what it does, for a question that wants this or that, or does not say. */
function effectWeight(question: string, words: readonly string[]): (effect: Effect) => number {
  if (asks.test(question)) {
    return (effect) => (effect === 'reads' ? 1 : weights.otherEffect);
  }
  const found = words.flatMap((word) => doing.get(stem(word)) ?? []);
  // A word of looking gives way to every other: "see that it is deleted".
  const others = found.filter((effect) => effect !== 'reads');
  const wanted = new Set(others.length > 0 ? others : found);
  // Bare nouns, such as "API permissions", mean to look more often than not.
  return (effect) =>
    wanted.size === 0
      ? effect === 'reads'
        ? 1
        : weights.unsaid
      : wanted.has(effect)
        ? 1
        : weights.otherEffect;
}

/** How much less an operation counts when it does something else, or reads one where many are asked for. */
const weights = { otherEffect: 0.35, unsaid: 0.8, otherNumber: 0.9 } as const;

const isMany = (words: readonly string[]): boolean =>
  words.some((word) => /^(list|all|which|who|every|available|find|search)$/.test(word));

const isOne = (words: readonly string[]): boolean =>
  words.some((word) => /^(details?|single|view|get|one|inspect|open|this)$/.test(word));

/** Makes a ranking of `tools`: the best match first, an exact name before all others. */
export function createRanking(tools: readonly Tool[]): (words: string) => Tool[] {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const index = new MiniSearch<Entry>({
    fields: ['name', 'summary', 'terms', 'pairs', 'domain', 'notes', 'arguments'],
    tokenize,
    processTerm,
    searchOptions: {
      boost: {
        name: 3.2,
        terms: 4,
        pairs: 3,
        summary: 1.2,
        domain: 1.4,
        notes: 0.2,
        arguments: 0.4,
      },
      bm25: { k: 0.75, b: 0.7, d: 0.75 },
      prefix: (term) => term.length > 4 && !term.includes('_'),
      fuzzy: (term) => (term.length > 5 && !term.includes('_') ? 0.15 : false),
      weights: { prefix: 0.25, fuzzy: 0.75 },
    },
  });
  index.addAll(tools.map(entryOf));

  const factor = (question: string, words: readonly string[]) => {
    const byEffect = effectWeight(question.trim().toLowerCase(), words);
    const many = isMany(words);
    const one = isOne(words);
    return (name: string): number => {
      const effect = byName.get(name)?.operation.effect ?? 'reads';
      const number =
        (many && !one && name.startsWith('get_')) || (one && !many && name.startsWith('list_'));
      return byEffect(effect) * (number ? weights.otherNumber : 1);
    };
  };

  return (question) => {
    const exact = byName.get(
      question
        .trim()
        .toLowerCase()
        .replaceAll(/[\s-]+/g, '_'),
    );
    const words = tokens(question);
    const weigh = factor(question, words);
    const found = index
      .search(question, { boostDocument: (name: string) => weigh(name) })
      .flatMap(({ id }) => byName.get(id) ?? []);
    return exact === undefined ? found : [exact, ...found.filter((tool) => tool !== exact)];
  };
}
