/**
 * Which operations answer a person's words: a text index over the catalog. Words are brought into Logto's terms on both
 * sides, and what a question wants to do (look, add, change, take away) counts beside what it is about.
 */
import MiniSearch, { type SearchOptions } from 'minisearch';
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

const articles = new Set(['a', 'an', 'the']);

/** Neighbouring words together, small words too but for articles, which tell nothing apart: "what can this role do" is more than "role". */
const pairs = (all: readonly string[]): string[] => {
  const words = all.filter((word) => !articles.has(word));
  return words.slice(1).map((word, index) => `${words[index]}_${word}`);
};

/** A question as the name that it may be: "create an organization" is `create_organization`. */
const nameIn = (text: string): string =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !articles.has(word))
    .join('_');

/** The same with every word in its plainest form. */
const plain = (text: string): string =>
  tokens(text)
    .filter((word) => !articles.has(word))
    .map(stem)
    .join(' ');

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

/** What people say, by the operation that they mean. */
export type Said = Readonly<Record<string, readonly string[]>>;

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

const entryOf = ({ name, domain, operation }: Tool, said: Said): Entry => ({
  id: name,
  name,
  domain,
  summary: operation.summary,
  terms: (said[name] ?? []).join(' . '),
  pairs: (said[name] ?? []).join(' . '),
  notes: [operation.notes, operation.irreversible, operation.reaches].filter(Boolean).join(' '),
  arguments: argumentsOf(operation).join(' '),
});

/** Questions only look, whatever they speak of: "which secrets were deleted". */
const asks =
  /^(?:which|what|who|whose|when|where|why|how (?:many|much|long|often)|is|are|does|did|has|have|was|were)\b/;

/** Sentences that want something to become otherwise, without a word of doing. */
const urges =
  /\b(?:let|should|must|only|require|protect|stop|force|no longer|automatically|hook up|able to|translate|stay|shorter|longer|again|wants?|needs?)\b/;

/**
 * The factors of the ranking. Found by search over the phrasings that are known and over the terms themselves, each left
 * out of the index in its turn; the half that is held out had no part in it.
 */
const weights = {
  /** An operation that does something else than is wanted. */
  otherEffect: 0.25,
  /** One that writes otherwise: adds where a change is wanted, since people do not tell the two apart. */
  otherWrite: 0.55,
  /** Where nothing is said of what to do: one that does not do what such a sentence mostly means. */
  unsaid: 0.9,
  /** One of many where many are asked for, or the reverse; and for a bare plural, such as "users". */
  otherNumber: 0.9,
  barePlural: 0.7,
  /** For each thing in the operation's name that the question does not speak of. */
  extraThing: 0.85,
  /** The name has the things of the question and no other. */
  sameThings: 1.4,
  /** The name ends with the thing that the question is about: "users of a role" are users. */
  sameHead: 1.2,
  /** The name begins with the question's own verb. */
  sameVerb: 1.1,
  /** The best single phrase of an operation, beside all its texts together. */
  phrase: 0.5,
  /** People are known to say just these words when they mean it. */
  sameWords: 1.6,
  /** How strongly the share of the question's words that an operation knows counts. */
  coverage: 0.8,
} as const;

/** Words as they were written, before they are brought into Logto's terms. */
const written = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

const effectOf = (word: string | undefined): Effect | undefined =>
  word === undefined ? undefined : doing.get(stem(word));

/** How much an operation counts by what it does, for a question that wants this or that, or does not say. */
function effectWeight(question: string, words: readonly string[]): (effect: Effect) => number {
  if (asks.test(question)) {
    return (effect) => (effect === 'reads' ? 1 : weights.otherEffect);
  }
  // A sentence that begins with a word of doing wants that: "list deleted users".
  const imperative = effectOf(words[0]) ?? effectOf(written(question)[0]);
  const found =
    imperative === undefined ? words.flatMap((word) => effectOf(word) ?? []) : [imperative];
  // A word of looking gives way to every other: "see that it is deleted".
  const others = found.filter((effect) => effect !== 'reads');
  const wanted = new Set(others.length > 0 ? others : found);
  if (wanted.size === 0) {
    // Bare nouns, such as "API permissions", mean to look more often than not.
    const looks = !urges.test(question);
    return (effect) => ((effect === 'reads') === looks ? 1 : weights.unsaid);
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

const isMany = (words: readonly string[]): boolean =>
  words.some((word) => /^(list|all|which|who|every|available|find|search)$/.test(word));

const isOne = (words: readonly string[]): boolean =>
  words.some((word) => /^(details?|single|view|get|one|inspect|open|this)$/.test(word));

/** Whether a question is nothing but the name of things: "users", "audit logs". */
const isBarePlural = (question: string): boolean => {
  const words = written(question);
  return /[^s]s$/.test(words.at(-1) ?? '') && words.every((word) => effectOf(word) === undefined);
};

/** The things that words speak of: neither what is to be done nor what says nothing. */
const thingsOf = (words: readonly string[]): string[] => [
  ...new Set(words.flatMap((word) => processTerm(word) ?? [])),
];

/** What a question is about: the last of its first things that stand together ("user roles", "roles of a user"). */
function headOf(words: readonly string[]): string | undefined {
  const things = words.map(processTerm);
  const start = things.findIndex((thing) => thing !== null);
  const length = things.slice(start).indexOf(null);
  return (length < 0 ? things.at(-1) : things[start + length - 1]) ?? undefined;
}

/** How much an operation counts by its name alone: what it does, to how many, and to which things. */
function nameWeight(question: string): (tool: Tool) => number {
  const words = tokens(question);
  const byEffect = effectWeight(question.trim().toLowerCase(), words);
  const bare = isBarePlural(question);
  const many = bare || isMany(words);
  const one = isOne(words);
  const stems = new Set(words.map(stem));
  const things = thingsOf(words);
  const head = headOf(words);
  const verb = words[0] === undefined ? undefined : stem(words[0]);
  return ({ name, operation: { effect } }) => {
    const parts = tokens(name);
    const own = thingsOf(parts);
    const extra = own.filter((thing) => !stems.has(thing)).length;
    const otherNumber =
      many && !one && parts[0] === 'get'
        ? bare
          ? weights.barePlural
          : weights.otherNumber
        : one && !many && parts[0] === 'list'
          ? weights.otherNumber
          : 1;
    return (
      byEffect(effect) *
      otherNumber *
      weights.extraThing ** extra *
      (extra === 0 && own.length > 0 && own.length === things.length ? weights.sameThings : 1) *
      (head !== undefined && own.at(-1) === head ? weights.sameHead : 1) *
      (stem(parts[0] ?? '') === verb ? weights.sameVerb : 1)
    );
  };
}

/** Forms of a word count less than the word itself; pairs have no forms. */
const forms: SearchOptions = {
  prefix: (term) => term.length > 4 && !term.includes('_'),
  fuzzy: (term) => (term.length > 5 && !term.includes('_') ? 0.15 : false),
  weights: { prefix: 0.25, fuzzy: 0.75 },
};

/** An index of what is said of each operation: all its texts together. */
function textIndex(tools: readonly Tool[], said: Said): MiniSearch<Entry> {
  const index = new MiniSearch<Entry>({
    fields: ['name', 'summary', 'terms', 'pairs', 'domain', 'notes', 'arguments'],
    tokenize,
    processTerm,
    searchOptions: {
      ...forms,
      boost: {
        name: 3.2,
        terms: 4,
        pairs: 3,
        summary: 4,
        domain: 2.5,
        notes: 0.2,
        arguments: 0.4,
      },
      bm25: { k: 0.4, b: 0.7, d: 0.25 },
    },
  });
  index.addAll(tools.map((tool) => entryOf(tool, said)));
  return index;
}

interface Phrase {
  readonly id: number;
  readonly operation: string;
  readonly phrase: string;
}

/** An index of each phrase by itself, so that one that fits is not outweighed by the many of a neighbour. */
function phraseIndex(tools: readonly Tool[], said: Said): MiniSearch<Phrase> {
  const index = new MiniSearch<Phrase>({
    fields: ['phrase'],
    storeFields: ['operation'],
    // Pairs here too, as in a question.
    tokenize: (text) => tokenize(text),
    processTerm,
    searchOptions: { ...forms, bm25: { k: 0.3, b: 0.7, d: 0.5 } },
  });
  index.addAll(
    tools
      .flatMap(({ name }) =>
        [name, ...(said[name] ?? [])].map((phrase) => ({ operation: name, phrase })),
      )
      .map((phrase, id) => ({ id, ...phrase })),
  );
  return index;
}

const largest = (scores: Iterable<number>): number => Math.max(Number.MIN_VALUE, ...scores);

/**
 * Makes a ranking of `tools`: the best match first, an exact name before all others.
 *
 * @param said what people say; a measurement leaves some of it out
 */
export function createRanking(
  tools: readonly Tool[],
  said: Said = terms,
): (words: string) => Tool[] {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const byWords = new Map(tools.map((tool) => [plain(tool.name), tool]));
  const sayings = new Map(tools.map(({ name }) => [name, new Set((said[name] ?? []).map(plain))]));
  const texts = textIndex(tools, said);
  const phrases = phraseIndex(tools, said);

  return (question) => {
    const inPlain = plain(question);
    const exact = byName.get(nameIn(question)) ?? byWords.get(inPlain);
    const weigh = nameWeight(question);
    const things = thingsOf(tokens(question));
    const found = texts.search(question);
    const best = new Map<string, number>();
    for (const { operation, score } of phrases.search(question)) {
      best.set(operation, Math.max(best.get(operation) ?? 0, score));
    }
    const [mostText, mostPhrase] = [
      largest(found.map(({ score }) => score)),
      largest(best.values()),
    ];
    const ranked = found
      .flatMap(({ id, score, queryTerms }) => {
        const tool = byName.get(id);
        const known = things.filter((thing) => queryTerms.includes(thing)).length;
        const coverage = things.length === 0 ? 1 : known / things.length;
        const fit = score / mostText + (weights.phrase * (best.get(id) ?? 0)) / mostPhrase;
        const same = sayings.get(id)?.has(inPlain) === true ? weights.sameWords : 1;
        return tool === undefined
          ? []
          : [{ tool, score: fit * coverage ** weights.coverage * weigh(tool) * same }];
      })
      .sort((a, b) => b.score - a.score)
      .map(({ tool }) => tool);
    return exact === undefined ? ranked : [exact, ...ranked.filter((tool) => tool !== exact)];
  };
}
