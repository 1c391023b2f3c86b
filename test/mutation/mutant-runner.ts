/**
 * Runs the tests once without a mutant, which tells which test covers which mutant, and then for each mutant the tests that
 * cover it. All of that in one worker, where the catalog and the sandbox stay loaded: a new process for each mutant would take
 * a hundred times as long.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type File,
  type Suite,
  startTests,
  type Task,
  type Test,
  type VitestRunner,
} from '@vitest/runner';
import { TestRunner } from 'vitest';
import {
  BASELINE_FILE,
  JOB_FILE,
  type Job,
  type Mutant,
  PROGRESS_FILE,
  type Progress,
  RESULTS_FILE,
  type Result,
} from './results.js';

/** A test file with a mutant may take this much longer than without, in milliseconds and as a factor. */
const MIN_LIMIT_MS = 60_000;
const LIMIT_FACTOR = 5;
/** The whole run of all tests without a mutant, in milliseconds. */
const BASELINE_LIMIT_MS = 600_000;
/** Times that a mutant may be reached, compared with the run without it: more is a loop without an end. */
const HIT_FACTOR = 100;

/** How often a mutant was reached, by its id. */
type Hits = Record<string, number>;

/** The state that the code of Stryker's instrumenter reads and writes. */
interface MutantSwitch {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: { static: Hits; perTest: Record<string, Hits> } | undefined;
}

/** What is private in Vitest's runner. */
interface Internals {
  readonly workerState: {
    current: Task | undefined;
    filepath: string;
    readonly evaluatedModules: {
      readonly fileToModulesMap: ReadonlyMap<string, Iterable<unknown>>;
      invalidateModule(module: unknown): void;
    };
  };
  readonly snapshotClient: { readonly snapshotStateMap?: Map<string, unknown> };
}

declare global {
  var __stryker__: MutantSwitch | undefined;
}

globalThis.__stryker__ ??= {};
const mutantSwitch = globalThis.__stryker__;

const folder = process.cwd();

const testsIn = (task: Task): Test[] =>
  task.type === 'test' ? [task] : task.tasks.flatMap(testsIn);

const suitesIn = (task: Task): Suite[] =>
  task.type === 'test' ? [] : [task, ...task.tasks.flatMap(suitesIn)];

/** The name of a test with those of its suites, without its file. */
function nameOf(test: Test): string {
  const names = [test.name];
  for (let { suite } = test; suite !== undefined && !('filepath' in suite); { suite } = suite) {
    names.unshift(suite.name);
  }
  return names.join(' ');
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** How one test file ended. */
interface FileRun {
  readonly failed: ReadonlySet<string>;
  readonly ms: number;
  readonly durations: ReadonlyMap<string, number>;
}

/** What stands for the code of a test file that runs outside of its tests. */
const OUTSIDE = '';

const coverageKey = (path: string, test: string): string => `${path}##${test}`;

class FileRunner {
  constructor(private readonly parent: TestRunner) {}

  /**
   * Runs one test file, again and again in the same worker.
   *
   * @param only the names of tests; undefined for all
   * @param records whether to record which test reaches which mutant, instead of ending at the first failure
   */
  async run(path: string, only: readonly string[] | undefined, records: boolean): Promise<FileRun> {
    const { workerState, snapshotClient } = this.parent as unknown as Internals;
    for (const module of workerState.evaluatedModules.fileToModulesMap.get(path) ?? []) {
      workerState.evaluatedModules.invalidateModule(module);
    }
    const { parent } = this;
    const failed = new Set<string>();
    let isOver = false;
    const at = (test: string | undefined): void => {
      mutantSwitch.currentTestId =
        records && test !== undefined ? coverageKey(path, test) : undefined;
    };
    const pattern = only?.map((name) => `${escaped(name)}$`).join('|');
    const runner: VitestRunner = Object.assign(Object.create(parent), {
      config: {
        ...parent.config,
        testNamePattern: pattern === undefined ? undefined : new RegExp(pattern),
        setupFiles: [],
      },
      // Nothing of it is reported: the parent knows of one file only.
      onTaskUpdate: () => undefined,
      onCollected: () => undefined,
      onBeforeRunFiles: () => undefined,
      onAfterRunFiles: () => undefined,
      onTestAnnotate: (_: unknown, annotation: unknown) => annotation,
      trace: undefined,
      importFile: async (file: string, source: 'collect' | 'setup') => {
        workerState.filepath = path;
        const module = await parent.importFile(file, source);
        at(OUTSIDE);
        return module;
      },
      onCollectStart: (file: File) => {
        workerState.current = file;
      },
      onAfterRunSuite: (suite: Suite) => {
        if ('filepath' in suite) {
          snapshotClient.snapshotStateMap?.delete(path);
        }
      },
      onBeforeRunTask: (test: Test) => {
        workerState.current = test;
        if (isOver) {
          test.mode = 'skip';
        } else if (test.mode === 'run') {
          at(nameOf(test));
        }
      },
      onAfterRunTask: (test: Test) => {
        workerState.current = test.suite ?? test.file;
        at(OUTSIDE);
        if (test.result?.state === 'fail') {
          failed.add(nameOf(test));
          isOver = !records;
        }
      },
    });
    at(undefined);
    const start = Date.now();
    const [file] = await startTests([{ filepath: path, testLocations: undefined }], runner);
    at(undefined);
    const brokenSuite =
      file !== undefined && suitesIn(file).some(({ result }) => result?.errors !== undefined);
    if (file === undefined || brokenSuite) {
      failed.add(OUTSIDE);
    }
    const tests = file === undefined ? [] : testsIn(file);
    return {
      failed,
      ms: Date.now() - start,
      durations: new Map(tests.map((test) => [nameOf(test), test.result?.duration ?? 0])),
    };
  }
}

/** Tells what is running. Renamed into its place, so that it is never read half written. */
function progress(current: Progress): void {
  const file = join(folder, PROGRESS_FILE);
  writeFileSync(`${file}.new`, JSON.stringify(current));
  renameSync(`${file}.new`, file);
}

const readLines = (name: string): Result[] =>
  existsSync(join(folder, name))
    ? readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line): Result => JSON.parse(line))
    : [];

/** Tests of one file that reach a mutant. */
interface CoveringFile {
  readonly path: string;
  /** Undefined where the whole file has to run. */
  readonly only: readonly string[] | undefined;
  /** Milliseconds that they took without a mutant. */
  readonly ms: number;
}

class Campaign {
  readonly #files: FileRunner;
  readonly #runs = new Map<string, FileRun>();
  #coverage: { readonly static: Hits; readonly perTest: Record<string, Hits> } = {
    static: {},
    perTest: {},
  };

  constructor(
    parent: TestRunner,
    private readonly job: Job,
  ) {
    this.#files = new FileRunner(parent);
  }

  async run(): Promise<void> {
    progress({ deadline: Date.now() + BASELINE_LIMIT_MS });
    const failing: string[] = [];
    for (const test of this.job.tests) {
      const path = join(folder, test);
      const run = await this.#files.run(path, undefined, true);
      this.#runs.set(path, run);
      failing.push(...[...run.failed].map((name) => `${test} ${name}`));
    }
    this.#coverage = mutantSwitch.mutantCoverage ?? this.#coverage;
    mutantSwitch.mutantCoverage = { static: {}, perTest: {} };
    writeFileSync(join(folder, BASELINE_FILE), failing.join('\n'));
    const done = new Set(readLines(RESULTS_FILE).map(({ id }) => id));
    for (const mutant of this.job.mutants.filter(({ id }) => !done.has(id))) {
      const result = await this.#try(mutant);
      appendFileSync(join(folder, RESULTS_FILE), `${JSON.stringify(result)}\n`);
    }
  }

  /** The tests that reach a mutant, the quickest file first, and how often they do. */
  #covering(id: string): { readonly files: readonly CoveringFile[]; readonly hits: number } {
    let hits = 0;
    const files = [...this.#runs].flatMap(([path, run]): CoveringFile[] => {
      const names = [OUTSIDE, ...run.durations.keys()].filter((name) => {
        const count = this.#coverage.perTest[coverageKey(path, name)]?.[id] ?? 0;
        hits += count;
        // A test that fails without a mutant tells nothing.
        return count > 0 && !run.failed.has(name);
      });
      if (names.length === 0 || run.failed.has(OUTSIDE)) {
        return [];
      }
      const isWhole = names.includes(OUTSIDE);
      const ms = names.reduce((sum, name) => sum + (run.durations.get(name) ?? 0), 0);
      return [{ path, only: isWhole ? undefined : names, ms: isWhole ? run.ms : ms }];
    });
    return { files: files.sort((left, right) => left.ms - right.ms), hits };
  }

  async #try(mutant: Mutant): Promise<Result> {
    const { id } = mutant;
    const { files, hits } = this.#covering(id);
    if (files.length === 0) {
      return { ...mutant, status: id in this.#coverage.static ? 'static' : 'not covered' };
    }
    for (const { path, only, ms } of files) {
      progress({ id, deadline: Date.now() + MIN_LIMIT_MS + LIMIT_FACTOR * ms });
      mutantSwitch.activeMutant = id;
      mutantSwitch.hitCount = 0;
      mutantSwitch.hitLimit = hits * HIT_FACTOR;
      const { failed } = await this.#files.run(path, only, false);
      mutantSwitch.activeMutant = undefined;
      mutantSwitch.hitCount = undefined;
      const [name] = [...failed].filter((test) => this.#runs.get(path)?.failed.has(test) !== true);
      if (name !== undefined) {
        const noticedBy = `${path.slice(folder.length + 1)}: ${name}`;
        return { ...mutant, status: 'noticed', noticedBy };
      }
    }
    return { ...mutant, status: 'survived' };
  }
}

export default class MutantRunner extends TestRunner {
  override async onAfterRunFiles(): Promise<void> {
    const job: Job = JSON.parse(readFileSync(join(folder, JOB_FILE), 'utf8'));
    await new Campaign(this, job).run();
    super.onAfterRunFiles();
  }
}
