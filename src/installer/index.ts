/** Entries of this server in the configurations of MCP clients. */
import type { EntryOf } from '../config/config.js';
import { type CliContext, loadConfig } from './context.js';
import { type EntryLaunch, launchOf } from './read-entry.js';

export type { CliContext } from './context.js';
export { init } from './init.js';
export { remove } from './remove.js';

/**
 * Reads what an entry starts the server with.
 *
 * @throws ConfigError when there is no such entry
 */
export const readEntryLaunch = (entry: EntryOf, context: CliContext): Promise<EntryLaunch> =>
  launchOf(entry, loadConfig(entry, context), context);
