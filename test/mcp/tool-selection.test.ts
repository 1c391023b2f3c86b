import { describe, expect, it } from 'vitest';
import { builtInTools } from '../../src/mcp/built-in-tools.js';
import { defaultTools, selectTools } from '../../src/mcp/tool-selection.js';
import { connectSandbox, tools } from '../support/client.js';
import { builtInByDefault } from '../support/default-list.js';

const exposed = (selection: string, readOnly = false) => {
  const { listed, permitted, lists } = selectTools(tools, tools, builtInTools, selection, readOnly);
  return {
    listed: listed.map(({ name }) => name),
    permitted: permitted.map(({ name }) => name),
    extras: builtInTools.filter(lists),
  };
};

describe('a selection', () => {
  it('default lists at most 40 everyday tools, and everything may be run', () => {
    const { listed, permitted, extras } = exposed('default');
    expect([...listed].sort()).toEqual([...defaultTools].sort());
    expect(listed.length).toBeLessThanOrEqual(40);
    expect(permitted).toHaveLength(tools.length);
    expect(extras).toEqual(builtInByDefault);
  });

  it('all lists everything, none nothing, and both keep the finder', () => {
    expect(exposed('all').listed).toHaveLength(tools.length);
    expect(exposed('all').extras).toEqual(builtInTools);
    expect(exposed('none').listed).toEqual([]);
    expect(exposed('none').extras).toContain('find_operations');
    expect(exposed('none').permitted).toHaveLength(tools.length);
  });

  it('combines domains, names and globs', () => {
    const { listed } = exposed('none, secrets list_organization*,get_user');
    expect(listed).toContain('delete_secret');
    expect(listed).toContain('list_organization_roles');
    expect(listed).toContain('get_user');
    expect(listed).not.toContain('list_users');
  });

  it('excludes with !, which has precedence and makes the operation unreachable', () => {
    const { listed, permitted, extras } = exposed('all,!delete_*,!collect_pages,delete_role');
    expect(listed.filter((name) => name.startsWith('delete_'))).toEqual([]);
    expect(permitted.filter((name) => name.startsWith('delete_'))).toEqual([]);
    expect(extras).not.toContain('collect_pages');
  });

  it('applies exclusions alone to the default', () => {
    expect(exposed('!users').listed).toEqual(
      exposed('default').listed.filter(
        (name) => tools.find((tool) => tool.name === name)?.domain !== 'users',
      ),
    );
  });

  it.each([
    ['list_userz', 'list_users'],
    ['userrs', 'users'],
    ['!delete_rolle', 'delete_role'],
    ['zzz_*', 'matches none'],
  ])('%s is refused with the correct term', (selection, words) => {
    expect(() => exposed(selection)).toThrow(words);
  });

  it('read-only has precedence', () => {
    const { listed, permitted } = exposed('all,create_user', true);
    const effects = new Set(
      tools.filter(({ name }) => permitted.includes(name)).map(({ operation }) => operation.effect),
    );
    expect([...effects]).toEqual(['reads']);
    expect(listed).toEqual(permitted);
  });
});

describe('a server', () => {
  it('lists in a fixed order, on one page, and declares how long the list is valid', async () => {
    const { client, close } = await connectSandbox({ registry: { selection: 'default' } });
    const first = await client.listTools();
    const second = await client.listTools();
    expect(second.tools).toEqual(first.tools);
    expect(first.nextCursor).toBeUndefined();
    expect(first).toMatchObject({ ttlMs: expect.any(Number), cacheScope: 'private' });
    await close();
  });

  it('has no runners of writes when it is read-only, and refuses a write as well', async () => {
    const { client, call, close } = await connectSandbox({ registry: { readOnly: true } });
    const { tools: listed } = await client.listTools();
    const names = listed.map(({ name }) => name);
    expect(names).toContain('run_read_operation');
    expect(names).not.toContain('run_write_operation');
    expect(names).not.toContain('run_destructive_operation');
    expect(listed.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true);
    for (const [name, values] of [
      ['create_role', { name: 'x', description: 'y' }],
      ['run_read_operation', { operation: 'create_role', arguments: {} }],
      ['run_write_operation', { operation: 'create_role', arguments: {} }],
    ] as const) {
      expect((await call(name, values)).ok, name).toBe(false);
    }
    await close();
  });

  it('sends a call of a tool that is not listed to its runner', async () => {
    const { call, close } = await connectSandbox({ registry: { selection: 'none' } });
    expect(await call('delete_role', { id: 'x' })).toMatchObject({
      ok: false,
      error: { code: 'not_listed', hint: expect.stringContaining('run_destructive_operation') },
    });
    await close();
  });

  it('says that the operator has excluded the requested operation', async () => {
    const { call, close } = await connectSandbox({ registry: { selection: 'all,!delete_*' } });
    expect(await call('delete_role', { id: 'x' })).toMatchObject({
      ok: false,
      error: { kind: 'permission', code: 'excluded' },
    });
    expect(
      await call('run_destructive_operation', { operation: 'delete_role', arguments: { id: 'x' } }),
    ).toMatchObject({ ok: false });
    await close();
  });
});
