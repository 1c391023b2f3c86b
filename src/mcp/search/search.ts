/** Answers a question with operations: by exact key where it is one, otherwise by the ranking. */
import { isObject } from '../../json.js';
import type { Tool } from '../operation-tools.js';
import { operationKeys, type RouteMatch } from './operation-keys.js';
import { createRanking } from './ranking.js';
import { summaryKey, summaryKeys } from './summary-keys.js';
import { builtInPhrases, bulkQuestion, unsupported } from './synonyms.js';
import { normalizePhrase } from './tokenizer.js';

export interface SearchResult {
  /** Best match first; the exact ones before all others. */
  readonly operations: readonly Tool[];
  /** How many operations at the front were named exactly. */
  readonly exactCount: number;
  /** The built-in tool that the question means. */
  readonly builtIn: string | undefined;
  /** What has to be said about the question itself. */
  readonly notes: readonly string[];
}

const builtIns = new Map(
  Object.entries(builtInPhrases).flatMap(([name, phrases]) =>
    phrases.map((phrase) => [normalizePhrase(phrase), name] as const),
  ),
);

const englishNote =
  'Operations are described in English. If these words are in another language, ask again in English: a thing (user, role, hook) and an action.';

const hasForeignLetter = (text: string): boolean =>
  /[^\p{ASCII}]/u.test(text) && /(?![a-zA-Z])\p{L}/u.test(text);

/** Whether an operation needs a list of things: then one call does many at once. */
function takesList({ listing }: Tool): boolean {
  const { properties, required } = listing.inputSchema;
  return (
    isObject(properties) &&
    Array.isArray(required) &&
    required.some((name) => {
      const property = properties[String(name)];
      return isObject(property) && property['type'] === 'array';
    })
  );
}

function notesFor(question: string, isEnglish: boolean, best: Tool | undefined): string[] {
  const plain = question.toLowerCase();
  const notes = unsupported.filter(([pattern]) => pattern.test(plain)).map(([, note]) => note);
  if (hasForeignLetter(question) || !isEnglish) {
    notes.push(englishNote);
  }
  const writes = best !== undefined && best.operation.effect !== 'reads';
  if (writes && bulkQuestion.test(plain) && !takesList(best)) {
    notes.push(`${best.name} acts on one item, and there is no bulk form: call it once per item.`);
  }
  return notes;
}

function routeNotes({ operations, otherMethods }: RouteMatch<Tool>): string[] {
  if (operations.length > 0) {
    return [];
  }
  return [
    otherMethods.length > 0
      ? 'This path does not have that method; these are the operations that it has.'
      : 'The Management API has no such route; these operations share words with it.',
  ];
}

export type Search = (question: string) => SearchResult;

/** Creates the search over `tools`. The first one takes some 200 ms; further ones over the same operations share its index. */
export function createSearch(tools: readonly Tool[]): Search {
  const { rank, isEnglish } = createRanking(tools);
  const keys = operationKeys(tools);
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return (question) => {
    const route = keys.byRoute(question);
    const builtIn = builtIns.get(normalizePhrase(question));
    if (route !== undefined) {
      const exact = route.operations.length > 0 ? route.operations : route.otherMethods;
      return {
        operations: exact.length > 0 ? exact : rank(question.replace(/^\w+\s+|\bapi\//gi, ' ')),
        exactCount: exact.length,
        builtIn,
        notes: routeNotes(route),
      };
    }
    const id = keys.byId(question);
    const named = (summaryKeys.get(summaryKey(question)) ?? []).flatMap(
      (name) => byName.get(name) ?? [],
    );
    const exact = [...new Set(id === undefined ? named : [id, ...named])];
    if (exact.length > 0 && !/\s/.test(question.trim())) {
      return { operations: exact, exactCount: exact.length, builtIn, notes: [] };
    }
    const ranked = rank(question);
    const operations = [...exact, ...ranked.filter((tool) => !exact.includes(tool))];
    return {
      operations,
      exactCount: exact.length,
      builtIn,
      notes: notesFor(
        question,
        exact.length > 0 || builtIn !== undefined || isEnglish(question),
        operations[0],
      ),
    };
  };
}
