import { type Behaviours, type Call, list, pathValue } from '../call.js';
import type { Json } from '../entities.js';
import { beyond, created, missing, noContent, ok, problem, refuse } from '../reply.js';
import { type Row, singleton, type Tenant, table } from '../tenant.js';
import { Rejected } from '../validation.js';

const adminConsole = singleton<Json>('admin_console', () => ({
  signInExperienceCustomized: false,
  organizationCreated: false,
}));

const session = singleton<Json>('oidc_session', () => ({ ttl: 1_209_600 }));

const idToken = singleton<Json>('id_token', () => ({
  enabledExtendedClaims: ['roles', 'organizations', 'organization_roles'],
}));

const cimd = singleton<Json>('cimd', () => ({ enabled: false }));

/** A signing key without the key. */
interface OidcKey {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  readonly signingKeyAlgorithm?: string;
  /** When the next key begins to sign: milliseconds since the epoch. */
  readonly effectiveAt?: number;
}

/** Newest first; undefined until they are first read. */
const keys = {
  'private-keys': singleton<readonly OidcKey[] | undefined>('private_keys', () => undefined),
  'cookie-keys': singleton<readonly OidcKey[] | undefined>('cookie_keys', () => undefined),
} as const;

type KeyType = keyof typeof keys;

/** A path segment that Logto does not know. */
const wrongWord = (name: string): Rejected =>
  new Rejected(
    problem(400, {
      code: 'guard.invalid_input',
      message: 'The parameters of the request are invalid.',
      data: {
        name: 'ZodError',
        issues: [{ code: 'invalid_enum_value', path: [name], message: 'No such word' }],
      },
      details: `Error in key path "${name}": (invalid_enum_value) No such word`,
    }),
  );

function keyTypeOf(call: Call): KeyType {
  const type = pathValue(call, 'keyType');
  if (type === 'private-keys' || type === 'cookie-keys') {
    return type;
  }
  throw wrongWord('keyType');
}

const newKey = (tenant: Tenant, type: KeyType, algorithm: string): OidcKey => ({
  id: tenant.newId(),
  createdAt: Math.floor(tenant.now() / 1000),
  ...(type === 'private-keys' && { signingKeyAlgorithm: algorithm }),
});

/** Whether the key is not effective yet. */
const isPending = (tenant: Tenant, { effectiveAt }: OidcKey): boolean =>
  effectiveAt !== undefined && effectiveAt > tenant.now();

/** The signing keys of a tenant: current, previous and next. */
function keysOf(tenant: Tenant, type: KeyType): readonly OidcKey[] {
  const current = tenant.get(keys[type]) ?? [newKey(tenant, type, 'EC')];
  const pending = current.some((key) => isPending(tenant, key));
  const retained = current.slice(0, pending ? 3 : 2);
  tenant.set(keys[type], retained);
  return retained;
}

const shownKeys = (tenant: Tenant, type: KeyType) => {
  const all = keysOf(tenant, type);
  if (type === 'cookie-keys') {
    return all;
  }
  const current = all.find((key) => !isPending(tenant, key));
  return all.map((key) => {
    const { id, createdAt, signingKeyAlgorithm, effectiveAt } = key;
    const pending = isPending(tenant, key);
    return {
      id,
      createdAt,
      signingKeyAlgorithm,
      status: pending ? 'Next' : key === current ? 'Current' : 'Previous',
      ...(pending && { effectiveAt }),
    };
  });
};

/** A script that the tenant runs; its id is the key under which Logto lists it. */
interface Script extends Row {
  readonly value: Json;
}

const scripts = table<Script>('scripts');

const customizerKeys: Readonly<Record<string, string>> = {
  'access-token': 'jwt.accessToken',
  'client-credentials': 'jwt.clientCredentials',
};

function customizerKey(call: Call): string {
  const key = customizerKeys[pathValue(call, 'tokenTypePath')];
  if (key === undefined) {
    throw wrongWord('tokenTypePath');
  }
  return key;
}

const actionKeys = new Set(['action.postFirstFactorVerification', 'action.postSignIn']);

function actionKey(call: Call): string {
  const key = pathValue(call, 'actionType');
  if (!actionKeys.has(key)) {
    throw wrongWord('actionType');
  }
  return key;
}

const scriptOf = ({ tenant }: Call, id: string): Script => {
  const script = tenant.table(scripts).get(id);
  if (script === undefined) {
    throw missing('entity.not_exists_with_id', 'script', id);
  }
  return script;
};

const listScripts = (call: Call, prefix: string) =>
  list(
    call,
    call.tenant
      .table(scripts)
      .filter(({ id }) => id.startsWith(prefix))
      .sort((a, b) => a.id.localeCompare(b.id))
      .map(({ id, value }) => ({ key: id, value })),
  );

const setScript = (call: Call, id: string) => {
  const rows = call.tenant.table(scripts);
  const existed = rows.has(id);
  const { value } = rows.insert({ id, value: call.body<Json>() });
  return existed ? ok(value) : created(value);
};

const changeScript = (call: Call, id: string) => {
  const { value } = scriptOf(call, id);
  const after = { ...value, ...call.body<Json>() };
  return ok(call.tenant.table(scripts).update(id, { value: after }).value);
};

const deleteScript = (call: Call, id: string) => {
  if (!call.tenant.table(scripts).delete(id)) {
    throw missing('entity.not_found', 'script');
  }
  return noContent();
};

export const configBehaviours: Behaviours = {
  getAdminConsoleConfig: ({ tenant }) => ok(tenant.get(adminConsole)),
  updateAdminConsoleConfig: ({ tenant, body }) =>
    ok(tenant.set(adminConsole, { ...tenant.get(adminConsole), ...body<Json>() })),

  getOidcSessionConfig: ({ tenant }) => ok(tenant.get(session)),
  updateOidcSessionConfig: ({ tenant, body }) =>
    ok(tenant.set(session, { ...tenant.get(session), ...body<Json>() })),

  getOidcKeys: (call) => ok(shownKeys(call.tenant, keyTypeOf(call))),

  rotateOidcKeys(call) {
    const { tenant } = call;
    const type = keyTypeOf(call);
    const { signingKeyAlgorithm, rotationGracePeriod } = call.body<{
      signingKeyAlgorithm?: string;
      rotationGracePeriod?: number;
    }>();
    const all = keysOf(tenant, type);
    if (
      (type === 'cookie-keys' && rotationGracePeriod !== undefined) ||
      (type === 'private-keys' && all.some((key) => isPending(tenant, key)))
    ) {
      throw refuse(422, 'oidc.invalid_request', 'This rotation is not possible now.');
    }
    const key = newKey(tenant, type, signingKeyAlgorithm ?? 'EC');
    const wait = (rotationGracePeriod ?? 0) * 1000;
    const next = wait > 0 ? { ...key, effectiveAt: tenant.now() + wait } : key;
    tenant.set(keys[type], [next, ...all]);
    return ok(shownKeys(tenant, type));
  },

  deleteOidcKey(call) {
    const { tenant } = call;
    const type = keyTypeOf(call);
    const id = pathValue(call, 'keyId');
    const all = keysOf(tenant, type);
    if (all.length === 1) {
      throw refuse(422, 'oidc.key_required', 'The only key cannot be deleted.');
    }
    const index = all.findIndex((key) => key.id === id);
    if (index < 0) {
      throw refuse(404, 'oidc.key_not_found', 'The sandbox has no such key.');
    }
    const current = all.findIndex((key) => !isPending(tenant, key));
    if (type === 'private-keys' && index <= current) {
      throw refuse(
        422,
        'oidc.only_previous_key_can_be_deleted',
        'A key in use, or about to be, cannot be deleted.',
      );
    }
    tenant.set(
      keys[type],
      all.filter((key) => key.id !== id),
    );
    return noContent();
  },

  listJwtCustomizers: (call) => listScripts(call, 'jwt.'),
  getJwtCustomizer: (call) => ok(scriptOf(call, customizerKey(call)).value),
  upsertJwtCustomizer: (call) => setScript(call, customizerKey(call)),
  updateJwtCustomizer: (call) => changeScript(call, customizerKey(call)),
  deleteJwtCustomizer: (call) => deleteScript(call, customizerKey(call)),
  testJwtCustomizer() {
    throw beyond('a script runner');
  },

  getIdTokenConfig: ({ tenant }) => ok(tenant.get(idToken)),
  upsertIdTokenConfig: ({ tenant, body }) => ok(tenant.set(idToken, body<Json>())),

  listActions: (call) => listScripts(call, 'action.'),
  getAction: (call) => ok(scriptOf(call, actionKey(call)).value),
  upsertAction: (call) => setScript(call, actionKey(call)),
  updateAction: (call) => changeScript(call, actionKey(call)),
  deleteAction: (call) => deleteScript(call, actionKey(call)),
  testAction() {
    throw beyond('a script runner');
  },

  getCimdConfig: ({ tenant }) => ok(tenant.get(cimd)),
  updateCimdConfig: ({ tenant, body }) =>
    ok(tenant.set(cimd, { ...tenant.get(cimd), ...body<Json>() })),
};
