/** A Logto that is newer than the catalog: what only its document has is found and run, with the guard in between. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { readPolicy } from '../../../src/guard/policy/policy-file.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { DOCUMENT_PATH } from '../../../src/logto/served-document.js';
import type { Transport } from '../../../src/logto/transport.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { sandboxSettings } from '../../../src/sandbox/settings.js';
import { type Connected, connectClient, type Setup, succeed, tools } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';
import { INJECTED, newerLogto } from '../../support/newer-logto.js';

let connected: Connected | undefined;

afterEach(async () => {
  await connected?.close();
  connected = undefined;
});

async function connect(setup: Partial<Setup> = {}) {
  const logto = newerLogto();
  connected = await connectClient({ fetch: logto.fetch, policy: defaultPolicy(), ...setup });
  return { ...logto, call: connected.call };
}

const policyOf = (rules: object) => readPolicy(JSON.stringify(rules), undefined, tools);

const READ = 'run_read_operation';
const DESTRUCTIVE = 'run_destructive_operation';

/** Calls a write that asks, and confirms its plan. @returns the preview and the answer */
async function confirm(call: Connected['call'], tool: string, values: Record<string, unknown>) {
  const planned = await succeed(call, tool, values);
  const result = planned.result as { plan: string; preview: Record<string, unknown> };
  expect(result.plan).toEqual(expect.any(String));
  return {
    preview: result.preview,
    answer: await succeed(call, tool, { ...values, plan: result.plan }),
  };
}

describe('find_operations', () => {
  it('finds an operation that only the document has by words, name, operationId and route', async () => {
    const { call } = await connect();
    for (const words of ['create a widget', 'create_widget', 'CreateWidget', 'POST /api/widgets']) {
      const { items = [] } = await succeed(call, 'find_operations', { words });
      expect(items[0], words).toMatchObject({
        operation: 'create_widget',
        effect: 'adds',
        not_in_catalog: true,
        run_with: DESTRUCTIVE,
      });
    }
  });

  it('writes its own sentence and the arguments by the schemas of the document', async () => {
    const { call } = await connect();
    const answer = await succeed(call, 'find_operations', { words: 'create_widget' });
    const shown = JSON.stringify(answer);
    expect(shown).toContain('POST /api/widgets: not in the catalog.');
    expect(shown).not.toContain(INJECTED);
    for (const name of ['name', 'size', 'colour', 'tags', 'green']) {
      expect(shown).toContain(name);
    }
  });

  it('does not give a removal the name of a read', async () => {
    const { call } = await connect();
    const { items = [] } = await succeed(call, 'find_operations', {
      words: 'DELETE /api/widgets/{widgetId}',
    });
    expect(items[0]).toMatchObject({ effect: 'removes' });
    expect(items[0]?.['operation']).not.toMatch(/^(?:list|get)_/);
  });

  it('reads the document once', async () => {
    const { call, reads } = await connect();
    expect(reads()).toBe(0);
    await succeed(call, 'find_operations', { words: 'list widgets' });
    await succeed(call, 'find_operations', { domain: 'not-in-catalog' });
    await succeed(call, READ, { operation: 'list_widgets' });
    expect(reads()).toBe(1);
  });
});

describe('the runners', () => {
  it('run a read, whose answer is marked and has no member with the name of a secret', async () => {
    const { call, seen } = await connect({ secrets: new Secrets(false, undefined) });
    const answer = await succeed(call, READ, {
      operation: 'list_widgets',
      arguments: { colour: 'red' },
    });
    expect(seen).toEqual([
      { method: 'GET', target: '/api/widgets?colour=red&page=1&page_size=20', body: undefined },
    ]);
    expect(answer.notes).toContain('list_widgets is not in the catalog.');
    const shown = JSON.stringify(answer);
    expect(shown).toContain('First');
    expect(shown).not.toContain('very-secret-value');
    expect(shown).not.toContain('c0de-secret');
  });

  it('accept the route instead of the name', async () => {
    const { call, seen } = await connect();
    await succeed(call, READ, {
      operation: 'GET /api/widgets/{widgetId}',
      arguments: { widgetId: 'w1' },
    });
    expect(seen.map(({ target }) => target)).toEqual(['/api/widgets/w1']);
  });

  it.each([
    [{ operation: 'list_widgets', arguments: { colour: 'blue' } }, READ, /colour/],
    [{ operation: 'list_widgets', arguments: { shape: 'round' } }, READ, /shape/],
    [{ operation: 'create_widget', arguments: { size: 3 } }, DESTRUCTIVE, /name is required/],
    [{ operation: 'create_widget', arguments: { name: 'x', size: 11 } }, DESTRUCTIVE, /size/],
    [{ operation: 'create_widgets', arguments: { body: [{ size: 1 }] } }, DESTRUCTIVE, /name/],
    [{ operation: 'get_widget', arguments: { widgetId: '../users' } }, READ, /widgetId/],
  ])('refuse arguments that the document does not describe: %j', async (values, tool, message) => {
    const { call, seen } = await connect();
    const outcome = await call(tool, values);
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'input' } });
    expect(JSON.stringify(outcome)).toMatch(message);
    expect(seen).toEqual([]);
  });

  it('ask before every write, and send it as it was shown', async () => {
    const { call, seen } = await connect();
    const writes: readonly [string, Record<string, unknown>, string, unknown][] = [
      ['create_widget', { name: 'New', size: 2 }, 'POST /api/widgets', { name: 'New', size: 2 }],
      ['create_widgets', { body: [{ name: 'A' }] }, 'POST /api/widgets/batch', [{ name: 'A' }]],
      ['update_widget', { widgetId: 'w1', size: 3 }, 'PATCH /api/widgets/w1', { size: 3 }],
      ['delete_list_widget_remains', { widgetId: 'w1' }, 'DELETE /api/widgets/w1', undefined],
    ];
    const sent = () => seen.filter(({ method }) => method !== 'GET');
    for (const [operation, values, request, body] of writes) {
      const before = sent().length;
      const planned = await succeed(call, DESTRUCTIVE, { operation, arguments: values });
      expect(sent().length, operation).toBe(before);
      const { plan, preview } = planned.result as { plan: string; preview: { does: string } };
      expect(preview.does).toContain('not in the catalog');
      await succeed(call, DESTRUCTIVE, { operation, arguments: values, plan });
      expect(sent().slice(before)).toEqual([
        { method: request.split(' ')[0], target: request.split(' ')[1], body },
      ]);
    }
  });

  it('record a write, which cannot be undone', async () => {
    const { call } = await connect();
    await confirm(call, DESTRUCTIVE, { operation: 'create_widget', arguments: { name: 'New' } });
    const { items = [] } = await succeed(call, 'list_changes', {});
    expect(JSON.stringify(items[0])).toContain('create_widget');
    const undone = await call('undo_change', { change: items[0]?.['id'] });
    expect(undone).toMatchObject({ ok: false, error: { code: 'cannot_undo' } });
    expect(JSON.stringify(undone)).toContain('not in the catalog');
  });

  it('preview a write', async () => {
    const { call, seen } = await connect();
    const answer = await succeed(call, 'preview_operation', {
      operation: 'create_widget',
      arguments: { name: 'New' },
    });
    expect(JSON.stringify(answer)).toContain('POST /api/widgets');
    expect(seen).toEqual([]);
  });
});

describe('the guard', () => {
  it('excludes writes in read-only mode', async () => {
    const { call, seen } = await connect({ registry: { readOnly: true } });
    const matches = await succeed(call, 'find_operations', { words: 'create_widget' });
    expect(JSON.stringify(matches)).toContain('excludes create_widget');
    await succeed(call, READ, { operation: 'list_widgets' });
    const outcome = await call(READ, { operation: 'create_widget', arguments: { name: 'x' } });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'excluded' } });
    expect(seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it.each([
    ['/api/widgets*'],
    ['POST /api/widgets'],
    ['* /api/widgets'],
    ['create_*'],
    ['adds'],
    ['not-in-catalog'],
  ])('applies the rule deny: %s', async (rule) => {
    const { call, seen } = await connect({ policy: policyOf({ deny: [rule] }) });
    // The runner may be gone with the rule; then the name of the tool is refused.
    const outcome = await call(DESTRUCTIVE, {
      operation: 'create_widget',
      arguments: { name: 'x' },
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'forbidden_by_policy' } });
    expect(seen).toEqual([]);
  });

  it('allows an operation by its route, and no other', async () => {
    const { call } = await connect({
      policy: policyOf({ allow: ['GET /api/widgets*', 'list_users'] }),
    });
    await succeed(call, READ, { operation: 'list_widgets' });
    expect(
      await call(READ, { operation: 'list_user_badges', arguments: { userId: 'x' } }),
    ).toMatchObject({ ok: false, error: { code: 'forbidden_by_policy' } });
  });

  it('does not treat an unknown risk as an allowed one', async () => {
    const { call, seen } = await connect({
      policy: policyOf({ allow: ['reads', 'destructive'] }),
    });
    expect(
      await call(DESTRUCTIVE, { operation: 'create_widget', arguments: { name: 'x' } }),
    ).toMatchObject({ ok: false, error: { code: 'forbidden_by_policy' } });
    expect(seen).toEqual([]);
  });

  it('applies the exclusions of --tools', async () => {
    const { call, seen } = await connect({ registry: { selection: 'all,!create_*' } });
    expect(
      await call(DESTRUCTIVE, { operation: 'create_widget', arguments: { name: 'x' } }),
    ).toMatchObject({ ok: false, error: { code: 'excluded' } });
    expect(seen).toEqual([]);
  });

  it('protects a user in the path, in the body, and in calls that name no user', async () => {
    const { items = [] } = await succeed((await connect()).call, 'list_users', {});
    await connected?.close();
    const id = String(items[0]?.['id']);
    const other = String(items[1]?.['id']);
    const { call, seen } = await connect({ policy: policyOf({ protect: { users: [id] } }) });
    const refused = { ok: false, error: { code: 'forbidden_by_policy' } };
    const run = (operation: string, values: object) =>
      call(DESTRUCTIVE, { operation, arguments: values });
    expect(await run('add_user_badge', { userId: id, badge: 'x' })).toMatchObject(refused);
    expect(await run('set_widget_owner', { widgetId: 'w1', userId: id })).toMatchObject(refused);
    expect(await run('merge_users', { mode: 'all' })).toMatchObject(refused);
    expect(seen.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect((await run('add_user_badge', { userId: other, badge: 'x' })).ok).toBe(true);
  });

  it('protects the own application, named or not', async () => {
    const { call, seen } = await connect();
    const ownAccess = { ok: false, error: { code: 'own_access' } };
    const run = (operation: string, values: object) =>
      call(DESTRUCTIVE, { operation, arguments: values });
    expect(await run('delete_application_cache', { appId: sandboxSettings.appId })).toMatchObject(
      ownAccess,
    );
    expect(await run('delete_applications', {})).toMatchObject(ownAccess);
    expect(
      await run('update_widget', { widgetId: 'w1', tags: [sandboxSettings.appId] }),
    ).toMatchObject(ownAccess);
    expect((await run('delete_application_cache', { appId: 'another' })).ok).toBe(true);
    expect(seen).toEqual([]);
  });

  it('counts an unknown write as one with an unknown number of removals', async () => {
    const { call } = await connect({
      policy: policyOf({ limits: { removals_per_minute: 5 } }),
    });
    expect(
      await call(DESTRUCTIVE, { operation: 'create_widget', arguments: { name: 'x' } }),
    ).toMatchObject({ ok: false, error: { kind: expect.stringMatching(/permission|rate_limit/) } });
  });
});

describe('scripts', () => {
  it('call operations that only the document has', async () => {
    const { call, seen } = await connect();
    const read = await succeed(call, 'run_read_script', {
      code: "const all = await logto.all('list_widgets'); return all.length;",
    });
    expect(read.result).toBe(1);
    const planned = await succeed(call, 'run_script', {
      code: "await logto.create_widget({ name: 'New' }); return 1;",
    });
    const { plan } = planned.result as { plan: string };
    expect(seen.filter(({ method }) => method !== 'GET')).toEqual([]);
    await succeed(call, 'run_script', { plan });
    expect(seen.filter(({ method }) => method !== 'GET')).toEqual([
      { method: 'POST', target: '/api/widgets', body: { name: 'New' } },
    ]);
  });

  it('that only read refuse a write', async () => {
    const { call } = await connect();
    expect(
      await call('run_read_script', { code: "await logto.create_widget({ name: 'New' });" }),
    ).toMatchObject({ ok: false });
  });
});

describe('a new part of a known operation', () => {
  it('is a field: it asks, is sent, and is noted', async () => {
    const { call, seen } = await connect();
    const values = { name: 'Painter', description: 'Paints', colour: 'red' };
    const planned = await succeed(call, 'create_role', values);
    const { plan, preview } = planned.result as { plan: string; preview: object };
    expect(planned.notes?.join(' ')).toContain('colour');
    expect(JSON.stringify(preview)).toContain('colour');
    expect(seen).toEqual([]);
    await succeed(call, 'create_role', { ...values, plan });
    expect(seen[0]?.body).toMatchObject({ colour: 'red' });
  });

  it('is a field that must have the type in the document', async () => {
    const { call, seen } = await connect();
    expect(
      await call('create_role', { name: 'P', description: 'x', colour: 'blue' }),
    ).toMatchObject({ ok: false, error: { kind: 'input' } });
    expect(seen).toEqual([]);
  });

  it('is a parameter of a read', async () => {
    const { call, seen } = await connect();
    const answer = await succeed(call, 'list_organizations', { archived: true });
    expect(seen[0]?.target).toContain('archived=true');
    expect(answer.notes?.join(' ')).toContain('archived');
  });

  it('is a value of an open list', async () => {
    const { call, seen } = await connect();
    const values = {
      name: 'Widgets',
      events: ['Widget.Created'],
      config: { url: 'https://example.com/hook' },
    };
    const planned = await succeed(call, 'create_hook', values);
    const plan = (planned.result as { plan?: string }).plan;
    const answer =
      plan === undefined ? planned : await succeed(call, 'create_hook', { ...values, plan });
    expect(JSON.stringify([planned.notes, answer.notes])).toContain('Widget.Created');
    expect(seen[0]?.body).toMatchObject({ events: ['Widget.Created'] });
  });

  it('is refused if the document does not have it either', async () => {
    const { call, seen } = await connect();
    const outcome = await call('create_hook', {
      name: 'Widgets',
      events: ['Widget.Melted'],
      config: { url: 'https://example.com/hook' },
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'not_known_here' } });
    expect(await call('create_role', { name: 'P', description: 'x', weight: 1 })).toMatchObject({
      ok: false,
      error: { code: 'invalid_arguments' },
    });
    expect(seen).toEqual([]);
  });
});

describe('whoami', () => {
  it('says which release it looks like, from which marks, and what differs', async () => {
    const { call } = await connect();
    const { result } = await succeed(call, 'whoami', { details: true });
    expect(result?.['logto']).toMatchObject({
      looks_like: '1.43',
      operations_not_in_catalog: expect.arrayContaining(['create_widget', 'list_widgets']),
      operations_missing_here: expect.arrayContaining(['list_user_trusted_devices']),
      arguments_missing_here: expect.arrayContaining(['list_users identityType']),
    });
  });

  it.each([
    [404, 'Not Found', 'text/plain', /answered 404/],
    [200, '<html></html>', 'text/html', /a web page/],
    [200, '{"paths":', 'application/json', /not JSON/],
    [200, '{}', 'application/json', /no operations/],
    [200, `"${'x'.repeat(5_000_000)}"`, 'application/json', /larger than 4 MB/],
    [200, `${'['.repeat(200)}${']'.repeat(200)}`, 'application/json', /levels/],
  ])('says why there is no document: %i %#', async (status, body, type, reason) => {
    const sandbox = createSandbox();
    let reads = 0;
    const fetch: Transport = async (url, init) => {
      if (!url.endsWith(DOCUMENT_PATH)) {
        return sandbox.fetch(url, init);
      }
      reads += 1;
      return answerOf(status, body, { 'content-type': type });
    };
    const { call } = await connect({ fetch });
    for (let times = 0; times < 2; times += 1) {
      const { result } = await succeed(call, 'whoami', {});
      expect(JSON.stringify(result?.['logto'])).toMatch(reason);
    }
    // The catalog alone decides: nothing is refused, and the failure is not repeated.
    await succeed(call, 'list_user_trusted_devices', { userId: 'none' }).catch(() => {});
    expect(reads).toBe(1);
  });
});
