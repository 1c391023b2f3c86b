/** Which entities the arguments of an operation name, and the facts about their kinds. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { entities, entityArgumentsOf, namedEntities, naming } from '../../src/catalog/entities.js';
import { id, ids } from '../../src/catalog/fields.js';
import { catalog } from '../../src/catalog/index.js';
import { type Operation, toolName, Whole } from '../../src/catalog/operation.js';
import { rulesOf } from '../../src/catalog/risk.js';

const operations = new Map<string, Operation>(
  Object.values(catalog).flatMap((domain) =>
    Object.entries(domain.operations).map(
      ([key, operation]) => [toolName(key, operation), operation] as const,
    ),
  ),
);

/** The schemas inside a schema, as JSON Schema has them. */
function* membersOf(
  schema: unknown,
  path: string,
): Generator<{ path: string; name: string; description: string }> {
  if (typeof schema !== 'object' || schema === null) {
    return;
  }
  const node = schema as Record<string, unknown>;
  for (const [name, member] of Object.entries((node['properties'] ?? {}) as object)) {
    const place = path === '' ? name : `${path}.${name}`;
    yield {
      path: place,
      name,
      description: String((member as Record<string, unknown>)['description'] ?? ''),
    };
    yield* membersOf(member, place);
  }
  for (const keyword of ['items', 'additionalProperties'] as const) {
    yield* membersOf(node[keyword], `${path}.*`);
  }
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    for (const option of Array.isArray(node[keyword]) ? node[keyword] : []) {
      yield* membersOf(option, path);
    }
  }
}

const fieldsOf = ({ path, query, body }: Operation) => ({
  ...path,
  ...query,
  ...(body instanceof Whole ? { [body.argument]: body.schema } : body),
});

const membersIn = (operation: Operation) => [
  ...membersOf(z.toJSONSchema(z.object(fieldsOf(operation) as never), { io: 'input' }), ''),
];

/** Arguments whose name or description suggests an id, but which name no entity of the tenant. */
const noEntities: Readonly<Record<string, string>> = {
  'create_user id': 'the id of a user that is still to be created',
  'list_users identityId': 'an account at the provider',
  'create_connector id': 'the id of a connector that is still to be created',
  'create_sso_connector config.clientId': 'a client at the provider',
  'update_sso_connector config.clientId': 'a client at the provider',
  'create_sso_connector config.entityId': 'the provider itself',
  'update_sso_connector config.entityId': 'the provider itself',
  'create_sso_connector config.attributeMapping.id': 'the name of a claim',
  'update_sso_connector config.attributeMapping.id': 'the name of a claim',
  'create_saml_application entityId': 'the service itself',
  'update_saml_application entityId': 'the service itself',
  'replace_user_identity userId': 'an account at the provider',
  'update_captcha_provider config.projectId': 'a project at Google',
};

describe('arguments that name entities', () => {
  it.each([...operations])('%s records the kind of each of its ids', (name, operation) => {
    const namedPaths = operation.entities.map(({ path }) =>
      path.replaceAll('*', '').replaceAll('..', '.'),
    );
    for (const { path, name: field, description } of membersIn(operation)) {
      const looksLikeId =
        /(^id|Ids?)$/.test(field) || /\bids?, from |^from list_|name, from list_/.test(description);
      const isSample = /^(test_jwt_customizer|test_action)$/.test(name);
      if (looksLikeId && !isSample && noEntities[`${name} ${path}`] === undefined) {
        const plain = path.replaceAll('*', '').replaceAll('..', '.');
        expect(
          namedPaths.some((path) => path === plain || path.startsWith(`${plain}.`)),
          `${path}: ${description}`,
        ).toBe(true);
      }
    }
  });

  it('has no unused exception', () => {
    for (const place of Object.keys(noEntities)) {
      const [name = '', path = ''] = place.split(' ');
      const operation = operations.get(name);
      expect(operation, place).toBeDefined();
      expect(operation && membersIn(operation).map((member) => member.path)).toContain(path);
      expect(operation?.entities.map((argument) => argument.path)).not.toContain(path);
    }
  });

  it('are found in every argument that a risk rule looks up', () => {
    for (const [name, { risk, entities: named }] of operations) {
      for (const path of rulesOf(risk).flatMap(({ ifPrivileged }) => ifPrivileged ?? [])) {
        const argument = named.find((item) => item.path === path || item.path === `${path}.*`);
        expect(argument, `${name} ${path}`).toBeDefined();
        expect(
          argument && entities[argument.kind].privilege ? true : argument?.kind === 'resource',
          `${name} ${path} can hold the Management API`,
        ).toBe(true);
      }
    }
  });

  it('are found inside lists, maps, unions and wrapped schemas', () => {
    const schema = z.strictObject({
      rules: z.array(z.strictObject({ organizationId: id('organization'), names: ids('role', 0) })),
      byName: z.record(z.string(), id('hook').optional()),
      form: z.union([z.strictObject({ userId: id('user').describe('who') }), z.literal(false)]),
      none: z.string(),
    });
    const entityArguments = entityArgumentsOf(
      { id: id('user') },
      { body: schema.nullable().optional() },
    );
    expect(entityArguments).toEqual([
      { path: 'id', kind: 'user', by: 'id', inPath: true },
      { path: 'body.rules.*.organizationId', kind: 'organization', by: 'id' },
      { path: 'body.rules.*.names', kind: 'role', by: 'id' },
      { path: 'body.byName.*', kind: 'hook', by: 'id' },
      { path: 'body.form.userId', kind: 'user', by: 'id' },
    ]);
    expect(
      namedEntities(entityArguments, {
        id: 'u',
        body: {
          rules: [{ organizationId: 'o', names: ['a', 'b'] }, {}],
          byName: { x: 'h', y: '' },
        },
      }).map(({ kind, value }) => [kind, value]),
    ).toEqual([
      ['user', 'u'],
      ['organization', 'o'],
      ['role', 'a'],
      ['role', 'b'],
      ['hook', 'h'],
    ]);
  });

  it('are inherited by schemas derived from a naming schema', () => {
    const schema = naming(z.string(), 'user', 'address').describe('an address').optional();
    expect(entityArgumentsOf({}, { email: schema })).toEqual([
      { path: 'email', kind: 'user', by: 'address' },
    ]);
  });

  it('distinguish a SAML application, an organization role and a factory from similar kinds', () => {
    const kindOf = (name: string, path: string) =>
      operations.get(name)?.entities.find((argument) => argument.path === path)?.kind;
    expect(kindOf('update_saml_application', 'id')).toBe('SAML application');
    expect(kindOf('get_organization_role', 'id')).toBe('organization role');
    expect(kindOf('create_connector_test', 'factoryId')).toBe('connector factory');
    expect(kindOf('create_connector', 'connectorId')).toBe('connector factory');
    expect(kindOf('assert_single_sign_on_saml', 'connectorId')).toBe('SSO connector');
    expect(kindOf('add_one_time_tokens', 'context.jitOrganizationIds')).toBe('organization');
    expect(kindOf('add_one_time_tokens', 'email')).toBe('user');
    expect(kindOf('delete_sentinel_activities', 'targets.*')).toBe('user');
    expect(
      kindOf('replace_application_access_control', 'organizationRoleRules.*.organizationId'),
    ).toBe('organization');
  });
});

describe('kinds of entities', () => {
  it.each(Object.entries(entities))(
    '%s are read and listed by reads that take their ids',
    (kind, facts) => {
      const { read, list, argument, within, search, label } = facts;
      expect(label.length).toBeGreaterThan(0);
      for (const name of [read, list].filter((tool) => tool !== undefined)) {
        expect(operations.get(name)?.effect, name).toBe('reads');
      }
      if (read !== undefined) {
        expect(Object.keys(operations.get(read)?.path ?? {})).toContain(argument);
        // A SAML application is listed and read as an application too.
        expect(operations.get(read)?.entities.map((argument) => argument.kind)).toContain(kind);
      }
      if (within !== undefined && list !== undefined) {
        expect(operations.get(list)?.entities.map((argument) => argument.kind)).toContain(within);
      }
      if (search === 'search') {
        expect(operations.get(list ?? '')?.search).toBeDefined();
      } else if (search !== undefined) {
        expect(Object.keys(operations.get(list ?? '')?.query ?? {})).toContain(search);
      }
    },
  );

  it.each(
    Object.entries(entities).flatMap(([kind, { privilege = [] }]) =>
      privilege.map((edge) => [kind, edge.to, edge] as const),
    ),
  )('%s can hold the Management API by its %s', (_, __, edge) => {
    if (edge.operation === undefined) {
      expect(edge.member).not.toBe('');
    } else {
      expect(operations.get(edge.operation)?.effect).toBe('reads');
      expect(Object.keys(operations.get(edge.operation)?.path ?? {})).toContain(edge.argument);
    }
  });
});
