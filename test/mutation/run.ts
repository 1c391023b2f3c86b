/**
 * Mutation testing: changes source files in every small way and tells which changes no test notices. Stryker's instrumenter
 * makes the changes; one warm process tries them.
 *
 *     npm run test:mutation                                      every file of targets.ts
 *     npm run test:mutation -- --mutate src/logto/retry.ts       one file, or several with commas
 *       --sample 150    changes of each file that are tried, always the same ones
 *       --seed x        other ones
 *       --tests a,b     test files or folders in place of those of targets.ts
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { instrument } from './instrument.js';
import {
  BASELINE_FILE,
  JOB_FILE,
  type Job,
  PROGRESS_FILE,
  type Progress,
  RESULTS_FILE,
  type Result,
  scoresOf,
} from './results.js';
import { SLOW_TESTS, targets } from './targets.js';

const root = new URL('../..', import.meta.url).pathname;

/** Milliseconds between two looks at the process that tries mutants. */
const WATCH_MS = 500;
/** Milliseconds for a start, until the first progress. */
const START_LIMIT_MS = 300_000;

/** The test files in a folder, or the file itself. */
const testFilesIn = (path: string): string[] =>
  statSync(join(root, path)).isDirectory()
    ? readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => join(path, name))
        .filter((name) => !SLOW_TESTS.has(name))
    : [path];

const readJson = <T>(path: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

/** Runs the process that tries mutants, and ends it when one of them takes too long. @returns the mutant that did */
function runProcess(folder: string): Promise<{ code: number | null; hung?: string | undefined }> {
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.mutation.config.ts'],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const started = Date.now();
  let isHung = false;
  let hung: string | undefined;
  const watch = setInterval(() => {
    const progress = readJson<Progress>(join(folder, PROGRESS_FILE));
    if (Date.now() > (progress?.deadline ?? started + START_LIMIT_MS)) {
      isHung = true;
      hung = progress?.id;
      child.kill('SIGKILL');
    }
  }, WATCH_MS);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(watch);
      resolve({ code: isHung ? null : code, hung });
    });
  });
}

/** Tries every mutant of a job, in a new process after each one that never ends. */
async function tryAll(folder: string, job: Job): Promise<Result[]> {
  writeFileSync(join(folder, JOB_FILE), JSON.stringify(job));
  const resultsFile = join(folder, RESULTS_FILE);
  for (;;) {
    rmSync(join(folder, PROGRESS_FILE), { force: true });
    const { code, hung } = await runProcess(folder);
    // The mutant that ended the process, by a loop without an end or by an exit.
    const last = hung ?? readJson<Progress>(join(folder, PROGRESS_FILE))?.id;
    const results = existsSync(resultsFile)
      ? readFileSync(resultsFile, 'utf8').split('\n').filter(Boolean)
      : [];
    const parsed = results.map((line): Result => JSON.parse(line));
    if (parsed.length >= job.mutants.length) {
      return parsed;
    }
    const mutant = job.mutants.find(({ id }) => id === last);
    if (mutant === undefined || parsed.some(({ id }) => id === last)) {
      throw new Error(`The tests ended without a result (exit ${code}); see ${folder}.`);
    }
    appendFileSync(resultsFile, `${JSON.stringify({ ...mutant, status: 'timed out' })}\n`);
  }
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

async function measure(
  files: readonly string[],
  tests: readonly string[],
  options: { readonly sample: number; readonly seed: string },
): Promise<Result[]> {
  const parent = join(root, '.stryker-tmp');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  const mutants = await instrument(root, folder, files, options);
  const results = await tryAll(folder, { mutants, tests: tests.flatMap(testFilesIn) });
  const failing = readFileSync(join(folder, BASELINE_FILE), 'utf8');
  if (failing !== '') {
    print(`Fail without a mutant, and are not counted:\n${failing}`);
  }
  rmSync(folder, { recursive: true, force: true });
  return results;
}

function report(results: readonly Result[]): void {
  for (const { file, place, status, mutator, replacement } of results) {
    if (status === 'survived' || status === 'not covered') {
      const text = replacement.replaceAll(/\s+/g, ' ').slice(0, 90);
      print(`  ${file}:${place} ${status}: ${mutator} ${text}`);
    }
  }
  for (const { file, noticed, all, statics } of scoresOf(results)) {
    const share = all === 0 ? 100 : (100 * noticed) / all;
    print(`${file}: ${share.toFixed(1)} % (${noticed} of ${all}; ${statics} static, not counted)`);
  }
}

const { values } = parseArgs({
  options: {
    mutate: { type: 'string' },
    tests: { type: 'string' },
    sample: { type: 'string', default: '150' },
    seed: { type: 'string', default: '1' },
  },
});
const options = { sample: Number(values.sample), seed: values.seed };
const chosen = values.mutate?.split(',') ?? Object.keys(targets);
// Files with the same tests are measured together, so that these run without a mutant once.
const groups = new Map<string, string[]>();
for (const file of chosen) {
  const tests = values.tests ?? targets[file]?.join(',');
  if (tests === undefined) {
    throw new Error(`${file} is not in test/mutation/targets.ts: name its tests with --tests.`);
  }
  groups.set(tests, [...(groups.get(tests) ?? []), file]);
}
for (const [tests, files] of groups) {
  report(await measure(files, tests.split(','), options));
}
