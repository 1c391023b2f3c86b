/** Limits and defaults that pages state by hand are those of the code. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFAULT_CONFIRM_MODE } from '../../src/guard/confirm/confirm-mode.js';
import { scriptLimits } from '../../src/jobs/script-protocol.js';
import { MAX_RETRIES } from '../../src/logto/retry.js';

const page = (name: string): string =>
  readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

it('docs/scripts.md states the limits of a script', () => {
  const rows = [...page('scripts.md').matchAll(/^\| ([a-z ]+) \| (\d.*) \|$/gm)];
  const count = (value: number): string => value.toLocaleString('en-US');
  expect(Object.fromEntries(rows.map(([, limit, value]) => [limit, value]))).toEqual({
    'time to the answer': `${scriptLimits.wallMs / 1000} seconds`,
    'computing time': `${scriptLimits.cpuMs / 1000} seconds`,
    memory: `${scriptLimits.memoryBytes / 1024 / 1024} MiB`,
    reads: count(scriptLimits.reads),
    writes: count(scriptLimits.writes),
    'returned value and log together': `${scriptLimits.outputBytes / 1000} KB`,
    code: `${scriptLimits.codeBytes / 1000} KB`,
  });
});

it('docs/safety.md states the default of --confirm', () => {
  const [, ...others] = page('safety.md').match(/^- `\w+`, the default:/gm) ?? [];
  expect(others).toEqual([]);
  expect(page('safety.md')).toContain(`- \`${DEFAULT_CONFIRM_MODE}\`, the default:`);
});

it('docs/design.md states how often a request is repeated', () => {
  const words = ['none', 'one', 'two', 'three', 'four', 'five'];
  expect(page('design.md')).toContain(`**Retries.** At most ${words[MAX_RETRIES]}.`);
});
