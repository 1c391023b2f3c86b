/** The branch that this server sits on: Logto would saw it off with a 204. */

import { isObject } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import { entitiesOf, type NamedOperation, pathOf, type Values } from '../operation-graph.js';
import type { TenantReader } from '../tenant-reader.js';

/** What this server signs in with. */
export interface OwnAccess {
  readonly appId: string;
  readonly appSecret: string;
  /** Indicator of the Management API. */
  readonly resource: string;
  /** Address of Logto; on Logto Cloud it may be a custom domain of the tenant's. */
  readonly endpoint: string;
}

const refusal = (entry: NamedOperation, would: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'own_access',
    message: `${entry.name} is refused: ${would} Nothing was sent.`,
    hint: 'A person can do it in the Logto console. This server does it only if its policy names the operation in allow_against_self.',
  });

/** Writes that give roles to somebody. */
const givesRoles: ReadonlySet<string> = new Set([
  'assign_application_roles',
  'create_role_application',
  'assign_user_roles',
  'create_role_user',
  'replace_application_roles',
  'replace_user_roles',
]);

/**
 * Writes that give roles of organizations. Seen on a real Logto: with a scope of the Management API such a role opens it,
 * by a token for the organization.
 */
const givesOrganizationRoles =
  /^(assign_organization_roles_to_(user|application)s?|replace_organization_(user|application|jit)_roles|create_organization_(jit_role|invitation))$/;

/**
 * Writes that give somebody what an application or a user signs in with, and the lists of the roles and the organizations
 * that come with it.
 */
const givesKeys: Readonly<Record<string, readonly [roles: string, organizations: string]>> = {
  create_application_secret: ['list_application_roles', 'list_application_organizations'],
  create_user_personal_access_token: ['list_user_roles', 'list_user_organizations'],
};

/** Whether some calls of an operation hand the Management API to somebody else, and then ask. */
export const mayGrantManagementApi = (name: string): boolean =>
  givesRoles.has(name) ||
  givesOrganizationRoles.test(name) ||
  Object.hasOwn(givesKeys, name) ||
  /^(update_role|create_(organization_)?role(_scope|_resource_scope)?)$/.test(name);

interface SignIn {
  settings: Readonly<Record<string, unknown>>;
  connectors: readonly Record<string, unknown>[];
  sso: readonly Record<string, unknown>[];
}

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The type of connector that brings a code to an identifier. */
const bearers: Readonly<Record<string, string>> = { email: 'Email', phone: 'Sms' };

/**
 * Whether a way to sign in is left: a password, a code with a connector that sends it, a social connector that is there,
 * or SSO with a connector for some domain. Logto drops targets without a connector, and checks nothing of this.
 */
function canSignIn({ settings, connectors, sso }: SignIn): boolean {
  const { signInMode, signIn, socialSignInConnectorTargets: targets } = settings;
  if (signInMode === 'Register') {
    return false;
  }
  const methods = isObject(signIn) ? listIn(signIn['methods']).filter(isObject) : [];
  const byMethod = methods.some(
    ({ identifier, password, verificationCode }) =>
      password === true ||
      (verificationCode === true &&
        connectors.some(({ type }) => type === bearers[String(identifier)])),
  );
  const bySocial = listIn(targets).some((target) =>
    connectors.some((one) => one['type'] === 'Social' && one['target'] === target),
  );
  const bySso =
    settings['singleSignOnEnabled'] === true &&
    sso.some(({ domains }) => listIn(domains).length > 0);
  return byMethod || bySocial || bySso;
}

export class SelfLockout {
  #resource: string | undefined;

  constructor(
    private readonly self: OwnAccess,
    private readonly state: TenantReader,
    private readonly named: (name: string) => NamedOperation,
  ) {}

  /**
   * Refuses what would take away the access of this server, or every way of signing in.
   *
   * @param after the settings as they would be, of an update
   * @throws LogtoError of kind `permission`
   */
  async check(
    entry: NamedOperation,
    values: Values,
    after: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const { name } = entry;
    const touched = entitiesOf(entry, values);
    const idsOf = (kind: string) => touched.filter((one) => one.kind === kind).map(({ id }) => id);
    const own = idsOf('applications').includes(this.self.appId);
    const lostAccess = 'this server would lose its access to Logto at once.';

    if (name === 'delete_application' && own) {
      throw refusal(entry, `it is the application that this server signs in with; ${lostAccess}`);
    }
    if (name === 'delete_application_legacy_secret' && own) {
      throw refusal(entry, `it may be the secret that this server signs in with; ${lostAccess}`);
    }
    if (name === 'delete_application_secret' && own) {
      const secrets = await this.state.items(
        this.named('list_application_secrets'),
        entry,
        values,
        signal,
      );
      const inUse = secrets?.filter(isObject).find((one) => one['value'] === this.self.appSecret);
      if (inUse === undefined || inUse['name'] === values['name']) {
        throw refusal(entry, `it is the secret that this server signs in with; ${lostAccess}`);
      }
    }
    if (name === 'update_application' && own && values['isAdmin'] === false) {
      throw refusal(entry, `it would take the Management API from this server; ${lostAccess}`);
    }
    if (name === 'update_application' && values['isAdmin'] === true) {
      throw refusal(
        entry,
        'isAdmin would hand out the Management API; to do that, assign_application_roles gives a role that opens it, and asks.',
      );
    }
    const clientMetadata = ['oidcClientMetadata', 'customClientMetadata'].find(
      (field) => values[field] !== undefined,
    );
    if (name === 'update_application' && own && clientMetadata !== undefined) {
      // Seen on a real Logto: it takes an address there that it refuses when the token is asked for.
      throw refusal(
        entry,
        `with a wrong address in ${clientMetadata} Logto gives this application no token any more, and an application of this kind needs none; ${lostAccess}`,
      );
    }
    if (name === 'replace_application_roles' && own) {
      throw refusal(entry, `it could take the Management API role from this server; ${lostAccess}`);
    }
    const takesRole =
      (name === 'delete_application_role' || name === 'delete_role_application') && own;
    if (takesRole || name === 'delete_role') {
      for (const role of idsOf('roles')) {
        if (await this.#holds(role, takesRole, signal)) {
          throw refusal(entry, `this server holds its access through this role; ${lostAccess}`);
        }
      }
    }
    if (name === 'delete_role_scope') {
      for (const role of idsOf('roles')) {
        const scopes = await this.#accessScopes(role, signal);
        if (
          scopes.includes(String(values['scopeId'])) &&
          (await this.#holds(role, false, signal))
        ) {
          throw refusal(entry, `this server holds its access through this scope; ${lostAccess}`);
        }
      }
    }
    if (entry.domain === 'resources' && entry.operation.effect !== 'adds') {
      for (const id of idsOf('resources')) {
        await this.#checkResource(entry, id, signal);
      }
    }
    if (entry.domain === 'domains' && entry.operation.effect === 'removes') {
      await this.#checkDomains(entry, values, signal);
    }
    if (/^(upsert|update)_jwt_customizer$/.test(name)) {
      this.#checkTokens(entry, values);
    }
    await this.#checkSignIn(entry, values, after, signal);
  }

  /**
   * Whether a write hands the Management API to somebody else: a role that opens it, of the tenant or of an organization, a
   * scope of it, such a role to every new user, or a key of an application or a user who has it. Whoever has it acts past this server.
   */
  async handsOut(entry: NamedOperation, values: Values, signal: AbortSignal): Promise<boolean> {
    const { name } = entry;
    if (!mayGrantManagementApi(name)) {
      return false;
    }
    const lists = givesKeys[name];
    if (lists !== undefined) {
      const [roles, organizations] = await Promise.all(
        lists.map((list) => this.#listed(list, entry, values, signal)),
      );
      for (const { id } of roles ?? []) {
        if ((await this.#accessScopes(String(id), signal)).length > 0) {
          return true;
        }
      }
      const held = (organizations ?? []).flatMap((one) => listIn(one['organizationRoles']));
      return this.#opensByOrganization(
        held.filter(isObject).map(({ id }) => id),
        signal,
      );
    }
    if (givesOrganizationRoles.test(name)) {
      const { organizationRoleIds, organizationRoleNames } = values;
      const given = [...listIn(organizationRoleIds), ...listIn(organizationRoleNames)];
      return this.#opensByOrganization(given, signal);
    }
    const makesDefault = name === 'update_role' && values['isDefault'] === true;
    if (makesDefault || givesRoles.has(name)) {
      for (const { kind, id } of entitiesOf(entry, values)) {
        if (kind === 'roles' && (await this.#accessScopes(id, signal)).length > 0) {
          return true;
        }
      }
      return false;
    }
    const given = [...listIn(values['scopeIds']), ...listIn(values['resourceScopeIds'])];
    if (given.length === 0) {
      return false;
    }
    const own = await this.#ownResource(signal);
    if (own === undefined) {
      return false;
    }
    const below = this.named('list_resource_scopes');
    const scopes = await this.#listed('list_resource_scopes', below, pathOf(below, own), signal);
    return scopes.some(({ id }) => given.includes(id));
  }

  /**
   * The things in a list.
   *
   * @throws LogtoError where they are too many to be looked through: then nobody knows what is among them
   */
  async #listed(
    name: string,
    source: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<readonly Record<string, unknown>[]> {
    const items = await this.state.items(this.named(name), source, values, signal);
    if (items === undefined) {
      throw new LogtoError({
        kind: 'permission',
        code: 'own_access',
        message: `${name} answers more than can be looked through for the Management API. Nothing was sent.`,
        hint: 'A person can do it in the Logto console.',
      });
    }
    return items.filter(isObject);
  }

  /** The id of the Management API among the resources, which stays the same as long as there is a tenant. */
  async #ownResource(signal: AbortSignal): Promise<string | undefined> {
    if (this.#resource === undefined) {
      const list = this.named('list_resources');
      const resources = await this.#listed('list_resources', list, {}, signal);
      const own = resources.find((one) => one['indicator'] === this.self.resource);
      this.#resource = typeof own?.['id'] === 'string' ? own['id'] : undefined;
    }
    return this.#resource;
  }

  /** Whether one of these roles of organizations, by id or name, has a scope of the Management API. */
  async #opensByOrganization(given: readonly unknown[], signal: AbortSignal): Promise<boolean> {
    if (given.length === 0) {
      return false;
    }
    const list = this.named('list_organization_roles');
    const roles = await this.#listed('list_organization_roles', list, {}, signal);
    const apis = roles
      .filter(({ id, name }) => given.includes(id) || given.includes(name))
      .flatMap((role) => listIn(role['resourceScopes']).filter(isObject))
      .map(({ resource }) => Object(resource).id);
    return apis.length > 0 && apis.includes(await this.#ownResource(signal));
  }

  /** Refuses to take away the custom domain by which this server reaches Logto. */
  async #checkDomains(entry: NamedOperation, values: Values, signal: AbortSignal): Promise<void> {
    const list = this.named('list_domains');
    const domains = (await this.state.items(list, list, {}, signal)) ?? [];
    const { hostname } = new URL(this.self.endpoint);
    const own = domains
      .filter(isObject)
      .find(({ domain }) => String(domain).toLowerCase() === hostname);
    // A cleanup leaves alone what works.
    const taken =
      values['id'] === undefined ? own?.['status'] !== 'Active' : own?.['id'] === values['id'];
    if (own !== undefined && taken) {
      throw refusal(
        entry,
        `this server reaches Logto by ${hostname}, and would not reach it any more.`,
      );
    }
  }

  /**
   * Refuses a script for the tokens of applications, of which this server's own is one. What a script does cannot be read
   * off its text: seen on a real Logto, one that denies nothing and returns a claim `nbf` makes tokens that Logto itself
   * refuses, and one whose last line is a comment has another function called.
   */
  #checkTokens(entry: NamedOperation, values: Values): void {
    if (values['tokenTypePath'] === 'client-credentials') {
      throw refusal(
        entry,
        'this server’s own token is made with that script, and none would be good any more where it denies one, never ends, or sets a claim such as nbf; nobody can tell that from its text.',
      );
    }
  }

  /** Refuses what would leave no way to sign in. */
  async #checkSignIn(
    entry: NamedOperation,
    values: Values,
    after: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const { name } = entry;
    const takes =
      name === 'delete_connector' ||
      name === 'delete_sso_connector' ||
      name === 'update_sso_connector';
    if (!takes && name !== 'update_sign_in_exp' && name !== 'create_connector') {
      return;
    }
    const now = await this.#signIn(signal);
    if (now === undefined) {
      return;
    }
    const then = { ...now };
    if (name === 'update_sign_in_exp' && isObject(after)) {
      then.settings = after;
    } else if (name === 'delete_connector') {
      then.connectors = now.connectors.filter(({ id }) => id !== values['id']);
    } else if (name === 'delete_sso_connector') {
      then.sso = now.sso.filter(({ id }) => id !== values['id']);
    } else if (name === 'update_sso_connector') {
      then.sso = now.sso.map((one) =>
        one['id'] === values['id'] && values['domains'] !== undefined
          ? { ...one, domains: values['domains'] }
          : one,
      );
    } else {
      // The new one has the kind of the one that it replaces, but nobody has tried whether it can send.
      const replaced = await this.state.replacedBy(this.named, values['connectorId'], signal);
      const gone = new Set(replaced.map(({ id }) => id));
      then.connectors = now.connectors.filter(({ id }) => !gone.has(id));
    }
    // What lets nobody in already is not made worse by a connector less.
    if (!canSignIn(then) && (name === 'update_sign_in_exp' || canSignIn(now))) {
      throw refusal(
        entry,
        name === 'create_connector'
          ? 'it deletes the only connector by which anybody can sign in, before the new one has sent anything.'
          : 'no way to sign in would be left, for anybody.',
      );
    }
  }

  /** What decides whether anybody can sign in. */
  async #signIn(signal: AbortSignal): Promise<SignIn | undefined> {
    const list = async (name: string) => {
      const read = this.named(name);
      return ((await this.state.items(read, read, {}, signal)) ?? []).filter(isObject);
    };
    const read = this.named('get_sign_in_exp');
    const settings = await this.state.entity(read, read, {}, signal);
    return settings === undefined
      ? undefined
      : {
          settings,
          connectors: await list('list_connectors'),
          sso: await list('list_sso_connectors'),
        };
  }

  async #checkResource(entry: NamedOperation, id: string, signal: AbortSignal): Promise<void> {
    const read = this.named('get_resource');
    const reply = await this.state.read(read, { id }, signal);
    if (isObject(reply?.body) && reply.body['indicator'] === this.self.resource) {
      throw refusal(entry, 'it is the Management API itself, on which everything here rests.');
    }
  }

  /** The scopes of a role that open the Management API. */
  async #accessScopes(role: string, signal: AbortSignal): Promise<string[]> {
    const list = this.named('list_role_scopes');
    const scopes = await this.state.items(list, list, { id: role }, signal);
    if (scopes === undefined) {
      throw new LogtoError({
        kind: 'permission',
        code: 'own_access',
        message: `The role ${role} has more scopes than can be looked through for the Management API. Nothing was sent.`,
        hint: 'A person can do it in the Logto console.',
      });
    }
    return scopes.filter(isObject).flatMap((scope) => {
      const { id, resource } = scope;
      return isObject(resource) && resource['indicator'] === this.self.resource ? [String(id)] : [];
    });
  }

  /** Whether this server has its access by the role. */
  async #holds(role: string, known: boolean, signal: AbortSignal): Promise<boolean> {
    if ((await this.#accessScopes(role, signal)).length === 0) {
      return false;
    }
    if (known) {
      return true;
    }
    const list = this.named('list_application_roles');
    const roles = await this.state.items(list, list, { applicationId: this.self.appId }, signal);
    return (roles ?? []).filter(isObject).some(({ id }) => id === role);
  }
}
