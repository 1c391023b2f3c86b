/**
 * The worker threads of scripts. A thread costs a tenth of a second to start, so one that ran its script to the end is kept
 * for the next script. Scripts share only the thread: each has its own interpreter.
 */
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { interpreterPath, loadWorker } from './script-files.js';
import { type CompiledModule, compile, type ThreadStart } from './script-protocol.js';

/** Megabytes of the thread's stack. The interpreter's own stack is limited far below it. */
const THREAD_STACK_MB = 8;

/** Threads that wait for a script at most: as many as one person may use at a time over HTTP. */
const MAX_IDLE_THREADS = 4;

/** Milliseconds after which a waiting thread is ended. */
const IDLE_MS = 60_000;

/** Scripts that one thread runs at most, so that nothing can accumulate in it. */
const MAX_SCRIPTS_PER_THREAD = 50;

let interpreter: Promise<CompiledModule> | undefined;

/** Compiled once for the process; each script makes its own instance. */
const loadInterpreter = (): Promise<CompiledModule> => {
  interpreter ??= readFile(interpreterPath)
    .then(compile)
    .catch((error: unknown) => {
      // The next script tries again.
      interpreter = undefined;
      throw error;
    });
  return interpreter;
};

/** A thread that runs one script at a time. */
export class ScriptThread {
  static readonly #idle: ScriptThread[] = [];

  #scripts = 0;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(readonly worker: Worker) {
    // An error that nothing listens to would end the process; runScript listens only while its script runs.
    worker.on('error', () => this.#setEnded());
    worker.on('exit', () => this.#setEnded());
  }

  /** A thread without a script: one that waits, or a new one. */
  static async take(): Promise<ScriptThread> {
    const thread = ScriptThread.#idle.pop() ?? (await ScriptThread.#start());
    clearTimeout(thread.#timer);
    thread.#scripts += 1;
    thread.worker.ref();
    return thread;
  }

  static async #start(): Promise<ScriptThread> {
    const [wasm, workerUrl] = await Promise.all([loadInterpreter(), loadWorker()]);
    const workerData: ThreadStart = { wasm };
    return new ScriptThread(
      new Worker(workerUrl, {
        workerData,
        // No environment, no options and no standard streams: the thread gets nothing of the process.
        env: {},
        execArgv: [],
        stdin: false,
        stdout: true,
        stderr: true,
        resourceLimits: { stackSizeMb: THREAD_STACK_MB, maxOldGenerationSizeMb: 256 },
      }),
    );
  }

  /**
   * Keeps the thread for the next script. Only for a thread in which no code of a script can run any more. It may have ended
   * by itself while its script waited for calls: the next script would wait for it until its time limit.
   */
  async keep(): Promise<void> {
    if (
      this.#hasEnded ||
      ScriptThread.#idle.length >= MAX_IDLE_THREADS ||
      this.#scripts >= MAX_SCRIPTS_PER_THREAD
    ) {
      await this.end();
      return;
    }
    // A waiting thread does not keep the process alive.
    this.worker.unref();
    this.#timer = setTimeout(() => void this.end(), IDLE_MS).unref();
    ScriptThread.#idle.push(this);
  }

  /** Ends the thread and everything in it. */
  async end(): Promise<void> {
    this.#setEnded();
    await this.worker.terminate();
  }

  #setEnded(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    const index = ScriptThread.#idle.indexOf(this);
    if (index >= 0) {
      ScriptThread.#idle.splice(index, 1);
    }
  }
}
