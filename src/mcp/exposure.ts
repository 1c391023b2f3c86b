/** Which of the tools are listed. */
import type { Tool } from './tools.js';

/** A selection that names something that does not exist. */
export class SelectionError extends Error {
  override readonly name = 'SelectionError';
}

/**
 * The tools that a selection lists, in the catalog's order.
 *
 * @throws SelectionError that says what can be written instead
 */
export function select(tools: readonly Tool[], selection: string): readonly Tool[] {
  if (selection !== 'all') {
    throw new SelectionError(`--tools takes all, not "${selection}".`);
  }
  return tools;
}
