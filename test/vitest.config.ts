import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The folders and files that take longest, mostly because they start the program many times. They run first, so that the
 * workers end together. Without a cache of durations, as in a fresh clone, vitest would order files by their size.
 */
const LONGEST: readonly string[] = [
  'test/e2e/',
  'test/manifest/commands',
  'test/docs/demo',
  'test/jobs/',
  'test/store/',
  'test/guard/undo/undo-table',
  'test/http/',
  'test/docs/configuration-as-code',
  'test/doctor/connection-checks',
  'test/manifest/',
  'test/walks/',
  'test/mcp/recipes/',
];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const index = LONGEST.findIndex((path) => moduleId.includes(path));
  return index < 0 ? LONGEST.length : index;
};

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/live/**', 'test/real-clients/**', 'test/browser/**', 'test/replicas/**'],
    globalSetup: 'test/support/build.ts',
    // Two workers and the programs that they start share the processors.
    testTimeout: 40_000,
    hookTimeout: 40_000,
    // Test files share loaded modules within a worker: loading the catalog anew costs half a second per file. So a test must
    // restore what it changes outside of itself.
    isolate: false,
    // By default vitest leaves one processor to itself, so a machine with two would run one file after the other.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
  },
});
