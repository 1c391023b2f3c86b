/** The name that a person has to type, and whether it was typed. */
import type { DescribedWrite } from '../pending-write.js';
import { nameOf } from '../tenant-reader.js';
import { markCharacter, markInvisible } from '../visible-text.js';

/** What the person has to type: the name of what is changed or removed itself, rather than of what it is in. */
export const expectedOf = ({ entry, entity, targets }: DescribedWrite): string =>
  // A name of blanks would be confirmed by an empty answer.
  [Object.values(targets).at(-1), nameOf(entity)].find(
    (name) => name !== undefined && name.trim() !== '',
  ) ?? entry.name;

/** A name on one line, with everything in it to be seen. */
export const oneLine = (name: string): string =>
  markInvisible(name).replace(/[\t\n\r]/g, (character) => markCharacter(character));

/** Whether a person has typed a name, as it was shown or with the quotes around it. */
export const isTyped = (typed: string | undefined, expected: string): boolean => {
  const plain = (text: string): string => oneLine(text).normalize('NFC').trim().toLowerCase();
  return (
    typed !== undefined &&
    [expected, JSON.stringify(expected)].some((one) => plain(one) === plain(typed))
  );
};
