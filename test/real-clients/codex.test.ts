/** Codex: `codex app-server`, the part of it that its editors talk to. It calls tools without any model. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { runInit } from './configuration.js';
import { packages } from './packages.js';
import { type Home, launch, type Program, temporaryHome } from './programs.js';
import { answerOf, describeClient, type RealClient, type Seen, withPackage } from './suite.js';

const message = z.object({
  id: z.union([z.number(), z.string()]).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
const started = z.object({ thread: z.object({ id: z.string() }) });
const statuses = z.object({
  data: z.array(z.object({ name: z.string(), tools: z.record(z.string(), z.unknown()) })),
});
const called = z.object({
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
  isError: z.boolean().optional(),
});
const question = z.object({
  serverName: z.literal('logto'),
  mode: z.literal('form'),
  message: z.string(),
});

/** The answer of the person. */
type Person = { readonly action: 'decline' } | { readonly action: 'accept'; readonly name: string };

/** A model provider that is never called. init adds the server. */
const configuration = `
model_provider = "none"

[model_providers.none]
name = "none"
base_url = "http://127.0.0.1:9"
wire_api = "responses"
`;

class Codex implements RealClient {
  readonly #home: Home;
  readonly #program: Program;
  readonly #unanswered = new Map<
    number,
    { resolve(value: unknown): void; reject(reason: unknown): void }
  >();
  readonly questions: string[] = [];
  #sent = 0;
  #thread = '';

  constructor(
    folder: string,
    private readonly person: Person,
  ) {
    this.#home = temporaryHome();
    const codexHome = join(this.#home.folder, '.codex');
    mkdirSync(codexHome);
    writeFileSync(join(codexHome, 'config.toml'), configuration);
    runInit('codex', this.#home);
    this.#program = launch(process.execPath, [join(folder, packages.codex.entry), 'app-server'], {
      env: { ...this.#home.env, CODEX_HOME: codexHome },
      cwd: this.#home.folder,
    });
    createInterface({ input: this.#program.child.stdout }).on('line', (line) => {
      try {
        this.#read(line);
      } catch (error) {
        this.#giveUp(error);
      }
    });
    void this.#program.ended.then(({ code, stderr }) =>
      this.#giveUp(new Error(`Codex has ended (${code}): ${stderr.slice(-2000)}`)),
    );
  }

  #giveUp(reason: unknown): void {
    for (const { reject } of this.#unanswered.values()) {
      reject(reason);
    }
    this.#unanswered.clear();
  }

  #send(sent: Readonly<Record<string, unknown>>): void {
    this.#program.child.stdin.write(`${JSON.stringify(sent)}\n`);
  }

  #read(line: string): void {
    const { id, method, params, result, error } = message.parse(JSON.parse(line));
    if (method === 'mcpServer/elicitation/request') {
      this.questions.push(question.parse(params).message);
      const { person } = this;
      this.#send({
        id,
        result: {
          action: person.action,
          content: person.action === 'accept' ? { name: person.name } : null,
        },
      });
    } else if (method === undefined && typeof id === 'number') {
      const open = this.#unanswered.get(id);
      this.#unanswered.delete(id);
      if (error === undefined) {
        open?.resolve(result);
      } else {
        open?.reject(new Error(error.message));
      }
    }
  }

  #ask(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#sent += 1;
    const id = this.#sent;
    return new Promise((resolve, reject) => {
      this.#unanswered.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  async open(): Promise<this> {
    try {
      await this.#startThread();
    } catch (error) {
      await this.#drop();
      throw error;
    }
    return this;
  }

  async #startThread(): Promise<void> {
    await this.#ask('initialize', {
      clientInfo: { name: 'test', version: '1.0.0' },
      capabilities: { experimentalApi: true },
    });
    this.#send({ method: 'initialized' });
    const { thread } = started.parse(
      await this.#ask('thread/start', { cwd: this.#home.folder, ephemeral: true }),
    );
    this.#thread = thread.id;
  }

  async list(): Promise<readonly string[]> {
    const { data } = statuses.parse(
      await this.#ask('mcpServerStatus/list', { threadId: this.#thread }),
    );
    expect(data.map(({ name }) => name)).toEqual(['logto']);
    return Object.keys(data[0]?.tools ?? {});
  }

  readonly call: RealClient['call'] = async (tool, values): Promise<Seen> => {
    const { content, isError } = called.parse(
      await this.#ask('mcpServer/tool/call', {
        ...{ threadId: this.#thread, server: 'logto', tool, arguments: values },
      }),
    );
    return { failed: isError === true, text: content[0].text };
  };

  async close(): Promise<void> {
    this.#program.child.stdin.end();
    try {
      expect((await this.#program.ended).code).toBe(0);
    } finally {
      await this.#drop();
    }
  }

  async #drop(): Promise<void> {
    this.#program.kill();
    await this.#program.ended;
    this.#home.remove();
  }
}

describeClient({
  name: 'Codex',
  how: 'app-server',
  kind: 'agent',
  needs: 'codex',
  question: 'declined',
  connect: (folder) => new Codex(folder, { action: 'decline' }).open(),
});

describe('a removal through Codex', () => {
  let codex: Codex | undefined;
  withPackage('codex', async (folder) => {
    codex = await new Codex(folder, { action: 'accept', name: 'Support' }).open();
  });
  afterAll(() => codex?.close());

  it('is done when the person types the name', async () => {
    const { call, questions } = codex ?? expect.fail('there is no Codex');
    expect(answerOf(await call('delete_role', { id: 'support' }))).toMatchObject({ done: true });
    expect(questions).toEqual([expect.stringContaining('Type "Support" to confirm.')]);
    const { items } = answerOf(await call('list_roles', { fields: ['id'] }));
    expect(items).not.toContainEqual({ id: 'support' });
  });
});
