/** Every request to the tenant passes the guard; test/walks/sandbox.test.ts shows it for the operations. */
import { describe, expect, it } from 'vitest';
import { documents } from '../../src/catalog/documents.js';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { readPolicy } from '../../src/guard/policy/policy-file.js';
import { memoryJournal } from '../../src/guard/undo/journal.js';
import { builtInTools } from '../../src/mcp/tools/index.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { connectClient, connectSandbox, tools } from '../support/client.js';
import { watchGuard } from '../support/guard-watch.js';

const policyOf = (rules: object) => readPolicy(JSON.stringify(rules), undefined, tools);

const runners = ['run_read_operation', 'run_write_operation', 'run_destructive_operation'];

describe('a policy that forbids everything', () => {
  it('lets no tool, runner, resource or prompt send anything', async () => {
    const sandbox = createSandbox();
    const sent: string[] = [];
    const { client, call, close } = await connectClient({
      policy: policyOf({ deny: ['reads', 'adds', 'changes', 'removes'] }),
      fetch: (url, init) => {
        sent.push(`${init.method} ${url}`);
        return sandbox.fetch(url, init);
      },
    });
    for (const { name } of tools) {
      const direct = await call(name, {});
      expect(direct, name).toMatchObject({ ok: false, error: { code: 'forbidden_by_policy' } });
      expect((await call('preview_operation', { operation: name })).ok, name).toBe(false);
    }
    for (const name of builtInTools) {
      await call(name, {}).catch(() => {});
      await call(name, { operation: 'list_users', fields: ['id'] }).catch(() => {});
    }
    await call('whoami', {});
    for (const { uri } of documents) {
      await expect(client.readResource({ uri })).rejects.toThrow();
    }
    expect((await client.listResources()).resources).toEqual([]);
    for (const { name, arguments: inputs = [] } of (await client.listPrompts()).prompts) {
      const values = Object.fromEntries(inputs.map((item) => [item.name, 'x']));
      await client.getPrompt({ name, arguments: values });
    }
    expect(sent).toEqual([]);
    await close();
  });

  it('can forbid the documents alone, and whoami works without them', async () => {
    const { client, call, close } = await connectSandbox({
      policy: policyOf({ deny: ['documents', 'list_roles'] }),
    });
    expect((await client.listResources()).resources).toEqual([]);
    const answer = await call('whoami', {});
    expect(answer).toMatchObject({
      ok: true,
      answer: { result: { management_api: { granted: true } } },
    });
    expect(JSON.stringify(answer)).not.toContain('operations_missing_here');
    await close();
  });
});

it('built-in tools, resources and prompts send all but the anonymous document through the guard', async () => {
  const watch = watchGuard(createSandbox().fetch);
  const { client, call, close } = await connectClient({ fetch: watch.fetch });
  for (const name of builtInTools) {
    await call(name, {}).catch(() => {});
    await call(name, { operation: 'list_users', fields: ['id'] }).catch(() => {});
    await call(name, { operation: 'delete_role', arguments: { id: 'support' } }).catch(() => {});
  }
  for (const { uri } of documents) {
    await client.readResource({ uri }).catch(() => {});
  }
  for (const { name, arguments: parameters = [] } of (await client.listPrompts()).prompts) {
    await client.getPrompt({
      name,
      arguments: Object.fromEntries(parameters.map((parameter) => [parameter.name, 'x'])),
    });
  }
  watch.restore();
  await close();
  expect(watch.inside()).toBeGreaterThan(5);
  expect(watch.outside).toEqual(['GET /api/.well-known/management.openapi.json']);
});

describe('an operation that --tools excludes', () => {
  it('is run by no entry point, including undo_change', async () => {
    const { call, close } = await connectSandbox({ registry: { selection: 'all,!delete_*' } });
    const created = await call('create_role', { name: 'Stays', description: 'x' });
    const id = created.ok ? created.answer.result?.id : undefined;
    const listed = await call('list_changes', {});
    const change = listed.ok ? listed.answer.items?.[0]?.id : undefined;
    const excluded = { ok: false, error: { code: 'excluded' } };
    expect(await call('undo_change', { change })).toMatchObject(excluded);
    expect(await call('delete_role', { id })).toMatchObject(excluded);
    const request = { operation: 'delete_role', arguments: { id } };
    expect(await call('preview_operation', request)).toMatchObject(excluded);
    for (const runner of runners) {
      expect(await call(runner, request), runner).toMatchObject(excluded);
    }
    expect((await call('get_role', { id })).ok).toBe(true);
    await close();
  });

  it('or read-only mode excludes has no preview either', async () => {
    const { call, close } = await connectSandbox({
      registry: { selection: 'all', readOnly: true },
      policy: defaultPolicy(),
    });
    expect(await call('run_read_operation', { operation: 'delete_role' })).toMatchObject({
      ok: false,
      error: { code: 'excluded' },
    });
    await close();
  });
});

it('neither the journal nor a preview reveals the content of a forbidden domain', async () => {
  const lines = memoryJournal();
  const free = await connectSandbox({ lines });
  const created = await free.call('create_user', { username: 'unseen', name: 'Unseen Person' });
  const userId = created.ok ? created.answer.result?.id : undefined;
  await free.call('create_role_user', { id: 'support', userIds: [userId] });
  const under = (setup: object) => connectClient({ fetch: free.sandbox.fetch, lines, ...setup });
  for (const setup of [
    { policy: policyOf({ deny: ['users', 'list_role_users'] }) },
    { policy: policyOf({ allow: ['delete_role_user', 'roles'], deny: ['list_role_users'] }) },
    { registry: { selection: 'all,!users,!list_users,!get_user,!list_role_users' } },
  ]) {
    const { call, close } = await under(setup);
    const listed = await call('list_changes', {});
    const items = listed.ok ? (listed.answer.items ?? []) : [];
    expect(items[1]).toMatchObject({ operation: 'create_user', outcome: 'done' });
    const change = await call('list_changes', { change: items[1]?.id });
    expect(change).toMatchObject({
      answer: { result: { hidden: expect.stringContaining('create_user') } },
    });
    const preview = await call('preview_operation', {
      operation: 'delete_role_user',
      arguments: { id: 'support', userId },
    });
    expect(preview).toMatchObject({
      answer: { result: { acts_on: 'Support', target: { user: userId } } },
    });
    expect(JSON.stringify([listed, change, preview])).not.toMatch(/unseen/i);
    await close();
  }
  const reader = await under({ policy: policyOf({ read_only: true }) });
  expect(JSON.stringify(await reader.call('list_changes', {}))).toContain('Unseen Person');
  await reader.close();
  await free.close();
});

it('every entry point names the rule that forbids an operation', async () => {
  const { call, close } = await connectSandbox({
    policy: policyOf({ deny: ['hooks', 'delete_role'] }),
  });
  const by = (rule: string) => ({
    ok: false,
    error: { code: 'forbidden_by_policy', message: expect.stringContaining(`deny: ${rule}`) },
  });
  for (const runner of runners) {
    expect(await call(runner, { operation: 'list_hooks' }), runner).toMatchObject(by('hooks'));
  }
  expect(await call('collect_pages', { operation: 'list_hooks', fields: ['id'] })).toMatchObject(
    by('hooks'),
  );
  expect(await call('preview_operation', { operation: 'delete_role' })).toMatchObject(
    by('delete_role'),
  );
  await close();
});
