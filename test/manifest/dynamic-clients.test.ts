/** Dynamic clients (CIMD) in a manifest: the switch, the scopes that they may ask users for, and a Logto without them. */
import { describe, expect, it } from 'vitest';
import { inlineFile } from '../../src/manifest/source.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { differencesOf, exportOf, signal, tenantOf, writesIn } from './harness.js';
import { proveApply } from './proofs.js';

const api = 'https://bikes.example/api';

const manifest = (scopes: readonly string[], enabled = true) => [
  inlineFile({
    resources: [{ name: 'Bikes', indicator: api, scopes: [{ name: 'read' }, { name: 'write' }] }],
    dynamicClients: {
      enabled,
      resourceScopes: scopes.map((scope) => `${api} ${scope}`),
      userScopes: ['profile'],
    },
  }),
];

describe('dynamic clients', () => {
  it('are allowed, with the scopes of an API that the same manifest creates', async () => {
    const tenant = tenantOf({ content: 'empty' });
    await proveApply(tenant, manifest(['read', 'write']));
    expect((await exportOf(tenant, ['dynamicClients'])).manifest['dynamicClients']).toEqual({
      enabled: true,
      organizationScopes: [],
      resourceScopes: [`${api} read`, `${api} write`],
      organizationResourceScopes: [],
      userScopes: ['profile'],
    });
  });

  it('lose only the scopes that the manifest no longer states', async () => {
    const tenant = tenantOf({ content: 'empty' });
    await tenant.apply(manifest(['read', 'write']));
    tenant.requests.length = 0;
    const applied = await tenant.apply(manifest(['read']));
    expect(applied.changed).toEqual(['dynamic clients (CIMD)']);
    expect(writesIn(tenant.requests)).toEqual([
      expect.stringMatching(/^DELETE \/api\/cimd\/user-consent-scopes\/resource-scopes\/\w+$/),
    ]);
    expect(await differencesOf(tenant, manifest(['read']))).toEqual([]);
  });

  it('are blocked on a Logto that does not have them, and left out of its export', async () => {
    const { fetch } = createSandbox({ release: '1.42' });
    const tenant = tenantOf({ fetch });
    const { steps, hasObstacles } = await tenant.configuration.compare(
      { files: manifest(['read']) },
      signal(),
    );
    expect(hasObstacles).toBe(true);
    expect(steps.find(({ kind }) => kind === 'dynamicClients')).toMatchObject({
      action: 'blocked',
      because: expect.stringContaining('since 1.43'),
    });
    const exported = await exportOf(tenant, ['dynamicClients']);
    expect(exported.notes).toEqual(['This Logto has no dynamicClients.']);
  });
});
