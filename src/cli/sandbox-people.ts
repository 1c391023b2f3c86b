/** The sandbox as people sign in to it: the resource of the MCP server, two roles, and two made-up people. */
import type { NamedOperation } from '../guard/operation-graph.js';
import { memberOf } from '../json.js';
import type { Session } from '../logto/session.js';
import type { Person } from '../sandbox/authorization-server.js';

/** A made-up person and the role that carries the scopes. */
const PEOPLE = [
  {
    username: 'ada',
    name: 'Ada Administrator',
    role: 'MCP administrator',
    scopes: ['logto:read', 'logto:write', 'logto:remove', 'logto:secrets'],
  },
  { username: 'rio', name: 'Rio Reader', role: 'MCP reader', scopes: ['logto:read'] },
] as const;

/**
 * Makes them in a tenant.
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
  const resourceId = await call('create_resource', { name: 'MCP server', indicator: resource });
  const scopeIds = new Map<string, string>();
  for (const name of PEOPLE[0].scopes) {
    const description = `${name} on the MCP server`;
    scopeIds.set(name, await call('create_resource_scope', { resourceId, name, description }));
  }
  const people: Person[] = [];
  for (const { username, name, role, scopes } of PEOPLE) {
    const roleId = await call('create_role', {
      name: role,
      description: `May use the MCP server: ${scopes.join(', ')}`,
      scopeIds: scopes.map((scope) => scopeIds.get(scope)),
    });
    const id = await call('create_user', { username, name });
    await call('assign_user_roles', { userId: id, roleIds: [roleId] });
    people.push({ id, name, scopes });
  }
  return people;
}
