/** The scope to organizations: when a policy names the only ones, everything that is not let through here is refused. */

import { isObject } from '../../json.js';
import { type NamedOperation, parametersOf, pathOf, type Values } from '../operation-graph.js';
import type { TenantReader } from '../tenant-reader.js';
import { forbiddenError } from './policy.js';

/** Members of an organization, by the last segment of the route that sets or adds them. */
const newcomers = {
  users: { field: 'userIds', members: 'list_organization_users', of: 'list_user_organizations' },
  applications: {
    field: 'applicationIds',
    members: 'list_organization_applications',
    of: 'list_application_organizations',
  },
} as const;

/** Rules by which whoever signs in becomes a member, by the end of the route that sets or adds them. */
const doors = {
  'jit/email-domains': {
    fields: ['emailDomain', 'emailDomains'],
    list: 'list_organization_jit_email_domains',
    name: 'emailDomain',
  },
  'jit/sso-connectors': {
    fields: ['ssoConnectorIds'],
    list: 'list_organization_jit_sso_connectors',
    name: 'id',
  },
} as const;

const isDoor = (below: string): below is keyof typeof doors => Object.hasOwn(doors, below);

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

export class OrganizationScope {
  constructor(
    /** Ids of the organizations. */
    private readonly allowed: readonly string[],
    private readonly state: TenantReader,
    private readonly named: (name: string) => NamedOperation,
  ) {}

  /**
   * Lets through a write on one of the organizations, on one of their invitations, or on the account of a user who
   * belongs to them and to no other organization; refuses everything else.
   *
   * Nobody is brought in: an account or an application that is not a member yet may be added only where the same holds
   * for it, since otherwise adding a stranger would open the stranger's account to the next call.
   *
   * @throws LogtoError of kind `permission`
   */
  async check(entry: NamedOperation, values: Values, signal: AbortSignal): Promise<void> {
    const why = await this.#objection(entry, values, signal);
    if (why !== undefined) {
      throw forbiddenError(entry.name, `organizations: ${this.allowed.join(', ')}; ${why}`);
    }
  }

  async #objection(
    entry: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { url } = entry.operation;
    const [, , root, , ...below] = url.split('/');
    const [first] = parametersOf(url);
    const id = first === undefined ? undefined : values[first];
    if (root === 'organizations' && first !== undefined) {
      return this.#isAllowed(id)
        ? this.#bringsIn(String(id), below.join('/'), values, signal)
        : 'another organization';
    }
    if (root === 'organization-invitations') {
      return this.#invitation(entry, values, signal);
    }
    if (root === 'users' && typeof id === 'string') {
      if (below[0] === 'roles') {
        return 'roles of the whole tenant';
      }
      return (await this.#belongs('list_user_organizations', id, signal))
        ? undefined
        : 'a user who is not a member of these alone';
    }
    return 'it acts on more than an organization and its members';
  }

  #isAllowed(id: unknown): boolean {
    return typeof id === 'string' && this.allowed.includes(id);
  }

  async #bringsIn(
    organization: string,
    below: string,
    values: Values,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (isDoor(below)) {
      return this.#opens(organization, below, values, signal);
    }
    if (below !== 'users' && below !== 'applications') {
      return undefined;
    }
    const { field, members, of } = newcomers[below];
    const list = this.named(members);
    const present = await this.state.items(list, list, { id: organization }, signal);
    const inside = new Set((present ?? []).filter(isObject).map(({ id }) => id));
    for (const id of texts(values[field]).filter((one) => !inside.has(one))) {
      if (!(await this.#belongs(of, id, signal))) {
        return `${id} is no member of these alone; people join by an invitation`;
      }
    }
    return undefined;
  }

  /** A rule that would let people in who were not invited: they would be members of this organization alone. */
  async #opens(
    organization: string,
    below: keyof typeof doors,
    values: Values,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { fields, list: name, name: member } = doors[below];
    const list = this.named(name);
    const present = await this.state.items(list, list, { id: organization }, signal);
    const there = new Set((present ?? []).filter(isObject).map((one) => one[member]));
    return fields.flatMap((field) => texts([values[field]].flat())).every((one) => there.has(one))
      ? undefined
      : 'people join by an invitation, and not by their address or connector';
  }

  async #invitation(
    entry: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const read = this.named('get_organization_invitation');
    const isNew = parametersOf(entry.operation.url).length === 0;
    const invitation = isNew ? values : await this.state.entity(read, entry, values, signal);
    if (!this.#isAllowed(invitation?.['organizationId'])) {
      return 'an invitation to another organization';
    }
    const { acceptedUserId: user } = values;
    return typeof user !== 'string' ||
      (await this.#belongs('list_user_organizations', user, signal))
      ? undefined
      : 'only the invited person can accept for a user who is no member of these alone';
  }

  /** Whether a user or an application is in these organizations and in no other. Too many to read count as others. */
  async #belongs(list: string, id: string, signal: AbortSignal): Promise<boolean> {
    const read = this.named(list);
    const found = await this.state.items(read, read, pathOf(read, id), signal);
    const all = (found ?? []).filter(isObject);
    return all.length > 0 && all.every((one) => this.#isAllowed(one['id']));
  }
}
