/** What an edit changes, line by line, without what else stands in the file. */
import { structuredPatch } from 'diff';
import type { Format, Path } from './config-format.js';

/** Replaces what must not be shown, and keeps the lines. */
function masked(text: string, format: Format, shown: (path: Path) => boolean): string {
  const hidden = format
    .pieces(text)
    .filter(({ path }) => path === undefined || !shown(path))
    .sort((one, other) => other.from - one.from);
  return hidden.reduce(
    (result, { from, to }) =>
      result.slice(0, from) +
      result.slice(from, to).replaceAll(/[^\r\n]+/g, '***') +
      result.slice(to),
    text,
  );
}

const linesOf = (text: string): string[] => text.split(/\r?\n/);

/**
 * The lines that differ, with `-` before the old ones and `+` before the new ones, under the numbers of their lines.
 *
 * Values and comments are masked unless they are ours to show: a line may change by a comma alone and hold a password of
 * another server.
 *
 * @param shown whether the value at a path may be shown, of the text before and of the one after
 */
export function diffText(
  before: string,
  after: string,
  format: Format,
  shown: Readonly<Record<'before' | 'after', (path: Path) => boolean>>,
): string[] {
  const from = linesOf(masked(before, format, shown.before));
  const to = linesOf(masked(after, format, shown.after));
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 0 });
  // Where nothing is replaced, the line that the others come behind is named, as diff does.
  const range = (start: number, count: number): string =>
    `${count === 0 ? start - 1 : start},${count}`;
  return hunks.flatMap(({ oldStart, oldLines, newStart, newLines }) => [
    `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
    ...from.slice(oldStart - 1, oldStart - 1 + oldLines).map((line) => `- ${line}`),
    ...to.slice(newStart - 1, newStart - 1 + newLines).map((line) => `+ ${line}`),
  ]);
}
