/** What JSON and TOML configuration files have in common: paths into them, and edits that change nothing else. */
import { isObject, type JsonPath, valueAt } from '../json.js';

/** A range of a text that may hold private data: a string or number with its path, or a comment without one. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
  readonly path?: JsonPath;
}

/** A text that cannot be edited, with the position of the reason. */
export class UneditableError extends Error {
  override readonly name = 'UneditableError';
  constructor(reason: string, text: string, offset: number) {
    const before = text.slice(0, offset).split('\n');
    super(`line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${reason}`);
  }
}

/** A file format. Texts are passed without a byte order mark. */
export interface Format {
  /** Parses a text; a blank one is an empty object. @throws UneditableError */
  read(text: string): unknown;
  /** Sets one value and creates missing containers. @throws UneditableError */
  set(text: string, path: JsonPath, value: unknown): string;
  /** Removes one value; a text without it is returned unchanged. @throws UneditableError */
  unset(text: string, path: JsonPath): string;
  /** Every string, number and comment. */
  privateRanges(text: string): TextRange[];
}

/** A copy with one value set; missing containers are created. */
export function withValue(value: unknown, [name, ...rest]: JsonPath, member: unknown): unknown {
  if (name === undefined) {
    return member;
  }
  if (typeof name === 'number') {
    const items: unknown[] = Array.isArray(value) ? [...value] : [];
    items[name] = withValue(items[name], rest, member);
    return items;
  }
  const members = isObject(value) ? value : {};
  return { ...members, [name]: withValue(valueAt(members, [name]), rest, member) };
}

/** A copy with one value removed. */
export function withoutValue(value: unknown, [name, ...rest]: JsonPath): unknown {
  if (name === undefined || valueAt(value, [name]) === undefined) {
    return value;
  }
  if (rest.length > 0) {
    return withValue(value, [name], withoutValue(valueAt(value, [name]), rest));
  }
  if (Array.isArray(value)) {
    return value.filter((_, index) => index !== name);
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
    : value;
}

/** The line ending of a text. */
export const lineEnd = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** The white space at the start of the line that an offset is in. */
export function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? '';
}
