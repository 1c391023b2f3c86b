/** The proofs of configuration as code on the sandbox; test/live has the same on a real Logto. */
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { memoryJournal } from '../../src/guard/undo/journal.js';
import { planText } from '../../src/manifest/report.js';
import { inlineFile } from '../../src/manifest/source.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { fullManifest, planted, values } from './full.js';
import { differencesOf, exportOf, filesOf, signal, tenantOf, writesIn } from './harness.js';
import { contentOf, dyingAt, proveApply, proveExport, secretsFor } from './proofs.js';

/** How many runs are killed, each at another write. */
const KILLED_RUNS = 5;

/** Writes that the manifest needs at least, so that the runs are killed at different ones. */
const MIN_WRITES = 3 * KILLED_RUNS;

/** Milliseconds for a test that applies a whole manifest many times. */
const TIMEOUT_MS = 120_000;

describe('a manifest with every kind', () => {
  it('is applied to an empty tenant, and then nothing differs', async () => {
    await proveApply(tenantOf({ content: 'empty', ...values }), await fullManifest());
  });

  it('is applied to a tenant with other entities, which stay', async () => {
    const tenant = tenantOf(values);
    await tenant.send('deleteConnector', { id: 'mail' });
    const before = await exportOf(tenant, ['roles', 'organizationScopes']);
    await proveApply(tenant, await fullManifest());
    const after = await exportOf(tenant, ['roles', 'organizationScopes']);
    expect(after.manifest['roles']).toEqual(
      expect.arrayContaining(before.manifest['roles'] as unknown[]),
    );
    expect(after.manifest['organizationScopes']).toEqual(
      expect.arrayContaining(before.manifest['organizationScopes'] as unknown[]),
    );
  });

  it('removes the other entities with prune, and no built-in ones', async () => {
    const tenant = tenantOf(values);
    const files = await fullManifest();
    const applied = await tenant.apply(files, true);
    expect(applied.failed).toEqual([]);
    expect(applied.removed).toContain('role "Support"');
    const { steps } = await tenant.configuration.compare({ files, prune: true }, signal());
    expect(steps).toEqual([]);
    // This program still has its own access.
    expect(await tenant.send('getApplication', { id: 'sandbox' })).toMatchObject({ id: 'sandbox' });
    expect(await tenant.send('getRole', { id: 'management-api-access' })).toMatchObject({
      id: 'management-api-access',
    });
  });
});

describe('an export', () => {
  it.each(['believable', 'empty'] as const)(
    'contains the configuration of a tenant: %s',
    async (content) => {
      await proveExport(tenantOf({ content }));
    },
  );

  it('of one tenant gives an empty one the same configuration', async () => {
    const source = tenantOf(values);
    await source.send('deleteConnector', { id: 'mail' });
    await source.apply(await fullManifest());
    await proveExport(source);
    const target = tenantOf({ content: 'empty', secrets: await secretsFor(source) });
    await proveApply(target, await filesOf(source));
    expect(await contentOf(target)).toEqual(await contentOf(source));
    expect(await differencesOf(source, await filesOf(target))).toEqual([]);
  });

  it('never has the Management API, its role or the application of this program', async () => {
    const text = JSON.stringify((await exportOf(tenantOf())).manifest);
    expect(text).not.toMatch(/logto\.app|Management API|Agent access/);
  });
});

describe('an apply that is killed', () => {
  it(
    'between two writes, at points all over the run, converges when it is run again',
    async () => {
      const files = await fullManifest();
      const uninterrupted = tenantOf({ content: 'empty', ...values });
      await uninterrupted.apply(files);
      const { requests } = uninterrupted;
      const writes = requests.flatMap((request, index) =>
        request.startsWith('GET ') ? [] : [index],
      );
      expect(writes.length).toBeGreaterThan(MIN_WRITES);
      // Each is killed before another write; the first and the last one are among them.
      const points = Array.from(
        { length: KILLED_RUNS },
        (_, index) => writes[Math.round((index * (writes.length - 1)) / (KILLED_RUNS - 1))] ?? 0,
      );
      expect(new Set(points).size).toBe(KILLED_RUNS);
      for (const last of points) {
        const { fetch } = createSandbox({ content: 'empty' });
        // Without the waits before retries, which none of its requests survives.
        const session = { clock: { now: Date.now, random: () => 0, sleep: async () => {} } };
        const killed = tenantOf({ fetch: dyingAt(fetch, last), session, ...values });
        const isDone = await killed.apply(files).then(
          ({ left }) => left.length === 0,
          () => false,
        );
        expect(isDone).toBe(false);
        await proveApply(tenantOf({ fetch, ...values }), files);
      }
    },
    TIMEOUT_MS,
  );

  it('reports what is done and what is left', async () => {
    const { fetch } = createSandbox({ content: 'empty' });
    const files = await fullManifest();
    const refusing = tenantOf({
      fetch: (url, init) =>
        init.method === 'POST' && url.endsWith('/api/applications')
          ? Promise.resolve({
              status: 422,
              headers: { get: () => 'application/json' },
              text: async () => '{"code":"entity.invalid_input","message":"No."}',
            })
          : fetch(url, init),
      ...values,
    });
    const { created, failed, left } = await refusing.apply(files);
    expect(created).toContain('role "Bike reader"');
    expect(failed[0]).toMatchObject({ operation: 'create_application' });
    expect(left).toEqual(
      expect.arrayContaining([
        'application "Bike shop"',
        'webhook "Signups"',
        'sign-in experience',
      ]),
    );
    await proveApply(tenantOf({ fetch, ...values }), files);
  });
});

describe('planted secrets', () => {
  it('are in no export, no comparison, no result, no journal and no log', async () => {
    const lines = memoryJournal();
    const logged: unknown[] = [];
    const { fetch } = createSandbox({ content: 'empty' });
    const tenant = tenantOf({
      fetch,
      lines,
      session: { observe: (exchange) => logged.push(exchange) },
      ...values,
    });
    const files = await fullManifest();
    const comparison = await tenant.configuration.compare({ files }, signal());
    const applied = await tenant.apply(files);
    // A comparison that finds them changed, too.
    const other = tenantOf({
      fetch,
      secrets: Object.fromEntries(
        Object.keys(planted).map((name) => [name, `other-${name}-planted`]),
      ),
      variables: values.variables,
    });
    const changed = await other.configuration.compare({ files }, signal());
    expect(changed.steps.flatMap(({ fields = [] }) => fields).length).toBeGreaterThanOrEqual(6);
    const shown = JSON.stringify([
      comparison.steps,
      planText(comparison, false),
      planText(changed, true),
      changed.steps,
      applied,
      await exportOf(tenant),
      lines.read(),
      logged,
    ]);
    const secrets = [...Object.values(planted), 'planted'];
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });
});

describe('a policy', () => {
  it('applies to an apply as to every write', async () => {
    const tenant = tenantOf({
      content: 'empty',
      policy: defaultPolicy({ deny: ['create_role'] }),
      ...values,
    });
    await expect(tenant.apply(await fullManifest())).rejects.toMatchObject({
      failure: {
        code: 'forbidden_by_policy',
        message: expect.stringContaining('role "Bike reader"'),
      },
    });
    expect(writesIn(tenant.requests)).toEqual([]);
  });
});

describe('a run', () => {
  it('is undone as a whole', async () => {
    const tenant = tenantOf({ content: 'empty' });
    const before = await contentOf(tenant);
    const { run } = await tenant.apply([
      inlineFile({
        organizationScopes: [{ name: 'a:b' }],
        roles: [{ name: 'One', description: 'The one' }],
      }),
    ]);
    expect(await contentOf(tenant)).not.toEqual(before);
    const caller = {
      signal: signal(),
      client: 'test',
      confirmVia: 'plan' as const,
      answer: undefined,
    };
    const planned = await tenant.guard.undo(run ?? '', caller);
    const outcome =
      planned.kind === 'planned'
        ? await tenant.guard.undo(run ?? '', caller, { plan: planned.plan })
        : planned;
    expect(outcome.kind).toBe('done');
    expect(await contentOf(tenant)).toEqual(before);
  });
});
