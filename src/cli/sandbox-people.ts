/** The sandbox for people who sign in: the resource of the MCP server, two roles, and two fictitious people. */
import type { NamedOperation } from '../guard/operation-graph.js';
import {
  administratorRole,
  describedScopes,
  RESOURCE_NAME,
  readerRole,
} from '../http/setup-manifest.js';
import { memberOf } from '../json.js';
import type { Session } from '../logto/session.js';
import type { Person } from '../sandbox/authorization-server.js';

/** The fictitious people, each with the role that grants the scopes. */
const PEOPLE = [
  { username: 'ada', name: 'Ada Administrator', role: administratorRole },
  { username: 'rio', name: 'Rio Reader', role: readerRole },
] as const;

/**
 * Creates them in a tenant.
 *
 * @param resource the resource indicator of the MCP server
 */
export async function createSandboxPeople(
  session: Session,
  operations: ReadonlyMap<string, NamedOperation>,
  resource: string,
): Promise<readonly Person[]> {
  const call = async (name: string, values: Readonly<Record<string, unknown>>): Promise<string> => {
    const entry = operations.get(name);
    if (entry === undefined) {
      throw new Error(`The catalog has no ${name}.`);
    }
    const { body } = await session.send(entry.operation, values, AbortSignal.timeout(10_000));
    return String(memberOf(body, 'id') ?? '');
  };
  const resourceId = await call('create_resource', { name: RESOURCE_NAME, indicator: resource });
  const scopeIds = new Map<string, string>();
  for (const { name, description } of describedScopes) {
    scopeIds.set(name, await call('create_resource_scope', { resourceId, name, description }));
  }
  const people: Person[] = [];
  for (const { username, name, role } of PEOPLE) {
    const { scopes } = role;
    const roleId = await call('create_role', {
      name: role.name,
      description: role.description,
      scopeIds: scopes.map((scope) => scopeIds.get(scope)),
    });
    const id = await call('create_user', { username, name });
    await call('assign_user_roles', { userId: id, roleIds: [roleId] });
    people.push({ id, name, scopes });
  }
  return people;
}
