/** What a client is shown besides the operations: whoami, instructions, prompts. */

import { describe, expect, it } from 'vitest';
import { NEXT_RELEASE } from '../../src/catalog/release-names.js';
import { type ConfirmMode, confirmModes } from '../../src/guard/confirm/confirm-mode.js';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { memberOf } from '../../src/json.js';
import { FIRST_GLANCE_CHARS, instructionsFor, SUMMARY_CHARS } from '../../src/mcp/instructions.js';
import { guidedTasks } from '../../src/mcp/recipes/guided-tasks.js';
import { recipes } from '../../src/mcp/recipes/index.js';
import { operationsIn } from '../../src/mcp/recipes/recipe.js';
import { builtInTools } from '../../src/mcp/tools/index.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { connectClient, connectSandbox, tools } from '../support/client.js';

/** The operations that no release with a number has yet. */
const later = tools
  .filter(({ operation }) => operation.since === NEXT_RELEASE)
  .map(({ name }) => name);

describe('whoami', () => {
  it('states the tenant, the access, and the listed tools', async () => {
    const { call, close } = await connectSandbox({ registry: { selection: 'default' } });
    const outcome = await call('whoami', {});
    expect(outcome).toMatchObject({
      ok: true,
      answer: {
        result: {
          mode: 'sandbox',
          management_api: { granted: true },
          operations: { permitted: tools.length },
          logto: {
            catalog_made_for: '1.46',
            looks_like: '1.46',
            operations_of_a_later_release: later.length,
          },
        },
      },
    });
    expect(later).toContain('delete_logs');
    const plain = JSON.stringify(outcome);
    expect(plain).not.toMatch(/operations_missing_here|"marks"/);
    const detailed = await call('whoami', { details: true });
    expect(detailed).toMatchObject({
      answer: { result: { logto: { operations_of_a_later_release: later } } },
    });
    expect(JSON.stringify(detailed)).toContain('"marks"');
    await close();
  });

  it('states the current time in the format of all times', async () => {
    const before = Date.now();
    const { call, close } = await connectSandbox();
    const outcome = await call('whoami', {});
    const stated = outcome.ok ? outcome.answer.result?.['now'] : undefined;
    const [now, utc] = [memberOf(stated, 'epoch_ms'), memberOf(stated, 'utc')];
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(String(utc))).toBe(now);
    await close();
  });

  it('names tenant and endpoint of a live tenant', async () => {
    const { call, close } = await connectSandbox({
      registry: { tenant: { kind: 'live', endpoint: 'https://id.example', tenant: 'abc' } },
    });
    expect(await call('whoami', {})).toMatchObject({
      ok: true,
      answer: { result: { mode: 'live', endpoint: 'https://id.example', tenant: 'abc' } },
    });
    await close();
  });

  it('says why access fails', async () => {
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

  it('states what is listed, and what the selection excludes', async () => {
    const listedOf = async (selection: string) => {
      const { call, close } = await connectSandbox({ registry: { selection } });
      const outcome = await call('whoami', {});
      await close();
      return outcome.ok ? outcome.answer.result?.['operations'] : undefined;
    };
    expect(await listedOf('default,!delete_*')).toMatchObject({
      listed: expect.arrayContaining(['list_users']),
      excluded: ['!delete_*'],
    });
    expect(await listedOf('all')).toMatchObject({ listed: { status: 1, hooks: 8 } });
  });

  it('names the application of this server', async () => {
    const { call, close } = await connectSandbox();
    expect(await call('whoami', {})).toMatchObject({
      answer: { result: { application: { id: sandboxSettings.appId } } },
    });
    expect(JSON.stringify(await call('whoami', {}))).not.toContain(sandboxSettings.appSecret);
    await close();
  });

  it('names the application over HTTP only to those who may read applications', async () => {
    const answered = async (deny: readonly string[]) => {
      const { call, close } = await connectSandbox({
        policy: defaultPolicy({ deny }),
        server: { actorOf: () => ({ key: 'ann editor', sub: 'ann', clientId: 'editor' }) },
      });
      const outcome = await call('whoami', {});
      await close();
      return JSON.stringify(outcome);
    };
    expect(await answered([])).toContain(`"application":{"id":"${sandboxSettings.appId}"}`);
    expect(await answered(['get_application'])).not.toContain('"application":');
  });

  it.each<[string, ConfirmMode, boolean, RegExp]>([
    ['a question', 'auto', true, /^question: /],
    ['a plan', 'auto', false, /^plan: /],
    ['a plan', 'plan', true, /^plan: /],
    ['a question', 'ask', true, /^question: /],
    ['a refusal', 'ask', false, /^refusal: /],
  ])(
    'says that a write is confirmed by %s in the mode %s, questions declared: %s',
    async (_, confirmMode, declares, says) => {
      const { call, close } = await connectSandbox({
        policy: defaultPolicy(),
        registry: { confirmMode },
        ...(declares && { elicit: () => ({ action: 'decline' as const }) }),
      });
      expect(await call('whoami', {})).toMatchObject({
        answer: { result: { confirmed_by: expect.stringMatching(says) } },
      });
      await close();
    },
  );

  it('says nothing of confirmations where nothing is written', async () => {
    const { call, close } = await connectSandbox({ registry: { readOnly: true } });
    expect(JSON.stringify(await call('whoami', {}))).not.toContain('confirmed_by');
    await close();
  });

  it('says that it is read-only', async () => {
    const { call, close } = await connectSandbox({ registry: { readOnly: true } });
    const outcome = await call('whoami', {});
    expect(JSON.stringify(outcome)).toContain('Read-only');
    await close();
  });
});

describe('the instructions', () => {
  const lists = [
    { listed: [...builtInTools, ...tools.map(({ name }) => name)], all: true },
    { listed: builtInTools, all: false },
    { listed: ['whoami', 'find_operations', 'run_read_script', 'run_script'], all: false },
  ];
  const texts = lists.flatMap(({ listed, all }) =>
    [true, false].flatMap((readOnly) =>
      confirmModes.map((confirmMode) =>
        instructionsFor({
          tenant: { kind: 'live', endpoint: `https://${'a'.repeat(60)}.example.com`, tenant: 'x' },
          readOnly,
          listed: new Set(listed),
          all,
          confirmMode,
        }),
      ),
    ),
  );

  it.each(texts)('say what the server is for in the first line, within 2 KB', (text) => {
    expect(Buffer.byteLength(text)).toBeLessThan(2048);
    const [first = ''] = text.split('\n');
    expect(first.length).toBeLessThanOrEqual(FIRST_GLANCE_CHARS);
    expect(first).toMatch(/Logto tenant.*Management API.*users/);
  });

  it.each(texts)('have complete sentences within the first 512 characters', (text) => {
    const summary: string[] = [];
    for (const line of text.split('\n')) {
      if ([...summary, line].join('\n').length > SUMMARY_CHARS) {
        break;
      }
      summary.push(line);
    }
    expect(summary.join('\n')).toContain('Never guess ids');
    expect(summary.join('\n').endsWith('.')).toBe(true);
  });

  it('explain plans, unless no write is permitted', () => {
    const [reading, writing] = [true, false].map((readOnly) =>
      instructionsFor({ tenant: { kind: 'sandbox' }, readOnly, listed: new Set(), all: true }),
    );
    expect(writing).toContain('and that plan once the person agrees');
    expect(reading).not.toContain('plan');
  });

  it.each<[ConfirmMode, RegExp, RegExp]>([
    ['auto', /a question, or answers with a preview and a plan/, /refused/],
    ['plan', /asks first answers with a preview and a plan/, /the person a question/],
    ['ask', /a question and waits; only their answer confirms it/, /and that plan/],
  ])(
    'say how writes are confirmed in the mode %s, as the server does',
    async (mode, has, lacks) => {
      const { client, close } = await connectSandbox({ registry: { confirmMode: mode } });
      expect(client.getInstructions()).toMatch(has);
      expect(client.getInstructions()).not.toMatch(lacks);
      await close();
    },
  );

  it('mention the finder only if it is listed', () => {
    const without = instructionsFor({
      tenant: { kind: 'sandbox' },
      readOnly: false,
      listed: new Set(),
      all: false,
    });
    expect(without).not.toContain('find_operations');
    expect(without).not.toContain('collect_pages');
  });
});

describe('the prompts', () => {
  it('are the guided tasks and the recipes, and name only operations that exist', async () => {
    const { client, close } = await connectSandbox();
    const { prompts: listed } = await client.listPrompts();
    const all = [...guidedTasks, ...recipes];
    expect(listed.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    const known = new Set([...builtInTools, ...tools.map(({ name }) => name), 'all']);
    for (const prompt of all) {
      const values = Object.fromEntries(prompt.arguments.map(({ name }) => [name, `<${name}>`]));
      const { messages } = await client.getPrompt({ name: prompt.name, arguments: values });
      const text = JSON.stringify(messages);
      for (const { name } of prompt.arguments) {
        expect(text).toContain(`<${name}>`);
      }
    }
    for (const recipe of recipes) {
      expect(operationsIn(recipe).filter((name) => !known.has(name))).toEqual([]);
      expect(operationsIn(recipe).length).toBeGreaterThan(0);
    }
    await close();
  });

  it('name the script tool of a recipe, and have the arguments in its code', async () => {
    const { client, close } = await connectSandbox({ registry: { selection: 'default' } });
    const textOf = async (name: string, values: Record<string, string>) =>
      JSON.stringify((await client.getPrompt({ name, arguments: values })).messages);
    expect(await textOf('who_can', { permission: "a'b`c" })).toMatch(
      /Call run_read_script .*a'b`c/,
    );
    expect(await textOf('replace_role', { old: 'A', new: 'B' })).toContain('Call run_script ');
    await close();
  });

  it('name the runner of unlisted operations', async () => {
    const textOf = async (selection: string) => {
      const { client, close } = await connectSandbox({ registry: { selection } });
      const { messages } = await client.getPrompt({
        name: 'look_into_sign_in',
        arguments: { user: 'A' },
      });
      await close();
      return JSON.stringify(messages);
    };
    expect(await textOf('default')).toContain('get_sign_in_exp with run_read_operation');
    expect(await textOf('default')).not.toContain('list_users with');
    expect(await textOf('none')).toContain('list_users with run_read_operation');
    expect(await textOf('all')).not.toContain('run_read_operation');
  });

  it('are omitted if an operation is not permitted or the script tool is not listed', async () => {
    const namesOf = async (registry: { selection?: string; readOnly?: boolean }) => {
      const { client, close } = await connectSandbox({ registry });
      const { prompts: listed } = await client.listPrompts();
      await close();
      return listed.map(({ name }) => name);
    };
    const reading = await namesOf({ readOnly: true });
    expect(reading).toContain('look_into_sign_in');
    expect(reading).toContain('who_can');
    expect(reading).not.toContain('replace_role');
    expect(reading).not.toContain('add_sign_in');
    expect(await namesOf({ selection: 'all,!run_script' })).not.toContain('replace_role');
    expect(await namesOf({ selection: 'all,!list_role_scopes' })).not.toContain('who_can');
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
