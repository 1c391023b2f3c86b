/** How updates treat nested settings: merged by member and by form, with secret members instead of secret containers. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { mergeBase } from '../../src/catalog/forms.js';
import { catalog } from '../../src/catalog/index.js';
import { type Operation, toolName, Whole } from '../../src/catalog/operation.js';
import { isObject } from '../../src/json.js';

const operations = Object.values(catalog).flatMap((domain) =>
  Object.entries(domain.operations).map(
    ([key, operation]) => [toolName(key, operation), operation] as const,
  ),
);

const schemaOf = ({ path, query, body }: Operation): unknown =>
  z.toJSONSchema(
    z.object({
      ...path,
      ...query,
      ...(body instanceof Whole ? { [body.argument]: body.schema } : body),
    } as never),
    { io: 'input' },
  );

const optionsOf = (schema: unknown): readonly unknown[] =>
  isObject(schema)
    ? [
        schema,
        ...[schema['anyOf'], schema['oneOf']].flatMap((list) =>
          Array.isArray(list) ? list.flatMap(optionsOf) : [],
        ),
      ]
    : [];

/** The schemas of a member, in every form of the object. */
const membersOf = (schema: unknown, name: string): readonly unknown[] =>
  optionsOf(schema).flatMap((option) =>
    isObject(option) && isObject(option['properties']) && option['properties'][name] !== undefined
      ? [option['properties'][name]]
      : [],
  );

/** The required members of an object, at every depth that a merge reaches; an item of a list is replaced as a whole. */
function* requiredIn(schema: unknown, place: string): Generator<string> {
  for (const option of optionsOf(schema)) {
    if (isObject(option)) {
      for (const name of Array.isArray(option['required']) ? option['required'] : []) {
        yield `${place}.${String(name)}`;
      }
      for (const [name, member] of Object.entries(
        isObject(option['properties']) ? option['properties'] : {},
      )) {
        yield* requiredIn(member, `${place}.${name}`);
      }
    }
  }
}

describe('an update of a merged setting', () => {
  const merging = operations.filter(
    ([, { replaces = [], joins = [] }]) => replaces.length + joins.length > 0,
  );

  it.each(merging)('%s needs only the members that change', (_, operation) => {
    const schema = schemaOf(operation);
    for (const field of [...(operation.replaces ?? []), ...(operation.joins ?? [])]) {
      expect(membersOf(schema, field), field).not.toEqual([]);
      expect(membersOf(schema, field).flatMap((member) => [...requiredIn(member, field)])).toEqual(
        [],
      );
    }
  });

  it.each(operations.filter(([, { method }]) => method === 'PATCH'))(
    '%s merges every object that it takes, or has no required member in it',
    (_, operation) => {
      if (operation.body === undefined || operation.body instanceof Whole) {
        return;
      }
      const schema = schemaOf(operation);
      const merged = [...(operation.replaces ?? []), ...(operation.joins ?? [])];
      // The state of the console and the id of an upload are written as a whole.
      const whole = ['developmentTenantMigrationNotification', 'customUiAssets'];
      for (const field of Object.keys(operation.body)) {
        if (!merged.includes(field) && !whole.includes(field)) {
          expect(
            membersOf(schema, field).flatMap((member) => [...requiredIn(member, field)]),
          ).toEqual([]);
        }
      }
    },
  );

  it('has form rules only for merged settings', () => {
    for (const [name, { forms = {}, replaces = [] }] of operations) {
      for (const path of Object.keys(forms)) {
        expect(replaces, name).toContain(path.split('.')[0]);
      }
    }
  });
});

describe('a setting with forms', () => {
  const sso = operations.find(([name]) => name === 'update_sso_connector')?.[1].forms ?? {};

  it('drops the members of the previous form', () => {
    const before = { metadata: '<xml/>', attributeMapping: { email: 'mail' } };
    expect(mergeBase(sso, 'config', before, { entityId: 'x' })).toEqual({
      base: { attributeMapping: { email: 'mail' } },
      dropped: ['metadata'],
    });
    expect(mergeBase(sso, 'config', before, { attributeMapping: { name: 'cn' } })).toEqual({
      base: before,
      dropped: [],
    });
    expect(
      mergeBase(sso, 'config', { entityId: 'x', signInEndpoint: 'y' }, { signInEndpoint: 'z' }),
    ).toEqual({
      base: { entityId: 'x', signInEndpoint: 'y' },
      dropped: [],
    });
  });

  it('drops all members when the discriminator changes', () => {
    const forms = { config: 'type' };
    const before = { type: 'Turnstile', siteKey: 'a' };
    expect(mergeBase(forms, 'config', before, { type: 'RecaptchaEnterprise' }).base).toEqual({});
    expect(mergeBase(forms, 'config', before, { type: 'Turnstile' }).base).toEqual(before);
    expect(mergeBase(forms, 'config', before, { siteKey: 'b' }).base).toEqual(before);
  });

  it('is detected at every depth', () => {
    const forms = { 'config.auth': 'type' };
    const before = { host: 'h', auth: { user: 'u', pass: 'p' } };
    expect(mergeBase(forms, 'config', before, { auth: { type: 'oauth2', user: 'u' } })).toEqual({
      base: { host: 'h', auth: {} },
      dropped: ['auth.user', 'auth.pass'],
    });
    expect(mergeBase(forms, 'config', before, { auth: { pass: 'q' } }).base).toEqual(before);
    expect(mergeBase(forms, 'config', undefined, { auth: {} }).base).toBeUndefined();
  });
});

describe('secret members', () => {
  const withSecrets = operations.filter(
    ([, { secrets, secretArguments }]) => secrets !== undefined || secretArguments !== undefined,
  );

  it.each(withSecrets)('%s lists members, not containers', (_, operation) => {
    const schema = schemaOf(operation);
    for (const path of [...(operation.secrets ?? []), ...(operation.secretArguments ?? [])]) {
      expect([
        'config',
        'providerConfig',
        'environmentVariables',
        'headers',
        'assertion',
      ]).not.toContain(path);
      const members = path
        .split('.')
        .reduce<readonly unknown[]>(
          (schemas, name) =>
            schemas.flatMap((schema) => (name === '*' ? [] : membersOf(schema, name))),
          [schema],
        );
      for (const member of members) {
        expect(isObject(member) && ['object', 'array'].includes(String(member['type'])), path).toBe(
          false,
        );
      }
    }
  });

  it('are not addresses, ids or switches', () => {
    for (const [name, { secrets = [], secretArguments = [] }] of withSecrets) {
      for (const path of [...secrets, ...secretArguments]) {
        expect(path.split('.').at(-1), name).not.toMatch(/(endpoint|issuer|ur[il]|id|enabled)$/i);
      }
    }
  });
});

describe('null', () => {
  it.each([
    ['create_user', { avatar: null }],
    ['create_organization', { name: 'A', description: null, customCss: null }],
    ['create_organization_role', { name: 'A', description: null }],
    ['create_organization_scope', { name: 'A', description: null }],
    ['create_resource_scope', { resourceId: 'r', name: 'a', description: null }],
    ['create_saml_application', { name: 'A', description: null, entityId: null, acsUrl: null }],
  ])('%s takes it where Logto does', (name, values) => {
    const operation = operations.find(([key]) => key === name)?.[1];
    const { path = {}, body } = operation ?? {};
    expect(z.object({ ...path, ...body } as never).safeParse(values).success).toBe(true);
  });
});
