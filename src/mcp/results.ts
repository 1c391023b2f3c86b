/** What a model gets back for a call. The only place that writes `isError`. */
import type { Outline } from '../catalog/operation.js';
import { type Failure, LogtoError } from '../logto/errors.js';
import type { Page } from '../logto/page.js';
import type { Reply } from '../logto/session.js';
import { project, requireMembers, withoutPictures } from './projection.js';

/** An MCP `CallToolResult`: the same JSON twice, since clients show a model either the one or the other. */
export interface ToolResult {
  readonly content: { type: 'text'; text: string }[];
  readonly structuredContent: Record<string, unknown>;
  readonly isError?: boolean;
  readonly [extra: string]: unknown;
}

/** Bytes of JSON that a result stays under: some clients cut what is longer, and cut it anywhere. */
export const ceiling = 40_000;

/** Bytes of a value as JSON. */
export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

export interface Answered {
  readonly items?: readonly unknown[];
  readonly page?: Page;
  readonly result?: unknown;
  readonly done?: true;
  /** Of a list that was read through: how many items were looked at, and how many of them match. */
  readonly counts?: { readonly matching: number; readonly scanned: number };
  /** False when something was cut; true where a call promises to read to the end. */
  readonly complete?: boolean;
  readonly notes?: readonly string[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list cut at an item, with the page size that loses nothing. */
function cutList(answered: Answered, items: readonly unknown[], room: number): Answered {
  const kept: unknown[] = [];
  let left = room;
  for (const item of items) {
    left -= bytesOf(item) + 1;
    if (left < 0) {
      break;
    }
    kept.push(item);
  }
  const how =
    answered.page === undefined
      ? 'Narrow the question with the filters of this tool, or read the rest one by one.'
      : kept.length === 0
        ? 'Read them one by one instead.'
        : `To lose none, start again with page_size ${kept.length} or less.`;
  return {
    ...answered,
    items: kept,
    complete: false,
    notes: [
      ...(answered.notes ?? []),
      `Only the first ${kept.length} of these ${items.length} items fit into a result. ${how}`,
    ],
  };
}

/**
 * A thing without its largest members, down to `room` bytes. Where one member alone is too large and has members of its
 * own, the cut is made inside it. The places that were left out are added to `left`.
 */
function prune(
  thing: Record<string, unknown>,
  room: number,
  place: string,
  left: string[],
): Record<string, unknown> {
  const members = Object.entries(thing)
    .map(([name, value]) => ({ name, value, size: bytesOf(value) }))
    .sort((a, b) => b.size - a.size);
  const kept = new Map<string, unknown>(Object.entries(thing));
  let size = bytesOf(thing);
  for (const member of members) {
    if (size <= room) {
      break;
    }
    const rest = size - member.size;
    const where = `${place}${member.name}`;
    if (isObject(member.value) && rest < room / 2) {
      kept.set(member.name, prune(member.value, room - rest, `${where}.`, left));
    } else {
      kept.delete(member.name);
      left.push(where);
    }
    size = rest;
  }
  return Object.fromEntries(kept);
}

/** How many of the places that were left out a note names. */
const named = 10;

function cutThing(answered: Answered, thing: Record<string, unknown>, room: number): Answered {
  const left: string[] = [];
  const result = prune(thing, room, '', left);
  const more = left.length > named ? ` and ${left.length - named} more` : '';
  return {
    ...answered,
    result,
    complete: false,
    notes: [
      ...(answered.notes ?? []),
      `Left out because they do not fit into a result: ${left.slice(0, named).join(', ')}${more}.`,
    ],
  };
}

function withinCeiling(answered: Answered): Answered {
  if (bytesOf(answered) <= ceiling) {
    return answered;
  }
  // Room for the frame, the page and the notes.
  const room = ceiling - 2000;
  if (answered.items !== undefined) {
    return cutList(answered, answered.items, room);
  }
  if (isObject(answered.result)) {
    return cutThing(answered, answered.result, room);
  }
  const text =
    typeof answered.result === 'string' ? answered.result : JSON.stringify(answered.result);
  return {
    ...answered,
    // A character takes up to four bytes, and a quote or a control character more as JSON.
    result: text.slice(0, Math.floor(room / 8)),
    complete: false,
    notes: [...(answered.notes ?? []), `Cut: the whole has ${text.length} characters.`],
  };
}

/**
 * What Logto answered, in the one form that every tool answers in.
 *
 * @param fields the only members to keep of each item or of the one thing
 * @throws LogtoError of kind `input` for a field that the answer does not have
 */
export function answeredBy(operation: Outline, reply: Reply, fields?: readonly string[]): Answered {
  const { page } = reply;
  const body = operation.effect === 'reads' ? withoutPictures(reply.body) : reply.body;
  const notes =
    page?.total_is_lower_bound === true
      ? ['Logto stopped counting: total is only a lower bound. Go on while has_more is true.']
      : operation.totalIgnoresFilters === true
        ? ['total counts what the filters left out too. Go on while has_more is true.']
        : [];
  const said = notes.length > 0 ? { notes } : {};
  const list = operation.items !== undefined && isObject(body) ? body[operation.items] : body;
  const chosen = (values: readonly unknown[]): readonly unknown[] => {
    if (fields === undefined) {
      return values;
    }
    requireMembers(values, fields);
    return project(values, fields);
  };
  if (Array.isArray(list)) {
    const items = chosen(list);
    return { items, ...(page !== undefined && { page }), ...said };
  }
  if (body === undefined) {
    return { done: true, ...said };
  }
  const [result] = chosen([body]);
  return { result, ...(page !== undefined && { page }), ...said };
}

const write = (value: Record<string, unknown>, isError: boolean): ToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(value) }],
  structuredContent: value,
  ...(isError && { isError }),
});

export const success = (answered: Answered): ToolResult =>
  write({ ...withinCeiling(answered) }, false);

/** Leaves out what is not known, so that no `undefined` stands in the structured form. */
const present = (failure: Failure): Record<string, unknown> =>
  Object.fromEntries(Object.entries(failure).filter(([, value]) => value !== undefined));

/** What went wrong, for the model. An error that nobody foresaw says no more than that, and goes to `report`. */
export function failure(error: unknown, report: (error: unknown) => void): ToolResult {
  if (error instanceof LogtoError) {
    return write({ error: present(error.failure) }, true);
  }
  report(error);
  return write(
    {
      error: {
        kind: 'unavailable',
        code: 'internal',
        message: 'This server failed inside; the call may or may not have reached Logto.',
        hint: 'Read before you repeat a change. The log of this server on stderr says more.',
      },
    },
    true,
  );
}
