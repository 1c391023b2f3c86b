/** The configuration of a tenant as a manifest: keys instead of ids, references instead of secrets, sorted by key. */
import type { Item } from '../catalog/write-facts.js';
import { isObject } from '../json.js';
import { isBlank } from './diff.js';
import type { Kind, KindName } from './kind.js';
import { kinds, topLevelKinds } from './kinds.js';
import { byKey, type LiveItem, type LiveTenant } from './live.js';
import { VERSION } from './manifest.js';
import type { KindTable } from './members.js';
import { exportable, SecretNames } from './redaction.js';
import { stepLabelOf } from './steps.js';

export interface Exported {
  readonly manifest: Item;
  /** Number of items of each kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** Environment variables that its secret references name. */
  readonly secrets: readonly string[];
  /** What was left out, and why; sentences. */
  readonly notes: readonly string[];
}

class Exporting {
  readonly notes: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly unmanaged: Record<string, string[]> = {};
  readonly #names = new SecretNames();
  readonly #children = new Map<KindName, ReadonlyMap<LiveItem | undefined, readonly LiveItem[]>>();

  constructor(
    private readonly live: LiveTenant,
    private readonly table: KindTable,
  ) {}

  /** The items of a kind, or its one set of settings; undefined if there are none. */
  kind(kind: Kind): unknown {
    const unavailable = this.live.unavailable.get(kind.name);
    if (unavailable !== undefined) {
      this.notes.push(`This Logto has no ${kind.name}.`);
      return undefined;
    }
    const items = this.#items(kind, undefined);
    return kind.form === 'one' ? items[0] : items;
  }

  #items(kind: Kind, parent: LiveItem | undefined): readonly Item[] {
    const items = this.live.items.get(kind.name) ?? [];
    const all = kind.within === undefined ? items : (this.#inside(kind.name).get(parent) ?? []);
    const groups = byKey(items);
    return all.flatMap((item) => {
      if (item.builtIn !== undefined) {
        if (kind.within === undefined && kind.of === undefined) {
          this.notes.push(`Left out: ${stepLabelOf(item)}; ${item.builtIn}.`);
        }
        return [];
      }
      const twins = groups.get(item.key) ?? [];
      if (twins.length > 1) {
        const unmanagedKeys = this.unmanaged[kind.name] ?? [];
        if (!unmanagedKeys.includes(item.key)) {
          this.unmanaged[kind.name] = [...unmanagedKeys, item.key];
          const ids = twins.map(({ id }) => id);
          this.notes.push(
            `Left out, and listed in unmanaged: the ${ids.length} of ${stepLabelOf(item)} (${ids.join(', ')}), since a manifest knows them by this key alone.`,
          );
        }
        return [];
      }
      this.counts[kind.name] = (this.counts[kind.name] ?? 0) + 1;
      return [this.#item(kind, item)];
    });
  }

  /** The items inside another kind, grouped by the item that contains them. */
  #inside(name: KindName): ReadonlyMap<LiveItem | undefined, readonly LiveItem[]> {
    const cached = this.#children.get(name);
    if (cached !== undefined) {
      return cached;
    }
    const groups = new Map<LiveItem | undefined, LiveItem[]>();
    for (const item of this.live.items.get(name) ?? []) {
      groups.set(item.parent, [...(groups.get(item.parent) ?? []), item]);
    }
    this.#children.set(name, groups);
    return groups;
  }

  #item(kind: Kind, item: LiveItem): Item {
    const facts = this.table.facts(kind.name);
    const shown = exportable(facts, item.key, item.value, this.#names);
    const value = isObject(shown) ? shown : {};
    const names = [
      ...kind.key.filter((name) => !name.includes('.')),
      ...[...facts.members.keys()].filter((name) => !kind.key.includes(name)),
    ];
    const members = names
      .filter((name) => !isBlank(value[name]))
      .map((name) => [name, withoutNulls(value[name])] as const);
    const children = kinds
      .filter(({ within }) => within?.kind === kind.name)
      .map((child) => [child.within?.member ?? '', this.#items(child, item)] as const);
    return Object.fromEntries([...members, ...children]);
  }
}

/** A value without its null members: a complete manifest states what is set. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, member]) => member !== null && member !== undefined)
          .map(([name, member]) => [name, withoutNulls(member)]),
      )
    : value;
}

function* secretsOf(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    for (const item of value) {
      yield* secretsOf(item);
    }
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (name === '$secret' && typeof member === 'string') {
        yield member.replace(/^env:/, '');
      } else {
        yield* secretsOf(member);
      }
    }
  }
}

/** Exports the items of these kinds, and the items inside them. */
export function exportTenant(
  live: LiveTenant,
  table: KindTable,
  names: Iterable<KindName>,
): Exported {
  const requested = new Set(names);
  const chosen = topLevelKinds.filter(({ name }) => requested.has(name));
  const exporting = new Exporting(live, table);
  const sections = chosen
    .map((kind) => [kind.name, exporting.kind(kind)] as const)
    .filter(([, value]) => value !== undefined);
  const { unmanaged, notes, counts } = exporting;
  const manifest: Item = {
    version: VERSION,
    complete: true,
    kinds: chosen.map(({ name }) => name),
    ...(Object.keys(unmanaged).length > 0 && { unmanaged }),
    ...Object.fromEntries(sections),
  };
  return { manifest, counts, secrets: [...secretsOf(manifest)], notes };
}
