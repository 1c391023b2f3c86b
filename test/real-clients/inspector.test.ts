/**
 * The Inspector: `--cli`, which starts a new server for each request, and `mcpdo`, which keeps a connection open. Both
 * read the `mcpServers` that init writes for many clients.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { documents } from '../../src/catalog/documents.js';
import { isObject, memberOf } from '../../src/json.js';
import { guidedTasks } from '../../src/mcp/recipes/guided-tasks.js';
import { recipes } from '../../src/mcp/recipes/index.js';
import { builtInTools } from '../../src/mcp/tools/index.js';
import { tools } from '../support/client.js';
import { runInit } from './configuration.js';
import { packages } from './packages.js';
import { type Ended, type Home, runToEnd, temporaryHome } from './programs.js';
import { describeClient, type Seen, withPackage } from './suite.js';

const eras = ['legacy', 'modern'] as const;
type Era = (typeof eras)[number];

/** The exit code for a tool that answered with an error. */
const toolError = 5;

const named = z.array(z.object({ name: z.string() }));
const called = z.object({
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
  isError: z.boolean().optional(),
});
const namesIn = (values: unknown): string[] => named.parse(values).map(({ name }) => name);

/** Reads an answer and checks that the exit code matches it. */
function seenIn(answer: unknown, { code, stderr }: Ended): Seen {
  const { content, isError = false } = called.parse(answer);
  expect(code, stderr).toBe(isError ? toolError : 0);
  return { failed: isError, text: content[0].text };
}

/** One request to a server that is started for it. */
class OneShot {
  readonly #home: Home = temporaryHome();
  #selection = '';
  #config = '';

  constructor(
    private readonly folder: string,
    private readonly era: Era,
  ) {}

  /** The configuration for a selection of tools; init runs only when that changes. */
  #configFor(selection: string): string {
    if (selection !== this.#selection) {
      this.#config = runInit('cursor', this.#home, ['--tools', selection]);
      this.#selection = selection;
    }
    return this.#config;
  }

  async run(method: string, options: readonly string[] = [], selection = 'default') {
    const { env, folder } = this.#home;
    const ended = await runToEnd(
      process.execPath,
      [
        join(this.folder, packages.inspector.entry),
        ...['--cli', '--config', this.#configFor(selection)],
        ...['--server', 'logto'],
        ...['--protocol-era', this.era, '--method', method, '--format', 'json', ...options],
      ],
      { env, cwd: folder },
    );
    const result = ended.stdout === '' ? undefined : memberOf(JSON.parse(ended.stdout), 'result');
    return { ...ended, result: isObject(result) ? result : {} };
  }

  close(): void {
    this.#home.remove();
  }
}

for (const era of eras) {
  describeClient({
    name: 'Inspector',
    how: `--cli, ${era}`,
    kind: 'inspector',
    needs: 'inspector',
    question: {
      neverAsked: 'it ends with each answer and cannot be asked; the server gives a plan instead',
    },
    connect: async (folder) => {
      const inspector = new OneShot(folder, era);
      return {
        list: async () => namesIn((await inspector.run('tools/list')).result['tools']),
        call: async (tool, values) => {
          const ended = await inspector.run('tools/call', [
            ...['--tool-name', tool, '--tool-args-json', JSON.stringify(values)],
          ]);
          return seenIn(ended.result, ended);
        },
        close: () => inspector.close(),
      };
    },
  });
}

describe.each(eras)('the Inspector, %s', (era) => {
  let inspector: OneShot | undefined;
  withPackage('inspector', (folder) => {
    inspector = new OneShot(folder, era);
  });
  afterAll(() => inspector?.close());
  const run: OneShot['run'] = (...request) =>
    inspector?.run(...request) ?? expect.fail('there is no Inspector');

  it('uses the requested protocol era', async () => {
    const { result } = await run('tools/call', ['--tool-name', 'whoami']);
    // Only the newer revision names the server in each result.
    expect('_meta' in result).toBe(era === 'modern');
  });

  it.each(['default', 'all'])('--strict reports nothing for the list of %s', async (selection) => {
    const { code, stderr, result } = await run('tools/list', ['--strict'], selection);
    // It prints counts of errors and warnings, and nothing without any.
    expect(stderr).not.toMatch(/^\d+ errors?, \d+ warnings?/m);
    expect(code).toBe(0);
    expect(namesIn(result['tools'])).toEqual(
      selection === 'all'
        ? [...builtInTools, ...tools.map(({ name }) => name)]
        : expect.arrayContaining(['list_users']),
    );
  });

  it('lists prompts and resources', async () => {
    const { result: listed } = await run('prompts/list');
    expect(namesIn(listed['prompts'])).toEqual(
      [...guidedTasks, ...recipes].map(({ name }) => name),
    );
    const { result } = await run('resources/list');
    expect(namesIn(result['resources'])).toEqual(documents.map(({ name }) => name));
  });
});

/** What mcpdo prints instead of an answer while a question is open. */
const pending = z.object({
  elicitationPending: z.object({ elicitationId: z.string(), message: z.string() }),
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A connection that a daemon of mcpdo, started for the test, keeps open. */
class Kept {
  readonly #home: Home = temporaryHome();
  readonly #env: Home['env'];
  readonly #config = runInit('cursor', this.#home);

  constructor(private readonly folder: string) {
    const daemon = join(this.#home.folder, 'daemon');
    mkdirSync(daemon, { mode: 0o700 });
    this.#env = {
      ...this.#home.env,
      MCP_INSPECTOR_DAEMON_DIR: daemon,
      MCP_INSPECTOR_DAEMON_TOKEN: randomBytes(32).toString('base64url'),
      MCP_INSPECTOR_SECRET_STORE: 'memory',
    };
  }

  async run(...args: readonly string[]): Promise<Ended & { readonly answer: unknown }> {
    const ended = await runToEnd(
      process.execPath,
      [
        join(this.folder, 'clients/mcpdo/build/mcp-bin.js'),
        ...['--format', 'json', '--connection', 'logto', '--config', this.#config, ...args],
      ],
      { env: this.#env, cwd: this.#home.folder },
    );
    const answer: unknown = ended.stdout === '' ? undefined : JSON.parse(ended.stdout);
    return { ...ended, answer };
  }

  async connect(era: Era): Promise<void> {
    try {
      await this.#connect(era);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #connect(era: Era): Promise<void> {
    const { answer, stderr } = await this.run(
      ...['connect', '--server', 'logto', '--era', era, '--elicit', 'form'],
    );
    expect(answer, stderr).toMatchObject({ protocolEra: era });
  }

  /** Ends the daemon, which would outlive the tests. */
  async close(): Promise<void> {
    const { answer } = await this.run('daemon', 'status');
    const daemon = z.object({ pid: z.number() }).safeParse(answer).data?.pid;
    await this.run('daemon', 'stop');
    for (let waited = 0; daemon !== undefined && isAlive(daemon); waited += 50) {
      if (waited > 5000) {
        process.kill(daemon, 'SIGKILL');
      }
      await sleep(50);
    }
    this.#home.remove();
  }
}

for (const era of eras) {
  describeClient({
    name: 'Inspector',
    how: `mcpdo, ${era}`,
    kind: 'inspector',
    needs: 'inspector',
    question: 'declined',
    connect: async (folder) => {
      const mcpdo = new Kept(folder);
      await mcpdo.connect(era);
      return {
        list: async () => namesIn(memberOf((await mcpdo.run('tools/list')).answer, 'tools')),
        call: async (tool, values) => {
          const first = await mcpdo.run('tools/call', tool, JSON.stringify(values));
          const question = pending.safeParse(first.answer);
          if (!question.success) {
            return seenIn(first.answer, first);
          }
          const { elicitationId, message } = question.data.elicitationPending;
          expect(message).toContain('Type "Support" to confirm.');
          const second = await mcpdo.run('elicitation/respond', elicitationId, '--decline');
          return seenIn(second.answer, second);
        },
        close: () => mcpdo.close(),
      };
    },
  });
}
