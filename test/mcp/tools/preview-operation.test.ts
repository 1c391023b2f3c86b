/** `preview_operation` takes what the previewed call takes: references in the place of ids too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EntityKind, entities } from '../../../src/catalog/entities.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { valueAt } from '../../../src/json.js';
import { type Connected, connectSandbox, succeed, tools } from '../../support/client.js';

let connected: Connected;
beforeAll(async () => {
  connected = await connectSandbox({ policy: defaultPolicy() });
});
afterAll(() => connected.close());

const preview = (operation: string, values: Readonly<Record<string, unknown>>) =>
  connected.call('preview_operation', { operation, arguments: values });

/** A reference for one thing of a kind, with its id. */
const oneOf = new Map<EntityKind, { id: unknown; reference: string }>();
beforeAll(async () => {
  const prefixes = { user: 'email', role: 'name', application: 'name', organization: 'name' };
  for (const [kind, prefix] of Object.entries(prefixes)) {
    const { list = '', id = 'id' } = entities[kind as EntityKind];
    const { items = [] } = await succeed(connected.call, list, { page_size: 100 });
    const member = prefix === 'email' ? 'primaryEmail' : 'name';
    // The first role is the one that this server itself holds.
    const item = items.findLast(
      (other) => typeof other[member] === 'string' && other[member] !== '',
    );
    oneOf.set(kind as EntityKind, {
      id: valueAt(item, id),
      reference: `${prefix}:${String(item?.[member])}`,
    });
  }
});

const kinds: readonly string[] = ['user', 'role', 'application', 'organization'];

/** The writes whose path is one thing of these kinds. Their other arguments are left out, where they are not required. */
const writes = tools.filter(({ operation }) => {
  const [target, ...others] = operation.entities.filter(({ inPath }) => inPath === true);
  return (
    operation.effect !== 'reads' &&
    target !== undefined &&
    others.length === 0 &&
    Object.keys(operation.path).length === 1 &&
    kinds.includes(target.kind)
  );
});

describe('a preview', () => {
  it.each(writes.map((tool) => [tool.name, tool] as const))(
    'of %s is the same with a reference as with the id',
    async (name, { operation }) => {
      const [target] = operation.entities.filter(({ inPath }) => inPath === true);
      const { id, reference } = oneOf.get(target?.kind ?? 'user') ?? {};
      const path = target?.path ?? '';
      const byId = await preview(name, { [path]: id });
      const byReference = await preview(name, { [path]: reference });
      expect(byReference).toEqual(byId);
    },
  );

  it('is shown for many of these writes, and not only refused for missing arguments', async () => {
    const shown = [];
    for (const { name, operation } of writes) {
      const [target] = operation.entities.filter(({ inPath }) => inPath === true);
      const { reference } = oneOf.get(target?.kind ?? 'user') ?? {};
      const outcome = await preview(name, { [target?.path ?? '']: reference });
      if (outcome.ok) {
        shown.push(name);
      }
    }
    expect(shown).toEqual(expect.arrayContaining(['delete_user', 'delete_role']));
    expect(shown.length).toBeGreaterThan(3);
  });

  it('resolves references in the body', async () => {
    const roles = await succeed(connected.call, 'list_roles', { search: 'Support' });
    const [role] = roles.items ?? [];
    const { result } = await succeed(connected.call, 'preview_operation', {
      operation: 'assign_user_roles',
      arguments: { userId: oneOf.get('user')?.reference, roleIds: ['name:Support'] },
    });
    expect(JSON.stringify(result)).toContain(String(role?.id));
    expect(JSON.stringify(result)).not.toContain('name:');
  });

  it('refuses a reference that names nothing as the call does', async () => {
    const values = { userId: 'email:nobody@nowhere.example' };
    const refused = await preview('delete_user', values);
    expect(refused).toMatchObject({ ok: false, error: { code: 'unknown_reference' } });
    expect(await connected.call('delete_user', values)).toEqual(refused);
  });
});
