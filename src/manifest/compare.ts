/**
 * Compares a manifest with a tenant. It reads nothing itself and decides everything: an apply carries out exactly the
 * changes of the comparison.
 */
import type { Item } from '../catalog/write-facts.js';
import type { Availability } from './availability.js';
import type { Comparison, GrantChange, ItemChange } from './comparison.js';
import type { DesiredItem, Manifest } from './desired.js';
import { diff, isBlank, isEmpty, type Merged, unsetValuesFor } from './diff.js';
import { digestOf } from './digest.js';
import type { Kind, KindName } from './kind.js';
import { kindOf, kinds } from './kinds.js';
import { byKey, type LiveItem, type LiveTenant } from './live.js';
import type { KindFacts, KindTable } from './members.js';
import { KeyIndex } from './references.js';
import { invalidManifest, type Problem } from './source.js';
import { type FieldStep, fieldStep, isChange, isObstacle, type Step, shownAt } from './steps.js';
import { validate } from './validation.js';

/** The factories that connectors can be created from. */
export type Factories = ReadonlyMap<KindName, readonly Item[]>;

export interface CompareOptions {
  /** Delete what the manifest does not contain. */
  readonly prune: boolean;
  readonly factories: Factories;
  readonly availability: Availability;
}

/** Whether an item is stated without a value beside its key. Settings without values are the same as none. */
const statesNothing = ({ kind }: KindFacts, { value }: DesiredItem): boolean =>
  Object.entries(value).every(([name, member]) => kind.key.includes(name) || isBlank(member));

class Comparing {
  readonly problems: Problem[] = [];
  readonly steps: Step[] = [];
  readonly changes: ItemChange[] = [];
  readonly removals: LiveItem[] = [];
  readonly unchecked = new Set<string>();
  readonly #keys: KeyIndex;
  /** Items that Logto deletes by itself when another one is created. */
  readonly #displaced = new Set<LiveItem>();
  #compared = 0;

  constructor(
    private readonly manifest: Manifest,
    private readonly live: LiveTenant,
    private readonly table: KindTable,
    private readonly options: CompareOptions,
  ) {
    const removed = new Set(options.prune ? kinds.flatMap(({ name }) => this.#surplus(name)) : []);
    this.#keys = new KeyIndex(manifest, live, removed);
  }

  run(): Comparison {
    for (const { name } of kinds.filter((kind) => this.manifest.kinds.includes(kind.name))) {
      this.#compareKind(this.table.facts(name));
    }
    if (this.problems.length > 0) {
      throw invalidManifest(this.problems);
    }
    return {
      steps: this.steps,
      changes: this.changes,
      removals: this.removals,
      unchanged: this.#compared - this.changes.length,
      unchecked: [...this.unchecked],
      digest: digestOf(this.steps, this.options.prune, this.manifest, this.live, this.table),
      hasChanges: this.steps.some(isChange),
      hasObstacles: this.steps.some(isObstacle),
    };
  }

  #liveOf = (name: KindName): readonly LiveItem[] => this.live.items.get(name) ?? [];

  #compareKind(facts: KindFacts): void {
    const { kind } = facts;
    const desired = this.manifest.items.get(kind.name) ?? [];
    const unavailable = this.live.unavailable.get(kind.name);
    for (const item of desired) {
      if (unavailable !== undefined) {
        // Settings that are off do not require a Logto that has them.
        if (kind.form === 'list' || !isEmpty(item.value)) {
          this.#block(item, unavailable);
        }
        continue;
      }
      const matches = byKey(this.#liveOf(kind.name)).get(item.key) ?? [];
      this.#compareItem(facts, item, matches);
    }
    for (const surplus of this.#surplus(kind.name)) {
      const { key } = surplus;
      if (this.options.prune) {
        if (!this.#displaced.has(surplus)) {
          this.removals.push(surplus);
        }
        this.steps.push({ action: 'remove', kind: kind.name, key });
      } else {
        this.steps.push({ action: 'unmanaged', kind: kind.name, key });
      }
    }
  }

  /** Items of the tenant that could be deleted and are not in the manifest. */
  #surplus(name: KindName): readonly LiveItem[] {
    const kind = kindOf(name);
    if (!this.manifest.kinds.includes(name) || kind.remove === undefined) {
      return [];
    }
    const desired = this.manifest.items.get(name) ?? [];
    const desiredKeys = new Set(desired.map(({ key }) => key));
    const items = this.#liveOf(name);
    const lists = new Set(
      (kind.within === undefined ? [] : (this.manifest.items.get(kind.within.kind) ?? []))
        .filter((item) => item.lists.has(name))
        .map(({ key }) => key),
    );
    const isListed = ({ parent }: LiveItem): boolean =>
      kind.within === undefined || (parent !== undefined && lists.has(parent.key));
    // Settings of an item are deleted with it, and the settings of an unmanaged item are unmanaged too.
    const { of } = kind;
    const owners = new Set(of === undefined ? [] : this.#surplus(of).map(({ id }) => id));
    const hasManagedOwner = ({ id, key }: LiveItem): boolean =>
      of === undefined || !(owners.has(id) || this.manifest.isUnmanaged(of, key));
    return items.filter(
      (item) =>
        item.builtIn === undefined &&
        !desiredKeys.has(item.key) &&
        !this.manifest.isUnmanaged(name, item.key) &&
        isListed(item) &&
        hasManagedOwner(item) &&
        // A manifest cannot distinguish two items with the same key.
        byKey(items).get(item.key)?.length === 1,
    );
  }

  #block({ kind, key }: Pick<DesiredItem, 'kind' | 'key'>, because: string): void {
    this.steps.push({ action: 'blocked', kind, key, because });
  }

  #compareItem(facts: KindFacts, desired: DesiredItem, matches: readonly LiveItem[]): void {
    const { kind } = facts;
    const [live, twin] = matches;
    const builtIn = matches.find((item) => item.builtIn !== undefined)?.builtIn;
    if (builtIn !== undefined) {
      this.problems.push(
        desired.say(
          `the ${kind.title} "${desired.key}" is never changed by a manifest: ${builtIn}.`,
        ),
      );
      return;
    }
    if (live !== undefined && twin !== undefined) {
      this.problems.push(
        desired.say(
          `the tenant has ${matches.length} of the ${kind.title} "${desired.key}": ${matches.map(({ id }) => id).join(' and ')}. Rename one, or list it in unmanaged.`,
        ),
      );
      return;
    }
    const unmanaged = [kind.name, ...(kind.of === undefined ? [] : [kind.of])].find((name) =>
      this.manifest.isUnmanaged(name, desired.key),
    );
    if (unmanaged !== undefined) {
      const { title } = kindOf(unmanaged);
      this.problems.push(
        desired.say(
          `the ${title} "${desired.key}" is listed in unmanaged too. Keep one of the two.`,
        ),
      );
      return;
    }
    this.problems.push(...this.#keys.unknownReferences(facts, desired));
    this.#compareMembers(facts, desired, live);
  }

  #compareMembers(facts: KindFacts, desired: DesiredItem, live: LiveItem | undefined): void {
    const { kind } = facts;
    if (kind.onlyIf?.appliesTo(this.#ownerOf(kind, desired, live)) === false) {
      this.#block(desired, kind.onlyIf.because);
      return;
    }
    this.#compared += 1;
    if (live === undefined && kind.read !== undefined && statesNothing(facts, desired)) {
      return;
    }
    const members = new Map<string, Merged>();
    const blocked = new Set<string>();
    for (const [name, value] of Object.entries(desired.value)) {
      const member = facts.members.get(name);
      if (member?.schema === undefined || (live !== undefined && kind.key.includes(name))) {
        continue;
      }
      const merged = this.#diffMember(facts, name, value, live);
      for (const source of merged.unchecked) {
        this.unchecked.add(source);
      }
      if (merged.differences.length === 0 && live !== undefined) {
        continue;
      }
      const reason =
        this.options.availability.missingMember(facts, name, value) ??
        (live === undefined ? undefined : this.#fixedReason(facts, name, merged, live));
      if (reason === undefined) {
        members.set(name, merged);
      } else {
        blocked.add(reason);
      }
    }
    if (live !== undefined && this.manifest.complete) {
      this.#unsetMembers(facts, desired, live, members, blocked);
    }
    const grants = this.#grants(facts, desired, live, blocked);
    for (const [name, { add }] of grants) {
      const missing = this.options.availability.missingMember(facts, name, add);
      if (missing !== undefined) {
        blocked.add(missing);
      }
    }
    const conflict = live === undefined ? this.#creationConflict(facts, desired) : undefined;
    for (const because of [...blocked, ...(conflict === undefined ? [] : [conflict])]) {
      this.#block(desired, because);
    }
    if (conflict === undefined) {
      this.#add({ facts, desired, live, members, grants });
    }
  }

  #diffMember(facts: KindFacts, name: string, value: unknown, live: LiveItem | undefined): Merged {
    const { kind } = facts;
    const { complete } = this.manifest;
    const have =
      live === undefined
        ? undefined
        : (live.value[name] ?? (live.kind === kind.name ? kind.defaults?.[name] : undefined));
    return diff(name, value, have, { complete, ordered: kind.ordered ?? [] });
  }

  /** Why a member of an existing item cannot be changed; undefined when it can. */
  #fixedReason(
    { kind, members }: KindFacts,
    name: string,
    { differences }: Merged,
    { record, key }: LiveItem,
  ): string | undefined {
    const fixed = (kind.fixed ?? []).find((path) =>
      differences.some((difference) => difference.path === path),
    );
    if (members.get(name)?.canChange === false || fixed !== undefined) {
      return `${fixed ?? name} is set at the creation of ${kind.title} "${key}" and cannot change: replace it by hand, or give the new one another name`;
    }
    const isSetting = kind.settings?.some(({ member }) => member === name) === true;
    return kind.sparse === true || isSetting || Object.hasOwn(record, name)
      ? undefined
      : `this Logto does not have ${name}`;
  }

  /** Members that are set and that a complete manifest does not state. */
  #unsetMembers(
    { kind, members, operations }: KindFacts,
    desired: DesiredItem,
    live: LiveItem,
    changed: Map<string, Merged>,
    blocked: Set<string>,
  ): void {
    for (const [name, { schema, canChange }] of members) {
      const have = live.value[name];
      const standard = kind.defaults?.[name];
      if (
        schema === undefined ||
        !canChange ||
        Object.hasOwn(desired.value, name) ||
        isEmpty(have) ||
        have === standard ||
        kind.settings?.some(({ member, isAssigned }) => member === name && isAssigned === true)
      ) {
        continue;
      }
      const candidates = standard === undefined ? unsetValuesFor(have) : [standard];
      const refuses = operations.update?.operation.refuses;
      const value = candidates.find(
        (candidate) =>
          validate(schema, candidate).length === 0 &&
          refuses?.({ [name]: candidate, replace_whole: true }) === undefined,
      );
      if (value === undefined) {
        blocked.add(`${name} is not in the manifest and cannot be unset: state its value`);
      } else {
        const differences = [{ path: name }];
        changed.set(name, { whole: value, patch: value, differences, drops: true, unchecked: [] });
      }
    }
  }

  #grants(
    { kind }: KindFacts,
    desired: DesiredItem,
    live: LiveItem | undefined,
    blocked: Set<string>,
  ): ReadonlyMap<string, GrantChange> {
    const changes = new Map<string, GrantChange>();
    const owner = this.#ownerOf(kind, desired, live);
    for (const { member, onlyIf } of kind.grants ?? []) {
      const stated = desired.value[member];
      const want = Array.isArray(stated) ? stated.map(String) : undefined;
      if (want === undefined && !(this.manifest.complete && live !== undefined)) {
        continue;
      }
      const have = [...(live?.grantIds.get(member)?.keys() ?? [])];
      const add = (want ?? []).filter((key) => !have.includes(key));
      const remove = have.filter((key) => !(want ?? []).includes(key));
      if (add.length > 0 && onlyIf?.appliesTo(owner) === false) {
        blocked.add(onlyIf.because);
      } else if (add.length > 0 || remove.length > 0) {
        changes.set(member, { add, remove });
      }
    }
    return changes;
  }

  /** The record that decides what an item can have: its own, or that of the item that its settings belong to. */
  #ownerOf(kind: Kind, desired: DesiredItem, live: LiveItem | undefined): Item {
    if (kind.of === undefined) {
      return live?.record ?? desired.value;
    }
    const owner = desired.value[kind.key[0] ?? ''];
    return (
      this.#liveOf(kind.of).find(({ key }) => key === owner)?.record ??
      this.manifest.items.get(kind.of)?.find(({ key }) => key === owner)?.value ??
      {}
    );
  }

  /** Why an item cannot be created: it would delete another one that must stay, or no operation creates it. */
  #creationConflict({ kind }: KindFacts, desired: DesiredItem): string | undefined {
    const { replaces } = kind;
    if (replaces === undefined) {
      return undefined;
    }
    const factoryId = desired.value[kind.key[0] ?? ''];
    const factories = this.options.factories.get(kind.name) ?? [];
    const factory = factories.find(({ id }) => id === factoryId);
    if (factory === undefined) {
      return `this Logto has no factory "${String(factoryId)}". It has: ${factories.map(({ id }) => String(id)).join(', ')}`;
    }
    const value = factory[replaces.member];
    if (typeof value !== 'string' || !replaces.values.includes(value)) {
      return undefined;
    }
    const others = this.#liveOf(kind.name).filter(
      ({ record }) => record[replaces.member] === value,
    );
    const stays = others.find(
      (other) => !this.options.prune || this.manifest.isUnmanaged(kind.name, other.key),
    );
    for (const other of stays === undefined ? others : []) {
      this.#displaced.add(other);
    }
    return stays === undefined
      ? undefined
      : `a tenant has one ${kind.title} of type ${value}, so creating this one would delete "${stays.key}": apply with prune, or state that one instead`;
  }

  #add(change: ItemChange): void {
    const { facts, desired, live, members, grants } = change;
    const { kind } = facts;
    const needed = [...members.values()].flatMap(({ differences }) =>
      differences.flatMap(({ path, needs }) => (needs === undefined ? [] : [{ path, needs }])),
    );
    if (needed.length > 0) {
      this.steps.push({
        action: 'needs_secret',
        kind: kind.name,
        key: desired.key,
        because: needed
          .map(({ path, needs }) => `${path} is ${needs}, which is not set or not allowed`)
          .join('; '),
      });
    }
    const isNew = live === undefined;
    if (!isNew && members.size === 0 && grants.size === 0) {
      return;
    }
    const fields = [
      ...[...members.values()].flatMap(({ differences }) =>
        differences.map(({ path }) => this.#field(facts, desired, live, path)),
      ),
      ...[...grants].map(
        ([member, { add, remove }]): FieldStep => ({
          member,
          ...(add.length > 0 && { added: add }),
          ...(remove.length > 0 && { removed: remove }),
        }),
      ),
    ];
    this.changes.push(change);
    this.steps.push({
      action: isNew ? 'create' : 'change',
      kind: kind.name,
      key: desired.key,
      ...(fields.length > 0 && { fields }),
    });
  }

  #field(
    facts: KindFacts,
    desired: DesiredItem,
    live: LiveItem | undefined,
    path: string,
  ): FieldStep {
    const { defaults } = facts.kind;
    const before = live && shownAt(facts, { ...defaults, ...live.value }, path);
    return fieldStep(path, before, shownAt(facts, desired.value, path));
  }
}

/**
 * Compares a manifest with a tenant.
 *
 * @throws LogtoError of kind `input` for references to unknown items, and for keys that two items have
 */
export const compare = (
  manifest: Manifest,
  live: LiveTenant,
  table: KindTable,
  options: CompareOptions,
): Comparison => new Comparing(manifest, live, table, options).run();
