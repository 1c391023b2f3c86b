/** Requests of one call that wait at the same time. */
import { expect, it } from 'vitest';
import { withTimeout } from '../../src/logto/clock.js';

it('many tasks with one signal cause no warning of a leak', async () => {
  const warnings: Error[] = [];
  const collect = (warning: Error) => warnings.push(warning);
  process.on('warning', collect);
  try {
    const { signal } = new AbortController();
    const task = () =>
      withTimeout(
        1000,
        signal,
        () => new Error('expired'),
        () => new Promise((resolve) => setImmediate(resolve)),
      );
    await Promise.all(Array.from({ length: 40 }, task));
    // Node emits a warning in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', collect);
  }
  expect(warnings).toEqual([]);
});
