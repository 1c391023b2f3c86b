/** The built-in tools by name, and when each is offered. */
import type { Tool } from './operation-tools.js';
import { type Runner, runnerOf } from './runners.js';

/** The tool for scripts that only read. */
export const readScriptTool = 'run_read_script';
/** The tool for scripts that also write. */
export const scriptTool = 'run_script';

/** The built-in tools that a script can call as functions of `logto`: they read, and answer what no operation does. */
export const builtInFunctions: ReadonlySet<string> = new Set([
  'whoami',
  'explain_user',
  'list_changes',
]);

/** Whether any permitted operation is relevant for a built-in tool. */
type Offers = (permitted: readonly Tool[]) => boolean;

const always: Offers = () => true;

const whereSomethingIsWritten: Offers = (permitted) =>
  permitted.some(({ operation }) => operation.effect !== 'reads');

const whereItRuns =
  (runner: Runner): Offers =>
  (permitted) =>
    permitted.some((tool) => runnerOf(tool) === runner);

/** In the order in which they are listed. */
const OFFERS = {
  whoami: always,
  find_operations: always,
  run_read_operation: whereItRuns('run_read_operation'),
  run_write_operation: whereItRuns('run_write_operation'),
  run_destructive_operation: whereItRuns('run_destructive_operation'),
  collect_pages: always,
  run_read_script: always,
  run_script: whereSomethingIsWritten,
  explain_user: always,
  preview_operation: whereSomethingIsWritten,
  list_changes: always,
  undo_change: whereSomethingIsWritten,
  save_secret: whereSomethingIsWritten,
  export_configuration: always,
  compare_configuration: always,
  apply_configuration: whereSomethingIsWritten,
} as const satisfies Readonly<Record<string, Offers>>;

/** The tools for configuration as code, which only some selections list. */
export const configurationTools = [
  'export_configuration',
  'compare_configuration',
  'apply_configuration',
] as const satisfies readonly (keyof typeof OFFERS)[];

export type BuiltInName = keyof typeof OFFERS;

const isBuiltIn = (name: string): name is BuiltInName => Object.hasOwn(OFFERS, name);

/** The names of the built-in tools, in the order in which they are listed. */
export const builtInTools: readonly string[] = Object.keys(OFFERS);

/** Whether a built-in tool is offered over the operations that are permitted. */
export const isOffered = (name: string, permitted: readonly Tool[]): boolean =>
  isBuiltIn(name) && OFFERS[name](permitted);
