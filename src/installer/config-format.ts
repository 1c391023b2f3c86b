/** What the two kinds of configuration files have in common: paths into them, and edits that touch nothing else. */
import { isDeepStrictEqual } from 'node:util';

/** Where a value stands: the names of its tables or objects, and the places in arrays. */
export type Path = readonly (string | number)[];

/** What an insertion has left behind, so that a later removal gives back the very bytes. */
export interface Trace {
  /** What was inserted: the value asked for, or the outermost container that was missing. */
  readonly path: Path;
  /** The white space that stood where the insertion put its own; undefined when it was left alone. */
  readonly gap?: string;
}

export interface Edited {
  readonly text: string;
  /** Missing when nothing was inserted: a value was replaced, or was there already. */
  readonly trace?: Trace;
}

/** A piece of a text that may hold something that is nobody's business: a value, or a comment (without a path). */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly path?: Path;
}

/** A text that cannot be edited, and where. */
export class UneditableError extends Error {
  override readonly name = 'UneditableError';
  constructor(what: string, text: string, offset: number) {
    const { line, column } = positionOf(text, offset);
    super(`line ${line}, column ${column}: ${what}`);
  }
}

/** A kind of file. Texts come without a byte order mark. */
export interface Format {
  /** The value of the whole text; an empty object for a blank one. @throws UneditableError when it cannot be parsed */
  read(text: string): unknown;
  /** Sets one value, and makes the containers that are missing. @throws UneditableError */
  set(text: string, path: Path, value: unknown): Edited;
  /**
   * Takes one value out; without one the text stays as it is.
   *
   * @param gap of the trace that the insertion left
   * @throws UneditableError
   */
  unset(text: string, path: Path, gap?: string): string;
  /** Every string, every number and every comment. */
  pieces(text: string): Piece[];
}

/** Line and column of an offset, both counted from 1. */
function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path; undefined when there is none. Nothing that objects inherit counts. */
export function at(value: unknown, path: Path): unknown {
  let found = value;
  for (const name of path) {
    const holds =
      (Array.isArray(found) && typeof name === 'number') ||
      (isObject(found) && Object.hasOwn(found, name));
    found = holds ? Object(found)[name] : undefined;
  }
  return found;
}

/** A copy with one value set; containers that are missing are made. */
export function having(value: unknown, [name, ...rest]: Path, set: unknown): unknown {
  if (name === undefined) {
    return set;
  }
  if (typeof name === 'number') {
    const items = Array.isArray(value) ? [...value] : [];
    items[name] = having(items[name], rest, set);
    return items;
  }
  const members = isObject(value) ? value : {};
  return { ...members, [name]: having(at(members, [name]), rest, set) };
}

/** A copy with one value taken out; without a path nothing is left. */
export function lacking(value: unknown, [name, ...rest]: Path): unknown {
  if (name === undefined) {
    return {};
  }
  if (at(value, [name]) === undefined) {
    return value;
  }
  if (rest.length > 0) {
    return having(value, [name], lacking(at(value, [name]), rest));
  }
  if (Array.isArray(value)) {
    return value.filter((_, index) => index !== name);
  }
  return Object.fromEntries(Object.entries(Object(value)).filter(([key]) => key !== name));
}

export const same = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other);

/** How the lines of a text end. */
export const lineEnd = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** The white space before the first word of the line in which an offset lies. */
export function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? '';
}

/** Where the run of white space begins that ends at an offset. */
export function gapBefore(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && /\s/.test(text.charAt(start - 1))) {
    start -= 1;
  }
  return start;
}

/** Where the run of white space ends that begins at an offset. */
export function gapAfter(text: string, offset: number): number {
  let end = offset;
  while (end < text.length && /\s/.test(text.charAt(end))) {
    end += 1;
  }
  return end;
}
