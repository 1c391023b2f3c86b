/** Logto's advanced search over the query parameters `search`, `mode`, `joint` and `isCaseSensitive`. */
import type { Call } from './call.js';
import { refuse } from './reply.js';

const modes = ['like', 'exact', 'similar_to', 'posix'] as const;
type ComparisonMode = (typeof modes)[number];

const isMode = (text: string): text is ComparisonMode => modes.some((mode) => mode === text);

const wrong = (message: string) => refuse(400, 'request.invalid_input', message, {});

/** camelCase to snake_case: Logto accepts both as the name of a field. */
const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** A SQL LIKE pattern as a regular expression: `%` is any text, `_` any character, `\` escapes the next one. */
function likePattern(pattern: string): string {
  let source = '';
  for (let index = 0; index < pattern.length; index += 1) {
    const sign = pattern.charAt(index);
    if (sign === '\\') {
      index += 1;
      source += escapeRegExp(pattern.charAt(index));
    } else {
      source += sign === '%' ? '[\\s\\S]*' : sign === '_' ? '[\\s\\S]' : escapeRegExp(sign);
    }
  }
  return `^${source}$`;
}

/** SQL SIMILAR TO: LIKE's wildcards, and `| * + ? { } ( ) [ ]` as in regular expressions. */
const similarPattern = (pattern: string): string =>
  `^(?:${pattern.replace(/[.^$]/g, '\\$&').replace(/%/g, '[\\s\\S]*').replace(/_/g, '[\\s\\S]')})$`;

function compare(
  mode: ComparisonMode,
  values: readonly string[],
  caseSensitive: boolean,
): (text: string) => boolean {
  const fold = (text: string) => (caseSensitive ? text : text.toLowerCase());
  if (mode === 'exact') {
    const folded = values.map(fold);
    return (text) => folded.includes(fold(text));
  }
  const pattern = values[0] ?? '';
  if (mode === 'similar_to' && !caseSensitive) {
    throw wrong('similar_to needs isCaseSensitive=true.');
  }
  const source =
    mode === 'like'
      ? likePattern(pattern)
      : mode === 'similar_to'
        ? similarPattern(pattern)
        : pattern;
  let expression: RegExp;
  try {
    expression = new RegExp(source, caseSensitive ? 'u' : 'iu');
  } catch {
    // PostgreSQL fails on a broken expression, and Logto answers with its bare 500.
    throw refuse(500, 'internal', 'Internal server error.');
  }
  return (text) => expression.test(text);
}

/**
 * Filters rows by the search parameters of the request; without any, returns all.
 *
 * @param fields the searchable fields, in camelCase as in the rows
 * @throws Refusal 400 `request.invalid_input` for an unknown field or mode, an empty value, several values
 */
export function searched<R extends object>(
  call: Call,
  rows: readonly R[],
  fields: readonly string[],
): R[] {
  const { parameters } = call.query;
  const caseSensitive = call.query.on('isCaseSensitive');
  const joint = call.query.text('joint') ?? call.query.text('jointMode') ?? 'or';
  if (joint !== 'or' && joint !== 'and') {
    throw wrong(`joint must be "or" or "and", not "${joint}".`);
  }
  const isField = (text: string): boolean => fields.some((name) => snake(name) === snake(text));
  const fieldOf = (key: string): string | undefined => {
    const [, field, ...deeper] = key.split('.');
    if (deeper.length > 0) {
      throw wrong(`${key}: only fields of the first level can be searched.`);
    }
    const searched = field && fields.find((name) => snake(name) === snake(field));
    if (field && !searched) {
      throw wrong(`${field} cannot be searched; searchable fields are ${fields.join(', ')}.`);
    }
    return searched || undefined;
  };
  const modeOf = new Map<string | undefined, ComparisonMode>();
  const valuesOf = new Map<string | undefined, string[]>();
  for (const [key, value] of parameters) {
    if (key.startsWith('mode')) {
      if (!isMode(value)) {
        throw wrong(`${value} is not a mode; the modes are ${modes.join(', ')}.`);
      }
      // A mode of an unknown field has no effect.
      const field = key.split('.')[1];
      if (field === undefined || isField(field)) {
        modeOf.set(field === undefined ? undefined : fieldOf(key), value);
      }
    } else if (key.startsWith('search')) {
      // Logto treats every key with this prefix as a search: `searchfoo`, `search_params`.
      const field = fieldOf(key);
      valuesOf.set(field, [...(valuesOf.get(field) ?? []), value]);
    }
  }
  const conditions = [...valuesOf].map(([field, values]) => {
    const mode = modeOf.get(field) ?? modeOf.get(undefined) ?? 'like';
    if (values.some((value) => value === '')) {
      throw wrong('A search value cannot be empty.');
    }
    if (mode !== 'exact' && values.length > 1) {
      throw wrong('Several values need the mode exact.');
    }
    const matches = compare(mode, values, caseSensitive);
    const names = field === undefined ? fields : [field];
    return (row: R) =>
      names.some((name) => {
        const value: unknown = Reflect.get(row, name);
        return typeof value === 'string' && matches(value);
      });
  });
  if (conditions.length === 0) {
    return [...rows];
  }
  return rows.filter((row) =>
    joint === 'and'
      ? conditions.every((matches) => matches(row))
      : conditions.some((matches) => matches(row)),
  );
}
