/** Keeps an answer under the size that clients cut at: lists are cut at an item, things at their largest members. */
import { isObject } from '../json.js';
import type { Redact } from '../logto/redaction.js';
import type { ShapedResult } from './shaped-result.js';
import { noRedaction, quoteName, shortenText } from './text-exit.js';

/** Bytes of JSON that a result stays under: some clients cut what is longer, and cut it anywhere. */
export const MAX_RESULT_BYTES = 40_000;

/** Bytes of a value as JSON. */
export const byteLength = (value: unknown): number =>
  Buffer.byteLength(JSON.stringify(value) ?? '');

/** Characters that stay of a text that does not fit. */
const MAX_EXCERPT_CHARS = 200;

/** A list without its last elements, at most `maxBytes` long. */
function firstElements(list: readonly unknown[], maxBytes: number): unknown[] {
  let remaining = maxBytes;
  const end = list.findIndex((element) => {
    remaining -= byteLength(element) + 1;
    return remaining < 0;
  });
  return list.slice(0, end < 0 ? list.length : end);
}

/**
 * A thing without its largest members, at most `maxBytes` long where that is possible; small ones, such as the id, stay.
 * Long texts keep their beginning. Where one member alone is too large, the cut is made inside it.
 *
 * @param path the dotted path of the thing, with a dot at its end
 * @param omitted receives the paths of what was left out
 */
function withoutLargest(
  thing: Readonly<Record<string, unknown>>,
  maxBytes: number,
  path: string,
  omitted: string[],
): Record<string, unknown> {
  const bySize = Object.entries(thing)
    .map(([name, value]) => ({ name, value, size: byteLength(value) + byteLength(name) }))
    .sort((a, b) => b.size - a.size);
  const retained = new Map<string, unknown>(Object.entries(thing));
  let size = byteLength(thing);
  for (const { name, value, size: memberSize } of bySize) {
    if (size <= maxBytes) {
      break;
    }
    const others = size - memberSize;
    const at = `${path}${quoteName(name)}`;
    const isDominant = others < maxBytes / 2;
    if (isDominant && isObject(value)) {
      retained.set(name, withoutLargest(value, maxBytes - others, `${at}.`, omitted));
    } else if (isDominant && Array.isArray(value)) {
      const first = firstElements(value, maxBytes - others);
      retained.set(name, first);
      omitted.push(`${at} from element ${first.length} on (of ${value.length})`);
    } else if (isDominant && typeof value === 'string') {
      retained.set(name, shortenText(value, MAX_EXCERPT_CHARS));
      omitted.push(`${at} beyond ${MAX_EXCERPT_CHARS} characters`);
    } else {
      retained.delete(name);
      omitted.push(at);
    }
    size = others;
  }
  return Object.fromEntries(retained);
}

/** An item of a list, at most `maxBytes` long; the paths of what it lost are added to `omitted`. */
export function shortenItem(item: unknown, maxBytes: number, omitted: Set<string>): unknown {
  if (byteLength(item) <= maxBytes) {
    return item;
  }
  if (typeof item === 'string') {
    omitted.add(`texts beyond ${MAX_EXCERPT_CHARS} characters`);
    return shortenText(item, MAX_EXCERPT_CHARS);
  }
  if (!isObject(item)) {
    return item;
  }
  const paths: string[] = [];
  const shortened = withoutLargest(item, maxBytes, '', paths);
  for (const path of paths) {
    omitted.add(path);
  }
  return shortened;
}

/** How many of the paths that were left out a note names. */
const MAX_NAMED_PATHS = 10;

/** The paths that were left out, as a clause. */
export const pathsInWords = (paths: readonly string[]): string =>
  `${paths.slice(0, MAX_NAMED_PATHS).join(', ')}${
    paths.length > MAX_NAMED_PATHS ? ` and ${paths.length - MAX_NAMED_PATHS} more` : ''
  }`;

function truncateList(
  answer: ShapedResult,
  items: readonly unknown[],
  maxBytes: number,
): ShapedResult {
  const omitted = new Set<string>();
  // An item that is very long must not hide all others.
  const shortened = items.map((item) => shortenItem(item, Math.floor(maxBytes / 4), omitted));
  const retained = firstElements(shortened, maxBytes);
  const advice =
    answer.page === undefined
      ? 'Use the filters of this tool, choose fields, or read the rest one by one.'
      : `To lose none, choose fields, or start again with page_size ${Math.max(1, retained.length)} or less.`;
  return {
    ...answer,
    items: retained,
    complete: false,
    notes: [
      ...(answer.notes ?? []),
      ...(omitted.size > 0
        ? [
            `Left out of items that are too long: ${pathsInWords([...omitted])}. Choose fields, or read such an item alone.`,
          ]
        : []),
      ...(retained.length < items.length
        ? [
            `Only the first ${retained.length} of these ${items.length} items fit into a result. ${advice}`,
          ]
        : []),
    ],
  };
}

function truncateThing(answer: ShapedResult, maxBytes: number): ShapedResult {
  const { result } = answer;
  if (isObject(result)) {
    const omitted: string[] = [];
    const retained = withoutLargest(result, maxBytes, '', omitted);
    return {
      ...answer,
      result: retained,
      complete: false,
      notes: [
        ...(answer.notes ?? []),
        `Left out because they do not fit into a result: ${pathsInWords(omitted)}. Choose fields to read one of them.`,
      ],
    };
  }
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  return {
    ...answer,
    // A character takes up to four bytes, and a quote or a control character more as JSON.
    result: shortenText(text, Math.floor(maxBytes / 8)),
    complete: false,
    notes: [
      ...(answer.notes ?? []),
      'Cut: a text of this length does not fit into a result. The rest can be read in the Logto console or with another client of the API.',
    ],
  };
}

/** How many notes an answer has, and how long each may be. */
const MAX_NOTES = 20;
const MAX_NOTE_CHARS = 600;

/** Notes that quote much of the tenant are shortened, and redacted before. */
export const limitNotes = (answer: ShapedResult, redact: Redact = noRedaction): ShapedResult =>
  answer.notes === undefined ||
  (answer.notes.length <= MAX_NOTES && answer.notes.every(({ length }) => length <= MAX_NOTE_CHARS))
    ? answer
    : {
        ...answer,
        notes: [
          ...answer.notes
            .slice(0, MAX_NOTES)
            .map((note) => shortenText(note, MAX_NOTE_CHARS, redact)),
          ...(answer.notes.length > MAX_NOTES
            ? [`and ${answer.notes.length - MAX_NOTES} more notes`]
            : []),
        ],
      };

/** An answer that is too long, cut to fit. `MAX_RESULT_BYTES` holds for the whole, notes and names included. */
export function truncate(answer: ShapedResult): ShapedResult {
  const { items, result, ...rest } = answer;
  // The frame: page, counts, the notes that are there and those that say what was cut.
  let maxBytes = MAX_RESULT_BYTES - byteLength(rest) - 2000;
  while (maxBytes > 1000) {
    const shortened = limitNotes(
      items === undefined ? truncateThing(answer, maxBytes) : truncateList(answer, items, maxBytes),
    );
    if (byteLength(shortened) <= MAX_RESULT_BYTES) {
      return shortened;
    }
    maxBytes = Math.floor(maxBytes / 2);
  }
  return limitNotes({
    ...rest,
    complete: false,
    notes: [...(rest.notes ?? []), 'Nothing of the answer fits into a result. Choose fields.'],
  });
}
