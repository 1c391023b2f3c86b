import { defineConfig } from 'vitest/config';

/** Paths of tests to run, separated by commas, as `test/logto,test/guard/policy`: a smaller run takes a fraction of the time. */
const selected = process.env['MUTATION_TESTS']?.split(',') ?? [
  'test/guard',
  'test/logto',
  'test/mcp',
];

/**
 * The tests of a mutation run: those that call the sources in this process. Not among them are tests that try every
 * operation of the catalog one by one: they take longer than all others together.
 */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: selected.map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`)),
    exclude: [
      'test/guard/undo/undo-table.test.ts',
      'test/guard/promises.property.test.ts',
      'test/guard/confirm/budget.test.ts',
      'test/mcp/search/**',
    ],
    testTimeout: 20_000,
    isolate: false,
  },
});
