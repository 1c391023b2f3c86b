import { defineConfig } from 'vitest/config';
import { ClientTable } from './real-clients/table.js';

/** With clients that people use, one after the other; they are installed on first use. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/real-clients/**/*.test.ts'],
    globalSetup: 'test/support/build.ts',
    reporters: ['default', new ClientTable()],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
