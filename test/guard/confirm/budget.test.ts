/** A plan takes at most 12 requests and its confirmation 4, for every write of the catalog and any size of the tenant. */
import { expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { isObject } from '../../../src/json.js';
import type { TransportRequest } from '../../../src/logto/transport.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { connectClient, tools } from '../../support/client.js';
import { exampleOf } from '../../support/example-value.js';
import { answerOf } from '../../support/faults.js';

const MAX_PLAN_REQUESTS = 12;
const MAX_CONFIRMATION_REQUESTS = 4;

const json = { 'content-type': 'application/json' };

/** A client whose requests are counted, over a given transport. */
async function counting(transport: (url: string, init: TransportRequest) => unknown) {
  const sent: string[] = [];
  const connected = await connectClient({
    policy: defaultPolicy({ confirm: 'all-writes' }),
    fetch: async (url, init) => {
      if (!url.endsWith('/oidc/token')) {
        sent.push(`${init.method} ${new URL(url).pathname}`);
      }
      return (await transport(url, init)) as never;
    },
  });
  const created = async (tool: string, values: object) => {
    sent.length = 0;
    const outcome = await connected.call(tool, { ...values });
    return { outcome, requests: [...sent] };
  };
  return { ...connected, made: created };
}

const entity = (id: string) => ({
  id,
  name: id,
  type: 'Social',
  target: 'x',
  organizationRoles: [{ id: 'x' }],
  signIn: { methods: [{ identifier: 'username', password: true }] },
});

const pages = new Map<string, string>();

/** A page of any list, as JSON. */
function pageOf(page: number, size: number): string {
  const key = `${page}/${size}`;
  const text =
    pages.get(key) ??
    JSON.stringify(Array.from({ length: size }, (_, index) => entity(`e${page}-${index}`)));
  pages.set(key, text);
  return text;
}

/**
 * A tenant in which every list has 3,000 entries, and every entity holds a little of everything.
 */
function hugeTenant(url: string, init: TransportRequest) {
  const { pathname, searchParams } = new URL(url);
  if (pathname === '/oidc/token') {
    return answerOf(200, '{"access_token":"t","expires_in":3600,"scope":"all"}', json);
  }
  if (init.method !== 'GET') {
    return answerOf(200, '{"id":"x"}', json);
  }
  const segments = pathname.split('/');
  const isList = /s$/.test(segments.at(-1) ?? '') && !pathname.endsWith('/x');
  const size = Number(searchParams.get('page_size') ?? 100);
  const page = Number(searchParams.get('page') ?? 1);
  if (!isList) {
    return answerOf(200, JSON.stringify(entity('x')), json);
  }
  return answerOf(200, pageOf(page, size), { ...json, 'total-number': '3000' });
}

it.each([
  ['the sandbox', () => createSandbox().fetch],
  ['a tenant in which every list has 3,000 entries', () => hugeTenant],
] as const)(
  'over every write of the catalog, in %s',
  async (_, transport) => {
    const { made: created, close } = await counting(transport());
    const writes = tools.filter(({ operation }) => operation.effect !== 'reads');
    const beyond: string[] = [];
    let plans = 0;
    for (const { name, listing } of writes) {
      const values = exampleOf(listing.inputSchema);
      const { outcome, requests } = await created(name, isObject(values) ? values : {});
      if (requests.length > MAX_PLAN_REQUESTS) {
        beyond.push(`${name}: ${requests.length} for the plan: ${requests.join(', ')}`);
      }
      const plan = outcome.ok ? outcome.answer.result?.['plan'] : undefined;
      if (typeof plan !== 'string') {
        continue;
      }
      plans += 1;
      const confirmed = await created(name, { ...(isObject(values) ? values : {}), plan });
      if (confirmed.requests.length > MAX_CONFIRMATION_REQUESTS) {
        const { length } = confirmed.requests;
        beyond.push(`${name}: ${length} for the confirmation: ${confirmed.requests.join(', ')}`);
      }
    }
    expect(beyond).toEqual([]);
    expect(plans).toBeGreaterThan(60);
    await close();
  },
  60_000,
);

it('a call that names more roles than can be looked up asks', async () => {
  const { made: created, close } = await counting(hugeTenant);
  const roleIds = Array.from({ length: 60 }, (_, index) => `role-${index}`);
  const { outcome, requests } = await created('assign_user_roles', { userId: 'x', roleIds });
  expect(outcome).toMatchObject({
    answer: { result: { preview: { risks: { privilege: expect.any(String) } } } },
  });
  expect(requests.length).toBeLessThanOrEqual(MAX_PLAN_REQUESTS);
  await close();
});

it('gives a lower bound for what it could not count', async () => {
  const { made: created, close } = await counting(hugeTenant);
  const { outcome } = await created('preview_operation', {
    operation: 'delete_connector',
    arguments: { id: 'x' },
  });
  expect(outcome).toMatchObject({
    answer: {
      result: { cascades: { linked_users: expect.stringMatching(/^at least \d+ linked users/) } },
    },
  });
  await close();
});
