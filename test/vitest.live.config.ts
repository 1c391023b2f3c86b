import { defineConfig } from 'vitest/config';

/** Against a real tenant, one call after the other. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/live/**/*.test.ts'],
    globalSetup: 'test/support/build.ts',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
