/** Confines writes to the organizations that a policy names. Every write that is not allowed here is refused. */
import type { OrganizationScopeFacts } from '../../catalog/write-facts.js';
import { objectsIn, textsIn } from '../../json.js';
import { forbiddenError } from '../errors.js';
import {
  type CatalogOperation,
  type OperationGraph,
  pathOf,
  type Values,
} from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';

type InOrganization = Extract<OrganizationScopeFacts, { organization: string }>;
type OfInvitation = Extract<OrganizationScopeFacts, { invitation: string | undefined }>;

export class OrganizationRestriction {
  /** @param allowed ids of the organizations */
  constructor(
    private readonly allowed: readonly string[],
    private readonly graph: OperationGraph,
  ) {}

  /**
   * Allows a write on one of the organizations, on one of their invitations, or on the account of a user who belongs to
   * these organizations only and has no role of the tenant. An account or an application that is not a member yet may be
   * added only if it belongs to these only: otherwise adding an outside account would make it changeable by the next call.
   *
   * @throws LogtoError of kind `permission` for every other write
   */
  async check(entry: CatalogOperation, values: Values, reads: Reads): Promise<void> {
    const why = await this.#objection(entry, values, reads);
    if (why !== undefined) {
      throw forbiddenError(entry.name, `organizations: ${this.allowed.join(', ')}; ${why}`);
    }
  }

  async #objection(
    entry: CatalogOperation,
    values: Values,
    reads: Reads,
  ): Promise<string | undefined> {
    const facts = entry.operation.organizationScope;
    if (facts === undefined) {
      return 'it acts on more than an organization and its members';
    }
    if ('organization' in facts) {
      const id = values[facts.organization];
      return this.#isAllowed(id)
        ? ((await this.#admits(facts, values, reads)) ?? (await this.#opens(facts, values, reads)))
        : 'another organization';
    }
    if ('account' in facts) {
      const id = values[facts.account];
      if (!(await this.#belongs(facts.memberships, id, reads))) {
        return 'a user who does not belong to these alone';
      }
      return (await this.#holdsRole(facts.roles, id, reads))
        ? 'a user who holds a role of the whole tenant'
        : undefined;
    }
    return this.#invitation(facts, entry, values, reads);
  }

  #isAllowed(id: unknown): boolean {
    return typeof id === 'string' && this.allowed.includes(id);
  }

  async #admits({ organization, admits }: InOrganization, values: Values, reads: Reads) {
    if (admits === undefined) {
      return undefined;
    }
    const members = await this.#items(admits.members, values[organization], reads);
    const present = new Set(objectsIn(members).map(({ id }) => id));
    for (const id of textsIn(values[admits.argument]).filter((member) => !present.has(member))) {
      if (!(await this.#belongs(admits.memberships, id, reads))) {
        return `${id} is not a member of these alone; people join by an invitation`;
      }
    }
    return undefined;
  }

  /** A rule that admits people without an invitation: they would be members of this organization only. */
  async #opens({ organization, opens }: InOrganization, values: Values, reads: Reads) {
    if (opens === undefined) {
      return undefined;
    }
    const rules = await this.#items(opens.list, values[organization], reads);
    const present = new Set(objectsIn(rules).map((rule) => rule[opens.member]));
    const wanted = opens.arguments.flatMap((argument) => textsIn([values[argument]].flat()));
    return wanted.every((rule) => present.has(rule))
      ? undefined
      : 'people join by an invitation, not by their address or connector';
  }

  async #invitation(
    { invitation, read, accepts, memberships }: OfInvitation,
    entry: CatalogOperation,
    values: Values,
    reads: Reads,
  ): Promise<string | undefined> {
    const found =
      invitation === undefined ? values : await reads.entity(this.graph.keyed(read), entry, values);
    if (!this.#isAllowed(found?.['organizationId'])) {
      return 'an invitation to another organization';
    }
    const user = values[accepts];
    return typeof user !== 'string' || (await this.#belongs(memberships, user, reads))
      ? undefined
      : 'only the invited person can accept for a user who does not belong to these alone';
  }

  /** The items of a list about one entity; undefined when there are too many to read. */
  #items(key: string, id: unknown, reads: Reads): Promise<readonly unknown[] | undefined> {
    const list = this.graph.keyed(key);
    return reads.items(list, list, pathOf(list, id));
  }

  /** Whether a user or an application is in these organizations and in no other. Too many to read count as others. */
  async #belongs(memberships: string, id: unknown, reads: Reads): Promise<boolean> {
    const all = objectsIn(await this.#items(memberships, id, reads));
    return all.length > 0 && all.every((organization) => this.#isAllowed(organization['id']));
  }

  /** Whether a user has a role that not every user has. Too many to read count as one. */
  async #holdsRole(roles: string, id: unknown, reads: Reads): Promise<boolean> {
    const held = await this.#items(roles, id, reads);
    return held === undefined || objectsIn(held).some(({ isDefault }) => isDefault !== true);
  }
}
