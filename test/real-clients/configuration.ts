/** The configurations that the clients read: `init` writes them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientName } from '../../src/config/args.js';
import { defaultFile, entryOf } from '../installer/machine.js';
import { program } from '../support/process.js';
import type { Home } from './programs.js';

/**
 * Runs `init --sandbox` for a client in a temporary home.
 *
 * @returns the path of the configuration
 */
export function runInit(
  client: ClientName,
  { folder, env }: Home,
  options: readonly string[] = [],
): string {
  const file = join(folder, defaultFile[client]);
  execFileSync(
    process.execPath,
    [program, 'init', '--client', client, '--config', file, '--sandbox', ...options],
    { env, cwd: folder, stdio: 'pipe' },
  );
  return file;
}

/** The entry that `init` writes for a client, as the client starts it. */
export function writtenEntry(client: ClientName, home: Home) {
  const entry = entryOf(client, readFileSync(runInit(client, home), 'utf8'));
  if (entry === undefined) {
    throw new Error('init has written no entry.');
  }
  return entry;
}

/** Adds settings of the client itself to its JSON configuration, as a person does, and runs `init` again. */
export function addSettings(
  client: ClientName,
  home: Home,
  settings: Readonly<Record<string, unknown>>,
  members: Readonly<Record<string, unknown>> = {},
): void {
  const file = runInit(client, home);
  const config = JSON.parse(existsSync(file) ? readFileSync(file, 'utf8') : '{}');
  Object.assign(config, settings);
  Object.assign(config.mcpServers.logto, members);
  writeFileSync(file, JSON.stringify(config));
  runInit(client, home, ['--log-level', 'error']);
}
