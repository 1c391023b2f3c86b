import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { type Hook, hooks, logs, tenantId, users } from '../entities.js';
import { beyond, created, missing, noContent, ok, refuse } from '../reply.js';
import type { Tenant } from '../tenant.js';
import { invalidMember } from '../validation.js';
import { logsBetween } from './audit-logs.js';

const day = 86_400_000;

const hookOf = (
  call: Call,
  code: Parameters<typeof missing>[0] = 'entity.not_exists_with_id',
): Hook => {
  const id = pathValue(call, 'id');
  const hook = call.tenant.table(hooks).get(id);
  if (hook === undefined) {
    throw missing(code, 'hook', id);
  }
  return hook;
};

/** The hook with the statistics of the last day's deliveries. */
const withStats = ({ tenant, now }: Call, hook: Hook) => {
  const deliveries = tenant
    .table(logs)
    .filter(({ payload, createdAt }) => payload['hookId'] === hook.id && createdAt > now - day);
  return {
    ...hook,
    executionStats: {
      successCount: deliveries.filter(({ payload }) => payload['result'] === 'Success').length,
      requestCount: deliveries.length,
    },
  };
};

const newKey = (tenant: Tenant): string => tenant.newId(32);

/** Removes repeated events. */
const distinct = (events: readonly string[]): string[] => [...new Set(events)];

export const hookBehaviours: Behaviours = {
  listHooks(call) {
    const rows = call.tenant.table(hooks).newestFirst();
    return list(
      call,
      call.query.on('includeExecutionStats') ? rows.map((hook) => withStats(call, hook)) : rows,
    );
  },

  createHook({ tenant, now, body }) {
    const {
      name = '',
      event = null,
      events = [],
      config,
      enabled = true,
    } = body<Pick<Hook, 'config'> & Partial<Hook>>();
    if (event === null && events.length === 0) {
      throw refuse(400, 'hook.missing_events', 'A hook needs at least one event.');
    }
    return created(
      tenant.table(hooks).insert({
        tenantId,
        id: tenant.newId(),
        name,
        event,
        events: distinct(events),
        config,
        signingKey: newKey(tenant),
        enabled,
        createdAt: now,
      }),
    );
  },

  getHook(call) {
    const hook = hookOf(call);
    // Logto reads any value here as true, even "false".
    return ok(
      call.query.text('includeExecutionStats') === undefined ? hook : withStats(call, hook),
    );
  },

  updateHook(call) {
    const change = call.body<Partial<Hook>>();
    if (Object.keys(change).length === 0) {
      throw refuse(422, 'entity.invalid_input', 'There is nothing to change.');
    }
    if (change.events?.length === 0) {
      throw invalidMember(['events'], 'It needs at least one event.');
    }
    const { id } = hookOf(call, 'entity.not_exists');
    return ok(
      call.tenant.table(hooks).update(id, {
        ...change,
        ...(change.events !== undefined && { events: distinct(change.events) }),
      }),
    );
  },

  deleteHook(call) {
    call.tenant.table(hooks).delete(hookOf(call, 'entity.not_found').id);
    return noContent();
  },

  listHookRecentLogs(call) {
    const id = pathValue(call, 'id');
    const { query, now } = call;
    const unbounded =
      query.text('start_time') === undefined && query.text('end_time') === undefined;
    const rows = logsBetween(call).filter(
      ({ key, payload, createdAt }) =>
        payload['hookId'] === id &&
        (query.text('logKey') === undefined || query.text('logKey') === key) &&
        (!unbounded || createdAt >= now - day),
    );
    // Unlike the audit logs, these come without the tenant.
    return list(
      call,
      rows.map(({ tenantId: _, ...shown }) => shown),
    );
  },

  createHookTest(call) {
    hookOf(call);
    throw beyond('a way out to the network');
  },

  updateHookSigningKey(call) {
    const { id } = hookOf(call, 'entity.not_exists');
    return ok(call.tenant.table(hooks).update(id, { signingKey: newKey(call.tenant) }));
  },
};

/** The webhooks of the fictional company, with recent deliveries. */
export function seedHooks(tenant: Tenant): void {
  const now = tenant.now();
  const hook = (id: string, name: string, events: readonly string[], url: string): Hook =>
    tenant.table(hooks).insert({
      tenantId,
      id,
      name,
      event: null,
      events,
      config: { url, headers: { 'x-northwind-source': 'logto' } },
      signingKey: newKey(tenant),
      enabled: true,
      createdAt: now - 200 * day,
    });
  const newsletter = hook(
    'newsletter-hook',
    'Newsletter',
    ['User.Created', 'User.Deleted', 'User.Data.Updated'],
    'https://hooks.northwind.example/newsletter',
  );
  hook(
    'security-hook',
    'Security alerts',
    ['Identifier.Lockout', 'User.SuspensionStatus.Updated'],
    'https://hooks.northwind.example/security',
  );
  for (const [index, user] of tenant.table(users).newestFirst().slice(0, 6).entries()) {
    const failed = index === 2;
    const key = 'TriggerHook.User.Data.Updated';
    tenant.table(logs).insert({
      tenantId,
      id: tenant.newId(),
      key,
      payload: {
        key,
        hookId: newsletter.id,
        result: failed ? 'Error' : 'Success',
        hookRequest: { body: { event: 'User.Data.Updated', data: { id: user.id } } },
        response: failed
          ? { statusCode: 503, body: 'try later' }
          : { statusCode: 200, body: 'thanks' },
        ...(failed && { error: 'The receiver answered 503.' }),
      },
      createdAt: now - (index + 1) * 3_600_000,
    });
  }
}
