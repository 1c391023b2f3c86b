/** Which calls put a change back, as far as one can be. */
import { LogtoError } from '../logto/errors.js';
import type { Recorded } from './journal.js';
import { covers } from './outcomes.js';
import {
  bodyOf,
  type Entry,
  imageOf,
  parametersOf,
  pathFor,
  type Routes,
  type Values,
} from './routes.js';
import { lacksSecrets } from './secret-places.js';
import { idIn, type State } from './state.js';
import { isObject } from './walk.js';

export interface Step {
  readonly entry: Entry;
  readonly values: Values;
}

export interface Undoing {
  /** What is still to be done, in this order. */
  readonly steps: readonly Step[];
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

const same = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

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

/**
 * The calls that put a change back. Of one that was put back in part, those that are left.
 *
 * @throws LogtoError of kind `conflict` with the reason when there are none
 */
export async function undoing(
  record: Recorded,
  entry: Entry | undefined,
  routes: Routes,
  state: State,
  signal: AbortSignal,
): Promise<Undoing> {
  const { id, outcome, before, undone, putBack, attached = {} } = record;
  const values = record.arguments;
  if (entry === undefined) {
    throw cannot(id, `this server does not know the operation ${record.operation}`);
  }
  if (undone) {
    throw cannot(id, 'it has been put back already');
  }
  if (outcome === 'refused') {
    throw cannot(id, 'it was not made: Logto had refused it');
  }
  const change = routes.changeOf(entry);
  const isKnown = outcome === 'done';
  const sets = ['update', 'add', 'take', 'replace'];
  if (!isKnown && !sets.includes(change.kind)) {
    throw cannot(id, 'it is not known whether it was made');
  }
  const begun = putBack.length > 0;
  /** The steps without those that were taken before. */
  const left = (steps: readonly Step[], notes: readonly string[] = []): Undoing => ({
    steps: steps.filter(
      ({ entry: { name }, values: given }) =>
        !putBack.some((one) => one.operation === name && covers(one.arguments, given)),
    ),
    notes,
  });
  /** Gives members that come back what they held. */
  const rolesFor = (read: Entry, members: readonly unknown[]): Step[] => {
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
    entry.operation.irreversible === undefined ? [] : [`${what}: ${entry.operation.irreversible}.`];

  switch (change.kind) {
    case 'update': {
      const target = routes.replacing(entry)?.entry ?? entry;
      // Of a process that died in between only the arguments are known.
      const after = isKnown ? record.after : bodyOf(entry, values);
      const remove = routes.deleting(entry);
      if (before === null && isKnown && remove !== undefined && isObject(after)) {
        const current = await state.entity(change.read, entry, values, signal);
        if (current === undefined || !isAsMade(after, current)) {
          throw changedSince(id);
        }
        return left([{ entry: remove, values: pathFor(remove, entry, values) }]);
      }
      if (!isObject(before) || !isObject(after)) {
        throw cannot(id, 'what was there before is not known');
      }
      // A thing that was renamed is found under its new name.
      const renamed = typeof values['currentName'] === 'string' ? after['name'] : undefined;
      const found = renamed === undefined ? values : { ...values, currentName: renamed };
      const formerly = imageOf(entry, change, before);
      const current = await state.entity(change.read, entry, found, signal);
      const now = imageOf(entry, change, current ?? {});
      const given = Object.keys(after).filter((field) => field !== 'currentName');
      // A PUT has dropped what it did not name.
      const dropped =
        entry.operation.method === 'PUT' && entry.operation.partial !== true
          ? change.fields.filter(
              (field) => !given.includes(field) && Object.hasOwn(formerly, field),
            )
          : [];
      const fields = [...given, ...dropped];
      const unknown = fields.find((field) => !Object.hasOwn(formerly, field));
      if (unknown !== undefined) {
        throw cannot(id, `the former ${unknown} is not known`);
      }
      const whole = routes.replacing(entry) !== undefined;
      const restored = Object.fromEntries(
        fields.map((field) => [
          field,
          field === change.alone && !whole
            ? picked(formerly[field], after[field])
            : formerly[field],
        ]),
      );
      if (lacksSecrets(restored)) {
        throw cannot(id, 'the journal keeps no secrets');
      }
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
      return left(
        [
          {
            entry: target,
            values: {
              ...pathFor(target, entry, found),
              ...(renamed !== undefined && { currentName: renamed }),
              ...restored,
            },
          },
        ],
        sent,
      );
    }
    case 'create': {
      const { remove } = change;
      const { after } = record;
      if (!isObject(after)) {
        throw cannot(id, 'Logto did not say what it had made');
      }
      const name = parametersOf(remove.operation.url).at(-1) ?? '';
      const made = after[name] ?? after['id'] ?? after['name'];
      const path = { ...pathFor(remove, entry, values), [name]: made };
      if (typeof made !== 'string') {
        throw cannot(id, 'Logto did not say what it had made');
      }
      const read = routes.reading(remove);
      const now = read && (await state.entity(read, remove, path, signal));
      if (read !== undefined && now === undefined) {
        throw cannot(id, 'what it had made is not there any more');
      }
      if (now !== undefined && !isAsMade(after, now)) {
        throw changedSince(id);
      }
      return left([{ entry: remove, values: path }], [...sent, ...along('Not put back')]);
    }
    case 'add': {
      const { field, read, remove } = change;
      const items = await state.items(read, entry, values, signal);
      const present = new Set(items?.map((item) => idIn(item, field)));
      if (!Array.isArray(before)) {
        throw cannot(id, 'what was there before is not known');
      }
      const former = new Set(before);
      const added = [values[field]].flat().filter((one) => !former.has(one));
      if (added.length === 0) {
        throw cannot(id, 'it had added nothing that was not there before');
      }
      const name = parametersOf(remove.operation.url).at(-1) ?? '';
      const undo = left(
        added.map((one) => ({
          entry: remove,
          values: { ...pathFor(remove, entry, values), [name]: one },
        })),
        sent,
      );
      if (undo.steps.some((step) => !present.has(step.values[name]))) {
        throw isKnown ? changedSince(id) : cannot(id, 'it is not there as it would have left it');
      }
      return undo;
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
      if (!Array.isArray(before)) {
        throw cannot(id, 'what was there before is not known');
      }
      const noted = isObject(record.after) ? record.after[field] : undefined;
      const set = noted ?? values[field] ?? [];
      if (!begun && !sameSet(now, set)) {
        throw isKnown || !sameSet(now, before)
          ? changedSince(id)
          : cannot(id, 'it was not made: everything is as it was before');
      }
      const lost = before.filter((one) => !Array.isArray(set) || !set.includes(one));
      const back = { entry, values: { ...pathFor(entry, entry, values), [field]: before } };
      return left([back, ...rolesFor(read, lost)]);
    }
    case 'remove': {
      const consent = routes.consenting(entry, values);
      if (consent !== undefined) {
        return left([consent]);
      }
      throw cannot(id, 'what is deleted is gone, with its id and everything that hung on it');
    }
    default:
      throw cannot(
        id,
        entry.operation.reaches !== undefined
          ? 'what has been sent cannot be called back'
          : entry.operation.effect === 'adds'
            ? 'the journal does not know what of it was there before'
            : 'the journal does not know what was there before',
      );
  }
}
