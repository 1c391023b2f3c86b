import { defineConfig } from 'vitest/config';

/** Several processes behind nginx, on one PostgreSQL: both have to be installed. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/replicas/**/*.test.ts'],
    globalSetup: 'test/support/build.ts',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
