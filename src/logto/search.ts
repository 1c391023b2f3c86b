/** Writes the search arguments of `catalog/fields.ts` as Logto's query keys. */
import type { SearchCondition, SearchMode } from '../catalog/fields.js';
import { LogtoError } from './errors.js';

/** The parts of a query in their order. */
export type Pairs = [name: string, value: string][];

/** The arguments as the catalog's schema has checked them. */
interface SearchArguments {
  readonly search?: string;
  readonly searchMode?: SearchMode;
  readonly searchFields?: readonly SearchCondition[];
  readonly joint?: 'or' | 'and';
  readonly isCaseSensitive?: boolean;
}

export const searchArguments = [
  'search',
  'searchMode',
  'searchFields',
  'joint',
  'isCaseSensitive',
] as const;

/** Escapes `\`, `%` and `_`, which are special in a SQL pattern. */
const escapePattern = (value: string): string =>
  value.replace(/[\\%_]/g, (character) => `\\${character}`);

/** The mode and value in Logto's terms: it has no mode for a plain substring. */
const wireCondition = (mode: SearchMode, value: string): [mode: string, value: string] =>
  mode === 'contains' ? ['like', `%${escapePattern(value)}%`] : [mode, value];

const refuse = (message: string, hint: string): never => {
  throw new LogtoError({
    kind: 'input',
    code: 'invalid_search',
    message: `${message} Nothing was sent.`,
    hint,
  });
};

/**
 * The query keys for a search: `search`/`mode` over all fields, `search.<field>`/`mode.<field>` over one.
 *
 * A mode is always sent with its value: the server takes a general mode as the default of every field. `isCaseSensitive`
 * is left out when off.
 *
 * @throws LogtoError of kind `input` for arguments that contradict each other
 */
export function searchQuery(input: SearchArguments): Pairs {
  const { search, searchMode, searchFields = [], joint, isCaseSensitive } = input;
  const pairs: Pairs = [];
  const modes: (SearchMode | undefined)[] = [];
  if (search === undefined && searchMode !== undefined) {
    refuse(
      'searchMode is given without search.',
      'Give search too, or a mode inside searchFields.',
    );
  }
  if (search !== undefined) {
    const [mode, value] = wireCondition(searchMode ?? 'contains', search);
    pairs.push(['search', value], ['mode', mode]);
    modes.push(searchMode);
  }
  const searchedFields = new Set<string>();
  for (const condition of searchFields) {
    if (searchedFields.has(condition.field)) {
      refuse(
        `searchFields names ${condition.field} twice.`,
        'Give one condition for each field; several values go with mode "exact".',
      );
    }
    searchedFields.add(condition.field);
    for (const value of condition.values) {
      pairs.push([
        `search.${condition.field}`,
        wireCondition(condition.mode ?? 'contains', value)[1],
      ]);
    }
    pairs.push([`mode.${condition.field}`, wireCondition(condition.mode ?? 'contains', '')[0]]);
    modes.push(condition.mode);
  }
  if (modes.includes('similar_to') && isCaseSensitive !== true) {
    refuse(
      'similar_to always compares case-sensitively.',
      'Add isCaseSensitive: true, or take posix.',
    );
  }
  if (pairs.length === 0) {
    return [];
  }
  if (joint !== undefined) {
    pairs.push(['joint', joint]);
  }
  if (isCaseSensitive === true) {
    pairs.push(['isCaseSensitive', 'true']);
  }
  return pairs;
}
