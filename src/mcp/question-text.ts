/**
 * A preview as a person reads it in a question, line by line. Words of the tenant are in quotes, each on one line, so that
 * none of them can pass for words of this server.
 */
import { oneLine } from '../guard/visible-text.js';
import { isObject } from '../json.js';
import { quoteName } from './text-exit.js';

type Members = Readonly<Record<string, unknown>>;

/** Members that have a place of their own, or repeat the sentence above. */
const PLACED: ReadonlySet<string> = new Set([
  'operation',
  'does',
  'risks',
  'acts_on',
  'known_by',
  'changes',
  'loses',
  'cascades',
  'steps',
]);

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** The words of a member's name: `acts_on` becomes `acts on`. */
const words = (name: string): string => name.replaceAll('_', ' ');

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** A heading with lines below it; nothing where there are none. */
const part = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [heading, ...indented(lines)];

const membersOf = (value: unknown): [string, unknown][] =>
  isObject(value) ? Object.entries(value) : [];

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const changeLine = ({ field, before, after }: Members): string =>
  before === undefined
    ? `${quoteName(String(field))}: ${shown(after)}`
    : `${quoteName(String(field))}: ${shown(before)} becomes ${shown(after)}`;

/**
 * The lines of a preview below its sentence: what it acts on, why it asks, what changes, what would be gone.
 *
 * @param preview with invisible characters marked
 */
export function previewLines(preview: Members): string[] {
  const rest = Object.entries(preview).filter(
    ([name, value]) => !PLACED.has(name) && value !== undefined,
  );
  return [
    ...(preview['acts_on'] === undefined ? [] : [`On: ${shown(preview['acts_on'])}`]),
    ...indented(
      membersOf(preview['known_by']).map(([name, value]) => `${words(name)}: ${shown(value)}`),
    ),
    ...membersOf(preview['risks']).map(
      ([risk, because]) => `Asks because of ${risk}: ${oneLine(String(because))}`,
    ),
    ...part('Changes:', listOf(preview['changes']).filter(isObject).map(changeLine)),
    ...part('Would be gone:', listOf(preview['loses']).map(shown)),
    ...part(
      'Deleted with it:',
      membersOf(preview['cascades']).map(
        ([name, count]) => `${words(name)}: ${typeof count === 'string' ? count : shown(count)}`,
      ),
    ),
    ...part(
      'Steps:',
      listOf(preview['steps'])
        .filter(isObject)
        .map(({ operation, on, arguments: values, undoes, sets, names }) =>
          [
            String(operation),
            ...(Array.isArray(on) ? [`on ${on.map(shown).join(', ')}`] : []),
            ...(sets === undefined ? [shown(values ?? undoes)] : [`sets ${shown(sets)}`]),
            ...(names === undefined ? [] : [shown(names)]),
          ].join(' '),
        ),
    ),
    ...rest.map(([name, value]) => `${words(name)}: ${shown(value)}`),
  ];
}
