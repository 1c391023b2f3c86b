import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { applications, type Log, logs, tenantId, type User, users } from '../entities.js';
import { missing, noContent, ok, refuse } from '../reply.js';
import type { Tenant } from '../tenant.js';

/** The highest count with `enableCap`. */
const cap = 10_000;

/** Milliseconds since the epoch: the latest time that JavaScript, and so Logto, can represent. */
const MAX_TIME_MS = 8.64e15;

const hookPrefix = 'TriggerHook';

const timeOf = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) {
    return undefined;
  }
  const time = Number(text);
  if (Number.isNaN(time)) {
    throw refuse(400, 'guard.invalid_input', `${name} is no time in milliseconds.`);
  }
  if (Math.abs(time) > MAX_TIME_MS) {
    throw refuse(500, 'internal', 'PostgreSQL has no such time.');
  }
  return time;
};

/** The entries in the requested time range, newest first. */
export function logsBetween({ tenant, query }: Call): Log[] {
  const start = timeOf('start_time', query.text('start_time'));
  const end = timeOf('end_time', query.text('end_time'));
  if (start !== undefined && end !== undefined && end < start) {
    throw refuse(400, 'log.invalid_time_window', 'end_time must not be before start_time.');
  }
  return tenant
    .table(logs)
    .filter(
      ({ createdAt }) => createdAt >= (start ?? 0) && createdAt <= (end ?? Number.MAX_SAFE_INTEGER),
    )
    .sort((a, b) => b.createdAt - a.createdAt);
}

export const auditLogBehaviours: Behaviours = {
  listLogs(call) {
    const { query } = call;
    const isAsked = (name: string, value: unknown): boolean => {
      const text = query.text(name);
      return text === undefined || text === value;
    };
    const rows = logsBetween(call).filter(
      ({ key, payload }) =>
        !key.startsWith(hookPrefix) &&
        isAsked('logKey', key) &&
        isAsked('userId', payload['userId']) &&
        isAsked('applicationId', payload['applicationId']),
    );
    return list(call, rows, {
      total: query.on('enableCap') ? Math.min(rows.length, cap) : rows.length,
    });
  },

  getLog(call) {
    const log = call.tenant.table(logs).get(pathValue(call, 'id'));
    if (log === undefined) {
      throw missing('entity.not_exists_with_id', 'log');
    }
    return ok(log);
  },

  // Only a sandbox of the release after the catalog's has it. Logto's answer is not known.
  deleteLogs({ tenant }) {
    for (const { id } of tenant.table(logs).all()) {
      tenant.table(logs).delete(id);
    }
    return noContent();
  },
};

const day = 86_400_000;

const userAgents = [
  'Mozilla/5.0 (Macintosh) Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0) Chrome/142.0',
  'Mozilla/5.0 (Android 15) Firefox/143.0',
];

/** How many entries a new sandbox has. */
const SEEDED_LOGS = 300;

/** A month of sign-ins: most succeed, some users mistype, and one address tries passwords at night. */
export function seedAuditLogs(tenant: Tenant): void {
  const people = tenant.table(users).all();
  const shop = tenant.table(applications).find(({ type }) => type === 'SPA')?.id;
  const now = tenant.now();
  const newId = tenant.reserveIds(SEEDED_LOGS);
  tenant.table(logs).fillLater(() => writeLogs(tenant, { people, shop, now, newId }));
}

/** What the first entries are made of. */
interface LogSeed {
  readonly people: readonly User[];
  /** The id of the application that people sign in to. */
  readonly shop: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly newId: () => string;
}

function writeLogs(tenant: Tenant, { people, shop, now, newId }: LogSeed): void {
  const write = (key: string, ago: number, payload: Record<string, unknown>): void => {
    tenant.table(logs).insert({
      tenantId,
      id: newId(),
      key,
      payload: { key, ...payload },
      createdAt: now - ago,
    });
  };
  /** For a wrong password Logto logs only the input, even when the account exists. */
  const failed = (type: 'username' | 'email', value: unknown) => ({
    result: 'Error',
    error: { code: 'session.invalid_credentials', message: 'Wrong account or password.' },
    payload: { password: '******', identifier: { type, value } },
    interaction: { interactionEvent: 'SignIn', verificationRecords: [] },
  });
  for (let index = SEEDED_LOGS - 1; index >= 0; index -= 1) {
    const person = people[(index * 7) % people.length];
    const ago = Math.round((index / SEEDED_LOGS) * 30 * day) + 60_000;
    const common = {
      ip: `203.0.113.${(index * 13) % 200}`,
      userAgent: userAgents[index % userAgents.length],
      applicationId: shop,
    };
    if (index % 23 === 0) {
      // Not a user of the company: a stranger who tries passwords.
      write('Interaction.SignIn.Verification.Password.Submit', ago, {
        ...common,
        ...failed('username', 'admin'),
        ip: '198.51.100.66',
      });
    } else if (index % 9 === 0) {
      write('Interaction.SignIn.Verification.Password.Submit', ago, {
        ...common,
        ...(person?.primaryEmail
          ? failed('email', person.primaryEmail)
          : failed('username', person?.username ?? 'someone')),
      });
    } else if (index % 5 === 0) {
      write('ExchangeTokenBy.RefreshToken', ago, {
        ...common,
        result: 'Success',
        userId: person?.id,
      });
    } else {
      write('Interaction.SignIn.Submit', ago, {
        ...common,
        result: 'Success',
        userId: person?.id,
        interaction: { interactionEvent: 'SignIn', userId: person?.id },
      });
    }
  }
}
