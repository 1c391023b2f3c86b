/** A machine of its own for a test: a home that is a temporary folder, a person at the terminal, and what was said. */
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
import type { ClientName } from '../../src/config/args.js';
import { readConfig } from '../../src/config/config.js';
import { clients } from '../../src/installer/clients.js';
import { type CliContext, init, remove } from '../../src/installer/index.js';

export const secret = 'hush-hush-0123456789';

export const tenant = { LOGTO_TENANT_ID: 'abc123', LOGTO_APP_ID: 'app-of-ann' };

export interface Machine {
  readonly home: string;
  readonly around: CliContext;
  /** What was said so far. */
  readonly said: () => string;
  /** What was asked so far. */
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
 * Makes a machine.
 *
 * @param answers of the person at the terminal; without them nobody is there
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
      throw new Error(`Nobody answers: ${question}`);
    }
    return next;
  };
  const around: CliContext = {
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
    say: (line) => void lines.push(line),
    now: () => new Date('2026-11-25T09:30:00Z'),
    check: () => undefined,
  };
  const path = (file: string): string => join(home, file);
  return {
    home,
    around,
    said: () => lines.join('\n'),
    asked: () => questions,
    async run(argv, changes = {}) {
      const config = readConfig(argv, {}, around.readFile, around.isFolder);
      const changed = { ...around, ...changes };
      if (config.command === 'init') {
        await init(config, changed);
      } else if (config.command === 'remove') {
        remove(config, changed);
      } else {
        throw new Error(`${config.command} is no command of this room.`);
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

/** Where each client's own configuration is on this machine. */
export const usualFile: Readonly<Record<ClientName, string>> = {
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

/** The entry of a name in a file. */
export function entryOf(client: ClientName, text: string, name = 'logto') {
  const value = Object(parsed(client, text))[clients[client].servers]?.[name];
  return value as
    | { command: string; args: string[]; env?: Record<string, string>; type?: string }
    | undefined;
}
