/** The digest of a plan: equal only for the same manifest, the same tenant and the same steps. */
import { createHash } from 'node:crypto';
import type { Manifest } from './desired.js';
import type { LiveTenant } from './live.js';
import type { KindTable } from './members.js';
import { digestible } from './redaction.js';
import type { Step } from './steps.js';

/** Characters of a digest, 4 bits each. */
const DIGEST_CHARS = 32;

/**
 * The digest of the steps, of everything that was read of the tenant, and of the manifest. A secret counts by its source.
 */
export function digestOf(
  steps: readonly Step[],
  prune: boolean,
  manifest: Manifest,
  live: LiveTenant,
  table: KindTable,
): string {
  const hash = createHash('sha256');
  const add = (part: unknown): void => void hash.update(`${JSON.stringify(part)}\n`);
  add([manifest.complete, manifest.kinds, prune, steps]);
  for (const [name, items] of live.items) {
    const facts = table.facts(name);
    for (const { key, id, value } of items) {
      add([name, key, id, digestible(facts, value)]);
    }
  }
  for (const [name, items] of manifest.items) {
    const facts = table.facts(name);
    for (const { key, value } of items) {
      add([name, key, digestible(facts, value)]);
    }
  }
  return hash.digest('hex').slice(0, DIGEST_CHARS);
}
