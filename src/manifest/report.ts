/** A comparison as a person reads it: a line for each step and each member, counts last. */
import { markInvisible } from '../guard/visible-text.js';
import type { Comparison } from './comparison.js';
import {
  type Action,
  type Counts,
  countsOf,
  type FieldStep,
  isChange,
  type Step,
  stepLabelOf,
} from './steps.js';

/** Longest value that a line shows, in characters. */
const MAX_VALUE_CHARS = 160;

/** The sign of each action. */
const MARKS: Readonly<Record<Action, string>> = {
  create: '+',
  change: '~',
  remove: '-',
  blocked: '!',
  needs_secret: '!',
  unmanaged: '?',
};

/** ANSI codes of the colours. */
const COLOURS: Readonly<Record<Action, number>> = {
  create: 32,
  change: 33,
  remove: 31,
  blocked: 35,
  needs_secret: 35,
  unmanaged: 90,
};

const VERBS: Readonly<Record<Action, string>> = {
  create: 'to create',
  change: 'to change',
  remove: 'to remove',
  blocked: 'blocked',
  needs_secret: 'waiting for a secret',
  unmanaged: 'not in the manifest, left as they are',
};

const valueText = (value: unknown): string => {
  const text = value === undefined ? '(not set)' : JSON.stringify(value);
  return text.length > MAX_VALUE_CHARS
    ? `${text.slice(0, MAX_VALUE_CHARS)}... (${text.length} characters)`
    : text;
};

function fieldText(action: Action, { member, before, after, added, removed }: FieldStep): string {
  if (added !== undefined || removed !== undefined) {
    return [
      `${member}:`,
      ...(added ?? []).map((item) => `+${valueText(item)}`),
      ...(removed ?? []).map((item) => `-${valueText(item)}`),
    ].join(' ');
  }
  return action === 'create'
    ? `${member}: ${valueText(after)}`
    : `${member}: ${valueText(before)} -> ${valueText(after)}`;
}

/** Steps as lines, without colours. */
export function stepLines(steps: readonly Step[], isColoured = false): string[] {
  const paint = (action: Action, text: string): string =>
    isColoured ? `\u001b[${COLOURS[action]}m${text}\u001b[0m` : text;
  return steps.flatMap((step) => {
    const { action, fields = [], because } = step;
    const head = `${MARKS[action]} ${stepLabelOf(step)}${because === undefined ? '' : `: ${because}`}`;
    // A name of the tenant must not write escape codes to a terminal.
    return [
      paint(action, markInvisible(head)),
      ...fields.map((field) => `    ${markInvisible(fieldText(action, field))}`),
    ];
  });
}

/** `2 to create, 1 to change`; in words if there is nothing. */
export function countsText(counts: Counts): string {
  const parts = Object.entries(VERBS).flatMap(([action, verb]) => {
    const count = Object.entries(counts).find(([name]) => name === action)?.[1] ?? 0;
    return count === 0 ? [] : [`${count} ${verb}`];
  });
  return parts.length === 0 ? 'No differences' : parts.join(', ');
}

/** A whole plan, with its counts and its digest at the end. */
export function planText(comparison: Comparison, isColoured: boolean): string {
  const { steps, unchecked, unchanged, digest } = comparison;
  const counts = countsOf(steps);
  return [
    ...stepLines(steps, isColoured),
    ...(steps.length > 0 ? [''] : []),
    ...(unchecked.length > 0
      ? [`Not compared, because they are not set or not allowed: ${unchecked.join(', ')}.`]
      : []),
    `${countsText(counts)}; ${unchanged} unchanged.`,
    ...(steps.some(isChange) ? [`Digest: ${digest}`] : []),
    '',
  ].join('\n');
}

/** The same for programs. */
export const planJson = ({ steps, unchecked, unchanged, digest, hasChanges }: Comparison) => ({
  changes: hasChanges,
  digest,
  counts: { ...countsOf(steps), unchanged },
  steps,
  ...(unchecked.length > 0 && { not_compared: unchecked }),
});
