/** The client of the 1.x SDK, which most hosts are built on. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, it } from 'vitest';
import { memberOf } from '../../src/json.js';
import { bareEnvironment } from '../support/process.js';
import { writtenEntry } from './configuration.js';
import { temporaryHome } from './programs.js';
import { answerOf, describeClient, type RealClient, type Seen } from './suite.js';

interface Connected extends RealClient {
  /** The questions to the person. */
  readonly questions: readonly string[];
}

/** @param answer to every question; without it, the client does not say that it can ask */
async function connect(answer?: ElicitResult): Promise<Connected> {
  const questions: string[] = [];
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { capabilities: answer === undefined ? {} : { elicitation: { form: {} } } },
  );
  if (answer !== undefined) {
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      questions.push(params.message);
      return answer;
    });
  }
  const home = temporaryHome();
  const launch = writtenEntry('claude-desktop', home);
  home.remove();
  await client.connect(
    new StdioClientTransport({
      ...launch,
      env: { ...bareEnvironment(), ...launch.env },
      stderr: 'ignore',
    }),
  );
  return {
    questions,
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, values): Promise<Seen> => {
      const { isError, content } = await client.callTool({ name, arguments: values });
      const [first] = Array.isArray(content) ? content : [];
      return { failed: isError === true, text: String(memberOf(first, 'text')) };
    },
    close: () => client.close(),
  };
}

describeClient({
  name: 'the 1.x SDK client',
  kind: '1.x SDK',
  question: 'declined',
  connect: () => connect({ action: 'decline' }),
});

describe('a removal through the 1.x SDK client', () => {
  const open: RealClient[] = [];
  const connected = async (answer?: ElicitResult): Promise<Connected> => {
    const client = await connect(answer);
    open.push(client);
    return client;
  };
  const roles = async ({ call }: RealClient) =>
    answerOf(await call('list_roles', { fields: ['id'] })).items?.map(({ id }) => id);

  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.close()));
  });

  it('is done when the person types the name', async () => {
    const client = await connected({ action: 'accept', content: { name: 'Support' } });
    expect(answerOf(await client.call('delete_role', { id: 'support' }))).toMatchObject({
      done: true,
    });
    expect(client.questions).toEqual([expect.stringContaining('Type "Support" to confirm.')]);
    expect(await roles(client)).not.toContain('support');
  });

  it('is not done when the person types another name', async () => {
    const client = await connected({ action: 'accept', content: { name: 'Customer' } });
    const answer = await client.call('delete_role', { id: 'support' });
    expect(answer).toMatchObject({
      failed: true,
      text: expect.stringContaining('name_does_not_match'),
    });
    expect(await roles(client)).toContain('support');
  });

  it('needs a plan and a second call when the client cannot ask', async () => {
    const client = await connected();
    const plan = answerOf(await client.call('delete_role', { id: 'support' })).result?.['plan'];
    expect(plan).toMatch(/^plan-/);
    expect(await roles(client)).toContain('support');
    expect(answerOf(await client.call('delete_role', { id: 'support', plan }))).toMatchObject({
      done: true,
    });
    expect(await roles(client)).not.toContain('support');
  });
});
