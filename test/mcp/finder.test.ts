import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connected, connectSandbox, tools } from '../support/client.js';

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
            run_with: 'run_destructive_operation',
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
    expect(JSON.stringify(refused)).toContain('Did you mean \\"name\\"');
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
