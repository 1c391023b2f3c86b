/** Properties of a JSON text that must be known before it is parsed. */

const QUOTE = 34;
const BACKSLASH = 92;

export interface JsonScan {
  /** Levels of lists and objects; scanning ends at the first level that is too deep. */
  readonly depth: number;
  /** Whether a whole number is too large for a double, so that parsing rounds it. */
  readonly hasLargeInteger: boolean;
}

/** Whether the whole number that ends before `end` is beyond 2^53. Digits of a fraction do not count. */
function isLargeInteger(text: string, start: number, end: number): boolean {
  const before = text[start - 1];
  const after = text[end];
  return (
    before !== '.' &&
    after !== '.' &&
    after !== 'e' &&
    after !== 'E' &&
    !Number.isSafeInteger(Number(text.slice(start, end)))
  );
}

/**
 * Scans a text in one pass, without recursion.
 *
 * @param maxDepth the scan stops when the text is nested deeper
 */
export function scanJson(text: string, maxDepth: number): JsonScan {
  let depth = 0;
  let deepest = 0;
  let digits = 0;
  let hasLargeInteger = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) {
      digits += 1;
      continue;
    }
    if (digits > 15) {
      hasLargeInteger ||= isLargeInteger(text, index - digits, index);
    }
    digits = 0;
    if (code === QUOTE) {
      // Most of a text is inside strings: go from quote to quote, past those that are escaped.
      let end = text.indexOf('"', index + 1);
      while (end !== -1 && isEscaped(text, end)) {
        end = text.indexOf('"', end + 1);
      }
      if (end === -1) {
        break;
      }
      index = end;
    } else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > deepest) {
        deepest = depth;
        if (deepest > maxDepth) {
          break;
        }
      }
    } else if (code === 93 || code === 125) {
      depth -= 1;
    }
  }
  return { depth: deepest, hasLargeInteger };
}

/** Whether an odd number of backslashes is before the character. */
function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) {
    backslashes += 1;
  }
  return backslashes % 2 === 1;
}
