import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/live/**', 'test/real-clients/**', 'test/browser/**', 'test/replicas/**'],
    globalSetup: 'test/support/build.ts',
    testTimeout: 20_000,
    // Test files share loaded modules within a worker: loading the catalog anew costs half a second per file. So a test must
    // restore what it changes outside of itself.
    isolate: false,
  },
});
