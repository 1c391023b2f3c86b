/** Text of the tenant is written by strangers: what cannot be seen, or turns the reading direction, is made visible. */
import { isObject, mapInside } from '../json.js';

/**
 * Controls, line separators, soft hyphens, fillers and blanks of no width, joiners, direction characters, selectors of
 * variants, and the tags of Unicode: what nobody sees.
 */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]|\u034f|\u17b4|\u17b5|[\u180b-\u180d]|\u180f|[\ufe00-\ufe0f]|[\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/** What an emoji can end with before it is joined to the next one. */
const pictureBefore = /(\p{Extended_Pictographic}|\p{Emoji_Modifier})\ufe0f?$/u;
const pictureAfter = /^\p{Extended_Pictographic}/u;
/** Scripts that are written with joiners between letters. */
const joinedScript = String.raw`[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}]`;
const letterBefore = new RegExp(`${joinedScript}$`, 'u');
const letterAfter = new RegExp(`^${joinedScript}`, 'u');
/** What one selector may follow, to be shown as a picture. */
const selectable = /\p{Extended_Pictographic}$/u;
const keyBefore = /[0-9#*]$/;
const keyCap = '\u20e3';

/** Whether an invisible character is part of how an emoji or a script is written: one joiner, or one selector. */
function belongs(character: string, text: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - 3), index);
  const after = text.slice(index + 1, index + 3);
  switch (character) {
    case '\u200d':
      return (
        (pictureBefore.test(before) && pictureAfter.test(after)) ||
        (letterBefore.test(before) && letterAfter.test(after))
      );
    case '\u200c':
      return letterBefore.test(before) && letterAfter.test(after);
    case '\ufe0f':
    case '\ufe0e':
      return selectable.test(before) || (keyBefore.test(before) && after.startsWith(keyCap));
    default:
      return false;
  }
}

/** A character by its number, to be seen. */
export const markCharacter = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;

/** Nothing but what a typewriter has, which is most of all text and quicker to tell. */
const plain = /^[\t\n\r -~]*$/;

/** A text with everything in it to be seen. */
export const markInvisible = (text: string): string =>
  plain.test(text)
    ? text
    : text.replace(invisible, (character, index: number) =>
        belongs(character, text, index) ? character : markCharacter(character),
      );

/** The same for every text inside a value, the names of members included; the value itself where all is to be seen. */
export function markInvisibleDeep(value: unknown): unknown {
  if (typeof value === 'string') {
    return markInvisible(value);
  }
  if (Array.isArray(value)) {
    return mapInside(value, markInvisibleDeep);
  }
  if (!isObject(value)) {
    return value;
  }
  const members = mapInside(value, markInvisibleDeep);
  return Object.keys(value).every((name) => markInvisible(name) === name)
    ? members
    : Object.fromEntries(
        Object.entries(Object(members)).map(([name, member]) => [markInvisible(name), member]),
      );
}
