/** Which calls put a change back, as far as one can be. */
import { LogtoError } from '../logto/errors.js';
import type { Recorded } from './journal.js';
import { type Entry, imageOf, parametersOf, pathFor, type Routes, type Values } from './routes.js';
import { lacksSecrets } from './secret-places.js';
import { idIn, type State } from './state.js';

export interface Step {
  readonly entry: Entry;
  readonly values: Values;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const cannot = (id: string, why: string): LogtoError =>
  new LogtoError({
    kind: 'conflict',
    code: 'cannot_undo',
    message: `The change ${id} cannot be put back: ${why}. Nothing was changed.`,
    hint: 'list_changes shows what it did and what was there before, so far as the journal may keep it.',
  });

const changedSince = (id: string): LogtoError =>
  cannot(id, 'what it changed has been changed again since');

const same = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

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

/**
 * The calls that put a change back.
 *
 * @throws LogtoError of kind `conflict` with the reason when there are none
 */
export async function undoing(
  record: Recorded,
  entry: Entry | undefined,
  routes: Routes,
  state: State,
  signal: AbortSignal,
): Promise<Step[]> {
  const { id, outcome, before, after, undone } = record;
  const values = record.arguments;
  if (entry === undefined) {
    throw cannot(id, `this server does not know the operation ${record.operation}`);
  }
  if (undone) {
    throw cannot(id, 'it has been put back already');
  }
  if (outcome !== 'done') {
    throw cannot(
      id,
      outcome === 'refused' ? 'Logto had refused it' : 'it is not known whether it was made',
    );
  }
  const change = routes.changeOf(entry);
  switch (change.kind) {
    case 'update': {
      const target = routes.replacing(entry)?.entry ?? entry;
      if (!isObject(before) || !isObject(after)) {
        throw cannot(id, 'what was there before is not known');
      }
      const formerly = imageOf(entry, change, before);
      const current = await state.entity(change.read, entry, values, signal);
      const now = imageOf(entry, change, current ?? {});
      const fields = Object.keys(after);
      const unknown = fields.find((field) => !Object.hasOwn(formerly, field));
      if (unknown !== undefined) {
        throw cannot(id, `the former ${unknown} is not known`);
      }
      const restored = Object.fromEntries(fields.map((field) => [field, formerly[field]]));
      if (lacksSecrets(restored)) {
        throw cannot(id, 'the journal keeps no secrets');
      }
      const isElse = fields.some(
        (field) => !lacksSecrets(after[field]) && !same(now[field], after[field]),
      );
      if (isElse) {
        throw changedSince(id);
      }
      return [{ entry: target, values: { ...pathFor(target, entry, values), ...restored } }];
    }
    case 'create': {
      const { remove } = change;
      if (!isObject(after)) {
        throw cannot(id, 'Logto did not say what it had made');
      }
      const name = parametersOf(remove.operation.url).at(-1) ?? '';
      const made = after[name] ?? after['id'] ?? after['name'];
      const path = { ...pathFor(remove, entry, values), [name]: made };
      const read = routes.reading(remove);
      const now = read && (await state.entity(read, remove, path, signal));
      if (typeof made !== 'string' || (read !== undefined && now === undefined)) {
        throw cannot(id, 'what it had made is not there any more');
      }
      if (now !== undefined && !isAsMade(after, now)) {
        throw changedSince(id);
      }
      return [{ entry: remove, values: path }];
    }
    case 'add': {
      const { field, read, remove } = change;
      const items = await state.items(read, entry, values, signal);
      const present = new Set(items?.map((item) => idIn(item, field)));
      const former = new Set(Array.isArray(before) ? before : []);
      const added = [values[field]].flat().filter((one) => !former.has(one));
      if (added.length === 0) {
        throw cannot(id, 'it had added nothing that was not there before');
      }
      if (added.some((one) => !present.has(one))) {
        throw changedSince(id);
      }
      const name = parametersOf(remove.operation.url).at(-1) ?? '';
      return added.map((one) => ({
        entry: remove,
        values: { ...pathFor(remove, entry, values), [name]: one },
      }));
    }
    case 'take': {
      const { field, read, add } = change;
      const name = parametersOf(entry.operation.url).at(-1) ?? '';
      const taken = values[name];
      const items = await state.items(read, entry, values, signal);
      if (items?.some((item) => idIn(item, field) === taken)) {
        throw changedSince(id);
      }
      return [
        {
          entry: add,
          values: {
            ...pathFor(add, entry, values),
            [field]: field.endsWith('s') ? [taken] : taken,
          },
        },
      ];
    }
    case 'replace': {
      const { field, read } = change;
      const items = await state.items(read, entry, values, signal);
      const now = items?.map((item) => idIn(item, field)).sort();
      const set = Array.isArray(values[field]) ? [...values[field]].sort() : undefined;
      if (!Array.isArray(before)) {
        throw cannot(id, 'what was there before is not known');
      }
      if (!same(now, set)) {
        throw changedSince(id);
      }
      return [{ entry, values: { ...values, [field]: before } }];
    }
    case 'remove':
      throw cannot(
        id,
        'what is deleted is gone, with its id, its password and what was attached to it',
      );
    default:
      throw cannot(
        id,
        entry.operation.reaches === undefined
          ? 'it leaves nothing that could be put back'
          : 'what has been sent cannot be called back',
      );
  }
}
