/** How many requests an export and a comparison make of a large tenant, and how many at a time. */
import { describe, expect, it } from 'vitest';
import { fillLarge, LARGE } from '../../src/dev/bench/large-tenant.js';
import type { Transport } from '../../src/logto/transport.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { exportOf, filesOf, signal, tenantOf } from './harness.js';

/** Milliseconds that an answer takes, so that requests overlap. */
const LATENCY_MS = 5;

/** Requests at a time: the limit that this program keeps for every job. */
const MAX_PARALLEL = 8;

/** A transport with a latency that counts what is under way. */
function measured(fetch: Transport) {
  const counts = { requests: 0, current: 0, highest: 0 };
  const slow: Transport = async (url, init) => {
    if (!new URL(url).pathname.startsWith('/api')) {
      return fetch(url, init);
    }
    counts.requests += 1;
    counts.current += 1;
    counts.highest = Math.max(counts.highest, counts.current);
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
    const answer = await fetch(url, init);
    counts.current -= 1;
    return answer;
  };
  return { counts, slow };
}

/** One request for each role, one for each application (roles of a machine, branding of the others), and pages of lists. */
const EXPECTED_REQUESTS =
  LARGE.roles +
  LARGE.applications +
  Math.ceil(LARGE.applications / 100) +
  Math.ceil(LARGE.roles / 100) +
  22;

describe('a tenant with 200 applications, 100 roles, 1,000 scopes and 50 resources', () => {
  it('is exported and compared with one request for each entity that needs one, eight at a time', async () => {
    const { fetch } = createSandbox({ content: 'empty' });
    await fillLarge(tenantOf({ fetch }).send);
    const { counts, slow } = measured(fetch);
    const tenant = tenantOf({ fetch: slow });
    const exported = await exportOf(tenant);
    expect(exported.counts).toMatchObject({
      applications: LARGE.applications,
      roles: LARGE.roles,
      resources: LARGE.resources,
      scopes: LARGE.scopes,
    });
    expect(counts.requests).toBeLessThanOrEqual(EXPECTED_REQUESTS);
    expect(counts.highest).toBe(MAX_PARALLEL);
    const files = await filesOf(tenant);
    counts.requests = 0;
    const { steps } = await tenant.configuration.compare({ files }, signal());
    expect(steps).toEqual([]);
    expect(counts.requests).toBeLessThanOrEqual(EXPECTED_REQUESTS);
    expect(counts.highest).toBe(MAX_PARALLEL);
  });
});
