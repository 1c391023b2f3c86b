/** Which operations answer a person's words: a text index over the catalog, with the words that people use instead. */
import MiniSearch from 'minisearch';
import { synonyms, terms } from './terms.js';
import { fieldsOf, type Tool } from './tools.js';

/** Words that say nothing about which operation is meant. */
const empty = new Set(
  'a an and are at be by can could do does for from get give how i if in into is it its let like make me my need of on or our out please should so some somebody someone something that the their them there they this to up us want was we what when where which who whose why will with you your'.split(
    ' ',
  ),
);

/** Endings that tell forms of one word apart. Cruder than a real stemmer, and enough for a few hundred short texts. */
function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) {
    return `${word.slice(0, -3)}y`;
  }
  const bare = word.replace(/(?:ations?|ing|ed|es|s)$/, '');
  return bare.length >= 3 ? bare.replace(/e$/, '') : word;
}

const tokens = (text: string): string[] =>
  text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

const processTerm = (word: string): string | null => {
  const lower = word.toLowerCase();
  return empty.has(lower) ? null : stem(lower);
};

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  readonly terms: string;
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
  notes: [operation.notes, operation.irreversible, operation.reaches].filter(Boolean).join(' '),
  arguments: Object.keys(fieldsOf(operation)).join(' '),
});

/** The words of a question with those that the catalog uses for the same. */
function widened(words: string): string {
  const lower = ` ${tokens(words).join(' ')} `;
  const more = synonyms.flatMap(([said, meant]) =>
    said.some((phrase) => lower.includes(` ${phrase} `)) ? [meant] : [],
  );
  return [words, ...more].join(' ');
}

/** Makes a search over `tools`: the best match first, an exact name before all others. */
export function createRanking(tools: readonly Tool[]): (words: string) => Tool[] {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const index = new MiniSearch<Entry>({
    fields: ['name', 'summary', 'terms', 'domain', 'notes', 'arguments'],
    tokenize: tokens,
    processTerm,
    searchOptions: {
      boost: { name: 3, terms: 3, summary: 2, domain: 1, notes: 0.5, arguments: 0.5 },
      prefix: (term) => term.length > 3,
      fuzzy: (term) => (term.length > 5 ? 0.15 : false),
      weights: { prefix: 0.5, fuzzy: 0.3 },
    },
  });
  index.addAll(tools.map(entryOf));
  return (words) => {
    const exact = byName.get(
      words
        .trim()
        .toLowerCase()
        .replaceAll(/[\s-]+/g, '_'),
    );
    const found = index.search(widened(words)).flatMap(({ id }) => byName.get(id) ?? []);
    return exact === undefined ? found : [exact, ...found.filter((tool) => tool !== exact)];
  };
}
