/** Words brought into Logto's terms, so that a question and the catalog speak one language. */
import type { Effect } from '../../catalog/operation.js';
import { common, intents, synonyms } from './phrases.js';

/** Words that say nothing about which operation is meant. */
const empty = new Set(
  'a about again all am an and any are as at be been being belong belongs by can could did do does doing each else ever every exist exists for from had has have having here his how i if in into is it its itself just kind let like many may me might more most much must my myself no not now of off on one only or other our out over own please same shall should so some something such than that the their them themselves then there these they thing this those to too under until up us use used using very via want was way we were what when where whether which while who whom whose why will with within without would yet yes you your'.split(
    ' ',
  ),
);

const articles = new Set(['a', 'an', 'the']);

/**
 * The plain form of a word: without the endings of number and tense. Lighter than Porter's stemmer on purpose, which
 * makes one word of "custom" and "customer".
 */
export function stem(word: string): string {
  let bare = word;
  if (bare.length > 4 && bare.endsWith('ies')) {
    bare = `${bare.slice(0, -3)}y`;
  } else if (bare.length > 4 && /(?:ss|x|ch|sh|zz)es$/.test(bare)) {
    bare = bare.slice(0, -2);
  } else if (bare.length > 3 && /[^sui]s$/.test(bare)) {
    bare = bare.slice(0, -1);
  }
  const root = bare.length > 4 ? bare.replace(/(?:ing|ed)$/, '') : bare;
  if (root !== bare && root.length >= 3 && /[aeiouy]/.test(root)) {
    bare = root.replace(/([bdgmnprt])\1$/, '$1');
  }
  return bare.length > 3 ? bare.replace(/e$/, '') : bare;
}

/** Values in a question, by what they are examples of. The order matters: an address holds a host name. */
const values: readonly (readonly [RegExp, string])[] = [
  [/https?:\/\/\S+/g, ' url '],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, ' email address '],
  [/@[\w-]+(?:\.[\w-]+)+/g, ' atdomain '],
  [/\b[a-z]+:[a-z]\w*\b/gi, ' scope '],
  [/\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|co|dev|de|eu)\b/gi, ' hostname '],
  [/([a-z])([A-Z])/g, '$1 $2'],
];

/** A verb and its particle that stand apart: "turn MFA off" is "turn off MFA". */
const particles =
  /\b((?:sign|log|turn|switch|take|put|cut|kick|throw|set|shut|hook|lock|give)(?:g?ing|g?ed|s)?) ((?:[\w']+ ){1,3})(out|in|off|on|up|away|down|back)\b/g;

/** The words of a text as they were written, in lower case. */
export const written = (text: string): string[] => {
  let plain = text;
  // Most texts hold none of these.
  if (/[@:.A-Z]/.test(text)) {
    for (const [value, name] of values) {
      plain = plain.replace(value, name);
    }
  }
  return plain
    .toLowerCase()
    .replace(/['’](?:s\b)?/g, '')
    .replace(/[_-]+/g, ' ')
    .replace(/\blocked out\b/g, 'lockedout')
    .replace(particles, '$1 $3 $2')
    .replace(/\b(\w{4,}?)is(e[ds]?|ing|ations?)\b/g, '$1iz$2')
    .replace(/\b(?:settings?|configurations?|preferences)\b/g, 'config')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
};

/** Words in their plain form, without articles. */
const stemsOf = (words: readonly string[]): string[] =>
  words.filter((word) => !articles.has(word)).map(stem);

/** What people say, as it is looked up. */
export const spoken = (phrase: string): string => stemsOf(written(phrase)).join(' ');

/** The most words that one meaning takes the place of. */
const longest = 5;

/** What to put for a run of stems that people say. */
const meanings = new Map<string, readonly string[]>();
/** The beginnings of those runs, so that most words are looked up once. */
const beginnings = new Set<string>();
for (const [meant, said] of Object.entries(synonyms)) {
  for (const phrase of said.split(', ')) {
    const stems = spoken(phrase);
    meanings.set(stems, meant.split(' ').map(stem));
    beginnings.add(stems.split(' ')[0] ?? '');
  }
}

/** Stems brought into Logto's terms; a word that would follow itself is left out. */
function inOurTerms(stems: readonly string[]): string[] {
  const result: string[] = [];
  const push = (word: string) => {
    if (result.at(-1) !== word) {
      result.push(word);
    }
  };
  for (let at = 0; at < stems.length; ) {
    const first = stems[at] ?? '';
    let taken = 0;
    if (beginnings.has(first)) {
      for (let length = Math.min(longest, stems.length - at); length > 0; length -= 1) {
        const meant = meanings.get(stems.slice(at, at + length).join(' '));
        if (meant !== undefined) {
          meant.forEach(push);
          taken = length;
          break;
        }
      }
    }
    if (taken === 0) {
      push(first);
    }
    at += Math.max(taken, 1);
  }
  return result;
}

/** Written words in Logto's terms and their plain form, without articles. */
export const tokensOf = (words: readonly string[]): string[] => inOurTerms(stemsOf(words));

/** What a word of doing may do: "revoke" takes a role away, and changes an invitation. */
const doing = new Map<string, Effect[]>();
for (const [effect, words] of Object.entries(intents) as [Effect, string][]) {
  for (const word of words.split(' ').map(stem)) {
    doing.set(word, [...(doing.get(word) ?? []), effect]);
  }
}

export const effectsOf = (token: string | undefined): readonly Effect[] =>
  (token === undefined ? undefined : doing.get(token)) ?? [];

const plainDoing = new Set(common.split(' ').map(stem));
const silent = new Set([...empty].map(stem));

/** Every word that the terms know beside the sayings, as it is written. */
export const ownWords: readonly string[] = [
  ...empty,
  ...Object.values(intents).flatMap((words) => words.split(' ')),
  ...Object.values(synonyms).flatMap(written),
];

/** Whether a token tells operations apart: neither a small word nor the commonest doing. */
export const isSignificant = (token: string): boolean =>
  !silent.has(token) && !plainDoing.has(token);

/** Whether a token is a thing, and not what is to be done with it. */
export const isThing = (token: string): boolean => !silent.has(token) && !doing.has(token);

/** Neighbouring tokens together, small words too: "what can this role do" is more than "role". */
export const pairs = (words: readonly string[]): string[] =>
  words.slice(1).map((word, index) => `${words[index]}_${word}`);

/** A question as the name that it may be: "create an organization" is `create_organization`. */
export const nameIn = (text: string): string =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !articles.has(word))
    .join('_');
