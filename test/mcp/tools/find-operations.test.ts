import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { type Connected, connectSandbox, tools } from '../../support/client.js';

describe('the finder', () => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connectSandbox({ surface: { selection: 'none' } });
  });
  afterAll(() => connected.close());

  it('finds an operation by what it does, with its arguments', async () => {
    const found = await connected.call('find_operations', { words: 'suspend a user' });
    expect(found).toMatchObject({
      ok: true,
      answer: {
        items: expect.arrayContaining([
          expect.objectContaining({
            operation: 'update_user_is_suspended',
            run_with: 'run_write_operation',
            arguments: expect.objectContaining({ type: 'object' }),
          }),
        ]),
      },
    });
  });

  it('puts an exact name first, in any spelling', async () => {
    for (const words of ['delete_role', 'Delete role']) {
      const found = await connected.call('find_operations', { words, limit: 1 });
      expect(found).toMatchObject({ ok: true, answer: { items: [{ operation: 'delete_role' }] } });
    }
  });

  it('says so when nothing matches', async () => {
    const found = await connected.call('find_operations', { words: 'xyzzy qqqq' });
    expect(found).toMatchObject({ ok: true, answer: { items: [], notes: [expect.any(String)] } });
  });

  it('runs a read, a write and a removal, each with its own runner', async () => {
    const listed = await connected.call('run_read_operation', {
      operation: 'list_roles',
      arguments: { page_size: 2, fields: ['id'] },
    });
    expect(listed).toMatchObject({ ok: true, answer: { page: { page_size: 2 } } });
    const made = await connected.call('run_write_operation', {
      operation: 'create_role',
      arguments: { name: 'Found', description: 'By the finder' },
    });
    expect(made).toMatchObject({ ok: true });
    const id = made.ok ? made.answer.result?.id : undefined;
    const gone = await connected.call('run_destructive_operation', {
      operation: 'delete_role',
      arguments: { id },
    });
    expect(gone).toEqual({ ok: true, answer: { done: true } });
  });

  it('refuses the wrong runner with the right one, and sends nothing', async () => {
    const refused = await connected.call('run_read_operation', {
      operation: 'delete_role',
      arguments: { id: 'support' },
    });
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'wrong_runner', hint: expect.stringContaining('run_destructive_operation') },
    });
    const still = await connected.call('run_read_operation', {
      operation: 'get_role',
      arguments: { id: 'support' },
    });
    expect(still.ok).toBe(true);
  });

  it('checks arguments as the typed tool does', async () => {
    const refused = await connected.call('run_write_operation', {
      operation: 'create_role',
      arguments: { nmae: 'x', description: 'y' },
    });
    expect(refused).toMatchObject({ ok: false, error: { code: 'invalid_arguments' } });
    expect(JSON.stringify(refused)).toContain('inside arguments. Did you mean \\"name\\"');
  });

  it('says which of its arguments belong into arguments, and what is wrong inside', async () => {
    const outside = await connected.call('run_read_operation', {
      operation: 'list_roles',
      page_size: 5,
      colour: 'red',
    });
    expect(outside).toMatchObject({
      ok: false,
      error: {
        details: [
          '"page_size" belongs into arguments.',
          expect.stringContaining('There is no argument "colour".'),
        ],
      },
    });
    const inside = await connected.call('run_read_operation', {
      operation: 'list_roles',
      arguments: { page_size: 500 },
    });
    expect(JSON.stringify(inside)).toContain('arguments.page_size must be at most 100');
    const previewed = await connected.call('preview_operation', {
      operation: 'delete_role',
      id: 'support',
    });
    expect(JSON.stringify(previewed)).toContain('\\"id\\" belongs into arguments.');
  });

  it('names the nearest operation for one that does not exist', async () => {
    const refused = await connected.call('run_read_operation', { operation: 'list_rolse' });
    expect(refused).toMatchObject({
      ok: false,
      error: { hint: expect.stringContaining('list_roles') },
    });
  });

  it('reaches every operation by its name', async () => {
    for (const { name } of tools) {
      const found = await connected.call('find_operations', { words: name, limit: 1 });
      expect(found).toMatchObject({ ok: true, answer: { items: [{ operation: name }] } });
    }
  });
});

describe('what is left out', () => {
  it('is said to be, on every road, and nothing else is recommended', async () => {
    const policy = defaultPolicy({ confirm: 'never', deny: ['delete_user'] });
    const { call, close } = await connectSandbox({ policy, surface: { selection: 'default' } });
    const runs = [
      call('delete_user', { userId: 'x' }),
      call('run_destructive_operation', { operation: 'delete_user', arguments: { userId: 'x' } }),
      call('preview_operation', { operation: 'delete_user', arguments: { userId: 'x' } }),
    ];
    for (const refused of await Promise.all(runs)) {
      expect(refused).toMatchObject({ ok: false, error: { code: 'forbidden_by_policy' } });
      expect(JSON.stringify(refused)).not.toContain('Did you mean');
    }
    const found = await call('find_operations', { words: 'delete_user' });
    expect(JSON.stringify(found)).toContain('The best match is delete_user.');
    await close();
  });

  it('is named by the finder in read-only mode', async () => {
    const { call, close } = await connectSandbox({ surface: { readOnly: true } });
    const found = await call('find_operations', { words: 'suspend a user' });
    expect(found).toMatchObject({
      ok: true,
      answer: {
        notes: expect.arrayContaining([
          expect.stringContaining('excludes update_user_is_suspended'),
        ]),
      },
    });
    expect(await call('find_operations', { words: 'list users', limit: 1 })).toMatchObject({
      ok: true,
      answer: { items: [{ operation: 'list_users' }] },
    });
    await close();
  });

  it('is said of a list that collect_pages should read', async () => {
    const { call, close } = await connectSandbox({ surface: { selection: 'all,!list_users' } });
    expect(
      await call('collect_pages', { operation: 'list_users', count_only: true }),
    ).toMatchObject({ ok: false, error: { code: 'excluded' } });
    await close();
  });

  it('is not recommended when it is a runner', async () => {
    const selection = 'none,!run_destructive_operation';
    const { call, close } = await connectSandbox({ surface: { selection } });
    const found = await call('find_operations', { words: 'delete role', limit: 1 });
    expect(found).toMatchObject({
      ok: true,
      answer: { items: [{ cannot_run: expect.stringContaining('excludes') }] },
    });
    expect(JSON.stringify(found)).not.toContain('run_with');
    expect(await call('run_destructive_operation', { operation: 'delete_role' })).toMatchObject({
      ok: false,
      error: { code: 'excluded' },
    });
    await close();
  });
});

describe('an answer of the finder', () => {
  it('brings arguments with the best match alone, and none for a tool that is listed', async () => {
    const { call, close } = await connectSandbox({ surface: { selection: 'default' } });
    const items = async (words: string) => {
      const found = await call('find_operations', { words });
      return (found.ok ? (found.answer.items ?? []) : []) as Record<string, unknown>[];
    };
    const hook = await items('add a webhook');
    expect(hook.map((item) => 'arguments' in item)).toEqual([true, false, false, false, false]);
    const remove = await items('rotate the secret of an application');
    expect(remove).toContainEqual(
      expect.objectContaining({ operation: 'list_application_secrets', required: ['id'] }),
    );
    const suspend = await items('suspend a user');
    expect(suspend[0]).toMatchObject({ run_with: 'update_user_is_suspended' });
    expect(suspend.some((item) => 'arguments' in item)).toBe(false);
    expect(JSON.stringify(suspend).length).toBeLessThan(2000);
    await close();
  });
});

describe('a list of which a filter leaves nothing', () => {
  it('says where else to look, or how the filter compares', async () => {
    const { call, close } = await connectSandbox();
    const notes = async (tool: string, values: Record<string, unknown>) => {
      const found = await call(tool, values);
      return found.ok ? (found.answer.notes ?? []).join(' ') : '';
    };
    expect(await notes('list_logs', { logKey: 'SignIn' })).toContain('Interaction.SignIn.Submit');
    expect(await notes('list_roles', { search: 'dealer' })).toContain('list_organization_roles');
    expect(await notes('list_users', { search: 'nobody-has-this' })).toContain('collect_pages');
    expect(await notes('list_users', { page: 900 })).toBe('');
    expect(await notes('list_roles', {})).toBe('');
    await close();
  });
});

describe('an id that nothing has', () => {
  it('is answered with the argument and the list that it comes from', async () => {
    const { call, close } = await connectSandbox();
    const hint = async (tool: string, values: Record<string, unknown>) => {
      const refused = await call(tool, values);
      return refused.ok ? '' : refused.error.hint;
    };
    expect(await hint('get_user', { userId: 'nonexistent0' })).toContain('userId (see list_users)');
    expect(await hint('list_role_users', { id: 'admin' })).toContain('id (see list_roles)');
    await close();
  });
});
