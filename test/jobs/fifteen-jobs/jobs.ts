/** Fifteen jobs in an administrator's words, a script that does each, and a judge that looks at the tenant or the answer. */
import { memberOf, objectsIn, textsIn } from '../../../src/json.js';
import type { Item, ManagementApi } from '../../support/management-api.js';
import { emails, failedSignIns, newcomers, services, staff, staleAccounts } from './seed.js';

export interface Job {
  readonly title: string;
  /** The task, as an administrator gives it. */
  readonly task: string;
  /** A script that does it. What it returns is the answer, where the job asks for one. */
  readonly script: string;
  /** Judges the state of the tenant, and the answer. @returns what is wrong */
  readonly judge: (api: ManagementApi, answer: string) => Promise<readonly string[]>;
}

const sorted = (values: Iterable<unknown>): readonly string[] => [...values].map(String).toSorted();

/** @returns how two sets differ, in a line; nothing where they do not */
function compared(what: string, actual: Iterable<unknown>, expected: Iterable<unknown>): string[] {
  const [are, should] = [sorted(actual), sorted(expected)];
  const missing = should.filter((value) => !are.includes(value));
  const unexpected = are.filter((value) => !should.includes(value));
  return missing.length + unexpected.length === 0 && are.length === should.length
    ? []
    : [
        `${what}: missing ${missing.join(', ') || 'none'}; unexpected ${unexpected.join(', ') || 'none'}; ${are.length} of ${should.length}`,
      ];
}

/** Thrown by a judge for a thing that a job should have made. */
class Missing extends Error {}

async function named(api: ManagementApi, list: string, name: string): Promise<string> {
  const id = (await api.all(list)).find((item) => item['name'] === name)?.['id'];
  if (typeof id !== 'string') {
    throw new Missing(`There is no ${name} in ${list}.`);
  }
  return id;
}

/** Judges a job. @returns what is wrong, in lines */
export async function judged(
  job: Job,
  api: ManagementApi,
  answer: string,
): Promise<readonly string[]> {
  try {
    return await job.judge(api, answer);
  } catch (error) {
    if (error instanceof Missing) {
      return [error.message];
    }
    throw error;
  }
}

const emailsOf = (items: readonly Item[]): readonly unknown[] =>
  items.map((item) => item['primaryEmail'] ?? item['username']);

const namesOf = (items: unknown): readonly unknown[] => objectsIn(items).map(({ name }) => name);

/** Members with their roles, as `email: role, role`. */
async function membersOf(api: ManagementApi, organization: string): Promise<readonly string[]> {
  const id = await named(api, 'organizations', organization);
  return (await api.all(`organizations/${id}/users`)).map(
    (member) =>
      `${String(member['primaryEmail'])}: ${sorted(namesOf(member['organizationRoles'])).join(', ')}`,
  );
}

const parsed = (answer: string): unknown => {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
};

/** The lines of a CSV table without the header, spaces and quotes. */
const csvLines = (answer: string): readonly string[] =>
  answer
    .split('\n')
    .map((line) =>
      line
        .replaceAll('"', '')
        .replaceAll(/\s*([,;])\s*/g, '$1')
        .trim(),
    )
    .filter((line) => line.includes('@'));

/** The organizations of the people whom "From one organization to another" moves, before it. */
const organizationsBeforeMove: ReadonlyMap<string, string> = new Map(
  emails(30, 39).map((email, index) => [
    email,
    index === 0 ? 'Depot North;Depot South' : 'Depot North',
  ]),
);

export const jobs: readonly Job[] = [
  {
    title: 'Contracts that have ended',
    task: 'Suspend everybody on our staff (addresses at northwind.example) whose contract ended before 1 November 2026, except those who are on call. Both are in the custom data of the accounts (contractEnds, onCall).',
    script: `
      const users = await logto.all('list_users', { search: '@northwind.example' });
      const ended = users.filter(({ customData: { contractEnds, onCall } }) =>
        contractEnds && contractEnds < '2026-11-01' && onCall !== true);
      for (const { id } of ended) await logto.update_user_is_suspended({ userId: id, isSuspended: true });
      return ended.length;`,
    judge: async (api) => {
      const suspended = (await api.all('users')).filter(
        (user) =>
          user['isSuspended'] === true &&
          String(user['primaryEmail']).endsWith('@northwind.example'),
      );
      const expected = staff.filter((_, index) => index % 5 === 0 && index % 15 !== 0);
      return compared(
        'suspended staff',
        emailsOf(suspended),
        expected.map(({ primaryEmail }) => primaryEmail),
      );
    },
  },
  {
    title: 'Who can write invoices',
    task: 'Who can write invoices, that is, has the permission write:invoices of the API https://invoices.northwind.example? Answer with a JSON list of e-mail addresses of people and names of applications.',
    script: `
      const api = (await logto.all('list_resources', {})).find(({ indicator }) => indicator === 'https://invoices.northwind.example');
      const scope = (await logto.all('list_resource_scopes', { resourceId: api.id })).find(({ name }) => name === 'write:invoices');
      const holders = new Set();
      for (const { id } of await logto.all('list_roles', {})) {
        if (!(await logto.all('list_role_scopes', { id })).some((one) => one.id === scope.id)) continue;
        for (const user of await logto.all('list_role_users', { id })) holders.add(user.primaryEmail);
        for (const app of await logto.all('list_role_applications', { id })) holders.add(app.name);
      }
      return [...holders];`,
    judge: async (_, answer) =>
      compared('answer', textsIn(parsed(answer)), [...emails(1, 7), 'Invoice importer']),
  },
  {
    title: 'One role for another',
    task: 'Everybody with the role Clerk shall be Case worker instead. Afterwards nobody is a Clerk; keep the role itself.',
    script: `
      const roles = await logto.all('list_roles', {});
      const [clerk, worker] = ['Clerk', 'Case worker'].map((name) => roles.find((role) => role.name === name).id);
      const holders = await logto.all('list_role_users', { id: clerk });
      const present = new Set((await logto.all('list_role_users', { id: worker })).map(({ id }) => id));
      const missing = holders.map(({ id }) => id).filter((id) => !present.has(id));
      await logto.create_role_user({ id: worker, userIds: missing });
      for (const { id } of holders) await logto.delete_role_user({ id: clerk, userId: id });
      return holders.length;`,
    judge: async (api) => {
      const holders = async (role: string) =>
        emailsOf(await api.all(`roles/${await named(api, 'roles', role)}/users`));
      return [
        ...compared('Clerk', await holders('Clerk'), []),
        ...compared('Case worker', await holders('Case worker'), emails(10, 35)),
      ];
    },
  },
  {
    title: 'Members without a training',
    task: 'Make a table of the members of Harbor Clinic who have not done the privacy training (trainings in their custom data). CSV with the columns name,email.',
    script: `
      const members = await logto.all('list_organization_users', { id: 'name:Harbor Clinic' });
      const without = members.filter(({ customData }) => !customData.trainings?.includes('privacy'));
      return ['name,email', ...without.map(({ name, primaryEmail }) => name + ',' + primaryEmail)].join('\\n');`,
    judge: async (_, answer) =>
      compared(
        'table',
        csvLines(answer),
        staff
          .slice(0, 20)
          .filter((_person, index) => index % 4 === 0)
          .map(({ name, primaryEmail }) => `${name},${primaryEmail}`),
      ),
  },
  {
    title: 'An API and its roles',
    task: 'Make sure that the API Orders (https://orders.northwind.example) has the permissions read:orders, write:orders and cancel:orders, and that there are two roles: Order reader with read:orders, and Order manager with all three. Some of it is there already; nothing may be there twice.',
    script: `
      const { id } = (await logto.all('list_resources', {})).find(({ indicator }) => indicator === 'https://orders.northwind.example');
      const present = await logto.all('list_resource_scopes', { resourceId: id });
      const ids = [];
      for (const name of ['read:orders', 'write:orders', 'cancel:orders']) {
        const scope = present.find((one) => one.name === name) ?? (await logto.create_resource_scope({ resourceId: id, name }));
        ids.push(scope.id);
      }
      const roles = await logto.all('list_roles', {});
      for (const [name, scopeIds] of [['Order reader', ids.slice(0, 1)], ['Order manager', ids]]) {
        const role = roles.find((one) => one.name === name);
        if (role === undefined) await logto.create_role({ name, description: name, type: 'User', scopeIds });
        else {
          const held = (await logto.all('list_role_scopes', { id: role.id })).map((one) => one.id);
          const missing = scopeIds.filter((one) => !held.includes(one));
          if (missing.length > 0) await logto.create_role_scope({ id: role.id, scopeIds: missing });
        }
      }`,
    judge: async (api) => {
      const all = ['read:orders', 'write:orders', 'cancel:orders'];
      const apis = (await api.all('resources')).filter(
        ({ indicator }) => indicator === 'https://orders.northwind.example',
      );
      const id = String(apis[0]?.['id']);
      const scopesOf = async (role: string) =>
        (await api.all(`roles/${await named(api, 'roles', role)}/scopes`))
          .filter(({ resourceId }) => resourceId === id)
          .map(({ name }) => name);
      const roles = (await api.all('roles')).filter(({ name }) => /^Order /.test(String(name)));
      return [
        ...compared('APIs', namesOf(apis), ['Orders']),
        ...compared('permissions', namesOf(await api.all(`resources/${id}/scopes`)), all),
        ...compared('roles', namesOf(roles), ['Order reader', 'Order manager']),
        ...compared('Order reader', await scopesOf('Order reader'), ['read:orders']),
        ...compared('Order manager', await scopesOf('Order manager'), all),
      ];
    },
  },
  {
    title: 'An organization with twenty people',
    task: `Coast Cycles joins as a new organization with these people. Create accounts for those who have none, without a password, make all of them members with the role named, and send no mail.\n${newcomers
      .map(([email, name, role]) => `${email}, ${name}, ${role}`)
      .join('\n')}`,
    script: `
      const people = ${JSON.stringify(newcomers)};
      const users = new Map((await logto.all('list_users', {})).map((user) => [user.primaryEmail, user.id]));
      const { id } = await logto.create_organization({ name: 'Coast Cycles' });
      const members = [];
      for (const [email, name, role] of people) {
        members.push({ role, id: users.get(email) ?? (await logto.create_user({ primaryEmail: email, name })).id });
      }
      await logto.add_organization_users({ id, userIds: members.map((one) => one.id) });
      for (const role of ['Admin', 'Member']) {
        await logto.assign_organization_roles_to_users({
          id,
          userIds: members.filter((one) => one.role === role).map((one) => one.id),
          organizationRoleIds: ['name:' + role],
        });
      }`,
    judge: async (api) => [
      ...compared(
        'members',
        await membersOf(api, 'Coast Cycles'),
        newcomers.map(([email, , role]) => `${email}: ${role}`),
      ),
      ...compared(
        'organizations',
        namesOf((await api.all('organizations')).filter(({ name }) => name === 'Coast Cycles')),
        ['Coast Cycles'],
      ),
    ],
  },
  {
    title: 'Two hundred stale accounts',
    task: 'The accounts that we took over from the old shop have source "shop-2019" in their custom data. Suspend those that nobody has ever signed in to. Those marked keep in the custom data stay as they are.',
    script: `
      const users = await logto.all('list_users', {});
      const stale = users.filter(({ customData, lastSignInAt }) =>
        customData.source === 'shop-2019' && customData.keep !== true && lastSignInAt === null);
      for (const { id } of stale) await logto.update_user_is_suspended({ userId: id, isSuspended: true });
      return stale.length;`,
    judge: async (api) => {
      const suspended = (await api.all('users')).filter(
        (user) =>
          user['isSuspended'] === true && memberOf(user['customData'], 'source') === 'shop-2019',
      );
      return compared('suspended', emailsOf(suspended), staleAccounts);
    },
  },
  {
    title: 'Everybody with roles and organizations',
    task: 'I need a CSV of everybody with an address at northwind.example, with the columns email,roles,organizations. Several names in a cell are in alphabetical order with ; between them.',
    script: `
      const users = await logto.all('list_users', { search: '@northwind.example' });
      const rows = await Promise.all(users.map(async ({ id, primaryEmail }) => {
        const [roles, organizations] = await Promise.all([
          logto.all('list_user_roles', { userId: id }), logto.list_user_organizations({ userId: id })]);
        return [primaryEmail, ...[roles, organizations].map((items) => items.map(({ name }) => name).sort().join(';'))].join(',');
      }));
      return ['email,roles,organizations', ...rows].join('\\n');`,
    judge: async (api, answer) => {
      const rows: (readonly [email: string, roles: string, organizations: string])[] = [];
      for (const user of (await api.all('users')).filter((item) =>
        String(item['primaryEmail']).endsWith('@northwind.example'),
      )) {
        const roles = await api.all(`users/${String(user['id'])}/roles`);
        const organizations = await api.send('GET', `users/${String(user['id'])}/organizations`);
        rows.push([
          String(user['primaryEmail']),
          sorted(namesOf(roles)).join(';'),
          sorted(namesOf(organizations)).join(';'),
        ]);
      }
      // A later job moves ten people. Read before it or after it, the table is right.
      const now = rows.map((row) => row.join(','));
      const before = rows.map(([email, roles, organizations]) =>
        [email, roles, organizationsBeforeMove.get(email) ?? organizations].join(','),
      );
      const lines = csvLines(answer);
      return compared('table', lines, before).length === 0 ? [] : compared('table', lines, now);
    },
  },
  {
    title: 'Three failed sign-ins',
    task: `Petra Koch, Milo Brandt and Rosa Lind could not sign in with their e-mail address and password (${Object.keys(failedSignIns).join(', ')}). Find out why, for each of them. Answer with a JSON object from the address to one of: "suspended", "wrong password", "no password set", "second factor missing", "address unknown".`,
    script: `
      const result = {};
      const logs = await logto.all('list_logs', {});
      for (const email of ${JSON.stringify(Object.keys(failedSignIns))}) {
        const user = await logto.get_user({ userId: 'email:' + email });
        const { hasPassword } = await logto.get_user_has_password({ userId: user.id });
        const mistyped = logs.some(({ payload }) =>
          payload.result === 'Error' && payload.payload?.identifier?.value === email);
        result[email] = user.isSuspended ? 'suspended' : !hasPassword ? 'no password set'
          : mistyped ? 'wrong password' : 'unknown';
      }
      return result;`,
    judge: async (_, answer) => {
      const value = parsed(answer);
      return Object.entries(failedSignIns).flatMap(([email, why]) =>
        memberOf(value, email) === why
          ? []
          : [`${email}: ${JSON.stringify(memberOf(value, email))} instead of ${why}`],
      );
    },
  },
  {
    title: 'Five secrets',
    task: `Rotate the secrets of these five services: ${services.join(', ')}. Each gets a new secret named 2027, and its old secrets are removed; the operators are informed.`,
    script: `
      const apps = await logto.all('list_applications', {});
      for (const service of ${JSON.stringify(services)}) {
        const { id } = apps.find(({ name }) => name === service);
        const old = await logto.list_application_secrets({ id });
        await logto.create_application_secret({ id, name: '2027' });
        for (const { name } of old) await logto.delete_application_secret({ id, name });
      }`,
    judge: async (api) => {
      const secretsOf = async (name: string) =>
        namesOf(
          await api.send('GET', `applications/${await named(api, 'applications', name)}/secrets`),
        );
      const wrong: string[] = [];
      for (const service of services) {
        wrong.push(...compared(service, await secretsOf(service), ['2027']));
      }
      return [
        ...wrong,
        ...compared('Other sync', await secretsOf('Other sync'), ['Default secret']),
      ];
    },
  },
  {
    title: 'A webhook',
    task: 'Our CRM wants to know when an account is created or deleted. Post these events to https://crm.northwind.example/logto, under the name CRM, from now on.',
    script: `
      await logto.create_hook({
        name: 'CRM', events: ['User.Created', 'User.Deleted'], enabled: true,
        config: { url: 'https://crm.northwind.example/logto' },
      });`,
    judge: async (api) => {
      const hooks = (await api.all('hooks')).filter(({ name }) => name === 'CRM');
      const [hook] = hooks;
      return [
        ...compared('webhooks', namesOf(hooks), ['CRM']),
        ...compared('events', textsIn(hook?.['events']), ['User.Created', 'User.Deleted']),
        ...compared(
          'address',
          [memberOf(hook?.['config'], 'url')],
          ['https://crm.northwind.example/logto'],
        ),
        ...compared('enabled', [hook?.['enabled']], [true]),
      ];
    },
  },
  {
    title: 'From one organization to another',
    task: 'Move everybody in Depot North who is only a Member to Depot South, with the same role there. The admins of Depot North stay where they are.',
    script: `
      const organizations = await logto.all('list_organizations', {});
      const [north, south] = ['Depot North', 'Depot South'].map((name) => organizations.find((one) => one.name === name).id);
      const isMember = ({ organizationRoles }) => organizationRoles.length === 1 && organizationRoles[0].name === 'Member';
      const moving = (await logto.all('list_organization_users', { id: north })).filter(isMember);
      const present = await logto.all('list_organization_users', { id: south });
      const joining = moving.map(({ id }) => id).filter((id) => !present.some((one) => one.id === id));
      await logto.add_organization_users({ id: south, userIds: joining });
      await logto.assign_organization_roles_to_users({ id: south, userIds: joining, organizationRoleIds: ['name:Member'] });
      for (const { id } of moving) await logto.delete_organization_user({ id: north, userId: id });`,
    judge: async (api) => [
      ...compared(
        'Depot North',
        await membersOf(api, 'Depot North'),
        emails(28, 29).map((item) => `${item}: Admin`),
      ),
      ...compared(
        'Depot South',
        await membersOf(api, 'Depot South'),
        emails(30, 39).map((item) => `${item}: Member`),
      ),
    ],
  },
  {
    title: 'Retired applications',
    task: 'Remove the applications whose custom data has the status retired, but not those that have a hold.',
    script: `
      const apps = await logto.all('list_applications', {});
      for (const { id, customData } of apps) {
        if (customData.status === 'retired' && customData.hold !== true) await logto.delete_application({ id });
      }`,
    judge: async (api) =>
      compared(
        'applications',
        namesOf((await api.all('applications')).filter(({ name }) => /^Legacy/.test(String(name)))),
        ['Legacy tax', 'Legacy but used'],
      ),
  },
  {
    title: 'Members without a second factor',
    task: 'Which members of the organization Finance have not set up a second factor? Answer with a JSON list of their e-mail addresses.',
    script: `
      const members = await logto.all('list_organization_users', { id: 'name:Finance' });
      const factors = await Promise.all(members.map(({ id }) => logto.list_user_mfa_verifications({ userId: id })));
      return members.filter((_, index) => factors[index].length === 0).map(({ primaryEmail }) => primaryEmail);`,
    judge: async (_, answer) => compared('answer', textsIn(parsed(answer)), emails(3, 8)),
  },
  {
    title: 'A mail domain that belongs to an organization',
    task: 'Whoever has an address at acme.example belongs to the organization Acme as a Member: those who will sign up, and those who have an account already.',
    script: `
      const { id } = (await logto.all('list_organizations', {})).find(({ name }) => name === 'Acme');
      await logto.create_organization_jit_email_domain({ id, emailDomain: 'acme.example' });
      await logto.create_organization_jit_role({ id, organizationRoleIds: ['name:Member'] });
      const users = (await logto.all('list_users', { search: '@acme.example' })).filter(({ primaryEmail }) => primaryEmail.endsWith('@acme.example'));
      const userIds = users.map((user) => user.id);
      await logto.add_organization_users({ id, userIds });
      await logto.assign_organization_roles_to_users({ id, userIds, organizationRoleIds: ['name:Member'] });`,
    judge: async (api) => {
      const id = await named(api, 'organizations', 'Acme');
      const jit = `organizations/${id}/jit`;
      return [
        ...compared(
          'domains',
          (await api.all(`${jit}/email-domains`)).map(({ emailDomain }) => emailDomain),
          ['acme.example'],
        ),
        ...compared('roles of the domain', namesOf(await api.all(`${jit}/roles`)), ['Member']),
        ...compared(
          'members',
          await membersOf(api, 'Acme'),
          ['ann', 'bob', 'cy', 'di'].map((name) => `${name}@acme.example: Member`),
        ),
      ];
    },
  },
];
