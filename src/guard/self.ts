/** The branch that this server sits on: Logto would saw it off with a 204. */
import { LogtoError } from '../logto/errors.js';
import { type Entry, entitiesOf, type Values } from './routes.js';
import type { State } from './state.js';

/** What this server signs in with. */
export interface Self {
  readonly appId: string;
  readonly appSecret: string;
  /** Indicator of the Management API. */
  readonly resource: string;
}

const refusal = (entry: Entry, would: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'own_access',
    message: `${entry.name} is refused: ${would} Nothing was sent.`,
    hint: 'A person can do it in the Logto console. This server does it only if its policy names the operation in allow_against_self.',
  });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (value: unknown): boolean => !Array.isArray(value) || value.length === 0;

export class OwnAccess {
  constructor(
    private readonly self: Self,
    private readonly state: State,
    private readonly named: (name: string) => Entry,
  ) {}

  /**
   * Refuses what would take away the access of this server, or every way of signing in.
   *
   * @param after the settings as they would be, of an update
   * @throws LogtoError of kind `permission`
   */
  async check(entry: Entry, values: Values, after: unknown, signal: AbortSignal): Promise<void> {
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
    if (name === 'update_sign_in_exp' && isObject(after)) {
      const { signIn, socialSignInConnectorTargets: social, singleSignOnEnabled: sso } = after;
      if (isObject(signIn) && isEmpty(signIn['methods']) && isEmpty(social) && sso !== true) {
        throw refusal(entry, 'no way to sign in would be left, for anybody.');
      }
    }
  }

  async #checkResource(entry: Entry, id: string, signal: AbortSignal): Promise<void> {
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
    return (scopes ?? []).filter(isObject).flatMap((scope) => {
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
