/** Phrases that people use for an operation, read from phrases.tsv. */
import { phrasesText } from './data.js';

/** Phrases by tool name. The first one is also the search hint for clients that load tools on demand. */
export type Phrases = Readonly<Record<string, readonly string[]>>;

/**
 * Reads lines of tool name, tab and phrases separated by ` | `.
 *
 * @throws Error for a line of another form and for a second line of one tool
 */
export function parsePhrases(text: string): Phrases {
  const phrases: Record<string, readonly string[]> = {};
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    const [name = '', list = '', ...rest] = line.split('\t');
    const parsed = list.split('|').map((phrase) => phrase.trim());
    if (name === '' || rest.length > 0 || parsed.includes('')) {
      throw new Error(`phrases.tsv:${index + 1}: write "tool_name<tab>phrase | phrase".`);
    }
    if (Object.hasOwn(phrases, name)) {
      throw new Error(`phrases.tsv:${index + 1}: ${name} has a line already.`);
    }
    phrases[name] = parsed;
  }
  return phrases;
}

export const phrases: Phrases = parsePhrases(phrasesText);
