/** Text of the tenant is written by strangers: what cannot be seen, or turns the reading direction, is made visible. */

/** Controls, soft hyphens, zero-width and direction characters, and the tags of Unicode, which nobody sees. */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|\u17b4|\u17b5|[\u{e0000}-\u{e0fff}]/gu;

/** A joiner inside emoji and some scripts belongs there. */
const joins = (text: string, index: number): boolean =>
  (text.codePointAt(index + 1) ?? 0) > 0x2ff &&
  (text.codePointAt(Math.max(0, index - 1)) ?? 0) > 0x2ff;

const mark = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;

/** A text with everything in it to be seen. */
export const visible = (text: string): string =>
  text.replace(invisible, (character, index: number) =>
    (character === '\u200d' || character === '\u200c') && joins(text, index)
      ? character
      : mark(character),
  );

/** The same for every text inside a value, the names of members included. */
export function visibleThroughout(value: unknown): unknown {
  if (typeof value === 'string') {
    return visible(value);
  }
  if (Array.isArray(value)) {
    return value.map(visibleThroughout);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([name, member]) => [visible(name), visibleThroughout(member)]),
      )
    : value;
}
