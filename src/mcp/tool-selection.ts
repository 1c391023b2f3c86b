/**
 * What a selection lets through: which operations may be run at all, and which of them are listed as tools of their own.
 * Both follow from the configuration alone and stay what they are until the process ends.
 */

import type { Tool } from './operation-tools.js';
import { didYouMean, nearest } from './arguments/suggestions.js';

/** A selection that names something that does not exist. */
export class SelectionError extends Error {
  override readonly name = 'SelectionError';
}

/** What people do daily; everything else is found with `find_operations`. */
export const defaultTools: readonly string[] = [
  'list_users',
  'get_user',
  'create_user',
  'update_user',
  'update_user_password',
  'update_user_is_suspended',
  'delete_user',
  'list_user_roles',
  'assign_user_roles',
  'delete_user_role',
  'list_roles',
  'create_role',
  'delete_role',
  'list_role_users',
  'create_role_scope',
  'list_resources',
  'create_resource',
  'list_resource_scopes',
  'create_resource_scope',
  'list_applications',
  'get_application',
  'create_application',
  'update_application',
  'list_organizations',
  'create_organization',
  'get_organization',
  'list_organization_users',
  'add_organization_users',
  'assign_organization_roles_to_user',
  'list_organization_roles',
  'list_connectors',
  'list_logs',
];

export interface ToolSelection {
  /** What may be run: everything that is not excluded, and nothing but reads in read-only mode. */
  readonly permitted: readonly Tool[];
  /** What is listed as a tool of its own, in the catalog's order. */
  readonly listed: readonly Tool[];
  /** Whether one of the tools that belong to no operation, such as `find_operations`, is listed. */
  lists(extra: string): boolean;
}

const words = ['default', 'all', 'none'];

const globbed = (term: string): RegExp =>
  new RegExp(`^${term.replace(/[^\w*-]/g, '\\$&').replaceAll('*', '.*')}$`);

/**
 * Reads a selection: `default`, `all`, `none`, domain names, tool names and globs, separated by commas or spaces; `!` in
 * front excludes, and beats all else. With exclusions alone, they are taken from the default.
 *
 * @param allowed those of the tools that the policy does not forbid
 * @param extras the tools that belong to no operation; they are listed unless excluded
 * @throws SelectionError for a name or a glob that matches nothing, with the nearest names
 */
export function selectTools(
  tools: readonly Tool[],
  allowed: readonly Tool[],
  extras: readonly string[],
  selection: string,
  readOnly: boolean,
): ToolSelection {
  const domains = new Set(tools.map(({ domain }) => domain));
  const names = new Set([...tools.map(({ name }) => name), ...extras]);

  const namesOf = (term: string): readonly string[] => {
    if (term === 'default') {
      return defaultTools;
    }
    if (term === 'all') {
      return tools.map(({ name }) => name);
    }
    if (term === 'none') {
      return [];
    }
    if (domains.has(term)) {
      return tools.filter(({ domain }) => domain === term).map(({ name }) => name);
    }
    const pattern = globbed(term);
    const matching = [...names].filter((name) => pattern.test(name));
    if (matching.length === 0) {
      const meant = nearest(term, [...words, ...domains, ...names]);
      throw new SelectionError(
        `--tools names "${term}", which is no tool and no domain${
          term.includes('*') ? ', and matches none' : ''
        }. ${
          didYouMean(meant) ??
          `It takes default, all, none, names and globs of tools, and the domains: ${[...domains].join(', ')}.`
        }`,
      );
    }
    return matching;
  };

  const terms = selection.split(/[\s,]+/).filter((term) => term !== '');
  const excluded = new Set(
    terms.filter((term) => term.startsWith('!')).flatMap((term) => namesOf(term.slice(1))),
  );
  const wanted = terms.filter((term) => !term.startsWith('!'));
  const included = new Set((wanted.length > 0 ? wanted : ['default']).flatMap(namesOf));
  const permitted = allowed.filter(
    ({ name, operation }) => !excluded.has(name) && (!readOnly || operation.effect === 'reads'),
  );
  return {
    permitted,
    listed: permitted.filter(({ name }) => included.has(name)),
    lists: (extra) => !excluded.has(extra),
  };
}
