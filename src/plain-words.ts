/** Words for a person. A summary of an operation is written for a model: it may name tools, and arguments as programs do. */

/** A name as programs write it: `update_user`, not `e-mail`. */
const TOOL_NAME = /\b[a-z]+(?:_[a-z]+)+\b/;

const TOOL_NAMES = new RegExp(TOOL_NAME, 'g');

/** A sentence without the parts that send a model to another tool: `Delete a user; to lock out take ...` becomes `Delete a user.` */
export function plainSummary(summary: string): string {
  const [first = '', ...others] = summary.replace(/\.$/, '').split('; ');
  const kept = others.filter((part) => !TOOL_NAME.test(part));
  return `${[plainWords(first), ...kept].join('; ')}.`;
}

/** The first part of a summary in quotes: what a change did. */
const quotedSummary = (summary: string): string =>
  `“${plainSummary(summary.split('; ')[0] ?? '').slice(0, -1)}”`;

/** The sentences of the undo of one change: what was done, and what the undo does now. */
export const undoSummary = (undone: string, does: string): string =>
  `Undo of ${quotedSummary(undone)}. The undo does this: ${plainSummary(does)}`;

/** The sentence of one step in the undo of a run. @param effect what the undo does, as a clause */
export const undoneStep = (undone: string, effect: string): string =>
  `Undo of ${quotedSummary(undone)}: this ${effect}.`;

/** A text with the names of tools as words: `create_hook` becomes `create hook`. */
export const plainWords = (text: string): string =>
  text.replaceAll(TOOL_NAMES, (name) => name.replaceAll('_', ' '));

/** The words of a member's name: `acts_on` becomes `acts on`, and `primaryEmail` becomes `primary email`. */
export const memberWords = (name: string): string =>
  name
    .replaceAll('_', ' ')
    .replaceAll(
      /([a-z])([A-Z])/g,
      (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
    );
