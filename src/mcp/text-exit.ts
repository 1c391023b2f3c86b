/**
 * The only exit for text: everything that leaves this server for a model or a person passes here, because most of it was
 * written by users of the tenant. It marks invisible characters, shortens names, shows times as ISO 8601, redacts the
 * credentials of this server by value, and serializes once.
 */
import { markInvisible } from '../guard/visible-text.js';
import { isObject, mapInside } from '../json.js';
import type { Redact } from '../logto/redaction.js';
import { isFreeDataMember, isoTime, isTimeMember } from './times.js';

/** Redacts nothing. */
export const noRedaction: Redact = (text) => text;

/**
 * A text without its end where it is longer than `maxChars`; says how long it is. Never cuts a character in half.
 *
 * @param redact redacts a text before it is cut, because half a secret would not be recognized afterwards
 */
export function shortenText(text: string, maxChars: number, redact: Redact = noRedaction): string {
  if (text.length <= maxChars) {
    return text;
  }
  const start = redact(text).slice(0, maxChars);
  return `${start.replace(/[\ud800-\udbff]$/, '')}… (${text.length} characters)`;
}

const MAX_NAME_CHARS = 60;
const PLAIN_NAME = /^[\w$-]{1,40}$/;

/**
 * A name that a user of the tenant chose, inside a sentence of this server: quoted, on one line and short, so that it cannot
 * pass for the sentence. Identifiers stay bare; of a dotted name each part is treated by itself.
 */
export const quoteName = (name: string): string =>
  name.split('.').every((part) => PLAIN_NAME.test(part)) && name.length <= MAX_NAME_CHARS
    ? name
    : JSON.stringify(shortenText(markInvisible(name), MAX_NAME_CHARS));

/** Names of members that are longer are shortened: a name cannot be left out without its value. */
const MAX_MEMBER_NAME_CHARS = 256;

/** Names that need no change: the same few occur in every answer. In free data users choose them, so they are bounded. */
const plainNames = new Set<string>();
const MAX_PLAIN_NAMES = 2000;

function visibleName(name: string, redact: Redact): string {
  if (plainNames.has(name)) {
    return name;
  }
  const shown = shortenText(markInvisible(name), MAX_MEMBER_NAME_CHARS, redact);
  if (shown === name && plainNames.size < MAX_PLAIN_NAMES) {
    plainNames.add(name);
  }
  return shown;
}

/**
 * A value as it may be read: invisible characters marked, names of members shortened, times as ISO 8601.
 *
 * @param showTimes false inside free data, whose numbers are not times of Logto
 * @param redact redacts names that are shortened; the rest is redacted when it is serialized
 * @returns the value itself where nothing changes
 */
export function visible(value: unknown, showTimes = true, redact: Redact = noRedaction): unknown {
  if (typeof value === 'string') {
    return markInvisible(value);
  }
  if (Array.isArray(value)) {
    return mapInside(value, (item) => visible(item, showTimes, redact));
  }
  if (!isObject(value)) {
    return value;
  }
  let changed: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const member = value[name];
    const shownName = visibleName(name, redact);
    const shown =
      typeof member === 'number'
        ? showTimes && isTimeMember(name)
          ? isoTime(member)
          : member
        : visible(member, showTimes && !isFreeDataMember(name), redact);
    if (changed === undefined && (shown !== member || shownName !== name)) {
      changed = membersBefore(value, name);
    }
    if (changed !== undefined) {
      setMember(changed, shownName, shown);
    }
  }
  return changed ?? value;
}

/** Sets a member whatever its name is: `__proto__` would set the prototype. */
const setMember = (target: Record<string, unknown>, name: string, value: unknown): void => {
  if (name !== '__proto__') {
    target[name] = value;
    return;
  }
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
};

/** A copy of the members in front of one of them. */
function membersBefore(
  value: Readonly<Record<string, unknown>>,
  end: string,
): Record<string, unknown> {
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.slice(
      0,
      entries.findIndex(([name]) => name === end),
    ),
  );
}

/** A text for a person or a model: visible, and without the credentials of this server. */
export const visibleText = (text: string, redact: Redact): string => redact(markInvisible(text));
