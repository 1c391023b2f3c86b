/** What an export, a comparison and an apply promise, for any tenant: the sandbox, and a real Logto. */
import { expect } from 'vitest';
import type { Transport } from '../../src/logto/transport.js';
import { kinds } from '../../src/manifest/kinds.js';
import { inlineFile, type ManifestFile } from '../../src/manifest/source.js';
import { deliberate, expected, foundIn, makeDifferences } from './deliberate.js';
import { planted } from './full.js';
import {
  differencesOf,
  exportOf,
  filesOf,
  requireApplied,
  signal,
  type TenantUnderTest,
  writesIn,
} from './harness.js';

/** Applying a manifest makes it true: nothing differs then, and a second apply sends no write. */
export async function proveApply(
  tenant: TenantUnderTest,
  files: readonly ManifestFile[],
): Promise<void> {
  const applied = await tenant.apply(files);
  expect(applied.failed).toEqual([]);
  expect(applied.left).toEqual([]);
  expect(await differencesOf(tenant, files)).toEqual([]);
  tenant.requests.length = 0;
  const again = await tenant.apply(files);
  expect(writesIn(tenant.requests)).toEqual([]);
  expect([again.created, again.changed, again.removed, again.run]).toEqual([[], [], [], undefined]);
}

/** An export is what the tenant has. */
export async function proveExport(tenant: TenantUnderTest): Promise<void> {
  const { steps } = await tenant.configuration.compare(
    { files: await filesOf(tenant), prune: true },
    signal(),
  );
  expect(steps).toEqual([]);
}

/** The secrets of an export, under the names that the export gives them, from the values that were planted. */
export async function secretsFor(tenant: TenantUnderTest): Promise<Record<string, string>> {
  const { secrets } = await exportOf(tenant);
  const values: readonly (readonly [RegExp, string])[] = [
    [/GOOGLE/, planted.GOOGLE_SECRET],
    [/ACME/, planted.ACME_SECRET],
    [/MAIL_TRANSFER/, planted.SMTP_PASSWORD],
    [/CAPTCHA/, planted.CAPTCHA_SECRET],
    [/CUSTOMIZER|ACTION/, planted.LICENSE],
    [/WEBHOOK/, planted.HOOK_TOKEN],
  ];
  return Object.fromEntries(
    secrets.map((name) => [
      name,
      values.find(([pattern]) => pattern.test(name))?.[1] ?? `planted-${name}`,
    ]),
  );
}

/** Differences that a proof must have at least. */
const MIN_DIFFERENCES = 60;

/**
 * Differences that are made directly in a tenant with the full manifest are each found, and nothing else is. An apply of the
 * former export without what was added by hand takes all of them back.
 */
export async function proveDifferences(tenant: TenantUnderTest): Promise<void> {
  const secrets = await secretsFor(tenant);
  const before = tenant.withValues({ secrets });
  const files = await filesOf(before);
  expect(await differencesOf(before, files)).toEqual([]);
  await makeDifferences(tenant);
  const { steps } = await before.configuration.compare({ files }, signal());
  expect(foundIn(steps)).toEqual(expected);
  expect(expected.length).toBeGreaterThanOrEqual(MIN_DIFFERENCES);
  expect(new Set(deliberate.map(({ kind }) => kind))).toEqual(
    new Set(kinds.map(({ name }) => name)),
  );
  const applied = await before.apply(files, true);
  expect([applied.failed, applied.left]).toEqual([[], []]);
  expect((await before.configuration.compare({ files, prune: true }, signal())).steps).toEqual([]);
}

/** The things of a tenant without its ids, as a text that two tenants can be compared by. */
export const contentOf = async (tenant: TenantUnderTest): Promise<unknown> =>
  (await exportOf(tenant)).manifest;

/** Removes everything that a manifest can remove. */
export async function empty(tenant: TenantUnderTest): Promise<void> {
  const removable = kinds.filter(
    ({ remove, within }) => remove !== undefined && within === undefined,
  );
  const nothing = {
    version: 1,
    kinds: removable.map(({ name }) => name),
    // Nothing else may refer to what goes: the texts of the fallback language stay.
    ...Object.fromEntries(
      removable.filter(({ form }) => form === 'list').map(({ name }) => [name, []]),
    ),
  };
  requireApplied(await tenant.apply([inlineFile(nothing)], true));
}

/** A transport that dies with the write of this number: nothing that comes later arrives either. */
export function dyingAt(fetch: Transport, last: number): Transport {
  let requests = 0;
  return (url, init) => {
    if (new URL(url).pathname.startsWith('/api')) {
      requests += 1;
      if (requests > last) {
        return Promise.reject(Object.assign(new Error('killed'), { code: 'ECONNREFUSED' }));
      }
    }
    return fetch(url, init);
  };
}
