/** The words that people use for what Logto calls otherwise. */

/** What people say, and what the catalog says instead; looked for as whole words, in any question. */
export const synonyms: readonly (readonly [said: readonly string[], meant: string])[] = [];

/** What people say when they mean one operation. */
export const terms: Readonly<Record<string, readonly string[]>> = {};
