/** A large tenant in the sandbox, for the figures of configuration as code. */

/** How many of what it has. */
export const LARGE = { applications: 200, machines: 50, roles: 100, resources: 50, scopes: 1000 };

/** Sends an operation of the catalog by its key, and answers its body. */
export type Send = (key: string, values: Readonly<Record<string, unknown>>) => Promise<unknown>;

const idOf = (created: unknown): string =>
  typeof created === 'object' && created !== null ? String(Reflect.get(created, 'id')) : '';

/** Fills an empty tenant. */
export async function fillLarge(send: Send): Promise<void> {
  const scopes: string[] = [];
  for (let resource = 0; resource < LARGE.resources; resource += 1) {
    const created = await send('createResource', {
      name: `API ${resource}`,
      indicator: `https://api-${resource}.example`,
    });
    for (let scope = 0; scope < LARGE.scopes / LARGE.resources; scope += 1) {
      const values = { resourceId: idOf(created), name: `do:${scope}` };
      scopes.push(idOf(await send('createResourceScope', values)));
    }
  }
  for (let role = 0; role < LARGE.roles; role += 1) {
    await send('createRole', {
      name: `Role ${role}`,
      description: 'One of many',
      type: role % 2 === 0 ? 'User' : 'MachineToMachine',
      scopeIds: scopes.slice(role, role + 5),
    });
  }
  for (let application = 0; application < LARGE.applications; application += 1) {
    const isMachine = application < LARGE.machines;
    await send('createApplication', {
      name: `App ${application}`,
      type: isMachine ? 'MachineToMachine' : 'SPA',
    });
  }
}
