/** Which calls put a change back, as far as one can be. */

import { isObject } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import { fingerprint } from '../confirm/plans.js';
import {
  bodyOf,
  type Change,
  imageOf,
  isNamesake,
  type NamedOperation,
  type OperationGraph,
  pairsWanted,
  parametersOf,
  pathFor,
  type Values,
} from '../operation-graph.js';
import { lacksSecrets, withoutSecrets } from '../secrets/detection.js';
import { idIn, type TenantReader } from '../tenant-reader.js';
import type { JournalEntry } from './journal.js';
import { covers } from './verify-write.js';

export interface UndoStep {
  readonly entry: NamedOperation;
  readonly values: Values;
}

export interface UndoPlan {
  /** What is still to be done, in this order. */
  readonly steps: readonly UndoStep[];
  /** What is not put back by that. */
  readonly notes: readonly string[];
}

const cannot = (id: string, why: string): LogtoError =>
  new LogtoError({
    kind: 'conflict',
    code: 'cannot_undo',
    message: `The change ${id} cannot be put back: ${why}. Nothing was changed.`,
    hint: `list_changes with change "${id}" shows what it did and what was there before, without secrets, so far as the journal has it.`,
  });

const changedSince = (id: string): LogtoError =>
  cannot(id, 'what it changed has been changed again since');

const same = (left: unknown, right: unknown): boolean => fingerprint(left) === fingerprint(right);

const sameSet = (left: readonly unknown[] | undefined, right: unknown): boolean =>
  left !== undefined && Array.isArray(right) && same([...left].sort(), [...right].sort());

/** Members that Logto itself moves on. */
const moving = new Set(['updatedAt', 'lastSignInAt', 'createdAt']);

/** Whether a thing is still what it was when it was made. */
const isAsMade = (made: Record<string, unknown>, now: Record<string, unknown>): boolean =>
  Object.entries(made).every(
    ([name, value]) =>
      moving.has(name) ||
      !Object.hasOwn(now, name) ||
      lacksSecrets(value) ||
      same(value, now[name]),
  );

/** Members of a partial image, as far as they were given. */
const picked = (image: unknown, like: unknown): unknown =>
  isObject(image) && isObject(like)
    ? Object.fromEntries(Object.keys(like).map((name) => [name, image[name]]))
    : image;

type Of<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

const gone = 'what is deleted is gone, with its id and everything that hung on it';
const notKnown = 'what was there before is not known';
const firstOfAll = 'nothing was there before, and Logto has no operation that takes it out again';

/** Updates after which Logto lets nobody go back. */
const final = new Set(['replace_organization_invitation_status', 'replace_one_time_token_status']);

/** Updates that put another thing out of its place: only the one that is named is put back. */
const displacing = new Set([
  'update_resource_is_default',
  'update_saml_application_secret',
  'update_sso_connector_signing_key',
]);

/** The set that Logto does not let be emptied at once. */
const neverEmptied = 'replace_organization_application_roles';

/**
 * Why no change by an operation can be put back, whatever it changes.
 *
 * @returns a clause; undefined where it can, or where only the change itself tells
 */
export function neverUndone(entry: NamedOperation, routes: OperationGraph): string | undefined {
  const { effect, beware, reaches } = entry.operation;
  const change = routes.changeOf(entry);
  switch (change.kind) {
    case 'remove':
      return routes.restoring(entry) === undefined && routes.allowing(entry) === undefined
        ? gone
        : undefined;
    case 'update': {
      if (final.has(entry.name)) {
        return beware;
      }
      const secret = (field: string): boolean => lacksSecrets(withoutSecrets({ [field]: 'known' }));
      return change.fields.every(secret)
        ? `the former ${change.fields.join(', ')} is not known`
        : undefined;
    }
    case 'other':
      if (effect === 'removes') {
        return gone;
      }
      if (beware !== undefined) {
        return beware;
      }
      if (reaches !== undefined) {
        return 'what has been sent cannot be called back';
      }
      return effect === 'changes'
        ? 'the journal does not know what was there before'
        : 'Logto has no operation that takes it back';
    default:
      return undefined;
  }
}

/** What an update has set, and what has to be sent to set it back. */
function formerOf(
  { before, after: noted, outcome, arguments: values }: JournalEntry,
  entry: NamedOperation,
  change: Of<'update'>,
  routes: OperationGraph,
): { after: Values; given: string[]; formerly: Values; restored: Values } | { why: string } {
  // Of a process that died in between only the arguments are known.
  const after = outcome === 'done' ? noted : bodyOf(entry, values);
  if (!isObject(before) || !isObject(after)) {
    return { why: before === null && outcome === 'done' ? firstOfAll : notKnown };
  }
  const formerly = imageOf(entry, change, before);
  const given = Object.keys(after).filter((field) => field !== 'currentName');
  // A PUT has dropped what it did not name.
  const dropped =
    entry.operation.method === 'PUT' && entry.operation.partial !== true
      ? change.fields.filter((field) => !given.includes(field) && Object.hasOwn(formerly, field))
      : [];
  const fields = [...given, ...dropped];
  const unknown = fields.find((field) => !Object.hasOwn(formerly, field));
  if (unknown !== undefined) {
    return { why: `the former ${unknown} is not known` };
  }
  const whole = routes.replacing(entry) !== undefined;
  const restored = Object.fromEntries(
    fields.map((field) => [
      field,
      field === change.alone && !whole ? picked(formerly[field], after[field]) : formerly[field],
    ]),
  );
  return lacksSecrets(restored)
    ? { why: 'the journal keeps no secrets' }
    : { after, given, formerly, restored };
}

/** Whether an update has set what was not there at all, so that deleting it puts that back. */
const madeAnew = (record: JournalEntry, entry: NamedOperation, routes: OperationGraph): boolean =>
  record.before === null &&
  record.outcome === 'done' &&
  routes.deleting(entry) !== undefined &&
  isObject(record.after);

/** What was deleted, as the operation that sets it takes it; undefined where that cannot be told. */
function imageFor(
  put: NamedOperation,
  before: unknown,
  routes: OperationGraph,
): Values | undefined {
  const change = routes.changeOf(put);
  const image =
    isObject(before) && change.kind === 'update'
      ? bodyOf(put, imageOf(put, change, before))
      : undefined;
  return image !== undefined && Object.keys(image).length > 0 ? image : undefined;
}

/** The names under which a change has made things: one, or many. */
function madeBy({ after }: JournalEntry, { remove }: Of<'create'>): string[] | undefined {
  const name = parametersOf(remove.operation.url).at(-1) ?? '';
  const made = [after].flat().map((one) => {
    const thing = isObject(one) ? one : {};
    return thing[name] ?? thing['id'] ?? thing['name'];
  });
  return made.length > 0 && made.every((one) => typeof one === 'string') ? made : undefined;
}

/** What a change has added to a set, by ids; undefined where names were given and the ids are not known. */
function addedBy(
  { before, after, arguments: values }: JournalEntry,
  entry: NamedOperation,
  { field }: Of<'add'>,
): readonly unknown[] | undefined {
  const byName = Object.keys(bodyOf(entry, values)).some((one) => one !== field);
  const noted = byName ? (isObject(after) ? after[field] : undefined) : values[field];
  const former = new Set(Array.isArray(before) ? before : []);
  return noted === undefined || noted === null
    ? undefined
    : [noted].flat().filter((one) => !former.has(one));
}

/** The pairs that a change has added. */
const pairsBy = ({ before, arguments: values }: JournalEntry, entry: NamedOperation) =>
  pairsWanted(entry, values).filter(
    (pair) => !Array.isArray(before) || !before.some((one) => same(one, pair)),
  );

/**
 * Why a change cannot be put back, as far as that is known without a look at the tenant.
 *
 * @returns a clause; undefined where nothing stands against it
 */
export function undoBlocker(
  record: JournalEntry,
  entry: NamedOperation | undefined,
  routes: OperationGraph,
): string | undefined {
  const { before, outcome, undone, operation } = record;
  if (entry === undefined) {
    return `this server does not know the operation ${operation}`;
  }
  if (undone) {
    return 'it has been put back already';
  }
  if (outcome === 'refused') {
    return 'it was not made: Logto had refused it';
  }
  const never = neverUndone(entry, routes);
  if (never !== undefined) {
    return never;
  }
  const change = routes.changeOf(entry);
  const sets = ['update', 'add', 'take', 'replace', 'pair'];
  if (outcome !== 'done' && !sets.includes(change.kind)) {
    return 'it is not known whether it was made';
  }
  const nothing = 'it had added nothing that was not there before';
  switch (change.kind) {
    case 'update': {
      const former = madeAnew(record, entry, routes) || formerOf(record, entry, change, routes);
      return former !== true && 'why' in former ? former.why : undefined;
    }
    case 'remove': {
      const put = routes.restoring(entry);
      const image = put && imageFor(put, before, routes);
      return put === undefined
        ? undefined
        : image === undefined
          ? notKnown
          : lacksSecrets(image)
            ? 'the journal keeps no secrets'
            : undefined;
    }
    case 'create':
      return madeBy(record, change) === undefined
        ? 'Logto did not say what it had made'
        : undefined;
    case 'attach':
      return Array.isArray(record.after) && record.after.length > 0
        ? undefined
        : 'Logto did not say what it had made';
    case 'add': {
      const added = addedBy(record, entry, change);
      return !Array.isArray(before) || added === undefined
        ? notKnown
        : added.length === 0
          ? nothing
          : undefined;
    }
    case 'pair':
      return !Array.isArray(before)
        ? notKnown
        : pairsBy(record, entry).length === 0
          ? nothing
          : undefined;
    case 'replace':
    case 'upsert':
      return Array.isArray(before) ? undefined : notKnown;
    default:
      return undefined;
  }
}

/**
 * The calls that put a change back. Of one that was put back in part, those that are left.
 *
 * @throws LogtoError of kind `conflict` with the reason when there are none
 */
export async function planUndo(
  record: JournalEntry,
  entry: NamedOperation | undefined,
  routes: OperationGraph,
  state: TenantReader,
  signal: AbortSignal,
): Promise<UndoPlan> {
  const { id, outcome, before, putBack, attached = {} } = record;
  const values = record.arguments;
  const why = undoBlocker(record, entry, routes);
  if (entry === undefined || why !== undefined) {
    throw cannot(id, why ?? notKnown);
  }
  const change = routes.changeOf(entry);
  const isKnown = outcome === 'done';
  const begun = putBack.length > 0;
  /** The steps without those that were taken before. */
  const left = (steps: readonly UndoStep[], notes: readonly string[] = []): UndoPlan => ({
    steps: steps.filter(
      ({ entry: { name }, values: given }) =>
        !putBack.some((one) => one.operation === name && covers(one.arguments, given)),
    ),
    notes,
  });
  /** The calls of `remove` that take these out again, by what its path names at its end. */
  const removing = (remove: NamedOperation, all: readonly (readonly unknown[])[]): UndoStep[] => {
    const parameters = parametersOf(remove.operation.url);
    return all.map((names) => ({
      entry: remove,
      values: {
        ...pathFor(remove, entry, values),
        ...Object.fromEntries(
          names.map((name, index) => [parameters.at(index - names.length) ?? '', name]),
        ),
      },
    }));
  };
  /** Gives members that come back what they held. */
  const rolesFor = (read: NamedOperation, members: readonly unknown[]): UndoStep[] => {
    const give = routes.givingRoles(read);
    return Object.entries(attached).flatMap(([member, organizationRoleIds]) => {
      const [parent = '', own = ''] = parametersOf(give?.operation.url ?? '');
      const owner = values[parametersOf(entry.operation.url)[0] ?? ''];
      return give !== undefined && members.includes(member)
        ? [{ entry: give, values: { [parent]: owner, [own]: member, organizationRoleIds } }]
        : [];
    });
  };
  const sent =
    entry.operation.reaches === undefined
      ? []
      : [`Not taken back: ${entry.operation.reaches}. What has been sent cannot be called back.`];
  const along = (what: string): string[] =>
    entry.operation.beware === undefined ? [] : [`${what}: ${entry.operation.beware}.`];
  /** What was added has to be there still; without an outcome, that tells whether it was made at all. */
  const stillThere = (undo: UndoPlan, isThere: (step: UndoStep) => boolean): UndoPlan => {
    if (!undo.steps.every(isThere)) {
      throw isKnown ? changedSince(id) : cannot(id, 'it is not there as it would have left it');
    }
    return undo;
  };

  switch (change.kind) {
    case 'update': {
      const remove = routes.deleting(entry);
      if (remove !== undefined && madeAnew(record, entry, routes)) {
        const current = await state.entity(change.read, entry, values, signal);
        if (current === undefined || !isAsMade(Object(record.after), current)) {
          throw changedSince(id);
        }
        return left(removing(remove, [[]]));
      }
      const former = formerOf(record, entry, change, routes);
      if ('why' in former) {
        throw cannot(id, former.why);
      }
      const { after, given, formerly, restored } = former;
      const target = routes.replacing(entry)?.entry ?? entry;
      const whole = target !== entry;
      // A thing that was renamed is found under its new name.
      const renamed = typeof values['currentName'] === 'string' ? after['name'] : undefined;
      const found = renamed === undefined ? values : { ...values, currentName: renamed };
      const current = await state.entity(change.read, entry, found, signal);
      const now = imageOf(entry, change, current ?? {});
      const isThere = (field: string): boolean =>
        lacksSecrets(after[field]) ||
        (isKnown && (field !== change.alone || whole)
          ? same(now[field], after[field])
          : covers(now[field], after[field]));
      if (!given.every(isThere)) {
        throw isKnown || !given.every((field) => same(now[field], formerly[field]))
          ? changedSince(id)
          : cannot(id, 'it was not made: everything is as it was before');
      }
      const back = {
        entry: target,
        values: {
          ...pathFor(target, entry, found),
          ...(renamed !== undefined && { currentName: renamed }),
          ...restored,
        },
      };
      const others = displacing.has(entry.name)
        ? ['Not put back: another one that was in its place before.']
        : [];
      return left([back], [...sent, ...others]);
    }
    case 'create': {
      const { remove } = change;
      const steps = removing(
        remove,
        (madeBy(record, change) ?? []).map((name) => [name]),
      );
      const undo = left(steps, [...sent, ...along('Not put back')]);
      const made = [record.after].flat();
      const read = routes.reading(remove);
      for (const step of read === undefined ? [] : undo.steps) {
        const now = read && (await state.entity(read, remove, step.values, signal));
        if (now === undefined) {
          throw cannot(id, 'what it had made is not there any more');
        }
        if (!isAsMade(Object(made[steps.indexOf(step)]), now)) {
          throw changedSince(id);
        }
      }
      return undo;
    }
    case 'attach': {
      const made: readonly unknown[] = Array.isArray(record.after) ? record.after : [];
      const there = await state.attached(change, entry, values, signal);
      const undo = left(
        removing(
          change.remove,
          made.map((one) => [one]),
        ),
        sent,
      );
      const name = parametersOf(change.remove.operation.url).at(-1) ?? '';
      return stillThere(undo, (step) => there.includes(String(step.values[name])));
    }
    case 'add': {
      const { field, read, remove } = change;
      const items = await state.items(read, entry, values, signal);
      const present = new Set(items?.map((item) => idIn(item, field)));
      const added = addedBy(record, entry, change) ?? [];
      const name = parametersOf(remove.operation.url).at(-1) ?? '';
      const undo = left(
        removing(
          remove,
          added.map((one) => [one]),
        ),
        sent,
      );
      return stillThere(undo, (step) => present.has(step.values[name]));
    }
    case 'pair': {
      const { read, remove } = change;
      const present = (await state.pairs(read, entry, values, signal)) ?? [];
      const names = parametersOf(remove.operation.url).slice(-2);
      const undo = left(removing(remove, pairsBy(record, entry)), sent);
      return stillThere(undo, (step) => {
        const pair = names.map((name) => step.values[name]);
        return present.some((one) => same(one, pair));
      });
    }
    case 'take': {
      const { field, read, add } = change;
      const name = parametersOf(entry.operation.url).at(-1) ?? '';
      const taken = values[name];
      const items = await state.items(read, entry, values, signal);
      if (!begun && items?.some((item) => idIn(item, field) === taken)) {
        throw isKnown ? changedSince(id) : cannot(id, 'what it would have taken is there');
      }
      const back = {
        entry: add,
        values: { ...pathFor(add, entry, values), [field]: field.endsWith('s') ? [taken] : taken },
      };
      return left([back, ...rolesFor(read, [taken])]);
    }
    case 'replace': {
      const { field, read } = change;
      const items = await state.items(read, entry, values, signal);
      const now = items?.map((item) => idIn(item, field));
      const former: readonly unknown[] = Array.isArray(before) ? before : [];
      const noted = isObject(record.after) ? record.after[field] : undefined;
      const set: readonly unknown[] = [noted ?? values[field] ?? []].flat();
      if (!begun && !sameSet(now, set)) {
        throw isKnown || !sameSet(now, former)
          ? changedSince(id)
          : cannot(id, 'it was not made: everything is as it was before');
      }
      const single = routes.singleOf(entry);
      if (entry.name === neverEmptied && former.length === 0 && single !== undefined) {
        return left(
          removing(
            single,
            set.map((one) => [one]),
          ),
        );
      }
      const lost = former.filter((one) => !set.includes(one));
      const back = { entry, values: { ...pathFor(entry, entry, values), [field]: former } };
      return left([back, ...rolesFor(read, lost)]);
    }
    case 'upsert': {
      const { field, read, remove } = change;
      const wanted = [values[field]].flat().filter(isObject);
      const former: readonly unknown[] = Array.isArray(before) ? before : [];
      const there = await state.items(read, entry, values, signal);
      const now = wanted.map((one) => there?.find((item) => isNamesake(item, one)));
      if (!begun && !wanted.every((one, index) => covers(now[index], one))) {
        throw changedSince(id);
      }
      const restored = wanted.flatMap((one) => {
        const old = former.find((item) => isNamesake(item, one));
        return old === undefined ? [] : [picked(old, one)];
      });
      const made = wanted.flatMap((one, index) => {
        const thing = now[index];
        return isObject(thing) && !former.some((item) => isNamesake(item, one)) ? [thing] : [];
      });
      const back = { entry, values: { ...pathFor(entry, entry, values), [field]: restored } };
      return left([
        ...(restored.length > 0 ? [back] : []),
        ...removing(
          remove,
          made.map((item) => [item['id']]),
        ),
      ]);
    }
    case 'remove': {
      const consent = routes.consenting(entry, values);
      if (consent !== undefined) {
        const list = routes.observing(consent.entry);
        const present = list && (await state.pairs(list, consent.entry, consent.values, signal));
        const own = pairsWanted(consent.entry, consent.values);
        if (present?.some((one) => own.some((pair) => same(one, pair)))) {
          throw changedSince(id);
        }
        return left([consent]);
      }
      const put = routes.restoring(entry);
      const image = put && imageFor(put, before, routes);
      if (put === undefined || image === undefined) {
        throw cannot(id, gone);
      }
      if (change.read && (await state.entity(change.read, entry, values, signal)) !== undefined) {
        throw changedSince(id);
      }
      return left([{ entry: put, values: { ...pathFor(put, entry, values), ...image } }]);
    }
    default:
      throw cannot(id, notKnown);
  }
}
