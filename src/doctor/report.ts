/** The output of the doctor as text: one line per check, with colours and signs on a terminal and plain elsewhere. */
import type { Check, Status } from './runner.js';

export interface OutputStyle {
  readonly colour: boolean;
  /** Signs instead of words. */
  readonly signs: boolean;
}

/**
 * The style, by NO_COLOR and FORCE_COLOR (which wins, as in Node.js) and by whether there is a terminal.
 *
 * @param terminal whether the output is one
 */
export function outputStyleFor(
  env: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
): OutputStyle {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) {
    const colour = forced !== '0' && forced !== 'false';
    return { colour, signs: terminal };
  }
  const off = Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb';
  return { colour: terminal && !off, signs: terminal && env['TERM'] !== 'dumb' };
}

const words: Readonly<Record<Status, string>> = {
  ok: 'ok',
  warn: 'warn',
  fail: 'FAIL',
  skipped: 'skip',
};

const signs: Readonly<Record<Status, string>> = {
  ok: '\u2714',
  warn: '\u26a0',
  fail: '\u2716',
  skipped: '\u2013',
};

/** Escape codes, on and off. The versions of Node.js that the first check reports as too old lack styleText. */
const styles = {
  ok: [32, 39],
  warn: [33, 39],
  fail: [31, 39],
  skipped: [90, 39],
  title: [1, 22],
} as const;

/** Width of the column of titles in characters: that of the longest title. */
const TITLE_WIDTH = 20;

/** Adds the full stop that messages of other programs often lack, so that they do not run into the hint. */
const toSentence = (text: string): string => (/[.!?:]$/.test(text) ? text : `${text}.`);

/** One check as one line. */
export function formatterFor(style: OutputStyle): (check: Check) => string {
  const paint = (name: keyof typeof styles, text: string): string => {
    const [on, off] = styles[name];
    return style.colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };
  return ({ status, title, message, hint }) => {
    const mark = style.signs ? signs[status] : words[status].padEnd(4);
    const advice = hint?.trim() ?? '';
    const text = (advice === '' ? message : `${toSentence(message.trim())} ${advice}`).replaceAll(
      /\s+/g,
      ' ',
    );
    return `${paint(status, mark)}  ${paint('title', title.padEnd(TITLE_WIDTH))}${
      status === 'skipped' ? paint('skipped', text) : text
    }`;
  };
}

export interface Printer {
  /** The text to print for a check: a line, or nothing for one that `end` sums up. */
  add(check: Check): string;
  /** One line for all checks that were skipped for the same reason. */
  end(): string;
}

/** Prints checks as they complete. Checks that are blocked by the same failed check share one line. */
export function createPrinter(style: OutputStyle): Printer {
  const format = formatterFor(style);
  const blocked = new Map<string, string[]>();
  return {
    add(check) {
      const { blockedBy, title } = check;
      if (blockedBy === undefined) {
        return `${format(check)}\n`;
      }
      blocked.set(blockedBy, [...(blocked.get(blockedBy) ?? []), title]);
      return '';
    },
    end: () =>
      [...blocked]
        .map(
          ([blockedBy, titles]) =>
            `${format({
              id: 'skipped',
              title: countOf(titles.length, 'check'),
              status: 'skipped',
              message: `Skipped: fix ${blockedBy} first. (${titles.join(', ')})`,
            })}\n`,
        )
        .join(''),
  };
}

const countOf = (amount: number, noun: string): string =>
  `${amount} ${noun}${amount === 1 ? '' : 's'}`;

const countStatus = (checks: readonly Check[], status: Status): number =>
  checks.filter((check) => check.status === status).length;

/** Whether nothing failed, and a sentence about it. */
export function summaryOf(checks: readonly Check[]): {
  readonly ok: boolean;
  readonly text: string;
} {
  const failed = countStatus(checks, 'fail');
  const warned = countStatus(checks, 'warn');
  return {
    ok: failed === 0,
    text:
      failed > 0
        ? `${countOf(failed, 'fault')}: fix the first one and run doctor again.`
        : warned > 0
          ? `No faults, ${countOf(warned, 'warning')}.`
          : 'No faults.',
  };
}
