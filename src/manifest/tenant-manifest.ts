/** One tenant as the manifest for another one, for a comparison without files. */

import type { DesiredItem, Manifest } from './desired.js';
import type { KindName } from './kind.js';
import { kindOf, kinds } from './kinds.js';
import type { LiveTenant } from './live.js';

/** The configuration of another tenant as the desired one of this tenant, without its ids and its own access. */
export function manifestOf(live: LiveTenant, names: readonly KindName[]): Manifest {
  const managed = kinds.filter(({ name, within }) => names.includes(within?.kind ?? name));
  const items = new Map<KindName, readonly DesiredItem[]>();
  const ambiguous = new Set<string>();
  for (const { name } of managed) {
    const all = live.items.get(name) ?? [];
    const lists = new Set(kinds.flatMap((kind) => (kind.within?.kind === name ? [kind.name] : [])));
    for (const { key } of all.filter((item, index) =>
      all.some((other, otherIndex) => otherIndex < index && other.key === item.key),
    )) {
      ambiguous.add(`${name} ${key}`);
    }
    items.set(
      name,
      all
        .filter(({ builtIn, key }) => builtIn === undefined && !ambiguous.has(`${name} ${key}`))
        .map(({ key, value, parent }) => ({
          kind: name,
          key,
          value,
          lists,
          say: (message) => `${kindOf(name).title} "${key}" of the other tenant: ${message}`,
          ...(parent !== undefined && { parent: parent.key }),
        })),
    );
  }
  return {
    complete: true,
    kinds: managed.map(({ name }) => name),
    isUnmanaged: (kind, key) => ambiguous.has(`${kind} ${key}`),
    items,
  };
}
