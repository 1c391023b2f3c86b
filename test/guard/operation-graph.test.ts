/** Relations between operations, over the whole catalog: what undoes, reads and restores what, and which writes wait for which. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { catalog } from '../../src/catalog/index.js';
import { type Operation, operation } from '../../src/catalog/operation.js';
import {
  bodyFields,
  bodyNames,
  bodyOf,
  type CatalogOperation,
  dropsUnnamed,
  idIn,
  lastParameterOf,
  OperationGraph,
  parametersOf,
  pathFor,
  pathOf,
  queryOf,
  queueKeyOf,
  storedValue,
} from '../../src/guard/operation-graph.js';

const graph = new OperationGraph(catalog);
const named = (name: string) => graph.keyed(name);

/** The pairs of names for which a relation has an answer. */
const related = (
  relation: (entry: CatalogOperation) => CatalogOperation | undefined,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    graph.operations.flatMap((entry) => {
      const other = relation(entry);
      return other === undefined ? [] : [[entry.name, other.name]];
    }),
  );

const routeOf = ({ operation: { method, url } }: CatalogOperation) =>
  `${method} ${url.replaceAll(/\{\w+\}/g, '{}')}`;

/** The route one segment up, as a route of another method. */
const upOf = (entry: CatalogOperation, method: string) =>
  `${method} ${routeOf(entry)
    .split(' ')[1]
    ?.replace(/\/[^/]+$/, '')}`;

describe('an operation is found', () => {
  it('by name, by key and by route, whatever the parameters are called', () => {
    for (const entry of graph.operations) {
      const { name, key, operation: found } = entry;
      expect(graph.named(name)).toBe(entry);
      expect(graph.keyed(name)).toBe(entry);
      expect(graph.keyed(key).name, key).toBe(name);
      expect(graph.at(found.method, found.url.replaceAll(/\{\w+\}/g, '{other}'))).toBe(entry);
    }
    expect(graph.at('GET', '/api/nothing')).toBeUndefined();
    expect(graph.named('nothing')).toBeUndefined();
    expect(() => graph.keyed('nothing')).toThrow('nothing');
    expect(() => graph.keyed(undefined)).toThrow();
    expect(graph.entity('users')?.name).toBe('get_user');
    expect(graph.entity('nothing')).toBeUndefined();
  });
});

describe('relations', () => {
  it('restore what a DELETE removes by a PUT of the same route, where that can create', () => {
    expect(related((entry) => graph.restoring(entry))).toEqual({
      delete_user_identity: 'replace_user_identity',
      delete_jwt_customizer: 'upsert_jwt_customizer',
      delete_action: 'upsert_action',
      delete_custom_phrase: 'replace_custom_phrase',
      delete_email_templates: 'replace_email_templates',
      delete_captcha_provider: 'update_captcha_provider',
    });
  });

  it('delete what a PUT sets by a DELETE of the same route', () => {
    const pairs = related((entry) => graph.deleting(entry));
    expect(pairs).toMatchObject({
      replace_user_identity: 'delete_user_identity',
      update_custom_profile_field_by_name: 'delete_custom_profile_field_by_name',
    });
    for (const entry of graph.operations) {
      const other = graph.operations.find(
        (candidate) =>
          entry.operation.method === 'PUT' &&
          routeOf(candidate) === routeOf(entry).replace('PUT', 'DELETE'),
      );
      expect(pairs[entry.name], entry.name).toBe(other?.name);
    }
  });

  it('find the list of what the end of a route names', () => {
    const pairs = related((entry) => graph.collection(entry));
    expect(pairs).toMatchObject({ get_user: 'list_users', delete_user_role: 'list_user_roles' });
    for (const entry of graph.operations) {
      const list = entry.operation.url.endsWith('}')
        ? graph.operations.find((candidate) => routeOf(candidate) === upOf(entry, 'GET'))
        : undefined;
      expect(pairs[entry.name], entry.name).toBe(list?.name);
    }
  });

  it('find what gives roles to a member of a set', () => {
    expect(graph.givingRoles(named('list_organization_users'))?.name).toBe(
      'assign_organization_roles_to_user',
    );
    expect(graph.givingRoles(named('list_roles'))).toBeUndefined();
  });

  it('find the update that replaces what a narrower one merges into', () => {
    const found = graph.operations.flatMap((entry) => {
      const replacing = graph.replacing(entry);
      return replacing ? [[entry.name, replacing.entry.name, replacing.field]] : [];
    });
    expect(found).toEqual([
      ['update_user_custom_data', 'update_user', 'customData'],
      ['update_user_profile', 'update_user', 'profile'],
      ['update_application_custom_data', 'update_application', 'customData'],
    ]);
  });

  it('find the call that allows a scope again, with the kind of the scope in its body', () => {
    const values = {
      applicationId: 'app',
      scopeType: 'organization-resource-scopes',
      scopeId: 's',
    };
    const steps = graph.operations.flatMap((entry) => {
      const step = graph.consenting(entry, values);
      return step ? [[entry.name, step.entry.name, step.values]] : [];
    });
    expect(steps).toEqual([
      [
        'delete_application_user_consent_scope',
        'create_application_user_consent_scope',
        { applicationId: 'app', organizationResourceScopes: ['s'] },
      ],
      [
        'delete_cimd_user_consent_scope',
        'assign_cimd_user_consent_scopes',
        { organizationResourceScopes: ['s'] },
      ],
    ]);
  });

  it('find the entity at the beginning of a route', () => {
    expect(graph.rootOf(named('delete_user_role'))?.name).toBe('get_user');
    expect(graph.rootOf(named('get_user'))?.name).toBe('get_user');
    expect(graph.rootOf(named('create_user'))).toBeUndefined();
    expect(graph.rootOf(named('update_jwt_customizer'))).toBeUndefined();
    expect(graph.rootOf(named('delete_secret'))).toBeUndefined();
  });

  it('find the nearest read up the route, which answers JSON', () => {
    for (const entry of graph.operations) {
      const read = graph.observing(entry);
      const path = routeOf(entry).split(' ')[1] ?? '';
      const routes = path
        .split('/')
        .map((_, index, parts) => parts.slice(0, parts.length - index).join('/'));
      const nearest = routes
        .slice(0, -2)
        .map((route) => graph.operations.find((other) => routeOf(other) === `GET ${route}`))
        .find((other) => other !== undefined && other.operation.answer === undefined);
      expect(read?.name, entry.name).toBe(nearest?.name);
    }
    expect(graph.observing(named('update_user_password'))?.name).toBe('get_user');
    expect(graph.observing(named('delete_secret'))).toBeUndefined();
  });

  it('find what removes one of a pair that a POST adds', () => {
    const pairs = related((entry) =>
      entry.operation.method === 'POST' ? graph.removingPair(entry.operation.url) : undefined,
    );
    expect(pairs).toEqual({
      create_application_user_consent_scope: 'delete_application_user_consent_scope',
      assign_organization_roles_to_users: 'delete_organization_user_role',
      assign_organization_roles_to_applications: 'delete_organization_application_role',
      assign_cimd_user_consent_scopes: 'delete_cimd_user_consent_scope',
    });
  });

  it('find what removes one item of a list', () => {
    for (const entry of graph.operations) {
      const removing = graph.removingOne(entry.operation.url);
      const expected = graph.operations.find(
        (other) =>
          other.operation.url.endsWith('}') &&
          other.operation.method === 'DELETE' &&
          upOf(other, 'POST') === routeOf(entry).replace(/^\w+/, 'POST'),
      );
      expect(removing?.name, entry.name).toBe(expected?.name);
    }
    expect(graph.removingOne('/api/users')?.name).toBe('delete_user');
    expect(graph.removingOne('/api/users/{anyName}/roles')?.name).toBe('delete_user_role');
    expect(graph.removingOne('/api/logs')).toBeUndefined();
  });
});

describe('writes that wait for each other', () => {
  const keyOf = (name: string, values: Readonly<Record<string, unknown>> = {}) =>
    queueKeyOf(named(name), values);

  it('are those on one entity and everything below it', () => {
    const user = { userId: 'u1', id: 'other' };
    expect(keyOf('update_user', user)).toBe('users/u1');
    expect(keyOf('delete_user_role', { ...user, roleId: 'r' })).toBe('users/u1');
    expect(keyOf('update_user', { userId: 'u2' })).toBe('users/u2');
    expect(keyOf('create_user')).toBe('users/');
    expect(keyOf('update_user', {})).toBe('users/undefined');
    expect(keyOf('delete_logs')).toBe('logs/');
  });

  it('are those on a SAML application and on the application that it is', () => {
    expect(keyOf('update_saml_application', { id: 'a' })).toBe(
      keyOf('update_application', { id: 'a' }),
    );
    expect(keyOf('update_sso_connector', { id: 'a' })).not.toBe('connectors/a');
  });

  it('are all that decide whether anybody can sign in', () => {
    const touching = graph.operations.filter((entry) => queueKeyOf(entry, {}) === 'sign-in');
    expect(touching.map(({ name }) => name)).toEqual(
      graph.operations
        .filter(({ operation: { lockout = [] } }) =>
          lockout.some(({ touches }) => touches === 'sign-in'),
        )
        .map(({ name }) => name),
    );
    expect(touching.length).toBeGreaterThan(3);
    expect(touching.length).toBeLessThan(10);
  });
});

describe('the arguments of a call', () => {
  const entry: CatalogOperation = {
    key: 'setThing',
    name: 'set_thing',
    domain: 'things',
    operation: operation('PUT /api/things/{thingId}/parts/{partId}', {
      summary: 'Set.',
      risk: 'none',
      path: { thingId: z.string(), partId: z.string() },
      query: { dry: z.boolean() },
      body: { name: z.string(), size: z.number() },
    }) as Operation,
  };
  const values = { thingId: 't', partId: 'p', dry: false, name: '', size: undefined, extra: 1 };

  it('are taken apart by where they travel', () => {
    expect(bodyOf(entry, values)).toEqual({ name: '' });
    expect(queryOf(entry, values)).toEqual({ dry: false });
    expect(queryOf(entry, { ...values, dry: undefined })).toEqual({});
    expect(queryOf(named('get_user'), { userId: 'u' })).toEqual({});
    expect(parametersOf(entry.operation.url)).toEqual(['thingId', 'partId']);
    expect(lastParameterOf(entry)).toBe('partId');
    expect(lastParameterOf(named('create_user'))).toBe('');
  });

  it('of a body that is one value are one argument', () => {
    const whole = graph.operations.filter(
      ({ operation: found }) => 'argument' in (found.body ?? {}),
    );
    expect(whole.length).toBeGreaterThan(0);
    for (const { operation: found, name } of whole) {
      expect(bodyNames(found), name).toHaveLength(1);
      expect(bodyFields(found)).toEqual({});
    }
    expect(bodyFields(named('get_user').operation)).toEqual({});
    expect(bodyNames(named('get_user').operation)).toEqual([]);
    expect(bodyNames(entry.operation)).toEqual(['name', 'size']);
    expect(Object.keys(bodyFields(entry.operation))).toEqual(['name', 'size']);
  });

  it('go to the path of another operation by their places', () => {
    expect(
      pathFor(named('get_user'), named('delete_user_role'), { userId: 'u', roleId: 'r' }),
    ).toEqual({
      userId: 'u',
    });
    expect(pathFor(entry, named('delete_user_role'), { userId: 'u', roleId: 'r' })).toEqual({
      thingId: 'u',
      partId: 'r',
    });
    expect(pathFor(entry, named('get_user'), { userId: 'u' })).toEqual({
      thingId: 'u',
      partId: undefined,
    });
    expect(pathOf(named('get_user'), 'u')).toEqual({ userId: 'u' });
    expect(pathOf(named('list_users'), 'u')).toEqual({ id: 'u' });
  });

  it('that are left out of a PUT are dropped by it, unless it says that it keeps them', () => {
    expect(dropsUnnamed(entry.operation)).toBe(true);
    expect(dropsUnnamed({ ...entry.operation, partial: true })).toBe(false);
    expect(dropsUnnamed(named('update_user').operation)).toBe(false);
  });

  it('are joined to what is there in some fields only', () => {
    const joins = { ...entry.operation, joins: ['name'] };
    expect(storedValue(joins, 'name', { a: 1, b: 2 }, { b: 3 })).toEqual({ a: 1, b: 3 });
    expect(storedValue(joins, 'size', { a: 1 }, { b: 3 })).toEqual({ b: 3 });
    expect(storedValue(joins, 'name', undefined, { b: 3 })).toEqual({ b: 3 });
    expect(storedValue(joins, 'name', { a: 1 }, null)).toBeNull();
    expect(storedValue(joins, 'name', ['a'], { b: 3 })).toEqual({ b: 3 });
    expect(storedValue(entry.operation, 'name', { a: 1 }, { b: 3 })).toEqual({ b: 3 });
  });

  it.each<readonly [item: unknown, field: string, id: unknown]>([
    ['a', 'userIds', 'a'],
    [{ userId: 'u', id: 'i', name: 'n' }, 'userIds', 'u'],
    [{ id: 'i', name: 'n' }, 'userIds', 'i'],
    [{ name: 'n' }, 'organizationRoleNames', 'n'],
    [{ emailDomain: 'd', id: 'i' }, 'emailDomains', 'd'],
    [{ other: 1 }, 'userIds', undefined],
    [undefined, 'userIds', undefined],
  ])('of a set are its ids: %j in %s', (item, field, id) => {
    expect(idIn(item, field)).toBe(id);
  });
});
