/** What the two processes of a mutation run tell each other, as JSON files in the folder of the run. */

/** One small change of a source file. */
export interface Mutant {
  readonly id: string;
  readonly file: string;
  /** Line and column, counted from 1, of its beginning and its end. */
  readonly place: string;
  readonly mutator: string;
  readonly replacement: string;
}

/** What a run has to try. */
export interface Job {
  readonly mutants: readonly Mutant[];
  /** Paths of test files, below the folder of the run. */
  readonly tests: readonly string[];
}

export type Status = 'noticed' | 'timed out' | 'survived' | 'not covered' | 'static';

export interface Result extends Mutant {
  readonly status: Status;
  /** The test that failed. */
  readonly noticedBy?: string;
}

/** What is running: a mutant with one test file, and until when that may take. */
export interface Progress {
  /** Undefined while the tests run without a mutant. */
  readonly id?: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** Names of the files in the folder of a run. */
export const JOB_FILE = 'job.json';
export const RESULTS_FILE = 'results.jsonl';
export const PROGRESS_FILE = 'progress.json';
export const BASELINE_FILE = 'baseline.txt';

/** The results of one file in numbers. */
export interface Score {
  readonly file: string;
  readonly noticed: number;
  /** Without the static ones. */
  readonly all: number;
  /** Changes of what runs once while a module loads: not tried, and not counted. */
  readonly statics: number;
}

/** Counts the results of each file. */
export function scoresOf(results: readonly Result[]): Score[] {
  const files = [...new Set(results.map(({ file }) => file))].sort();
  return files.map((file) => {
    const all = results.filter((result) => result.file === file);
    const count = (...statuses: readonly Status[]): number =>
      all.filter(({ status }) => statuses.includes(status)).length;
    const statics = count('static');
    return { file, noticed: count('noticed', 'timed out'), all: all.length - statics, statics };
  });
}
