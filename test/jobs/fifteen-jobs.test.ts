/** Fifteen jobs of an administrator, each a script, on a sandbox: judged by the state of the tenant, or the exact answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { type Connected, connectClient } from '../support/client.js';
import { doJob } from './fifteen-jobs/do-job.js';
import { jobs, judged } from './fifteen-jobs/jobs.js';
import { sandboxTenant } from './fifteen-jobs/sandbox-tenant.js';
import { seedTenant, type TrialTenant } from './fifteen-jobs/seed.js';

let tenant: TrialTenant;
let connected: Connected;
const spent = { calls: 0, bytes: 0 };

beforeAll(async () => {
  const sandbox = sandboxTenant();
  tenant = sandbox;
  await seedTenant(sandbox);
  connected = await connectClient({
    fetch: sandbox.fetch,
    policy: defaultPolicy(),
    secrets: new Secrets(false, undefined),
    registry: { selection: 'default' },
  });
}, 60_000);
afterAll(() => connected.close());

describe('the fifteen jobs', () => {
  it('are judged as not done in the initial tenant', async () => {
    for (const job of jobs) {
      expect(await judged(job, tenant.api, ''), job.title).not.toEqual([]);
    }
  });

  it.each(jobs.map((job) => [job.title, job] as const))('%s', async (_, job) => {
    const answer = await doJob(connected.call, job, spent);
    expect(await judged(job, tenant.api, answer)).toEqual([]);
  });

  it('take at most 40 calls and 80 KB together', () => {
    expect(jobs).toHaveLength(15);
    expect(spent.calls).toBeLessThanOrEqual(40);
    expect(spent.bytes).toBeLessThanOrEqual(80_000);
    process.stdout.write(`fifteen jobs: ${spent.calls} calls, ${spent.bytes} bytes\n`);
  });
});
