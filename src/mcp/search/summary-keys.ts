/**
 * Finds operations by the summary that Logto's document gives them. Only a hash of the summary's words is stored, because
 * the words are Logto's.
 */
import { createHash } from 'node:crypto';
import { summaryKeysText } from './data.js';

const KEY_HEX_DIGITS = 12;

/** The key of a summary: the same for any case and punctuation. */
export const summaryKey = (summary: string): string =>
  createHash('sha256')
    .update((summary.toLowerCase().match(/[a-z0-9]+/g) ?? []).join(' '))
    .digest('hex')
    .slice(0, KEY_HEX_DIGITS);

/** Tool names by key. Logto gives a few summaries to two operations. */
function parseSummaryKeys(text: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.trimEnd().split('\n')) {
    const [name = '', key = ''] = line.split('\t');
    names.set(key, [...(names.get(key) ?? []), name]);
  }
  return names;
}

/** Tool names of the operations by the key of their summary in Logto's document. */
export const summaryKeys = parseSummaryKeys(summaryKeysText);
