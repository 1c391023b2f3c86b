/**
 * Which operations may be run, and which of them are listed as separate tools. Both follow from the configuration alone and
 * do not change until the process ends.
 */

import { didYouMean, similarNames } from '../nearest.js';
import { configurationTools } from './built-in-tools.js';
import type { Tool } from './operation-tools.js';

/** A selection that names something that does not exist. */
export class SelectionError extends Error {
  override readonly name = 'SelectionError';
}

/**
 * The everyday operations, listed by default. With the built-in tools they are at most 40 in all, because some clients
 * accept no more; everything else is found with `find_operations`. The selection is measured: docs/choosing-tools.md.
 */
export const defaultTools: readonly string[] = [
  'list_users',
  'get_user',
  'create_user',
  'update_user',
  'update_user_password',
  'update_user_is_suspended',
  'delete_user',
  'assign_user_roles',
  'list_roles',
  'list_role_users',
  'create_role',
  'delete_role',
  'create_resource',
  'create_resource_scope',
  'list_applications',
  'get_application',
  'create_application',
  'update_application',
  'list_organizations',
  'create_organization',
  'list_organization_users',
  'add_organization_users',
  'assign_organization_roles_to_user',
  'list_logs',
];

export interface ToolSelection {
  /** The operations that may be run: those that are not excluded, and only reads in read-only mode. */
  readonly permitted: readonly Tool[];
  /** The operations that are listed as tools of their own, in the catalog's order. */
  readonly listed: readonly Tool[];
  /** Whether a built-in tool, such as `find_operations`, is listed. */
  lists(builtIn: string): boolean;
  /** Whether the configuration excludes a built-in tool, so that nothing else may do the same. */
  excludes(builtIn: string): boolean;
  /** Whether an operation that only a served document has may be run, apart from the policy. */
  permitsServed(tool: Pick<Tool, 'name' | 'domain' | 'operation'>): boolean;
}

/** Selections by name, beside domains, tools and globs. */
const KEYWORDS = ['default', 'all', 'none', 'script', 'configuration'];

/** The built-in tools of `script`: for agents that do everything by scripts, in the smallest list. */
const SCRIPT_TOOLS: ReadonlySet<string> = new Set([
  'whoami',
  'find_operations',
  'run_read_script',
  'run_script',
  'list_changes',
  'undo_change',
  'save_secret',
]);

/** The configuration tools: listed by `all`, by `configuration` and by their names. */
const CONFIGURATION_TOOLS: ReadonlySet<string> = new Set(configurationTools);

/** The built-in tools beside them under `configuration` alone. */
const BESIDE_CONFIGURATION: ReadonlySet<string> = new Set([
  'whoami',
  'find_operations',
  'list_changes',
  'undo_change',
]);

const globPattern = (term: string): RegExp =>
  new RegExp(`^${term.replace(/[^\w*-]/g, '\\$&').replaceAll('*', '.*')}$`);

/**
 * Reads a selection: `default`, `all`, `none`, `script`, `configuration`, domain names, tool names and globs, separated by
 * commas or spaces; `!` in front excludes, and has precedence. Exclusions alone apply to the default.
 *
 * @param allowed those of the tools that the policy does not forbid
 * @param builtIn the names of the built-in tools; they are listed unless excluded
 * @throws SelectionError for a name or a glob that matches nothing, with the nearest names
 */
export function selectTools(
  tools: readonly Tool[],
  allowed: readonly Tool[],
  builtIn: readonly string[],
  selection: string,
  readOnly: boolean,
): ToolSelection {
  const domains = new Set(tools.map(({ domain }) => domain));
  const names = new Set([...tools.map(({ name }) => name), ...builtIn, ...CONFIGURATION_TOOLS]);

  const namesOf = (term: string): readonly string[] => {
    if (term === 'default') {
      return defaultTools;
    }
    if (term === 'all') {
      return [...tools.map(({ name }) => name), ...CONFIGURATION_TOOLS];
    }
    if (term === 'configuration') {
      return [...CONFIGURATION_TOOLS];
    }
    if (term === 'none' || term === 'script') {
      return [];
    }
    if (domains.has(term)) {
      return tools.filter(({ domain }) => domain === term).map(({ name }) => name);
    }
    const pattern = globPattern(term);
    const matching = [...names].filter((name) => pattern.test(name));
    if (matching.length === 0) {
      const meant = similarNames(term, [...KEYWORDS, ...domains, ...names]);
      throw new SelectionError(
        `There is no tool and no domain "${term}"${
          term.includes('*') ? ', and it matches none' : ''
        }. ${
          didYouMean(meant) ??
          `It takes default, all, none, script, configuration, names and globs of tools, and the domains: ${[...domains].join(', ')}.`
        }`,
      );
    }
    return matching;
  };

  const terms = selection.split(/[\s,]+/).filter((term) => term !== '');
  const exclusions = terms.filter((term) => term.startsWith('!')).map((term) => term.slice(1));
  const excluded = new Set(exclusions.flatMap(namesOf));
  const wanted = terms.filter((term) => !term.startsWith('!'));
  const included = new Set((wanted.length > 0 ? wanted : ['default']).flatMap(namesOf));
  const onlyScripts = wanted.includes('script');
  const onlyConfiguration = wanted.length > 0 && wanted.every((term) => term === 'configuration');
  const listsBuiltIn = (name: string): boolean => {
    if (CONFIGURATION_TOOLS.has(name)) {
      return included.has(name);
    }
    return (
      terms.includes(name) ||
      ((!onlyScripts || SCRIPT_TOOLS.has(name)) &&
        (!onlyConfiguration || BESIDE_CONFIGURATION.has(name)))
    );
  };
  const permitted = allowed.filter(
    ({ name, operation }) => !excluded.has(name) && (!readOnly || operation.effect === 'reads'),
  );
  return {
    permitted,
    listed: permitted.filter(({ name }) => included.has(name)),
    permitsServed: ({ name, domain, operation }) =>
      (!readOnly || operation.effect === 'reads') &&
      !exclusions.some((term) => term === 'all' || term === domain || globPattern(term).test(name)),
    excludes: (name) => excluded.has(name),
    lists: (name) => !excluded.has(name) && listsBuiltIn(name),
  };
}
