/** What the references of a manifest can name: items that it states, and items of the tenant that stay. */

import { nearestNames } from '../nearest.js';
import type { DesiredItem, Manifest } from './desired.js';
import type { KindName } from './kind.js';
import { kindOf, kinds } from './kinds.js';
import { byKey, type LiveItem, type LiveTenant } from './live.js';
import type { KindFacts } from './members.js';
import type { Problem } from './source.js';

export class KeyIndex {
  readonly #keys = new Map<KindName, ReadonlySet<string>>();

  constructor(
    private readonly manifest: Manifest,
    private readonly live: LiveTenant,
    /** Items that the same plan deletes. */
    private readonly removed: ReadonlySet<LiveItem>,
  ) {}

  /** The references of an item that name no item, or one that a manifest cannot use. */
  unknownReferences({ kind }: KindFacts, desired: DesiredItem): readonly Problem[] {
    const { of, grants = [] } = kind;
    const problems: Problem[] = [];
    const check = (to: KindName, key: unknown, ...path: (string | number)[]): void => {
      const problem = typeof key === 'string' ? this.#problem(to, key) : undefined;
      if (problem !== undefined) {
        problems.push(desired.say(problem, ...path));
      }
    };
    if (of !== undefined) {
      const [member = ''] = kind.key;
      check(of, desired.value[member], member);
    }
    for (const { member, to } of grants) {
      const keys = desired.value[member];
      if (to !== undefined && Array.isArray(keys)) {
        for (const [index, key] of keys.entries()) {
          check(to, key, member, index);
        }
      }
    }
    return problems;
  }

  #problem(to: KindName, key: string): string | undefined {
    const { title } = kindOf(to);
    if (this.#stated(to).has(key)) {
      return undefined;
    }
    const matches = byKey(this.live.items.get(to) ?? []).get(key) ?? [];
    const [only, other] = matches;
    if (only === undefined) {
      return this.#unknown(to, key);
    }
    if (other !== undefined) {
      return `"${key}" names ${matches.length} things of the tenant: ${matches.map(({ id }) => id).join(' and ')}.`;
    }
    if (only.builtIn !== undefined) {
      return `the ${title} "${key}" cannot be given by a manifest: ${only.builtIn}.`;
    }
    return this.removed.has(only)
      ? `the ${title} "${key}" is not in the manifest, and pruning would delete it.`
      : undefined;
  }

  #stated(kind: KindName): ReadonlySet<string> {
    const keys =
      this.#keys.get(kind) ?? new Set((this.manifest.items.get(kind) ?? []).map(({ key }) => key));
    this.#keys.set(kind, keys);
    return keys;
  }

  #keysOf(kind: KindName): readonly string[] {
    const live = (this.live.items.get(kind) ?? []).filter(({ builtIn }) => builtIn === undefined);
    return [...new Set([...this.#stated(kind), ...live.map(({ key }) => key)])];
  }

  #unknown(to: KindName, key: string): string {
    const { title, within } = kindOf(to);
    const sectionPath = within === undefined ? to : `${within.kind}[].${within.member}`;
    const form =
      within === undefined ? '' : ` A reference is "<${kindOf(within.kind).title}> <${title}>".`;
    const near = nearestNames(key, this.#keysOf(to));
    const elsewhere = kinds
      .filter(({ name }) => name !== to && this.#keysOf(name).includes(key))
      .map(({ name }) => name);
    return [
      `"${key}" names no ${title}: it is neither in ${sectionPath} of the manifest nor in the tenant.`,
      near.length > 0 ? ` Did you mean "${near.join('" or "')}"?` : form,
      elsewhere.length > 0
        ? ` There is one in ${elsewhere.join(' and ')}, which is another kind.`
        : '',
    ].join('');
  }
}
