/**
 * `npm run test:node`: runs the tests on each release of Node that the program supports, and writes the results to
 * `node-versions.json`, which the support page shows. The npm package `node` brings the releases; they are installed into a
 * temporary folder.
 *
 * - `-- 22 24`: only these releases
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isObject } from '../json.js';

/** The first supported release, and the newest of each later line. */
export const RELEASES = ['20.19.0', '22', '24'] as const;

const RESULTS = new URL('node-versions.json', import.meta.url);

/** What the tests said on one release of Node. */
export interface NodeResult {
  /** As `process.version`, without the `v`. */
  readonly node: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The results of the last runs, by the name of the release. */
export const readResults = (): Readonly<Partial<Record<string, NodeResult>>> =>
  JSON.parse(readFileSync(RESULTS, 'utf8'));

/** Installs a release of Node. @returns the path of its program */
function install(release: string, folder: string): string {
  const prefix = join(folder, release);
  execFileSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefix', prefix, `node@${release}`],
    {
      stdio: 'ignore',
    },
  );
  return join(prefix, 'node_modules', 'node', 'bin', 'node');
}

/** Runs the tests. Processes that they start find the same Node, because it is first in the path. */
function runTests(node: string, report: string): NodeResult {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  spawnSync(
    node,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'test/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {
      stdio: 'inherit',
      env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` },
    },
  );
  const counts: unknown = JSON.parse(readFileSync(report, 'utf8'));
  const count = (name: string): number => Number(isObject(counts) ? counts[name] : Number.NaN);
  return {
    node: version,
    passed: count('numPassedTests'),
    failed: count('numFailedTests'),
    skipped: count('numPendingTests'),
  };
}

function main(requested: readonly string[]): void {
  const unknown = requested.filter(
    (release) => !RELEASES.some((supported) => supported === release),
  );
  if (unknown.length > 0) {
    process.stderr.write(`Unknown: ${unknown.join(', ')}. Releases: ${RELEASES.join(', ')}.\n`);
    process.exit(2);
  }
  const folder = mkdtempSync(join(tmpdir(), 'node-versions-'));
  try {
    const results = { ...readResults() };
    for (const release of RELEASES) {
      if (requested.length === 0 || requested.includes(release)) {
        const result = runTests(install(release, folder), join(folder, `${release}.json`));
        results[release] = result;
        process.stdout.write(`${JSON.stringify(result)}\n`);
      }
    }
    writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.filename === process.argv[1]) {
  main(process.argv.slice(2));
}
