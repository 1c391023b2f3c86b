/**
 * Turns a comparison into a recorded run: the calls of each item, in phases. A phase ends before the next begins, so that
 * everything that an item needs exists, removals come after changes, and webhooks are enabled at the end.
 */
import type { Caller, Guard } from '../guard/guard.js';
import { type CatalogOperation, parametersOf, type Values } from '../guard/operation-graph.js';
import type { RunSource } from '../guard/write-runs.js';
import { RecordedRun, type RecordedWrite } from '../jobs/recorded-run.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Comparison, ItemChange } from './comparison.js';
import type { DesiredItem } from './desired.js';
import { isBlank, isUnset, type Merged } from './diff.js';
import type { KindName, WriteFacts } from './kind.js';
import { kinds } from './kinds.js';
import type { LiveItem, LiveTenant } from './live.js';
import type { KindTable } from './members.js';
import { invalidManifest, type Problem } from './source.js';
import { isObstacle, stepLabelOf } from './steps.js';
import { validateCall } from './validation.js';
import { revealed } from './values.js';

/** One call of an apply. */
interface ItemCall {
  readonly entry: CatalogOperation;
  readonly values: Values;
  readonly replaceWhole: boolean;
  /** Whether it creates the item, whose id later calls need. */
  readonly creates?: true;
  /** Sent after all other calls. */
  readonly isLast?: true;
}

/** The id of an item by its kind and key. */
type IdOf = (kind: KindName, key: string) => string;

/** Recorded writes in the order in which they are sent; those of one phase side by side. */
export interface PlannedManifest {
  readonly run: RecordedRun;
  readonly phases: readonly (readonly RecordedWrite[])[];
  /** The item that each write belongs to. */
  readonly owners: ReadonlyMap<RecordedWrite, PlannedItem>;
}

/** An item that a run creates, changes or deletes. */
export interface PlannedItem {
  readonly action: 'create' | 'change' | 'remove';
  readonly kind: KindName;
  readonly key: string;
}

function wrapped(values: Values, path: Values, { wrap }: WriteFacts): Values {
  if (wrap === undefined) {
    return { ...path, ...values };
  }
  return 'whole' in wrap ? { ...path, [wrap.whole]: values } : { ...path, [wrap.list]: [values] };
}

/** Builds the calls of one item. */
class ItemCalls {
  readonly calls: ItemCall[] = [];

  constructor(
    private readonly change: ItemChange,
    private readonly table: KindTable,
    private readonly idOf: IdOf,
  ) {}

  get #parentId(): string | undefined {
    const { facts, desired } = this.change;
    const { within } = facts.kind;
    return within === undefined || desired.parent === undefined
      ? undefined
      : this.idOf(within.kind, desired.parent);
  }

  /** The parameters of a route: that of the item that contains it, and its own id or key. */
  #path({ operation }: CatalogOperation, id: string | undefined): Values {
    const { kind } = this.change.facts;
    const names = parametersOf(operation.url);
    const ids = [...(this.#parentId === undefined ? [] : [this.#parentId]), id];
    return Object.fromEntries(
      names.map((name, index) => [
        name,
        kind.key.includes(name) ? this.change.desired.value[name] : ids[index],
      ]),
    );
  }

  /** Members that the body of an operation of the item itself takes. */
  #bodyMembers(path: Values): readonly (readonly [string, Merged])[] {
    const settings = new Set(this.change.facts.kind.settings?.map(({ member }) => member));
    return [...this.change.members].filter(
      ([name]) => !settings.has(name) && !Object.hasOwn(path, name),
    );
  }

  /**
   * The call that creates the item.
   *
   * @param owner id of the item that its settings belong to
   */
  create(owner: string | undefined): void {
    const { facts, grants } = this.change;
    const { kind, operations } = facts;
    const entry = operations.create;
    if (entry === undefined || kind.create === undefined) {
      return;
    }
    const path = this.#path(entry, owner);
    const body = Object.fromEntries(
      this.#bodyMembers(path)
        // Logto has these values anyway, and some operations reject them.
        .filter(([, { whole }]) => !isBlank(whole))
        .map(([name, { whole }]) => [name, whole]),
    );
    const references = (kind.grants ?? []).flatMap(({ member, onCreate, to }) => {
      const add = grants.get(member)?.add ?? [];
      return onCreate === undefined || add.length === 0
        ? []
        : [[onCreate, add.map((key) => (to === undefined ? key : this.idOf(to, key)))]];
    });
    const disabled = kind.enableLast === undefined ? {} : { [kind.enableLast]: false };
    const values = { ...body, ...Object.fromEntries(references), ...disabled };
    this.calls.push({
      entry,
      values: wrapped(values, path, kind.create),
      replaceWhole: false,
      creates: true,
    });
  }

  /** The calls after the creation, with the id that it answered. */
  complete(id: string): void {
    const { facts, desired } = this.change;
    const { enableLast } = facts.kind;
    this.#settings(id, true);
    this.#grants(id, facts.operations.create !== undefined);
    if (enableLast !== undefined && desired.value[enableLast] !== false) {
      this.#enable(enableLast, id);
    }
  }

  update(live: LiveItem): void {
    const { kind, operations } = this.change.facts;
    const entry = operations.update;
    const { enableLast } = kind;
    const enables = enableLast !== undefined && this.change.members.get(enableLast)?.whole === true;
    if (entry !== undefined && kind.update !== undefined) {
      const path = this.#path(entry, live.id);
      const members = this.#bodyMembers(path).filter(([name]) => !(enables && name === enableLast));
      if (members.length > 0) {
        this.#update(entry, kind.update, path, members, live);
      }
    }
    this.#settings(live.id, false);
    this.#grants(live.id, false);
    if (enables && enableLast !== undefined) {
      this.#enable(enableLast, live.id);
    }
  }

  #update(
    entry: CatalogOperation,
    facts: WriteFacts,
    path: Values,
    members: readonly (readonly [string, Merged])[],
    live: LiveItem,
  ): void {
    const { desired } = this.change;
    const { replaces = [], forms = {} } = entry.operation;
    const isOtherForm = (name: string, { differences }: Merged): boolean => {
      const teller = forms[name];
      return (
        typeof teller === 'string' &&
        differences.some((difference) => difference.path === `${name}.${teller}`)
      );
    };
    const replaceWhole = members.some(
      ([name, merged]) => merged.drops || isOtherForm(name, merged),
    );
    const sentValue = (name: string, merged: Merged): unknown => {
      if (isOtherForm(name, merged)) {
        // Members of the former form have no meaning in the new one.
        return revealed(desired.value[name], undefined);
      }
      return replaceWhole || !replaces.includes(name) ? merged.whole : merged.patch;
    };
    const changed = members.map(([name, merged]) => [name, sentValue(name, merged)]);
    const { settings = [], grants = [] } = this.change.facts.kind;
    const inBody = (name: string): boolean =>
      ![...settings, ...grants].some(({ member }) => member === name);
    const unchanged =
      facts.complete === true
        ? Object.entries(live.value).filter(
            ([name, value]) => !Object.hasOwn(path, name) && !isUnset(value) && inBody(name),
          )
        : [];
    const values = Object.fromEntries([...unchanged, ...changed]);
    this.calls.push({ entry, values: wrapped(values, path, facts), replaceWhole });
  }

  #settings(id: string, isNew: boolean): void {
    const { facts, members } = this.change;
    for (const { member, operation, list } of facts.kind.settings ?? []) {
      const value = members.get(member)?.whole;
      if (value !== undefined && !(isNew && value === false)) {
        const entry = this.table.graph.keyed(operation);
        const path = this.#path(entry, id);
        const values =
          list === undefined
            ? { ...path, [member]: value }
            : { ...path, [list]: [{ ...this.#key(), [member]: value }] };
        this.calls.push({ entry, values, replaceWhole: false });
      }
    }
  }

  /** The members that identify the item. */
  #key(): Values {
    const { facts, desired } = this.change;
    return Object.fromEntries(facts.kind.key.map((name) => [name, desired.value[name]]));
  }

  #grants(id: string, wasCreated: boolean): void {
    const { facts, live, grants } = this.change;
    for (const { member, to, onCreate, add, remove } of facts.kind.grants ?? []) {
      const changed = grants.get(member);
      if (changed === undefined) {
        continue;
      }
      if (changed.add.length > 0 && !(wasCreated && onCreate !== undefined)) {
        const entry = this.table.graph.keyed(add.operation);
        const ids = changed.add.map((key) => (to === undefined ? key : this.idOf(to, key)));
        const values = { ...this.#path(entry, id), [add.field]: ids };
        this.calls.push({ entry, values, replaceWhole: false });
      }
      const entry = this.table.graph.keyed(remove.operation);
      const names = parametersOf(entry.operation.url);
      for (const key of changed.remove) {
        const owner = names.find((name) => remove.values?.[name] === undefined);
        const values = {
          ...(owner !== undefined && { [owner]: id }),
          ...remove.values,
          [names.at(-1) ?? '']: live?.grantIds.get(member)?.get(key),
        };
        this.calls.push({ entry, values, replaceWhole: false });
      }
    }
  }

  #enable(member: string, id: string): void {
    const entry = this.change.facts.operations.update;
    if (entry !== undefined) {
      const values = { ...this.#path(entry, id), [member]: true };
      this.calls.push({ entry, values, replaceWhole: false, isLast: true });
    }
  }
}

/** Why the schemas of the operations would reject a call, with the position in the manifest. */
function faultsOf(change: ItemChange, table: KindTable): readonly Problem[] {
  const { desired, live, facts } = change;
  // A new item has no id yet; any text passes the schemas.
  const idOf: IdOf = () => 'id';
  const building = new ItemCalls(change, table, idOf);
  if (live === undefined) {
    building.create('id');
    building.complete('id');
  } else {
    building.update(live);
  }
  const wrap = facts.kind.create?.wrap;
  const inside = wrap === undefined ? undefined : 'whole' in wrap ? [wrap.whole] : [wrap.list, 0];
  return building.calls.flatMap(({ entry, values, replaceWhole }) =>
    validateCall(entry.operation, values, replaceWhole).map(({ path, message }) => {
      const isInside = inside?.every((part, index) => path[index] === part) === true;
      return desired.say(message, ...(isInside ? path.slice(inside.length) : path));
    }),
  );
}

function removalOf(item: LiveItem, table: KindTable): ItemCall | undefined {
  const { kind, operations } = table.facts(item.kind);
  const entry = operations.remove;
  if (entry === undefined) {
    return undefined;
  }
  const names = parametersOf(entry.operation.url);
  const ids = [...(item.parent === undefined ? [] : [item.parent.id]), item.id];
  const path = Object.fromEntries(names.map((name, index) => [name, ids[index]]));
  return {
    entry,
    values: { ...kind.removeValues, ...path },
    replaceWhole: kind.removeValues !== undefined,
  };
}

/** An error of a write, with the item that the write belongs to. */
async function naming<T>(
  item: Pick<DesiredItem, 'kind' | 'key'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LogtoError)) {
      throw error;
    }
    const message = `${stepLabelOf(item)}: ${error.failure.message}`;
    throw new LogtoError({ ...error.failure, message }, { cause: error });
  }
}

/**
 * Validates the arguments of every call of a comparison, so that a plan reports what Logto would reject. A blocked item has
 * no complete calls yet.
 *
 * @throws LogtoError of kind `input` with every problem and its position
 */
export function requireValidCalls(
  { changes, steps }: Pick<Comparison, 'changes' | 'steps'>,
  table: KindTable,
): void {
  const obstacles = new Set(steps.filter(isObstacle).map(stepLabelOf));
  const problems = changes
    .filter(({ desired }) => !obstacles.has(stepLabelOf(desired)))
    .flatMap((change) => faultsOf(change, table));
  if (problems.length > 0) {
    throw invalidManifest(problems);
  }
}

/**
 * Records the writes of a comparison whose calls are valid. Only reads are sent.
 *
 * @throws LogtoError for what the policy and the protection of this program's own access refuse
 */
export async function recordRun(
  comparison: Comparison,
  live: LiveTenant,
  table: KindTable,
  guard: Guard,
  caller: Pick<Caller, 'signal' | 'actor'>,
  source: RunSource,
): Promise<PlannedManifest> {
  const run = new RecordedRun(guard, caller, source);
  const createdIds = new Map<string, string>();
  const idOf: IdOf = (kind, key) => {
    const id =
      createdIds.get(`${kind} ${key}`) ??
      live.items.get(kind)?.find((item) => item.key === key)?.id;
    if (id === undefined) {
      throw new Error(`Nothing has made ${kind} ${key}.`);
    }
    return id;
  };
  const phases: RecordedWrite[][] = [];
  const last: [PlannedItem, ItemCall][] = [];
  const owners = new Map<RecordedWrite, PlannedItem>();
  /** Records a call. @returns the id of the item that it creates */
  const record = async (
    item: PlannedItem,
    { entry, values, replaceWhole }: ItemCall,
  ): Promise<string | undefined> => {
    caller.signal.throwIfAborted();
    const answer = await naming(item, () => run.record(entry, values, replaceWhole));
    const written = run.writes.at(-1);
    if (written !== undefined) {
      phases.at(-1)?.push(written);
      owners.set(written, item);
    }
    return isObject(answer) && typeof answer['id'] === 'string' ? answer['id'] : undefined;
  };
  const recordCalls = async (
    change: ItemChange,
    build: (calls: ItemCalls) => void,
  ): Promise<string | undefined> => {
    const building = new ItemCalls(change, table, idOf);
    build(building);
    const { kind, key } = change.desired;
    const item: PlannedItem = {
      action: change.live === undefined ? 'create' : 'change',
      kind,
      key,
    };
    let id: string | undefined;
    for (const call of building.calls) {
      if (call.isLast === true) {
        last.push([item, call]);
      } else {
        const answered = await record(item, call);
        id = call.creates === true ? answered : id;
      }
    }
    return id;
  };
  for (const { name, id: member, of } of kinds) {
    phases.push([]);
    for (const change of comparison.changes.filter(({ facts }) => facts.kind.name === name)) {
      const { desired, live: present } = change;
      if (present !== undefined) {
        await recordCalls(change, (calls) => calls.update(present));
        continue;
      }
      const owner = of === undefined ? undefined : idOf(of, desired.key);
      const answered = await recordCalls(change, (calls) => calls.create(owner));
      const id = owner ?? (member === undefined ? answered : desired.key);
      if (id !== undefined) {
        createdIds.set(`${name} ${desired.key}`, id);
        await recordCalls(change, (calls) => calls.complete(id));
      }
    }
  }
  for (const { name } of [...kinds].reverse()) {
    phases.push([]);
    for (const item of comparison.removals.filter(({ kind }) => kind === name)) {
      const call = removalOf(item, table);
      if (call !== undefined) {
        await record({ action: 'remove', kind: name, key: item.key }, call);
      }
    }
  }
  phases.push([]);
  for (const [item, call] of last) {
    await record(item, call);
  }
  return { run, phases: phases.filter(({ length }) => length > 0), owners };
}
