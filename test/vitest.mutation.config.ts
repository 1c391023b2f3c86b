import { defineConfig } from 'vitest/config';

/** The process that tries mutants, in the copy that `npm run test:mutation` has made (test/mutation/run.ts). */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/mutation/entry.ts'],
    runner: 'test/mutation/mutant-runner.ts',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    isolate: false,
    pool: 'threads',
    maxWorkers: 1,
  },
});
