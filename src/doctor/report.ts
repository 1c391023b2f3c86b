/** The doctor's answer as text: one line for each check, with colours and signs on a terminal and plain elsewhere. */
import type { Check, Status } from './runner.js';

export interface OutputStyle {
  readonly colour: boolean;
  /** Signs instead of words. */
  readonly signs: boolean;
}

/**
 * How to print, by NO_COLOR and FORCE_COLOR (which wins, as in Node.js) and by whether there is a terminal.
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

/** Escape codes, on and off. Node's own styleText is missing in the versions that the first check is there to find. */
const styles = {
  ok: [32, 39],
  warn: [33, 39],
  fail: [31, 39],
  skipped: [90, 39],
  title: [1, 22],
} as const;

/** As wide as the longest title. */
const titleWidth = 20;

/** What others say often ends without a full stop, and would run into the hint. */
const sentence = (text: string): string => (/[.!?:]$/.test(text) ? text : `${text}.`);

/** Prints one check as one line. */
export function printer(look: OutputStyle): (check: Check) => string {
  const paint = (style: keyof typeof styles, text: string): string => {
    const [on, off] = styles[style];
    return look.colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };
  return ({ status, title, message, hint }) => {
    const mark = look.signs ? signs[status] : words[status].padEnd(4);
    const advice = hint?.trim() ?? '';
    const oneLine = (advice === '' ? message : `${sentence(message.trim())} ${advice}`).replaceAll(
      /\s+/g,
      ' ',
    );
    return `${paint(status, mark)}  ${paint('title', title.padEnd(titleWidth))}${
      status === 'skipped' ? paint('skipped', oneLine) : oneLine
    }`;
  };
}

const count = (checks: readonly Check[], status: Status): number =>
  checks.filter((check) => check.status === status).length;

const number = (amount: number, noun: string): string =>
  `${amount} ${noun}${amount === 1 ? '' : 's'}`;

/** Whether all is well, and that in words. Warnings are well. */
export function summaryOf(checks: readonly Check[]): {
  readonly ok: boolean;
  readonly text: string;
} {
  const failed = count(checks, 'fail');
  const warned = count(checks, 'warn');
  return {
    ok: failed === 0,
    text:
      failed > 0
        ? `${number(failed, 'fault')}: mend the first one and run doctor again.`
        : warned > 0
          ? `All well, with ${number(warned, 'warning')}.`
          : 'All well.',
  };
}
