/** The doctor's output as text. */
import { describe, expect, it } from 'vitest';
import { createPrinter, formatterFor, outputStyleFor, summaryOf } from '../../src/doctor/report.js';
import type { Check } from '../../src/doctor/runner.js';

const check = (status: Check['status'], hint?: string): Check => ({
  id: 'role',
  title: 'Role',
  status,
  message: 'It is\nmissing.',
  ...(hint !== undefined && { hint }),
});

/** The first character of every escape code. */
const escapeSign = '\u001b';

describe('a line', () => {
  it('is one line and plain where there is no terminal', () => {
    const print = formatterFor({ colour: false, signs: false });
    expect(print(check('fail', 'Give it.'))).toBe(
      'FAIL  Role                It is missing. Give it.',
    );
    expect(print(check('ok'))).toBe('ok    Role                It is missing.');
    expect(print(check('warn'))).toMatch(/^warn {2}Role/);
    expect(print(check('skipped'))).toMatch(/^skip {2}Role/);
  });

  it('adds the full stop that a message lacks before its hint', () => {
    const print = formatterFor({ colour: false, signs: false });
    expect(print({ ...check('fail', 'Give it.'), message: 'Unauthorized\n' })).toBe(
      'FAIL  Role                Unauthorized. Give it.',
    );
  });

  it('has colours and signs on a terminal', () => {
    const print = formatterFor({ colour: true, signs: true });
    expect(print(check('fail'))).toContain(`${escapeSign}[31m✖`);
    expect(print(check('ok'))).toContain(`${escapeSign}[32m✔`);
    expect(print(check('warn'))).toContain(`${escapeSign}[33m⚠`);
  });

  it('has signs without colours where they are turned off', () => {
    const line = formatterFor({ colour: false, signs: true })(check('fail'));
    expect(line).toMatch(/^✖ {2}Role/);
    expect(line).not.toContain(escapeSign);
  });
});

describe('checks that a failed check blocks', () => {
  const blocked = (title: string, blockedBy: string): Check => ({
    id: title.toLowerCase(),
    title,
    status: 'skipped',
    message: `Skipped: fix ${blockedBy} first.`,
    blockedBy,
  });

  it('share one line at the end for each cause', () => {
    const printer = createPrinter({ colour: false, signs: false });
    expect(printer.add(check('fail'))).toBe('FAIL  Role                It is missing.\n');
    expect(printer.add(blocked('Reads', 'Role'))).toBe('');
    expect(printer.add(blocked('Proxy', 'Node.js'))).toBe('');
    expect(printer.add(blocked('Catalog', 'Role'))).toBe('');
    expect(printer.end()).toBe(
      'skip  2 checks            Skipped: fix Role first. (Reads, Catalog)\n' +
        'skip  1 check             Skipped: fix Node.js first. (Proxy)\n',
    );
  });

  it('leave other skipped checks on separate lines', () => {
    const printer = createPrinter({ colour: false, signs: false });
    expect(printer.add(check('skipped'))).toMatch(/^skip {2}Role/);
    expect(printer.end()).toBe('');
  });
});

describe('the style', () => {
  it.each([
    [{}, true, true, true],
    [{}, false, false, false],
    [{ NO_COLOR: '1' }, true, false, true],
    [{ NO_COLOR: '' }, true, true, true],
    [{ TERM: 'dumb' }, true, false, false],
    [{ FORCE_COLOR: '1' }, false, true, false],
    [{ FORCE_COLOR: '' }, false, true, false],
    [{ FORCE_COLOR: '0' }, true, false, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true, false],
  ])('with %j and terminal %s has colour %s and signs %s', (env, terminal, colour, signs) => {
    expect(outputStyleFor(env, terminal)).toEqual({ colour, signs });
  });
});

describe('the last line', () => {
  it.each([
    [['ok', 'skipped'], true, 'No faults.'],
    [['ok', 'warn'], true, 'No faults, 1 warning.'],
    [['warn', 'warn'], true, 'No faults, 2 warnings.'],
    [['fail', 'warn'], false, '1 fault: fix the first one and run doctor again.'],
    [['fail', 'fail'], false, '2 faults: fix the first one and run doctor again.'],
  ] as const)('of %j is ok: %s', (statuses, ok, text) => {
    expect(summaryOf(statuses.map((status) => check(status)))).toEqual({ ok, text });
  });
});
