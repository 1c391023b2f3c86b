/** Each recipe on a sandbox as a default start guards it, judged by the state of the tenant or by the exact answer. */
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { isObject, memberOf, objectsIn } from '../../../src/json.js';
import { recipes } from '../../../src/mcp/recipes/index.js';
import { codeOf } from '../../../src/mcp/recipes/recipe.js';
import { insertUser, sessions } from '../../../src/sandbox/behaviours/users.js';
import { logs, tenantId, users } from '../../../src/sandbox/entities.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { sandboxSettings } from '../../../src/sandbox/settings.js';
import { Tenant } from '../../../src/sandbox/tenant.js';
import { connectClient, succeed } from '../../support/client.js';
import { type Item, ManagementApi } from '../../support/management-api.js';

const DAY_MS = 24 * 60 * 60 * 1000;

interface Trial {
  readonly tenant: Tenant;
  readonly api: ManagementApi;
  /** Runs the recipe, and confirms its plan where it has one. @returns what the script returned */
  readonly run: (values: Readonly<Record<string, string>>) => Promise<unknown>;
}

async function onSandbox(name: string, work: (trial: Trial) => Promise<void>): Promise<void> {
  const recipe = recipes.find((item) => item.name === name);
  if (recipe === undefined) {
    throw new Error(`There is no recipe ${name}.`);
  }
  const tenant = new Tenant(Date.now);
  const { fetch } = createSandbox({ tenant });
  const { call, close } = await connectClient({
    fetch,
    policy: defaultPolicy(),
    secrets: new Secrets(false, undefined),
    registry: { selection: 'default' },
  });
  const run = async (values: Readonly<Record<string, string>>): Promise<unknown> => {
    const answer = await succeed(call, 'run_script', { code: codeOf(recipe, values) });
    const plan = memberOf(answer.result, 'plan');
    const done = plan === undefined ? answer : await succeed(call, 'run_script', { plan });
    const report = memberOf(done.result, 'run');
    if (report === undefined) {
      return done.result;
    }
    expect(report).toMatchObject({ left: 0, failed: [] });
    return memberOf(done.result, 'returned') ?? memberOf(answer.result, 'would_return');
  };
  try {
    await work({ tenant, api: new ManagementApi(fetch, sandboxSettings), run });
  } finally {
    await close();
  }
}

const ids = (items: readonly Item[]): readonly string[] =>
  items.map(({ id }) => String(id)).toSorted();
const names = (items: unknown): readonly string[] =>
  objectsIn(items)
    .map(({ name }) => String(name))
    .toSorted();
const textOf = (item: Item | undefined, member: string): string => String(item?.[member]);

/** How each recipe is judged, by its name. */
const judges: Readonly<Record<string, (trial: Trial) => Promise<void>>> = {
  async review_powerful_roles({ api, run }) {
    const rows = objectsIn(await run({ roles: 'support' }));
    const holders = await api.all('roles/support/users');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      role: 'Support',
      may: expect.arrayContaining(['https://orders.northwind.example/api refund:orders']),
      machines: [],
    });
    expect(rows[0]?.['holders']).toEqual(holders.map((user) => user['primaryEmail']));
    const limit = Date.now() - 90 * DAY_MS;
    expect(rows[0]?.['stale']).toHaveLength(
      holders.filter((user) => Number(user['lastSignInAt'] ?? 0) < limit).length,
    );
  },

  async suspend_users({ api, run }) {
    const all = await api.all('users');
    const active = all.filter((user) => user['isSuspended'] === false && user['username']);
    const [first, second, third] = active;
    const before = ids(all.filter((user) => user['isSuspended'] === true));
    const result = await run({
      users: [first, second, third]
        .map((user) => textOf(user, 'username'))
        .join('\n')
        .concat('\nnobody'),
      except: textOf(second, 'username').toUpperCase(),
    });
    expect(result).toMatchObject({ unknown: ['nobody'] });
    const after = ids((await api.all('users')).filter((user) => user['isSuspended'] === true));
    expect(after).toEqual([...before, textOf(first, 'id'), textOf(third, 'id')].toSorted());
  },

  async import_users({ tenant, api, run }) {
    const before = (await api.all('users')).length;
    const [known] = await api.all('users');
    const digest = '5e884898da28047151d0e56f8dc6292773603d0d6aabbd62a11ef721d1542d8';
    await run({
      csv: [
        'username,email,name,algorithm,digest',
        `mira,mira@example.com,"Lang, Mira ""M""",SHA256,${digest}`,
        'noor,,Noor Said,,',
        `,${textOf(known, 'primaryEmail')},Somebody else,,`,
      ].join('\n'),
    });
    const now = await api.all('users');
    expect(now).toHaveLength(before + 2);
    expect(now.find((user) => user['username'] === 'mira')).toMatchObject({
      name: 'Lang, Mira "M"',
      primaryEmail: 'mira@example.com',
      hasPassword: true,
    });
    expect(now.find((user) => user['username'] === 'noor')).toMatchObject({ hasPassword: false });
    const stored = tenant.table(users).find(({ username }) => username === 'mira');
    expect(JSON.stringify(stored)).toContain(digest);
  },

  async set_up_api({ api, run }) {
    const values = {
      name: 'Invoices API',
      indicator: 'https://invoices.example.com/api',
      permissions: 'read:invoices See invoices\nwrite:invoices Create and change invoices',
      roles: 'Invoice reader: read:invoices\nAccountant: read:invoices, write:invoices',
    };
    await run(values);
    expect(await run(values)).toMatchObject({ created: [] });
    const apis = (await api.all('resources')).filter(
      (item) => item['indicator'] === values.indicator,
    );
    expect(names(apis)).toEqual(['Invoices API']);
    const scopes = await api.all(`resources/${textOf(apis[0], 'id')}/scopes`);
    expect(scopes.map(({ name, description }) => `${name} ${description}`).toSorted()).toEqual(
      values.permissions.split('\n'),
    );
    const roles = await api.all('roles');
    const scopesOf = async (name: string) =>
      names(
        await api.all(
          `roles/${textOf(
            roles.find((role) => role['name'] === name),
            'id',
          )}/scopes`,
        ),
      );
    expect(await scopesOf('Invoice reader')).toEqual(['read:invoices']);
    expect(await scopesOf('Accountant')).toEqual(['read:invoices', 'write:invoices']);
  },

  async replace_role({ api, run }) {
    const [from, to] = [
      await api.all('roles/support/users'),
      await api.all('roles/shop-manager/users'),
    ];
    await api.post('roles/shop-manager/users', { userIds: ids(from).slice(0, 1) });
    expect(await run({ old: 'Support', new: 'Shop manager' })).toEqual({
      moved: from.length,
      given: from.length - 1,
      hadBoth: 1,
    });
    expect(await api.all('roles/support/users')).toEqual([]);
    expect(ids(await api.all('roles/shop-manager/users'))).toEqual(
      [...new Set([...ids(from), ...ids(to)])].toSorted(),
    );
  },

  async export_users({ tenant, api, run }) {
    insertUser(tenant, { username: 'formula', name: '=1+1, "x"', createdAt: Date.now() });
    const [header, ...rows] = String(await run({})).split('\n');
    const all = await api.all('users');
    expect(header).toBe('id,username,email,name,suspended,roles,organizations');
    expect(rows).toHaveLength(all.length);
    expect(rows.find((row) => row.includes('formula'))).toContain(`"'=1+1, ""x"""`);
    const [member] = await api.all('organizations/harbour-wheels/users');
    const row = rows.find((line) => line.startsWith(`${textOf(member, 'id')},`));
    expect(row).toContain('Harbour Wheels');
    expect(row).toContain(names(await api.all(`users/${textOf(member, 'id')}/roles`))[0]);
  },

  async suspend_stale_accounts({ tenant, api, run }) {
    const old = Date.now() - 500 * DAY_MS;
    for (let index = 0; index < 60; index += 1) {
      insertUser(tenant, {
        username: `old_${index}`,
        createdAt: old,
        lastSignInAt: index % 2 === 0 ? null : old,
      });
    }
    const before = ids((await api.all('users')).filter((user) => user['isSuspended'] === true));
    const stale = (await api.all('users')).filter(
      (user) =>
        user['isSuspended'] === false &&
        user['username'] !== 'old_0' &&
        Number(user['lastSignInAt'] ?? user['createdAt']) < Date.now() - 365 * DAY_MS,
    );
    expect(stale.length).toBeGreaterThan(58);
    expect(await run({ days: '365', except: 'old_0' })).toMatchObject({ suspended: stale.length });
    expect(ids((await api.all('users')).filter((user) => user['isSuspended'] === true))).toEqual(
      [...before, ...ids(stale)].toSorted(),
    );
  },

  async rotate_secrets({ api, run }) {
    const before = await api.send('GET', 'applications/warehouse-sync/secrets');
    await run({ applications: 'Warehouse sync\nBack office', secret: '2027', remove_old: 'yes' });
    for (const id of ['warehouse-sync', 'admin-console']) {
      const secrets = objectsIn(await api.send('GET', `applications/${id}/secrets`));
      expect(names(secrets)).toEqual(['2027']);
      expect(objectsIn(before).map((secret) => secret['value'])).not.toContain(
        secrets[0]?.['value'],
      );
    }
  },

  async onboard_organization({ api, run }) {
    const [known] = (await api.all('users')).filter((user) => user['primaryEmail']);
    const people = Array.from(
      { length: 19 },
      (_, index) =>
        `new${index}@coast.example, New ${index}, ${index % 3 === 0 ? 'Dealer admin' : 'Dealer buyer'}`,
    );
    await run({
      name: 'Coast Cycles',
      people: [`${textOf(known, 'primaryEmail')}, , Dealer accountant`, ...people].join('\n'),
    });
    const [organization, ...others] = (await api.all('organizations')).filter(
      (item) => item['name'] === 'Coast Cycles',
    );
    expect(others).toEqual([]);
    const members = await api.all(`organizations/${textOf(organization, 'id')}/users`);
    const rolesBy = Object.fromEntries(
      members.map((member) => [String(member['primaryEmail']), names(member['organizationRoles'])]),
    );
    expect(rolesBy).toEqual({
      [textOf(known, 'primaryEmail')]: ['Dealer accountant'],
      ...Object.fromEntries(
        people.map((line) => line.split(', ')).map(([email, , role]) => [email, [role]]),
      ),
    });
  },

  async add_webhook({ api, run }) {
    const values = {
      name: 'CRM',
      url: 'https://crm.example.com/logto',
      events: 'User.Created\nUser.Deleted',
    };
    await run(values);
    await run({ ...values, events: 'User.Deleted\nRole.Created' });
    const hooks = (await api.all('hooks')).filter((hook) => hook['name'] === 'CRM');
    expect(hooks).toMatchObject([
      {
        events: ['User.Created', 'User.Deleted', 'Role.Created'],
        config: { url: 'https://crm.example.com/logto' },
        enabled: true,
      },
    ]);
  },

  async who_can({ api, run }) {
    const result = await run({ permission: 'refund:orders' });
    const holders = [
      ...(await api.all('roles/support/users')),
      ...(await api.all('roles/shop-manager/users')),
    ];
    const rows = objectsIn(memberOf(result, 'byRole'));
    expect(names(rows.map(({ role }) => ({ name: role })))).toEqual(['Shop manager', 'Support']);
    expect(rows.flatMap(({ users: named }) => named)).toHaveLength(holders.length);
    const inOrganizations = await run({ permission: 'read:orders' });
    expect(objectsIn(memberOf(inOrganizations, 'byOrganization')).length).toBeGreaterThan(0);
  },

  async members_without_mfa({ api, run }) {
    const members = await api.all('organizations/harbour-wheels/users');
    const [protectedOne, ...others] = members;
    await api.post(`users/${textOf(protectedOne, 'id')}/mfa-verifications`, { type: 'Totp' });
    const result = await run({ organization: 'Harbour Wheels' });
    expect(result).toMatchObject({ users: members.length });
    expect(objectsIn(memberOf(result, 'without')).map(({ user }) => user)).toEqual(
      others.map((user) => user['primaryEmail'] ?? user['username']),
    );
  },

  async find_orphans({ api, run }) {
    const { id } = await api.post('resources', {
      name: 'Unused',
      indicator: 'https://unused.example',
    });
    await api.post(`resources/${String(id)}/scopes`, { name: 'read:nothing', description: 'x' });
    await api.post('roles', { name: 'Nobody', description: 'x', type: 'User' });
    const result = await run({});
    expect(memberOf(result, 'roles')).toEqual(['Nobody']);
    expect(memberOf(result, 'permissions')).toContain('https://unused.example read:nothing');
    expect(memberOf(result, 'permissions')).not.toContain(
      'https://orders.northwind.example/api read:orders',
    );
  },

  async remove_unused_applications({ api, run }) {
    const before = names(await api.all('applications'));
    const result = await run({ days: '90', keep: 'Dealer portal', remove: 'yes' });
    const logged = new Set(
      (await api.all('logs')).map((entry) => memberOf(entry['payload'], 'applicationId')),
    );
    expect(logged).toContain('shop-web');
    expect(names(await api.all('applications'))).toEqual([
      'Agent access',
      'Dealer portal',
      'Northwind shop',
    ]);
    expect(before.length).toBeGreaterThan(3);
    expect(memberOf(result, 'refused')).toEqual([]);
  },

  async move_members({ api, run }) {
    const [from, to] = [
      await api.all('organizations/harbour-wheels/users'),
      await api.all('organizations/alpine-rentals/users'),
    ];
    await run({ source: 'Harbour Wheels', target: 'Alpine Rentals' });
    expect(await api.all('organizations/harbour-wheels/users')).toEqual([]);
    const moved = await api.all('organizations/alpine-rentals/users');
    expect(ids(moved)).toEqual([...new Set([...ids(from), ...ids(to)])].toSorted());
    for (const member of from) {
      const now = moved.find(({ id }) => id === member.id);
      expect(names(now?.['organizationRoles'])).toEqual(
        expect.arrayContaining([...names(member['organizationRoles'])]),
      );
    }
  },

  async set_up_jit_domain({ tenant, api, run }) {
    const person = insertUser(tenant, { primaryEmail: 'Ada@Coast.example', createdAt: Date.now() });
    insertUser(tenant, { primaryEmail: 'eve@notcoast.example', createdAt: Date.now() });
    const before = ids(await api.all('organizations/harbour-wheels/users'));
    await run({
      organization: 'Harbour Wheels',
      domain: 'coast.example',
      roles: 'Dealer buyer',
      add_existing: 'yes',
    });
    expect(await api.all('organizations/harbour-wheels/jit/email-domains')).toMatchObject([
      { emailDomain: 'coast.example' },
    ]);
    expect(names(await api.all('organizations/harbour-wheels/jit/roles'))).toEqual([
      'Dealer buyer',
    ]);
    const members = await api.all('organizations/harbour-wheels/users');
    expect(ids(members)).toEqual([...before, person.id].toSorted());
    expect(members.find(({ id }) => id === person.id)).toMatchObject({
      organizationRoles: [{ name: 'Dealer buyer' }],
    });
  },

  async end_sessions_of_suspended({ tenant, api, run }) {
    const all = await api.all('users');
    const suspended = all.find((user) => user['isSuspended'] === true);
    const active = all.find((user) => user['isSuspended'] === false);
    for (const [id, user] of [
      ['s1', suspended],
      ['s2', suspended],
      ['s3', active],
    ] as const) {
      tenant
        .table(sessions)
        .insert({ id, userId: textOf(user, 'id'), shown: { payload: { uid: id } } });
    }
    expect(await run({})).toMatchObject({ ended: 2 });
    expect(
      tenant
        .table(sessions)
        .all()
        .map(({ id }) => id),
    ).toEqual(['s3']);
  },

  async users_without_email({ api, run }) {
    const result = await run({});
    const without = (await api.all('users')).filter((user) => user['primaryEmail'] === null);
    expect(without.length).toBeGreaterThan(3);
    expect(ids(objectsIn(memberOf(result, 'without')))).toEqual(ids(without));
  },

  async review_management_api({ api, run }) {
    await api.post('applications', { name: 'Second admin', type: 'MachineToMachine' });
    const [second] = (await api.all('applications')).filter(
      (item) => item['name'] === 'Second admin',
    );
    await api.post('roles/management-api-access/applications', {
      applicationIds: [textOf(second, 'id')],
    });
    expect(await run({})).toEqual({
      roles: [
        {
          role: 'Logto Management API access',
          type: 'MachineToMachine',
          isDefault: false,
          permissions: ['all'],
          users: [],
          applications: expect.arrayContaining(['Agent access', 'Second admin']),
        },
      ],
      organizationRoles: [],
    });
  },

  async report_failed_sign_ins({ tenant, run }) {
    const now = Date.now();
    for (const [index, value] of ['x@example.com', 'x@example.com', 'old@example.com'].entries()) {
      tenant.table(logs).insert({
        tenantId,
        id: `failed-${index}`,
        key: 'Interaction.SignIn.Verification.Password.Submit',
        payload: {
          key: 'x',
          result: 'Error',
          ip: `192.0.2.${index}`,
          error: { code: 'session.invalid_credentials' },
          payload: { identifier: { type: 'email', value } },
        },
        createdAt: index === 2 ? now - 30 * DAY_MS : now,
      });
    }
    const rows = objectsIn(memberOf(await run({ days: '7' }), 'rows'));
    expect(rows).toContainEqual({
      who: 'x@example.com',
      why: 'session.invalid_credentials',
      count: 2,
      addresses: ['192.0.2.0', '192.0.2.1'],
    });
    expect(JSON.stringify(rows)).not.toContain('old@example.com');
  },
};

describe('the recipes', () => {
  it('are 20, and each has a check of its result in this test', () => {
    expect(recipes.map(({ name }) => name).toSorted()).toEqual(Object.keys(judges).toSorted());
    expect(recipes).toHaveLength(20);
  });

  it.each(Object.entries(judges))('%s does its job', (name, judge) => onSandbox(name, judge));

  it('have examples that a script accepts', async () => {
    for (const recipe of recipes) {
      const values = Object.fromEntries(
        recipe.arguments.map(({ name, example }) => [name, example]),
      );
      await onSandbox(recipe.name, async ({ run }) => {
        const result = await run(values);
        expect(isObject(result) || Array.isArray(result) || typeof result === 'string').toBe(true);
      });
    }
  }, 120_000);
});
