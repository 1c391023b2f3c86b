/** Suggestions for misspelt names. */
import leven from 'leven';

const MAX_SUGGESTIONS = 3;

/** Shorter names are not compared as a part of another: they occur in too many. In characters. */
const MIN_PART_CHARS = 3;

/** Edits that a name may differ by and still count as misspelt. Two swapped letters are two edits. */
const allowedEdits = ({ length }: string): number =>
  length < 4 ? 1 : Math.max(2, Math.floor(length / 3));

const isPart = (part: string, whole: string): boolean =>
  part.length >= MIN_PART_CHARS && whole.includes(part);

const lowerCase = (text: string): string => text.toLowerCase();

function bestMatches(
  name: string,
  candidates: Iterable<string>,
  normalize: (name: string) => string,
  matchesParts: boolean,
): string[] {
  const input = normalize(name);
  return [...candidates]
    .map((candidate) => {
      const compared = normalize(candidate);
      return { candidate, compared, distance: leven(input, compared) };
    })
    .filter(
      ({ compared, distance }) =>
        distance <= allowedEdits(input) ||
        (matchesParts && (isPart(input, compared) || isPart(compared, input))),
    )
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ candidate }) => candidate);
}

/**
 * The candidates that a misspelt name was probably meant to be, the nearest first; at most three.
 *
 * @param normalize maps a name to what is compared, so that case or separators do not count
 */
export const nearestNames = (
  name: string,
  candidates: Iterable<string>,
  normalize: (name: string) => string = lowerCase,
): string[] => bestMatches(name, candidates, normalize, false);

/** The same for names of tools, arguments and members, which are often incomplete or have additions. */
export const similarNames = (name: string, candidates: Iterable<string>): string[] =>
  bestMatches(name, candidates, lowerCase, true);

/** `Did you mean a, b or c?`; undefined without names. */
export function didYouMean(names: readonly string[]): string | undefined {
  const last = names.at(-1);
  const others = names.slice(0, -1);
  return last === undefined
    ? undefined
    : `Did you mean ${others.length > 0 ? `${others.join(', ')} or ${last}` : last}?`;
}
