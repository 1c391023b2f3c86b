import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/live/**', 'test/real-clients/**'],
    globalSetup: 'test/support/build.ts',
    testTimeout: 20_000,
  },
});
