/** The members of each operation's answer, read from answers.tsv. Loaded with the search, not at a start. */
import { answersText } from './data.js';

/** The answer of an operation without an answer. */
export const NO_ANSWER = 'void';

/**
 * Reads lines of an answer in the notation of signature.ts, a tab, and the tools that have it, separated by spaces; `[]` after
 * a tool says that it answers a list of that.
 *
 * @returns answers by tool name
 * @throws Error for a line of another form and for a second answer of one tool
 */
export function parseAnswers(text: string): ReadonlyMap<string, string> {
  const answers = new Map<string, string>();
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    const [answer = '', tools = '', ...rest] = line.split('\t');
    for (const tool of tools.split(' ')) {
      const name = tool.replace(/\[\]$/, '');
      if (answer === '' || name === '' || rest.length > 0 || answers.has(name)) {
        throw new Error(
          `answers.tsv:${index + 1}: write "answer<tab>tool_name tool_name[]", each tool once.`,
        );
      }
      answers.set(name, name === tool ? answer : `${answer}[]`);
    }
  }
  return answers;
}

/** Answers by tool name. */
export const answers = parseAnswers(answersText);
