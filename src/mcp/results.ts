/** What a model gets back for a call. The only place that writes `isError`. */
import type { Outline } from '../catalog/operation.js';
import { isObject } from '../json.js';
import { type Failure, LogtoError } from '../logto/errors.js';
import type { Page } from '../logto/pagination.js';
import type { Reply } from '../logto/session.js';
import { project, requireMembers, withoutPictures } from './fields.js';

/** An MCP `CallToolResult`: the same JSON twice, since clients show a model either the one or the other. */
export interface ToolResult {
  readonly content: { type: 'text'; text: string }[];
  readonly structuredContent: Record<string, unknown>;
  readonly isError?: boolean;
  readonly [extra: string]: unknown;
}

/** Bytes of JSON that a result stays under: some clients cut what is longer, and cut it anywhere. */
export const MAX_RESULT_BYTES = 40_000;

/** Bytes of a value as JSON. */
export const byteLength = (value: unknown): number =>
  Buffer.byteLength(JSON.stringify(value) ?? '');

export interface ShapedResult {
  readonly items?: readonly unknown[];
  readonly page?: Page;
  readonly result?: unknown;
  readonly done?: true;
  /** What a script has logged. */
  readonly log?: readonly string[];
  /** Of a list that was read through: how many items were looked at, and how many of them match. */
  readonly counts?: { readonly matching: number; readonly scanned: number };
  /** False when something was cut; true where a call promises to read to the end. */
  readonly complete?: boolean;
  readonly notes?: readonly string[];
}

/** A list without its last elements, down to `room` bytes. */
function head(list: readonly unknown[], room: number): unknown[] {
  const kept: unknown[] = [];
  let left = room;
  for (const element of list) {
    left -= byteLength(element) + 1;
    if (left < 0) {
      break;
    }
    kept.push(element);
  }
  return kept;
}

/**
 * A thing without its largest members, down to `room` bytes; the small ones, such as the id, stay. Where one member alone
 * is too large and has members or elements of its own, the cut is made inside it. The places that were left out are added
 * to `left`.
 */
function prune(
  thing: Record<string, unknown>,
  room: number,
  place: string,
  left: string[],
): Record<string, unknown> {
  const members = Object.entries(thing)
    .map(([name, value]) => ({ name, value, size: byteLength(value) }))
    .sort((a, b) => b.size - a.size);
  const kept = new Map<string, unknown>(Object.entries(thing));
  let size = byteLength(thing);
  for (const { name, value, size: own } of members) {
    if (size <= room) {
      break;
    }
    const rest = size - own;
    const where = `${place}${name}`;
    const inside = rest < room / 2;
    if (inside && isObject(value)) {
      kept.set(name, prune(value, room - rest, `${where}.`, left));
    } else if (inside && Array.isArray(value)) {
      const first = head(value, room - rest);
      kept.set(name, first);
      left.push(`${where} from element ${first.length} on (of ${value.length})`);
    } else {
      kept.delete(name);
      left.push(where);
    }
    size = rest;
  }
  return Object.fromEntries(kept);
}

/** An item that takes no more than `room` bytes; the places that it lost are added to `left`. */
export function shortened(item: unknown, room: number, left: Set<string>): unknown {
  if (!isObject(item) || byteLength(item) <= room) {
    return item;
  }
  const places: string[] = [];
  const kept = prune(item, room, '', places);
  for (const one of places) {
    left.add(one);
  }
  return kept;
}

/** How many of the places that were left out a note names. */
const named = 10;

const leftOut = (places: readonly string[]): string => {
  const more = places.length > named ? ` and ${places.length - named} more` : '';
  return `${places.slice(0, named).join(', ')}${more}`;
};

/**
 * A list cut at an item, with the page size that loses nothing. An item that alone takes more than a quarter of the room is
 * cut inside first: one must not hide all others.
 */
function cutList(answered: ShapedResult, items: readonly unknown[], room: number): ShapedResult {
  const places = new Set<string>();
  const shorter = items.map((item) => shortened(item, Math.floor(room / 4), places));
  const kept = head(shorter, room);
  const notes: string[] = [];
  if (places.size > 0) {
    notes.push(
      `Left out of items that are too long: ${leftOut([...places])}. Choose fields, or read such an item alone.`,
    );
  }
  if (kept.length < items.length) {
    const how =
      answered.page === undefined
        ? 'Narrow the question with the filters of this tool, choose fields, or read the rest one by one.'
        : `To lose none, choose fields, or start again with page_size ${kept.length} or less.`;
    notes.push(
      `Only the first ${kept.length} of these ${items.length} items fit into a result. ${how}`,
    );
  }
  return {
    ...answered,
    items: kept,
    complete: false,
    notes: [...(answered.notes ?? []), ...notes],
  };
}

function cutThing(
  answered: ShapedResult,
  thing: Record<string, unknown>,
  room: number,
): ShapedResult {
  const left: string[] = [];
  const result = prune(thing, room, '', left);
  return {
    ...answered,
    result,
    complete: false,
    notes: [
      ...(answered.notes ?? []),
      `Left out because they do not fit into a result: ${leftOut(left)}. Choose fields to read one of them.`,
    ],
  };
}

/** An answer that is too long for a result, cut to fit. */
function cut(answered: ShapedResult): ShapedResult {
  // Room for the frame, the page and the notes.
  const room = MAX_RESULT_BYTES - 2000;
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
export function shapeResult(
  operation: Outline,
  reply: Reply,
  fields?: readonly string[],
): ShapedResult {
  const { page } = reply;
  const body = operation.effect === 'reads' ? withoutPictures(reply.body) : reply.body;
  const notes: string[] =
    page?.total_is_lower_bound === true
      ? ['Logto stopped counting: total is only a lower bound. Go on while has_more is true.']
      : operation.totalIgnoresFilters === true
        ? ['total counts what the filters left out too. Go on while has_more is true.']
        : [];
  const list = operation.items !== undefined && isObject(body) ? body[operation.items] : body;
  const chosen = (values: readonly unknown[]): readonly unknown[] => {
    if (fields === undefined) {
      return values;
    }
    notes.push(...requireMembers(values, fields));
    return project(values, fields);
  };
  const said = () => (notes.length > 0 ? { notes } : {});
  if (Array.isArray(list)) {
    const items = chosen(list);
    return { items, ...(page !== undefined && { page }), ...said() };
  }
  if (body === undefined) {
    return { done: true, ...said() };
  }
  const [result] = chosen([body]);
  return { result, ...(page !== undefined && { page }), ...said() };
}

/** @param text the value as JSON */
const write = (value: object, text = JSON.stringify(value)): ToolResult => ({
  content: [{ type: 'text', text }],
  structuredContent: { ...value },
});

/** An answer as a result, cut where it would be longer than the ceiling. */
export function success(answered: ShapedResult): ToolResult {
  const text = JSON.stringify(answered);
  return Buffer.byteLength(text) <= MAX_RESULT_BYTES ? write(answered, text) : write(cut(answered));
}

/** How many lines of an error are told, and how long each may be: beyond that they say nothing new. */
const lines = { most: 20, longest: 500, message: 2000 } as const;

const upTo = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;

/** Leaves out what is not known, so that no `undefined` stands in the structured form, and shortens what is too long. */
function present(failure: Failure): Record<string, unknown> {
  const { details } = failure;
  const brief: Failure = {
    ...failure,
    message: upTo(failure.message, lines.message),
    hint: failure.hint && upTo(failure.hint, lines.message),
    details: details && [
      ...details.slice(0, lines.most).map((line) => upTo(line, lines.longest)),
      ...(details.length > lines.most ? [`and ${details.length - lines.most} more`] : []),
    ],
  };
  return Object.fromEntries(Object.entries(brief).filter(([, value]) => value !== undefined));
}

/** What went wrong, for the model. An error that nobody foresaw says no more than that, and goes to `report`. */
export function failure(error: unknown, report: (error: unknown) => void): ToolResult {
  if (error instanceof LogtoError) {
    return { ...write({ error: present(error.failure) }), isError: true };
  }
  report(error);
  return {
    ...write({
      error: {
        kind: 'unavailable',
        code: 'internal',
        message: 'This server failed inside; the call may or may not have reached Logto.',
        hint: 'Read before you repeat a change. The log of this server on stderr says more.',
      },
    }),
    isError: true,
  };
}
