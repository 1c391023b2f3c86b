/**
 * What goes along with a removal, in counts: for each of them by hand, since no route tells it. A count that no operation
 * answers, or only a walk through a whole large tenant, is said to be unknown rather than left out.
 */

import { isObject } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import {
  type NamedOperation,
  pairsIn,
  parametersOf,
  pathOf,
  type Values,
} from '../operation-graph.js';
import type { TenantReader } from '../tenant-reader.js';

export const unknown = 'not known';

export type Count = number | typeof unknown;

/** Parents whose lists are looked through one by one; with more of them a count is not known. */
const mostParents = 30;

/** A removal that is to be looked at. */
export interface Removal {
  readonly entry: NamedOperation;
  readonly values: Values;
  /** What is there, as `State.before` answers it. */
  readonly before: unknown;
  readonly signal: AbortSignal;
}

/** Reads for a removal, with the catalog at hand. */
interface Look extends Removal {
  readonly state: TenantReader;
  readonly named: (name: string) => NamedOperation;
  /** The last name in the path: of what is removed. */
  readonly id: unknown;
}

/** @returns undefined where it cannot be told */
type Counting = (look: Look) => Promise<number | undefined> | number | undefined;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const lengthsOf = (value: unknown, members: readonly string[]): number =>
  members.reduce((sum, member) => sum + listOf(Object(value)[member]).length, 0);

/** The items of a list right below what is removed. */
const below =
  (list: string): Counting =>
  async ({ state, named, entry, values, signal }) => {
    const read = named(list);
    return read.operation.paging === undefined
      ? (await state.items(read, entry, values, signal))?.length
      : state.count(read, entry, values, signal);
  };

/** What an answer below it holds, where that is no list. */
const inside =
  (operation: string, count: (body: Readonly<Record<string, unknown>>) => number): Counting =>
  async ({ state, named, entry, values, signal }) => {
    const body = await state.entity(named(operation), entry, values, signal);
    return body === undefined ? 0 : count(body);
  };

/** The items of a list of the whole tenant that have to do with it. */
const among =
  (
    list: string,
    concerns: (item: Readonly<Record<string, unknown>>, look: Look) => boolean,
  ): Counting =>
  async (look) => {
    const read = look.named(list);
    const items = await look.state.items(read, read, {}, look.signal);
    return items?.filter(isObject).filter((item) => concerns(item, look)).length;
  };

/** How many of some parents have something to do with it, or how much of it they have together. */
const throughout =
  (
    parents: string,
    list: string,
    count: (body: unknown, look: Look) => number,
    narrowed: Values = {},
  ): Counting =>
  async (look) => {
    const { state, named, signal } = look;
    const read = named(parents);
    const all = await state.items(read, read, {}, signal, narrowed);
    if (all === undefined || all.length > mostParents) {
      return undefined;
    }
    const each = named(list);
    let sum = 0;
    for (const { id } of all.filter(isObject)) {
      const body = await state.whole(each, each, pathOf(each, String(id)), signal);
      if (typeof body === 'number') {
        return undefined;
      }
      sum += count(body, look);
    }
    return sum;
  };

const has = (value: unknown, id: unknown): boolean =>
  listOf(value).some((one) => (isObject(one) ? one['id'] === id : one === id));

const all = (
  list: string,
  concerns: (item: Readonly<Record<string, unknown>>, look: Look) => boolean,
) =>
  throughout(
    'list_organizations',
    list,
    (body, look) =>
      listOf(body)
        .filter(isObject)
        .filter((item) => concerns(item, look)).length,
  );

const never: Counting = () => undefined;

/** Applications that may ask users for one of these scopes. */
const consenting =
  (isOne: (scope: string, look: Look) => Promise<boolean> | boolean): Counting =>
  async (look) => {
    const { state, named, signal } = look;
    const read = named('list_applications');
    const third = await state.items(read, read, {}, signal, { isThirdParty: true });
    if (third === undefined || third.length > mostParents) {
      return undefined;
    }
    const each = named('list_application_user_consent_scopes');
    let sum = 0;
    for (const { id } of third.filter(isObject)) {
      const body = await state.whole(each, each, pathOf(each, String(id)), signal);
      const scopes = pairsIn(body).map(([, scope]) => scope);
      const hits = await Promise.all(scopes.map((scope) => isOne(scope, look)));
      sum += hits.includes(true) ? 1 : 0;
    }
    return sum;
  };

/** The scopes of a resource that is removed, or the one scope. */
async function scopesOf(look: Look): Promise<ReadonlySet<unknown> | undefined> {
  if (parametersOf(look.entry.operation.url).length > 1) {
    return new Set([look.id]);
  }
  const read = look.named('list_resource_scopes');
  const items = await look.state.items(read, look.entry, look.values, look.signal);
  return items && new Set(items.filter(isObject).map(({ id }) => id));
}

/** Those who lose a scope of an API: roles, roles of organizations, applications that may ask users for it. */
const scopeHolders: Readonly<Record<string, Counting>> = {
  roles: async (look) => {
    const scopes = await scopesOf(look);
    return (
      scopes &&
      throughout('list_roles', 'list_role_scopes', (body) =>
        listOf(body).some((one) => isObject(one) && scopes.has(one['id'])) ? 1 : 0,
      )(look)
    );
  },
  organization_roles: async (look) => {
    const scopes = await scopesOf(look);
    return (
      scopes &&
      among('list_organization_roles', ({ resourceScopes }) =>
        listOf(resourceScopes).some((one) => isObject(one) && scopes.has(one['id'])),
      )(look)
    );
  },
  third_party_applications: async (look) => {
    const scopes = await scopesOf(look);
    return scopes && consenting((scope) => scopes.has(scope))(look);
  },
};

const accessRules = ['userIds', 'userRoleIds', 'organizationIds', 'organizationRoleRules'];

const isType =
  (type: string, counting: Counting): Counting =>
  (look) =>
    Object(look.before).type === type ? counting(look) : 0;

/** Applications of users; machines sign nobody in. */
const signsIn =
  (counting: Counting): Counting =>
  (look) =>
    Object(look.before).type === 'MachineToMachine' ? 0 : counting(look);

/** Of each removal what goes along with it; nothing where nothing does. */
export const cascades: Readonly<Record<string, Readonly<Record<string, Counting>>>> = {
  delete_user: {
    user_roles: below('list_user_roles'),
    user_organizations: below('list_user_organizations'),
    user_social_identities: inside('list_user_all_identities', (body) =>
      lengthsOf(body, ['socialIdentities']),
    ),
    user_sso_identities: inside('list_user_all_identities', (body) =>
      lengthsOf(body, ['ssoIdentities']),
    ),
    user_mfa_verifications: below('list_user_mfa_verifications'),
    user_personal_access_tokens: below('list_user_personal_access_tokens'),
    user_sessions: below('list_user_sessions'),
    user_grants: below('list_user_grants'),
    // Those that the user has sent, and those that the user has accepted.
    organization_invitations: among(
      'list_organization_invitations',
      ({ inviterId, acceptedUserId }, { id }) => inviterId === id || acceptedUserId === id,
    ),
  },
  delete_user_identity: {
    provider_tokens: ({ before }) => (isObject(Object(before).tokenSecret) ? 1 : 0),
  },
  delete_user_mfa_verification: {},
  delete_user_personal_access_token: {},
  delete_personal_access_token_post: {},
  delete_user_session: {},
  delete_user_grant: { tokens: never },
  delete_role: {
    role_users: below('list_role_users'),
    role_applications: below('list_role_applications'),
    role_scopes: below('list_role_scopes'),
  },
  delete_resource: { resource_scopes: below('list_resource_scopes'), ...scopeHolders },
  delete_resource_scope: scopeHolders,
  delete_application: {
    application_secrets: below('list_application_secrets'),
    application_roles: isType('MachineToMachine', below('list_application_roles')),
    application_organizations: below('list_application_organizations'),
    application_access_rules: inside('get_application_access_control', (body) =>
      lengthsOf(body, accessRules),
    ),
    application_user_consent_scopes: inside(
      'list_application_user_consent_scopes',
      (body) => pairsIn(body).length,
    ),
    application_sign_in_experiences: inside('get_application_sign_in_experience', () => 1),
    protected_app_custom_domains: isType('Protected', below('list_protected_app_custom_domains')),
    user_grants: signsIn(never),
  },
  delete_application_secret: {},
  delete_application_legacy_secret: {},
  delete_application_user_consent_scope: {},
  delete_cimd_user_consent_scope: {},
  delete_saml_application: {
    saml_application_secrets: below('list_saml_application_secrets'),
    user_sessions: never,
  },
  delete_saml_application_secret: {},
  delete_organization: {
    organization_users: below('list_organization_users'),
    organization_applications: below('list_organization_applications'),
    organization_invitations: among(
      'list_organization_invitations',
      ({ organizationId }, { id }) => organizationId === id,
    ),
    organization_jit_email_domains: below('list_organization_jit_email_domains'),
    organization_jit_roles: below('list_organization_jit_roles'),
    organization_jit_sso_connectors: below('list_organization_jit_sso_connectors'),
    user_consents: never,
  },
  delete_organization_role: {
    organization_role_scopes: below('list_organization_role_scopes'),
    organization_role_resource_scopes: below('list_organization_role_resource_scopes'),
    organization_users: all('list_organization_users', ({ organizationRoles }, { id }) =>
      has(organizationRoles, id),
    ),
    organization_applications: all(
      'list_organization_applications',
      ({ organizationRoles }, { id }) => has(organizationRoles, id),
    ),
    organization_jit_roles: all('list_organization_jit_roles', (role, { id }) => role['id'] === id),
    organization_invitations: among(
      'list_organization_invitations',
      ({ organizationRoles }, { id }) => has(organizationRoles, id),
    ),
  },
  delete_organization_scope: {
    organization_roles: among('list_organization_roles', ({ scopes }, { id }) => has(scopes, id)),
    third_party_applications: consenting((scope, { id }) => scope === id),
  },
  delete_organization_invitation: {},
  delete_connector: {
    // The identities stay, and nobody can sign in with them any more.
    linked_users: async (look) => {
      const { type, target } = Object(look.before);
      return type === 'Social'
        ? among('list_users', ({ identities }) => Object.hasOwn(Object(identities), target))(look)
        : 0;
    },
    sign_in_targets: async (look) => {
      const { type, target } = Object(look.before);
      return type === 'Social'
        ? inside('get_sign_in_exp', ({ socialSignInConnectorTargets: targets }) =>
            has(targets, target) ? 1 : 0,
          )(look)
        : 0;
    },
  },
  delete_sso_connector: {
    user_sso_identities: never,
    sso_connector_signing_keys: below('list_sso_connector_signing_keys'),
    organization_jit_sso_connectors: all(
      'list_organization_jit_sso_connectors',
      (connector, { id }) => connector['id'] === id,
    ),
  },
  delete_sso_connector_signing_key: {},
  delete_hook: {},
  delete_domain: {
    domain_verification_files: inside('list_domain_verification_files', (body) =>
      lengthsOf(body, ['verificationFiles']),
    ),
  },
  cleanup_domains: { domains: never },
  delete_custom_profile_field_by_name: {},
  delete_custom_phrase: {},
  delete_jwt_customizer: {},
  delete_action: {},
  delete_oidc_key: { signed_tokens_and_cookies: never },
  delete_email_template: {},
  delete_email_templates: { email_templates: ({ before }) => listOf(before).length },
  delete_one_time_token: {},
  delete_secret: {},
  delete_captcha_provider: {},
  delete_sentinel_activities: {
    identifiers: ({ values }) => listOf(values['targets']).length,
  },
};

/** Lists below an entity that do not go with it, and answers that are no part of it. */
export const notCascaded: ReadonlySet<string> = new Set([
  // The entries of the audit log stay.
  'list_hook_recent_logs',
  // Part of the account itself.
  'list_user_custom_data',
  'list_user_logto_configs',
  'get_user_has_password',
]);

/** What goes along with a removal, without what is not there. */
export async function countCascades(
  removal: Removal,
  state: TenantReader,
  named: (name: string) => NamedOperation,
): Promise<Readonly<Record<string, Count>>> {
  const { entry, values } = removal;
  const id = values[parametersOf(entry.operation.url).at(-1) ?? ''];
  const look = { ...removal, state, named, id };
  const counted = async (counting: Counting): Promise<Count> => {
    try {
      return (await counting(look)) ?? unknown;
    } catch (error) {
      removal.signal.throwIfAborted();
      if (error instanceof LogtoError) {
        return unknown;
      }
      throw error;
    }
  };
  const counts = await Promise.all(
    Object.entries(cascades[entry.name] ?? {}).map(
      async ([name, counting]) => [name, await counted(counting)] as const,
    ),
  );
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}
