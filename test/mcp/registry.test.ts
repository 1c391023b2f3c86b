/** What a client is shown besides the operations: whoami, instructions, prompts. */
import { describe, expect, it } from 'vitest';
import { FIRST_GLANCE_CHARS, instructionsFor } from '../../src/mcp/instructions.js';
import { prompts } from '../../src/mcp/prompts.js';
import { builtInTools } from '../../src/mcp/tools/index.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { connectClient, connectSandbox, tools } from '../support/client.js';

describe('whoami', () => {
  it('tells where it acts, that it may, and what is listed', async () => {
    const { call, close } = await connectSandbox({ surface: { selection: 'default' } });
    const told = await call('whoami', {});
    expect(told).toMatchObject({
      ok: true,
      answer: {
        result: {
          mode: 'sandbox',
          management_api: { granted: true },
          operations: { permitted: tools.length },
          logto: { operations_missing_here: [] },
        },
      },
    });
    await close();
  });

  it('tells the present time, in which all times are given', async () => {
    const before = Date.now();
    const { call, close } = await connectSandbox();
    const told = await call('whoami', {});
    const { epoch_ms: now, utc } = Object(told.ok && told.answer.result?.['now']);
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(utc)).toBe(now);
    await close();
  });

  it('names tenant and endpoint of a live one', async () => {
    const { call, close } = await connectSandbox({
      surface: { place: { kind: 'live', endpoint: 'https://id.example', tenant: 'abc' } },
    });
    expect(await call('whoami', {})).toMatchObject({
      ok: true,
      answer: { result: { mode: 'live', endpoint: 'https://id.example', tenant: 'abc' } },
    });
    await close();
  });

  it('says why it may not', async () => {
    const sandbox = createSandbox();
    const { call, close } = await connectClient({
      fetch: sandbox.fetch,
      session: { appSecret: 'wrong' },
    });
    expect(await call('whoami', {})).toMatchObject({
      ok: true,
      answer: {
        result: { management_api: { granted: false, kind: 'configuration' } },
      },
    });
    await close();
  });

  it('tells what is listed, and what the selection excludes', async () => {
    const listedOf = async (selection: string) => {
      const { call, close } = await connectSandbox({ surface: { selection } });
      const told = await call('whoami', {});
      await close();
      return told.ok ? Object(told.answer.result).operations : undefined;
    };
    expect(await listedOf('default,!delete_*')).toMatchObject({
      listed: expect.arrayContaining(['list_users']),
      excluded: ['!delete_*'],
    });
    expect(await listedOf('all')).toMatchObject({ listed: { status: 1, hooks: 8 } });
  });

  it('says that it is read-only', async () => {
    const { call, close } = await connectSandbox({ surface: { readOnly: true } });
    const told = await call('whoami', {});
    expect(JSON.stringify(told)).toContain('Read-only');
    await close();
  });
});

describe('the instructions', () => {
  const listed = new Set([...builtInTools, ...tools.map(({ name }) => name)]);
  const texts = [true, false].flatMap((all) =>
    [true, false].map((readOnly) =>
      instructionsFor({
        place: { kind: 'live', endpoint: `https://${'a'.repeat(60)}.example.com`, tenant: 'x' },
        readOnly,
        listed,
        all,
      }),
    ),
  );

  it.each(texts)('say what the server is for at once, within 2 KB', (text) => {
    expect(Buffer.byteLength(text)).toBeLessThan(2048);
    expect(text.slice(0, FIRST_GLANCE_CHARS)).toMatch(/Logto tenant.*users.*Management API/);
  });

  it('say what a plan is, unless nothing can be written', () => {
    const [reading, writing] = [true, false].map((readOnly) =>
      instructionsFor({ place: { kind: 'sandbox' }, readOnly, listed: new Set(), all: true }),
    );
    expect(writing).toContain('and that plan once the person agrees');
    expect(reading).not.toContain('plan');
  });

  it('speak of the finder only where there is one', () => {
    const without = instructionsFor({
      place: { kind: 'sandbox' },
      readOnly: false,
      listed: new Set(),
      all: false,
    });
    expect(without).not.toContain('find_operations');
    expect(without).not.toContain('collect_pages');
  });
});

describe('the prompts', () => {
  it('are five, with arguments, and name only tools that exist', async () => {
    const { client, close } = await connectSandbox();
    const { prompts: listed } = await client.listPrompts();
    expect(listed.map(({ name }) => name)).toEqual(prompts.map(({ name }) => name));
    expect(listed).toHaveLength(5);
    const known = new Set([...builtInTools, ...tools.map(({ name }) => name)]);
    for (const prompt of prompts) {
      const values = Object.fromEntries(prompt.arguments.map(({ name }) => [name, `<${name}>`]));
      const { messages } = await client.getPrompt({ name: prompt.name, arguments: values });
      const text = JSON.stringify(messages);
      for (const { name } of prompt.arguments) {
        expect(text).toContain(`<${name}>`);
      }
      const named = [...text.matchAll(/\b[a-z]+(?:_[a-z]+)+\b/g)].map(([word]) => word);
      expect(named.filter((word) => !known.has(word))).toEqual([]);
      expect(named.length).toBeGreaterThan(1);
    }
    await close();
  });

  it('name the road to what is not listed, and are left out where they cannot be done', async () => {
    const textOf = async (selection: string) => {
      const { client, close } = await connectSandbox({ surface: { selection } });
      const { messages } = await client.getPrompt({
        name: 'onboard_organization',
        arguments: { name: 'A', people: 'B' },
      });
      await close();
      return JSON.stringify(messages);
    };
    expect(await textOf('default')).toContain(
      'create_organization_invitation with run_destructive_operation',
    );
    expect(await textOf('default')).not.toContain('list_users with');
    expect(await textOf('none')).toContain('list_users with run_read_operation');
    expect(await textOf('all')).not.toContain('run_write_operation');
    const { client, close } = await connectSandbox({ surface: { readOnly: true } });
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual([
      'look_into_sign_in',
      'review_powerful_roles',
    ]);
    await close();
  });

  it('refuse a missing argument and a wrong name', async () => {
    const { client, close } = await connectSandbox();
    await expect(client.getPrompt({ name: 'set_up_api', arguments: {} })).rejects.toThrow(
      /needs name and indicator and permissions/,
    );
    await expect(client.getPrompt({ name: 'nope', arguments: {} })).rejects.toThrow(/set_up_api/);
    await close();
  });
});
