/** A temporary home for `init` and `remove`, with a scripted person at the terminal and the lines that were shown. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { runInThisContext } from 'node:vm';
import { parse as parseToml } from 'smol-toml';
import * as z from 'zod';
import type { ClientName } from '../../src/config/args.js';
import { readConfig } from '../../src/config/config.js';
import { clients } from '../../src/installer/clients.js';
import { type CliContext, init, remove } from '../../src/installer/index.js';
import { valueAt } from '../../src/json.js';

export const secret = 'hush-hush-0123456789';

export const tenant = { LOGTO_TENANT_ID: 'abc123', LOGTO_APP_ID: 'app-of-ann' };

export interface Machine {
  readonly home: string;
  readonly context: CliContext;
  /** The lines shown so far. */
  readonly said: () => string;
  /** The questions asked so far. */
  readonly asked: () => readonly string[];
  /** Runs a command line of `init` or `remove`. */
  run(argv: readonly string[], changes?: Partial<CliContext>): Promise<void>;
  read(file: string): string;
  write(file: string, text: string | Buffer): string;
  path(file: string): string;
  /** Every file and its text, by its path from the home; backups only when they are asked for. */
  files(withBackups?: boolean): Readonly<Record<string, string>>;
  dispose(): void;
}

/**
 * @param answers of the person at the terminal; without them there is no terminal
 */
export function machineOf(
  env: Readonly<Record<string, string>> = {},
  answers?: readonly string[],
): Machine {
  const home = mkdtempSync(join(tmpdir(), 'clients-'));
  const lines: string[] = [];
  const questions: string[] = [];
  const left = [...(answers ?? [])];
  const answer = async (question: string): Promise<string> => {
    questions.push(question);
    const next = left.shift();
    if (next === undefined) {
      throw new Error(`There is no answer to: ${question}`);
    }
    return next;
  };
  const context: CliContext = {
    platform: 'linux',
    env,
    home,
    cwd: home,
    program: {
      main: '/opt/logto-management-mcp/dist/main.js',
      node: '/opt/node/bin/node',
      version: '1.2.3',
    },
    terminal: {
      attended: answers !== undefined,
      ask: answer,
      askSecret: answer,
      piped: async () => `${secret}\n`,
    },
    readFile: (path) => readFileSync(path, 'utf8'),
    isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
    namesIn: (path) => (statSync(path, { throwIfNoEntry: false }) ? readdirSync(path) : []),
    say: (line) => void lines.push(line),
    now: () => new Date('2026-11-25T09:30:00Z'),
    check: () => undefined,
  };
  const path = (file: string): string => join(home, file);
  return {
    home,
    context,
    said: () => lines.join('\n'),
    asked: () => questions,
    async run(argv, changes = {}) {
      const config = readConfig(argv, {}, context.readFile, context.isFolder);
      const changed = { ...context, ...changes };
      if (config.command === 'init') {
        await init(config, changed);
      } else if (config.command === 'remove') {
        remove(config, changed);
      } else {
        throw new Error(`${config.command} is not a command of the installer.`);
      }
    },
    path,
    read: (file) => readFileSync(path(file), 'utf8'),
    write(file, text) {
      mkdirSync(dirname(path(file)), { recursive: true });
      writeFileSync(path(file), text);
      return path(file);
    },
    files: (withBackups = false) =>
      Object.fromEntries(
        readdirSync(home, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .filter((file) => withBackups || !file.includes('.logto-backup'))
          .map((file) => [relative(home, file), readFileSync(file, 'utf8')]),
      ),
    dispose: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Each client's default configuration file on this machine. */
export const defaultFile: Readonly<Record<ClientName, string>> = {
  'claude-desktop': '.config/Claude/claude_desktop_config.json',
  'claude-code': '.claude.json',
  cursor: '.cursor/mcp.json',
  vscode: '.config/Code/User/mcp.json',
  codex: '.codex/config.toml',
  gemini: '.gemini/settings.json',
  windsurf: '.codeium/windsurf/mcp_config.json',
};

/** A realistic configuration of a client, with other servers in it. */
export const fixtureOf = (client: ClientName): string =>
  readFileSync(
    new URL(`fixtures/${client}.${client === 'codex' ? 'toml' : 'json'}`, import.meta.url),
    'utf8',
  );

/** The value of a file, by parsers that the program does not use: JSON with comments is JavaScript. */
export function parsed(client: ClientName, text: string): unknown {
  const bare = text.replace(/^\ufeff/, '');
  const value: unknown = client === 'codex' ? parseToml(bare) : runInThisContext(`(${bare})`);
  // Dates and tables of TOML have classes of their own.
  return JSON.parse(JSON.stringify(value));
}

const entrySchema = z.object({
  type: z.string().optional(),
  command: z.string(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()).optional(),
});

/** The entry with a name in a file. */
export function entryOf(client: ClientName, text: string, name = 'logto') {
  const entry = valueAt(parsed(client, text), [clients[client].servers, name]);
  return entry === undefined ? undefined : entrySchema.parse(entry);
}

/** The entry without the variables that are empty, which hide those of the client's environment. */
export function settingsOf(client: ClientName, text: string, name = 'logto') {
  const entry = entryOf(client, text, name);
  return (
    entry && {
      ...entry,
      env: Object.fromEntries(Object.entries(entry.env ?? {}).filter(([, value]) => value !== '')),
    }
  );
}
