/** Values that cannot be sent to Logto unchanged, in any argument, free data included. */
import { isObject } from '../../json.js';

/** Levels of lists and objects inside an argument. */
const MAX_DEPTH = 200;

/** The number of such mistakes that an error lists. */
const MAX_LINES = 10;

/** With the u flag a pair of surrogates is one character, so only lone ones match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const HALF_CHARACTER =
  'holds half of a character (a lone surrogate), which cannot be sent. Leave it out';
const NUL_CHARACTER = 'holds the character U+0000, which Logto cannot store. Leave it out';

/** Why a text cannot be sent; undefined when it can. */
const textProblem = (text: string): string | undefined =>
  text.includes('\u0000') ? NUL_CHARACTER : LONE_SURROGATE.test(text) ? HALF_CHARACTER : undefined;

/** Why a number cannot be sent; undefined when it can. JSON.parse rounded it before this server saw it. */
const numberProblem = (value: number): string | undefined =>
  Number.isInteger(value) && !Number.isSafeInteger(value)
    ? 'is a whole number beyond 2^53, which JSON rounds. Write it as a text, in quotes'
    : Number.isFinite(value)
      ? undefined
      : 'is too large for a number. Write it as a text, in quotes';

/**
 * A sentence for each value in `values` that cannot be sent: rounded integers, NUL, lone surrogates, too many levels.
 *
 * @param root the argument of another tool that contains `values`; empty if there is none
 */
export function unsendableIn(values: unknown, root = ''): string[] {
  const lines: string[] = [];
  const look = (value: unknown, place: string, depth: number): void => {
    if (lines.length >= MAX_LINES) {
      return;
    }
    const problem =
      typeof value === 'string'
        ? textProblem(value)
        : typeof value === 'number'
          ? numberProblem(value)
          : undefined;
    if (problem !== undefined) {
      lines.push(`${place} ${problem}.`);
      return;
    }
    if (depth > MAX_DEPTH && typeof value === 'object' && value !== null) {
      lines.push(
        `${place.slice(0, 60)}... has more than ${MAX_DEPTH} levels of lists and objects.`,
      );
      return;
    }
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        look(item, `${place}[${index}]`, depth + 1);
      });
    } else if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        const wrong = textProblem(name);
        const at = place === '' ? name : `${place}.${name}`;
        if (wrong !== undefined) {
          lines.push(`A name inside ${place === '' ? 'the arguments' : place} ${wrong}.`);
        } else {
          look(member, at, depth + 1);
        }
      }
    }
  };
  look(values, root, 0);
  return lines;
}
