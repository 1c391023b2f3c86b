/**
 * Text of the tenant is written by its users. Characters that are invisible or change the reading direction are shown by
 * their numbers, and names in sentences of this server are quoted and shortened.
 */
/**
 * Controls, line separators, soft hyphens, fillers and zero-width spaces, joiners, direction characters, variation
 * selectors, and the tags of Unicode: all that is invisible.
 */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is searched for
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

/** A character shown by its number. */
export const markCharacter = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;

/** Printable ASCII only, which is most text and quicker to tell. */
const plain = /^[\t\n\r -~]*$/;

/** A text with everything in it visible. */
export const markInvisible = (text: string): string =>
  plain.test(text)
    ? text
    : text.replace(invisible, (character, index: number) =>
        belongs(character, text, index) ? character : markCharacter(character),
      );

/** Characters of a name that are shown in a sentence, and names that are listed in one. */
const MAX_NAME_CHARACTERS = 80;
const MAX_LISTED_NAMES = 20;

/** A text on one line, with everything in it visible. */
export const oneLine = (text: string): string =>
  markInvisible(text).replace(/[\t\n\r]/g, (character) => markCharacter(character));

const shorten = (text: string): string => {
  const characters = [...text];
  return characters.length > MAX_NAME_CHARACTERS
    ? `${characters.slice(0, MAX_NAME_CHARACTERS).join('')}...`
    : text;
};

/** Texts that cannot be mistaken for a sentence: names of members as programs write them. */
const isPlainName = (name: string): boolean => /^[A-Za-z][\w.-]{0,39}$/.test(name);

/** Names for a sentence of this server: quoted unless they are plain, shortened, and not too many. */
export function quotedNames(names: readonly string[]): string {
  const listed = names
    .slice(0, MAX_LISTED_NAMES)
    .map((name) => (isPlainName(name) ? name : JSON.stringify(shorten(oneLine(name)))));
  const more = names.length - listed.length;
  return [...listed, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
