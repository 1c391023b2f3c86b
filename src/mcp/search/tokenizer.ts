/** Turns words into Logto's terms, so that a question and the catalog use one vocabulary. */
import type { Effect } from '../../catalog/operation.js';
import { commonVerbs, intents, synonyms } from './synonyms.js';

/** Words that do not identify an operation. */
const stopWords =
  'a about again all am an and any are as at be been being belong belongs by can could did do does doing each else ever every exist exists for from had has have having here his how i if in into is it its itself just kind let like many may me might more most much must my myself no not now of off on one only or other our out over own please same shall should so some something such than that the their them themselves then there these they thing this those to too under until up us use used using very via want was way we were what when where whether which while who whom whose why will with within without would yet yes you your'.split(
    ' ',
  );

const articles: ReadonlySet<string> = new Set(['a', 'an', 'the']);

/**
 * The stem of a word: without the endings of number and tense. Weaker than Porter's stemmer on purpose, which gives
 * "custom" and "customer" one stem.
 */
export function stem(word: string): string {
  let base = word;
  if (base.length > 4 && base.endsWith('ies')) {
    base = `${base.slice(0, -3)}y`;
  } else if (base.length > 4 && /(?:ss|x|ch|sh|zz)es$/.test(base)) {
    base = base.slice(0, -2);
  } else if (base.length > 3 && /[^sui]s$/.test(base)) {
    base = base.slice(0, -1);
  }
  const root = base.length > 4 ? base.replace(/(?:ing|ed)$/, '') : base;
  if (root !== base && root.length >= 3 && /[aeiouy]/.test(root)) {
    base = root.replace(/([bdgmnprt])\1$/, '$1');
  }
  return base.length > 3 ? base.replace(/e$/, '') : base;
}

/** Values in a question, and what each is an example of. The order matters: an address contains a host name. */
const valuePatterns: readonly (readonly [RegExp, string])[] = [
  [/https?:\/\/\S+/g, ' url '],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, ' email address '],
  [/@[\w-]+(?:\.[\w-]+)+/g, ' atdomain '],
  [/\b[a-z]+:[a-z]\w*\b/gi, ' scope '],
  [/\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|co|dev|de|eu)\b/gi, ' hostname '],
  [/([a-z])([A-Z])/g, '$1 $2'],
];

/** A verb and its particle with words between them: "turn MFA off" means "turn off MFA". */
const separatedParticle =
  /\b((?:sign|log|turn|switch|take|put|cut|kick|throw|set|shut|hook|lock|give)(?:g?ing|g?ed|s)?) ((?:[\w']+ ){1,3})(out|in|off|on|up|away|down|back)\b/g;

/** The words of a text in lower case, with example values replaced by their kind. */
export const splitWords = (text: string): string[] => {
  let plain = text;
  // Most texts contain none of these.
  if (/[@:.A-Z]/.test(text)) {
    for (const [pattern, meaning] of valuePatterns) {
      plain = plain.replace(pattern, meaning);
    }
  }
  return plain
    .toLowerCase()
    .replace(/['’](?:s\b)?/g, '')
    .replace(/[_-]+/g, ' ')
    .replace(/\blocked out\b/g, 'lockedout')
    .replace(separatedParticle, '$1 $3 $2')
    .replace(/\b(\w{4,}?)is(e[ds]?|ing|ations?)\b/g, '$1iz$2')
    .replace(/\b(?:settings?|configurations?|preferences)\b/g, 'config')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
};

/** The stems of words, without articles. */
const stemsOf = (words: readonly string[]): string[] =>
  words.filter((word) => !articles.has(word)).map(stem);

/** A phrase in the form in which synonyms are compared. */
export const normalizePhrase = (phrase: string): string => stemsOf(splitWords(phrase)).join(' ');

/** The most words that one synonym replaces. */
const MAX_SYNONYM_WORDS = 5;

/** The term for each phrase that people use instead. */
const terms = new Map<string, readonly string[]>();
/** The first words of those phrases, so that most words are looked up once. */
const firstWords = new Set<string>();
for (const [term, phrases] of Object.entries(synonyms)) {
  for (const phrase of phrases.split(', ')) {
    const stems = normalizePhrase(phrase);
    terms.set(stems, term.split(' ').map(stem));
    firstWords.add(stems.split(' ')[0] ?? '');
  }
}

/** Words as tokens: stems in Logto's terms, the longest synonym first, without articles and direct repetitions. */
export function tokenize(words: readonly string[]): string[] {
  const stems = stemsOf(words);
  const tokens: string[] = [];
  const push = (token: string) => {
    if (tokens.at(-1) !== token) {
      tokens.push(token);
    }
  };
  for (let start = 0; start < stems.length; ) {
    const first = stems[start] ?? '';
    let length = firstWords.has(first) ? Math.min(MAX_SYNONYM_WORDS, stems.length - start) : 0;
    while (length > 0 && !terms.has(stems.slice(start, start + length).join(' '))) {
      length -= 1;
    }
    (terms.get(stems.slice(start, start + length).join(' ')) ?? [first]).forEach(push);
    start += Math.max(length, 1);
  }
  return tokens;
}

/** The effects that a verb may ask for: "revoke" removes a role, and changes an invitation. */
const verbs = new Map<string, Effect[]>();
for (const [effect, words] of Object.entries(intents) as [Effect, string][]) {
  for (const verb of words.split(' ').map(stem)) {
    verbs.set(verb, [...(verbs.get(verb) ?? []), effect]);
  }
}

export const effectsOf = (token: string | undefined): readonly Effect[] =>
  (token === undefined ? undefined : verbs.get(token)) ?? [];

const insignificant: ReadonlySet<string> = new Set(
  [...stopWords, ...commonVerbs.split(' ')].map(stem),
);

/** Every word of the vocabulary besides catalog and phrases. */
export const termWords: readonly string[] = [
  ...stopWords,
  ...Object.values(intents).flatMap((words) => words.split(' ')),
  ...Object.values(synonyms).flatMap(splitWords),
];

/** Whether a token helps to distinguish operations: neither a stop word nor one of the commonest verbs. */
export const isDistinctive = (token: string): boolean => !insignificant.has(token);

/** Pairs of neighbouring tokens, stop words included: "what can this role do" is more than "role". */
export const bigrams = (tokens: readonly string[]): string[] =>
  tokens.slice(1).map((token, index) => `${tokens[index]}_${token}`);
