/** Suggestions for misspelt names. */
import leven from 'leven';

const MAX_SUGGESTIONS = 3;

/** Edits that a name may differ by and still count as misspelt. Two swapped letters are two edits. */
const allowedEdits = ({ length }: string): number =>
  length < 4 ? 1 : Math.max(2, Math.floor(length / 3));

/**
 * The candidates that a misspelt name was probably meant to be, the nearest first.
 *
 * @param normalize maps a name to what is compared, so that case or separators do not count
 */
export function nearestNames(
  name: string,
  candidates: Iterable<string>,
  normalize: (name: string) => string = (text) => text.toLowerCase(),
): string[] {
  const input = normalize(name);
  return [...candidates]
    .map((candidate) => ({ candidate, distance: leven(input, normalize(candidate)) }))
    .filter(({ distance }) => distance <= allowedEdits(input))
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ candidate }) => candidate);
}

/** `Did you mean a or b?`; undefined without names. */
export const didYouMean = (names: readonly string[]): string | undefined =>
  names.length === 0 ? undefined : `Did you mean ${names.join(' or ')}?`;
