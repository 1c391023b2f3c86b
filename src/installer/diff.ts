/** Shows what an edit changes, line by line, with the rest of the file redacted. */
import { structuredPatch } from 'diff';
import type { JsonPath } from '../json.js';
import type { Format } from './config-format.js';

/** Whether the value at a path may be shown. */
export type IsVisible = (path: JsonPath) => boolean;

/** The same text as in answers and in the log (`logto/redaction.ts`, which this layer does not import). */
const REDACTED = '[redacted]';

/** Redacts what must not be shown; line breaks stay. */
function redacted(text: string, format: Format, isVisible: IsVisible): string {
  const hidden = format
    .privateRanges(text)
    .filter(({ path }) => path === undefined || !isVisible(path))
    .sort((a, b) => b.from - a.from);
  return hidden.reduce(
    (result, { from, to }) =>
      result.slice(0, from) +
      result.slice(from, to).replaceAll(/[^\r\n]+/g, REDACTED) +
      result.slice(to),
    text,
  );
}

const linesOf = (text: string): string[] => text.split(/\r?\n/);

/**
 * The changed lines with their line numbers: old ones after `-`, new ones after `+`.
 *
 * Values and comments are redacted unless they are visible: a line may change by a comma alone and hold the password of
 * another server.
 */
export function diffText(
  before: string,
  after: string,
  format: Format,
  isVisible: Readonly<Record<'before' | 'after', IsVisible>>,
): string[] {
  const oldText = linesOf(redacted(before, format, isVisible.before));
  const newText = linesOf(redacted(after, format, isVisible.after));
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 0 });
  // An empty range names the line before it, as in diff.
  const range = (start: number, count: number): string =>
    `${count === 0 ? start - 1 : start},${count}`;
  return hunks.flatMap(({ oldStart, oldLines, newStart, newLines }) => [
    `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
    ...oldText.slice(oldStart - 1, oldStart - 1 + oldLines).map((line) => `- ${line}`),
    ...newText.slice(newStart - 1, newStart - 1 + newLines).map((line) => `+ ${line}`),
  ]);
}
