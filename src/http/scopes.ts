/** The scopes of the MCP server, and which of them a call needs. Derived from the facts of the catalog. */

import type { Outline } from '../catalog/operation.js';
import { tokenScopes } from '../catalog/token-scopes.js';
import type { NamedOperation } from '../guard/operation-graph.js';
import { isObject } from '../json.js';
import type { BuiltInName } from '../mcp/built-in-tools.js';

export const scopes = tokenScopes;

export type McpScope = (typeof scopes)[number];

/** The scope that a client requests first. Every request needs it. */
export const LEAST_SCOPE: McpScope = 'logto:read';

export const isScope = (text: string): text is McpScope => scopes.some((scope) => scope === text);

/** Whether every call of an operation makes or sets a credential. */
const issuesCredential = ({ effect, risks, asks, shownOnce }: Outline): boolean =>
  effect !== 'reads' &&
  (shownOnce !== undefined || (risks.includes('credential') && asks === 'always'));

/** The scopes that an operation needs, the least first. */
export function scopesOf(operation: Outline): readonly McpScope[] {
  const { effect } = operation;
  return [
    LEAST_SCOPE,
    ...(effect === 'adds' || effect === 'changes' ? (['logto:write'] as const) : []),
    ...(effect === 'removes' ? (['logto:remove'] as const) : []),
    ...(issuesCredential(operation) ? (['logto:secrets'] as const) : []),
  ];
}

const READS: readonly McpScope[] = [LEAST_SCOPE];

/** The scopes of every built-in tool: a new one must state them, or it does not compile. */
const SCOPES_OF_BUILT_INS: Readonly<Record<BuiltInName, readonly McpScope[]>> = {
  whoami: READS,
  find_operations: READS,
  run_read_operation: READS,
  collect_pages: READS,
  run_read_script: READS,
  explain_user: READS,
  preview_operation: READS,
  list_changes: READS,
  export_configuration: READS,
  compare_configuration: READS,
  run_write_operation: [LEAST_SCOPE, 'logto:write'],
  run_destructive_operation: [LEAST_SCOPE, 'logto:remove'],
  run_script: [LEAST_SCOPE, 'logto:write'],
  undo_change: [LEAST_SCOPE, 'logto:write'],
  apply_configuration: [LEAST_SCOPE, 'logto:write'],
  save_secret: [LEAST_SCOPE, 'logto:secrets'],
};

const builtInScopes: ReadonlyMap<string, readonly McpScope[]> = new Map(
  Object.entries(SCOPES_OF_BUILT_INS),
);

/** Built-in tools that run, or preview, the operation that they are given. */
const runners: ReadonlySet<string> = new Set([
  'run_read_operation',
  'run_write_operation',
  'run_destructive_operation',
  'preview_operation',
]);

/** The operation that a call runs; undefined for a built-in tool that does not name one. */
export function operationOf(
  tool: string,
  input: unknown,
  operations: ReadonlyMap<string, NamedOperation>,
): NamedOperation | undefined {
  const name = runners.has(tool) && isObject(input) ? input['operation'] : tool;
  return typeof name === 'string' ? operations.get(name) : undefined;
}

/** The scopes that a call of a tool needs, those of the operation that it runs among them. */
export function scopesOfCall(
  tool: string,
  input: unknown,
  operations: ReadonlyMap<string, NamedOperation>,
): readonly McpScope[] {
  const operation = operationOf(tool, input, operations)?.operation;
  const toolScopes = builtInScopes.get(tool) ?? READS;
  // A runner that got the wrong operation answers with the right one, so only the operation counts.
  return operation === undefined ? toolScopes : scopesOf(operation);
}

/** Why an operation may not be run with these scopes, as the words of a rule; undefined when it may. */
export function missingScopes(
  needed: readonly McpScope[],
  granted: ReadonlySet<McpScope>,
): readonly McpScope[] {
  return needed.filter((scope) => !granted.has(scope));
}
