/** The question to a person before a call is confirmed. Loaded when one is asked. */
import { askingPreviews, isRunPreview, type RunPreview } from '../jobs/run-preview.js';
import { isObject, memberOf } from '../json.js';
import type { Redact } from '../logto/redaction.js';
import { undoSummary } from '../plain-words.js';
import { headline, previewLines, runLines, writeLines } from './question-text.js';
import { noRedaction, shortenText, visible } from './text-exit.js';

/** Characters of a question: what is longer is not read. */
const MAX_QUESTION_CHARS = 12_000;

/** A preview with invisible characters marked. */
function visiblePreview(preview: object, redact: Redact): Readonly<Record<string, unknown>> {
  const shown = visible(preview, true, redact);
  return isObject(shown) ? shown : {};
}

/** The writes of a run that ask, as far as they were looked up, each in lines. */
function writesIn(preview: RunPreview, redact: Redact): string[][] {
  const asking = askingPreviews(preview);
  const isOnly = new Set(asking.map(({ operation }) => operation)).size === 1;
  return asking.map((write) => writeLines(visiblePreview(write, redact), isOnly));
}

/**
 * A question to a person: what would happen, and what to type. A run of many writes is described in lines, followed by the
 * writes that ask in full.
 */
export function question(
  does: string,
  preview: object,
  expected: string,
  redact: Redact = noRedaction,
): string {
  const isRun = isRunPreview(preview);
  const undone = memberOf(preview, 'undone');
  const summary = isRun
    ? shortenText(runLines(preview).join('\n'), MAX_QUESTION_CHARS, redact)
    : typeof undone === 'string'
      ? undoSummary(undone, does)
      : headline(does, preview);
  const shown = isRun ? writesIn(preview, redact) : [previewLines(visiblePreview(preview, redact))];
  const details = shown.map((lines) => lines.join('\n')).join('\n\n');
  return redact(
    `${summary}\n\n${details === '' ? '' : `${shortenText(details, MAX_QUESTION_CHARS, redact)}\n\n`}Type ${JSON.stringify(expected)} to confirm.`,
  );
}
