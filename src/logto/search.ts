/** Writes the search arguments of `catalog/fields.ts` as Logto's query keys. */
import type { SearchCondition, SearchMode } from '../catalog/fields.js';
import { LogtoError } from './errors.js';

type Pairs = [name: string, value: string][];

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

/** `\`, `%` and `_` mean something in a SQL pattern; escaped they stand for themselves. */
const literally = (value: string): string => value.replace(/[\\%_]/g, (sign) => `\\${sign}`);

const onWire = (mode: SearchMode, value: string): [mode: string, value: string] =>
  mode === 'contains' ? ['like', `%${literally(value)}%`] : [mode, value];

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
 */
export function searchQuery(given: SearchArguments): Pairs {
  const { search, searchMode, searchFields = [], joint, isCaseSensitive } = given;
  const pairs: Pairs = [];
  const modes: (SearchMode | undefined)[] = [];
  if (search === undefined && searchMode !== undefined) {
    refuse(
      'searchMode says how search compares, and there is no search.',
      'Give search too, or a mode inside searchFields.',
    );
  }
  if (search !== undefined) {
    const [mode, value] = onWire(searchMode ?? 'contains', search);
    pairs.push(['search', value], ['mode', mode]);
    modes.push(searchMode);
  }
  const seen = new Set<string>();
  for (const condition of searchFields) {
    if (seen.has(condition.field)) {
      refuse(
        `searchFields names ${condition.field} twice.`,
        'Give one condition for each field; several values go with mode "exact".',
      );
    }
    seen.add(condition.field);
    for (const given of condition.values) {
      pairs.push([`search.${condition.field}`, onWire(condition.mode ?? 'contains', given)[1]]);
    }
    pairs.push([`mode.${condition.field}`, onWire(condition.mode ?? 'contains', '')[0]]);
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
