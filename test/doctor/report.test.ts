/** How the doctor's answer looks. */
import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/doctor/index.js';
import { outputStyleFor, printer, summaryOf } from '../../src/doctor/report.js';

const check = (status: Check['status'], hint?: string): Check => ({
  id: 'role',
  title: 'Role',
  status,
  message: 'It is\nmissing.',
  ...(hint !== undefined && { hint }),
});

/** The sign with which every escapeSign code begins. */
const escapeSign = '\u001b';

describe('a line', () => {
  it('is one line and plain where there is no terminal', () => {
    const print = printer({ colour: false, signs: false });
    expect(print(check('fail', 'Give it.'))).toBe(
      'FAIL  Role                It is missing. Give it.',
    );
    expect(print(check('ok'))).toBe('ok    Role                It is missing.');
    expect(print(check('warn'))).toMatch(/^warn {2}Role/);
    expect(print(check('skipped'))).toMatch(/^skip {2}Role/);
  });

  it('keeps the hint apart from what others say without a full stop', () => {
    const print = printer({ colour: false, signs: false });
    expect(print({ ...check('fail', 'Give it.'), message: 'Unauthorized\n' })).toBe(
      'FAIL  Role                Unauthorized. Give it.',
    );
  });

  it('has colours and signs on a terminal', () => {
    const print = printer({ colour: true, signs: true });
    expect(print(check('fail'))).toContain(`${escapeSign}[31m✖`);
    expect(print(check('ok'))).toContain(`${escapeSign}[32m✔`);
    expect(print(check('warn'))).toContain(`${escapeSign}[33m⚠`);
  });

  it('has signs without colours where somebody wants none', () => {
    const line = printer({ colour: false, signs: true })(check('fail'));
    expect(line).toMatch(/^✖ {2}Role/);
    expect(line).not.toContain(escapeSign);
  });
});

describe('the look', () => {
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
    [['ok', 'skipped'], true, 'All well.'],
    [['ok', 'warn'], true, 'All well, with 1 warning.'],
    [['warn', 'warn'], true, 'All well, with 2 warnings.'],
    [['fail', 'warn'], false, '1 fault: mend the first one and run doctor again.'],
    [['fail', 'fail'], false, '2 faults: mend the first one and run doctor again.'],
  ] as const)('of %j is well: %s', (statuses, ok, text) => {
    expect(summaryOf(statuses.map((status) => check(status)))).toEqual({ ok, text });
  });
});
