/** `run_read_script` by a real client over the sandbox. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { builtInFunctions, builtInTools } from '../../../src/mcp/built-in-tools.js';
import { type Connected, connectSandbox, succeed } from '../../support/client.js';

let connected: Connected;

beforeAll(async () => {
  connected = await connectSandbox({
    policy: defaultPolicy(),
    secrets: new Secrets(false, undefined),
  });
});
afterAll(() => connected.close());

const run = (code: string) => succeed(connected.call, 'run_read_script', { code });
const returned = async (code: string) => (await run(code)).result;
const errorOf = async (code: string) => {
  const outcome = await connected.call('run_read_script', { code });
  expect(outcome.ok).toBe(false);
  return outcome.ok ? undefined : outcome.error;
};

describe('run_read_script', () => {
  it('joins lists that no single operation joins', async () => {
    const { result } = await run(`
      const users = await logto.all('list_users', {});
      const roles = await Promise.all(users.map(({ id }) => logto.list_user_roles({ userId: id })));
      const withoutRole = users.filter((_, index) => roles[index].length === 0);
      return { users: users.length, withoutRole: withoutRole.length };`);
    const { total } = (await succeed(connected.call, 'list_users', { page_size: 1 })).page ?? {};
    expect(result).toMatchObject({ users: total });
    expect((result as { withoutRole: number }).withoutRole).toBe(0);
  });

  it('reads every page of a list, each item once', async () => {
    const { result } = await run(`
      const logs = await logto.all('list_logs', {});
      return { items: logs.length, ids: new Set(logs.map(({ id }) => id)).size };`);
    const { total } = (await succeed(connected.call, 'list_logs', { page_size: 1 })).page ?? {};
    expect(result).toEqual({ items: total, ids: total });
  });

  it('redacts secrets before the script sees them', async () => {
    const { result } = await run(`
      const apps = await logto.all('list_applications', {});
      const secrets = await Promise.all(apps.map(({ id }) => logto.list_application_secrets({ id })));
      return { apps: apps.map(({ secret }) => secret), secrets: secrets.flat().map(({ value }) => value) };`);
    expect(JSON.stringify(result)).not.toMatch(/"[A-Za-z0-9]{32,}"/);
    expect((result as { secrets: unknown[] }).secrets.length).toBeGreaterThan(0);
  });

  it('answers what was logged beside what was returned', async () => {
    const answer = await run("log('looked'); return 1;");
    expect(answer).toMatchObject({ result: 1, log: ['looked'] });
  });

  it('answers done if nothing is returned', async () => {
    expect(await run('await logto.list_roles();')).toMatchObject({ done: true });
  });

  it('refuses a write, which does not exist in this script', async () => {
    expect(await errorOf("await logto.delete_user({ userId: 'x' });")).toMatchObject({
      code: 'script_reads_only',
    });
  });

  it('validates arguments as the tool does, and names the line', async () => {
    const error = await errorOf('const a = 1;\nawait logto.list_users({ pagesize: 2 });');
    expect(error?.message).toContain('page_size');
    expect(error?.message).toContain('Line 2');
  });

  it('names the nearest function for one that does not exist', async () => {
    const error = await errorOf('return await logto.list_user({});');
    expect(error?.code).toBe('unknown_operation');
    expect(JSON.stringify(error)).toContain('logto.list_users');
  });

  it('lets a script catch a refused call and continue', async () => {
    const { result } = await run(`
      const found = [];
      for (const userId of ['nobody', (await logto.list_users({ page_size: 1 }))[0].id]) {
        try { found.push((await logto.get_user({ userId })).id); } catch (e) { found.push(e.kind); }
      }
      return found;`);
    expect(result).toEqual(['not_found', expect.any(String)]);
  });

  it('reads a list to its end with pages of the size that is given', async () => {
    const all = await returned("return (await logto.all('list_users')).length;");
    const small = await returned(
      "return (await logto.all('list_users', { page_size: 7 })).length;",
    );
    expect(small).toBe(all);
    expect(await errorOf("await logto.all('list_users', { page_size: 500 });")).toMatchObject({
      code: 'invalid_arguments',
    });
  });

  it('calls the built-in tools that read, and refers to the others as separate tools', async () => {
    const result = await returned(`
      const { now, mode } = await logto.whoami();
      const [user] = await logto.list_users({ page_size: 1 });
      const { sign_in } = await logto.explain_user({ user: user.id });
      return [typeof now.epoch_ms, mode, typeof sign_in.can_sign_in, (await logto.list_changes()).length];`);
    expect(result).toEqual(['number', 'sandbox', expect.any(String), 0]);
    const names = builtInTools.filter((name) => !builtInFunctions.has(name));
    const calls = names.map(
      (name) => `await logto.${name}({}).catch(({ code, message }) => ({ code, message }))`,
    );
    expect(await returned(`return [${calls.join(', ')}];`)).toEqual(
      names.map((name) => ({
        code: 'not_in_scripts',
        message: expect.stringContaining(`logto.${name} does not exist`),
      })),
    );
  });

  it('cannot call a built-in tool that the configuration excludes', async () => {
    const other = await connectSandbox({ registry: { selection: 'default,!explain_user' } });
    const outcome = await other.call('run_read_script', {
      code: "return await logto.explain_user({ user: 'x' });",
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'not_in_scripts' } });
    await other.close();
  });

  it('refuses page on logto.all, and operations without a list', async () => {
    expect(await errorOf("await logto.all('list_users', { page: 1 });")).toMatchObject({
      code: 'invalid_arguments',
    });
    expect(await errorOf("await logto.all('get_user', {});")).toMatchObject({ code: 'not_a_list' });
  });

  it('refuses operations that the policy forbids', async () => {
    const restricted = await connectSandbox({ policy: defaultPolicy({ deny: ['hooks'] }) });
    const outcome = await restricted.call('run_read_script', {
      code: 'return await logto.list_hooks();',
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'forbidden_by_policy' } });
    await restricted.close();
  });

  it('is the same in read-only mode', async () => {
    const readOnly = await connectSandbox({ registry: { readOnly: true } });
    const { result } = await succeed(readOnly.call, 'run_read_script', {
      code: 'return (await logto.list_roles()).length;',
    });
    expect(result).toBeGreaterThan(0);
    await readOnly.close();
  });

  it('counts its reads against a limit', async () => {
    const error = await errorOf(`
      for (let i = 0; i < 21; i += 1) {
        await Promise.all(Array.from({ length: 100 }, () => logto.get_status()));
      }`);
    expect(error?.code).toBe('script_limit');
  }, 60_000);
});
