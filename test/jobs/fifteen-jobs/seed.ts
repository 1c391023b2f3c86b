/** The tenant for the fifteen jobs: made through the Management API, so that it is the same on a sandbox and on a real Logto. */
import type { Item, ManagementApi } from '../../support/management-api.js';

/** A tenant to prepare, and what only a person at the sign-in page does. */
export interface TrialTenant {
  readonly api: ManagementApi;
  /** Signs a user in, so that the account has a last sign-in. */
  readonly signIn: (username: string, password: string) => Promise<void>;
  /** Tries to sign in, which Logto refuses and logs. */
  readonly failSignIn: (email: string, password: string) => Promise<void>;
}

const FIRST_NAMES = ['Ada', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fay', 'Gus', 'Hana', 'Ivo', 'Juno'];
const LAST_NAMES = ['Berg', 'Castro', 'Dahl', 'Ekman'];

export interface Person {
  readonly name: string;
  readonly primaryEmail: string;
  readonly customData: Item;
}

/** The staff of the company, by their number. */
export const staff: readonly Person[] = Array.from({ length: 40 }, (_, index) => {
  const first = FIRST_NAMES[index % FIRST_NAMES.length] ?? '';
  const last = LAST_NAMES[Math.floor(index / FIRST_NAMES.length)] ?? '';
  return {
    name: `${first} ${last}`,
    primaryEmail: `${first}.${last}@northwind.example`.toLowerCase(),
    customData: {
      contractEnds: index === 7 ? null : index % 5 === 0 ? '2026-09-30' : '2027-12-31',
      onCall: index % 15 === 0,
      trainings: index % 4 === 0 ? ['safety'] : ['safety', 'privacy'],
    },
  };
});

/** E-mail addresses of the staff with these numbers, from the first to the last. */
export const emails = (first: number, last: number = first): readonly string[] =>
  staff.slice(first, last + 1).map(({ primaryEmail }) => primaryEmail);

/** Usernames of the accounts of the old shop: 3 to keep, 3 that are used, 200 others. */
export const OLD_ACCOUNTS = 206;
const OLD_KEPT = 3;
const OLD_USED = 3;

/** The accounts of the old shop that job 7 suspends. */
export const staleAccounts: readonly string[] = Array.from(
  { length: OLD_ACCOUNTS - OLD_KEPT - OLD_USED },
  (_, index) => `old_${index + OLD_KEPT + OLD_USED}`,
);

/** What a sign-in with each of these addresses fails for. */
export const failedSignIns = {
  'petra.koch@trouble.example': 'suspended',
  'milo.brandt@trouble.example': 'wrong password',
  'rosa.lind@trouble.example': 'no password set',
} as const;

/** The services whose secrets are rotated. */
export const services: readonly string[] = ['Ledger', 'Mail', 'Stock', 'Tax', 'Fleet'].map(
  (name) => `${name} sync`,
);

/** The people of the organization that joins, as a table: eight of them have an account. */
export const newcomers: readonly (readonly [email: string, name: string, role: string])[] = [
  ...staff
    .slice(20, 28)
    .map(
      ({ primaryEmail, name }, index) =>
        [primaryEmail, name, index === 0 ? 'Admin' : 'Member'] as const,
    ),
  ...Array.from(
    { length: 12 },
    (_, index) =>
      [`rider${index}@coast.example`, `Rider ${index}`, index === 0 ? 'Admin' : 'Member'] as const,
  ),
];

const PASSWORD = 'Sandbox-Trial-2027!';
const PARALLEL = 8;

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        await work(item);
      }
    }),
  );
}

/** Fills a tenant for the jobs. */
export async function seedTenant({ api, signIn, failSignIn }: TrialTenant): Promise<void> {
  const make = async (path: string, body: Item): Promise<string> =>
    String((await api.post(path, body))['id']);
  await api.send('PATCH', 'sign-in-exp', {
    signIn: {
      methods: ['username', 'email'].map((identifier) => ({
        identifier,
        password: true,
        verificationCode: false,
        isPasswordPrimary: true,
      })),
    },
  });

  const ids = new Map<string, string>();
  const userIds = (...of: readonly (readonly string[])[]) =>
    of.flat().map((email) => ids.get(email) ?? '');
  await inParallel([...staff], async (person) => {
    ids.set(person.primaryEmail, await make('users', { ...person }));
  });
  await inParallel(
    Array.from({ length: OLD_ACCOUNTS }, (_, index) => index),
    async (index) => {
      const isUsed = index >= OLD_KEPT && index < OLD_KEPT + OLD_USED;
      await make('users', {
        username: `old_${index}`,
        customData: { source: 'shop-2019', ...(index < OLD_KEPT && { keep: true }) },
        ...(isUsed && { password: PASSWORD }),
      });
      if (isUsed) {
        await signIn(`old_${index}`, PASSWORD);
      }
    },
  );

  // Who can write invoices.
  const api1 = await make('resources', {
    name: 'Invoices',
    indicator: 'https://invoices.northwind.example',
  });
  const api2 = await make('resources', {
    name: 'Archive',
    indicator: 'https://archive.northwind.example',
  });
  const scope = (resource: string, name: string) =>
    make(`resources/${resource}/scopes`, { name, description: name });
  const read = await scope(api1, 'read:invoices');
  const write = await scope(api1, 'write:invoices');
  const archive = await scope(api2, 'write:invoices');
  const role = (name: string, scopeIds: readonly string[], type = 'User') =>
    make('roles', {
      name,
      description: name,
      type,
      ...(scopeIds.length > 0 && { scopeIds }),
    });
  const give = (id: string, emailsOf: readonly string[]) =>
    api.send('POST', `roles/${id}/users`, { userIds: userIds(emailsOf) });
  await give(await role('Accountant', [read, write]), emails(1, 6));
  await give(await role('Auditor', [read]), emails(7, 8));
  await give(await role('Archivist', [archive]), emails(9));
  await give(await role('Controller', [write]), emails(6, 7));
  const importer = await make('applications', {
    name: 'Invoice importer',
    type: 'MachineToMachine',
  });
  const botRole = await role('Finance machines', [write], 'MachineToMachine');
  await api.send('POST', `roles/${botRole}/applications`, { applicationIds: [importer] });

  // A role that another one replaces.
  await give(await role('Clerk', []), emails(10, 34));
  await give(await role('Case worker', []), [...emails(10, 12), ...emails(35)]);

  // An API that is there in part.
  const orders = await make('resources', {
    name: 'Orders',
    indicator: 'https://orders.northwind.example',
  });
  await scope(orders, 'read:orders');
  await role('Order reader', []);

  // Organizations.
  const admin = await make('organization-roles', { name: 'Admin', description: 'Runs it' });
  const member = await make('organization-roles', { name: 'Member', description: 'Belongs to it' });
  const organization = async (
    name: string,
    people: readonly string[],
    admins: readonly string[] = [],
  ) => {
    const id = await make('organizations', { name });
    const isAdmin = new Set(admins);
    if (people.length > 0) {
      await api.send('POST', `organizations/${id}/users`, { userIds: userIds(people) });
      for (const [roleId, holders] of [
        [admin, admins],
        [member, people.filter((email) => !isAdmin.has(email))],
      ] as const) {
        if (holders.length > 0) {
          await api.send('POST', `organizations/${id}/users/roles`, {
            userIds: userIds(holders),
            organizationRoleIds: [roleId],
          });
        }
      }
    }
  };
  await organization('Harbor Clinic', emails(0, 19));
  await organization('Depot North', emails(28, 39), emails(28, 29));
  await organization('Depot South', emails(30));
  await organization('Finance', emails(1, 8));
  await organization('Acme', []);
  for (const email of emails(1, 2)) {
    await api.send('POST', `users/${ids.get(email)}/mfa-verifications`, { type: 'Totp' });
  }
  for (const name of ['ann', 'bob', 'cy', 'di']) {
    await make('users', { primaryEmail: `${name}@acme.example`, name });
  }
  await make('users', { primaryEmail: 'eve@notacme.example', name: 'eve' });

  // Sign-ins that fail.
  const [suspended, mistyped, passwordless] = Object.keys(failedSignIns);
  for (const email of [suspended, mistyped, passwordless]) {
    const id = await make('users', {
      primaryEmail: email ?? '',
      name: email ?? '',
      ...(email !== passwordless && { password: PASSWORD }),
    });
    if (email === suspended) {
      await api.send('PATCH', `users/${id}/is-suspended`, { isSuspended: true });
    }
  }
  await failSignIn(suspended ?? '', PASSWORD);
  for (const attempt of [1, 2, 3]) {
    await failSignIn(mistyped ?? '', `not-it-${attempt}`);
  }
  await failSignIn(passwordless ?? '', PASSWORD);

  // Applications.
  for (const name of [...services, 'Other sync']) {
    await make('applications', { name, type: 'MachineToMachine' });
  }
  for (const name of ['Legacy portal', 'Legacy kiosk', 'Legacy map', 'Legacy tax']) {
    await make('applications', {
      name,
      type: 'MachineToMachine',
      customData: { status: 'retired', ...(name === 'Legacy tax' && { hold: true }) },
    });
  }
  await make('applications', {
    name: 'Legacy but used',
    type: 'MachineToMachine',
    customData: { status: 'live' },
  });
}
