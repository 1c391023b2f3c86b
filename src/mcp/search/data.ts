/**
 * The data files of the search, as text. From the sources they are read from disk; the build replaces this module with the
 * files' content (src/dev/bundle-program.ts), so that the program needs no file beside it.
 */
import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** One line per operation: tool name, tab, phrases separated by ` | `. */
export const phrasesText = read('./phrases.tsv');

/** One line per operation: tool name, tab, key of its summary in Logto's document (see summaryKey). */
export const summaryKeysText = read('./summary-keys.tsv');

/** One line per answer: its members, tab, the tools that have it (see answers.ts). */
export const answersText = read('./answers.tsv');
