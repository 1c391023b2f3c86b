/**
 * The fifteen jobs on a real tenant, which must be empty: it is filled with some 250 accounts, and nothing is removed again.
 * Set LOGTO_TRIAL_TENANT=1 to allow that.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { isObject, memberOf } from '../../src/json.js';
import { createUndiciTransport } from '../../src/logto/undici-transport.js';
import { doJob } from '../jobs/fifteen-jobs/do-job.js';
import { jobs, judged } from '../jobs/fifteen-jobs/jobs.js';
import { failedSignIns, seedTenant } from '../jobs/fifteen-jobs/seed.js';
import { type Connected, connectClient, succeed } from '../support/client.js';
import { ManagementApi } from '../support/management-api.js';
import { SignInPage } from '../support/sign-in-page.js';

const config = readConfig([], process.env, (path) => readFileSync(path, 'utf8'), existsSync);
const access = config.command === 'serve' ? config.access : undefined;
const credentials = access?.kind === 'live' ? access.credentials : undefined;
const isAllowed = process.env['LOGTO_TRIAL_TENANT'] === '1';

const REDIRECT_URI = 'https://shop.northwind.example/callback';

describe.runIf(credentials !== undefined && isAllowed)('the fifteen jobs on a real tenant', () => {
  let api: ManagementApi;
  let connected: Connected;
  const spent = { calls: 0, bytes: 0 };

  beforeAll(async () => {
    if (credentials === undefined) {
      return;
    }
    const fetch = createUndiciTransport();
    api = new ManagementApi(fetch, credentials);
    const shop = await api.post('applications', {
      name: 'Shop',
      type: 'SPA',
      oidcClientMetadata: { redirectUris: [REDIRECT_URI], postLogoutRedirectUris: [] },
    });
    const open = () => SignInPage.open(credentials.endpoint, String(shop['id']), REDIRECT_URI);
    await seedTenant({
      api,
      signIn: async (username, password) =>
        expect(await (await open()).signIn('username', username, password)).toBeUndefined(),
      failSignIn: async (email, password) =>
        expect(await (await open()).signIn('email', email, password)).toBeGreaterThan(399),
    });
    connected = await connectClient({
      fetch,
      session: credentials,
      policy: defaultPolicy(),
      secrets: new Secrets(false, undefined),
      registry: { selection: 'default' },
    });
  }, 300_000);
  afterAll(() => connected?.close());

  it.each(Object.entries(failedSignIns))(
    'explain_user finds the failed sign-in of %s (%s)',
    async (email, why) => {
      const { result } = await succeed(connected.call, 'explain_user', { user: email });
      const verdict = memberOf(result, 'sign_in');
      const failures = memberOf(result, 'recent_failures');
      expect(memberOf(result, 'not_read')).toBeUndefined();
      expect(failures).not.toEqual([]);
      process.stdout.write(`${email} (${why}): ${JSON.stringify({ verdict, failures })}\n`);
      expect(isObject(verdict) && verdict['can_sign_in']).toBe(why === 'wrong password');
    },
  );

  it.each(jobs.map((job) => [job.title, job] as const))('%s', async (_, job) => {
    const answer = await doJob(connected.call, job, spent);
    expect(await judged(job, api, answer)).toEqual([]);
  });

  it('take at most 40 calls and 80 KB together', () => {
    process.stdout.write(`fifteen jobs: ${spent.calls} calls, ${spent.bytes} bytes\n`);
    expect(spent.calls).toBeLessThanOrEqual(40);
    expect(spent.bytes).toBeLessThanOrEqual(80_000);
  });
});

it.runIf(credentials === undefined || !isAllowed)(
  'needs an empty tenant: SKIPPED, set LOGTO_ENDPOINT, LOGTO_APP_ID, LOGTO_APP_SECRET and LOGTO_TRIAL_TENANT=1',
  (context) => {
    context.skip();
  },
);
