/** Starts a script in its worker thread, answers its calls, and ends it at its limits. */
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { interpreterPath, loadWorker } from './script-files.js';
import {
  type CompiledModule,
  compile,
  type FromScript,
  type ScriptFailure,
  type ScriptLimits,
  type ScriptStart,
  scriptLimits,
  type ToScript,
} from './script-protocol.js';

/** Milliseconds between two checks of the computing time of a script. */
const WATCH_MS = 250;

/**
 * Milliseconds that a script may compute beyond its limit before its thread is ended. The interpreter ends a loop by itself;
 * built-in functions such as `fill` on a large array cannot be interrupted from inside.
 */
const WATCH_GRACE_MS = 1_000;

/** Megabytes of the thread's stack. The interpreter's own stack is limited far below it. */
const THREAD_STACK_MB = 8;

/** The result or the error of one call, as JSON. */
export interface CallAnswer {
  readonly ok: boolean;
  readonly body: string;
}

export interface ScriptOptions {
  readonly code: string;
  /** The names of the functions on `logto`. */
  readonly names: readonly string[];
  /** Answers one call. `name` may be the name of no function, or `all ` followed by the name of a list. Never rejects. */
  readonly call: (name: string, input: string) => Promise<CallAnswer>;
  /** Ends the script at once. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<ScriptLimits>;
}

export interface ScriptOutcome {
  /** The returned value as JSON; undefined when the script returned nothing. */
  readonly value?: string;
  readonly failure?: ScriptFailure;
  readonly log: readonly string[];
  /** Calls that the script did not wait for. */
  readonly unawaited: number;
}

let interpreter: Promise<CompiledModule> | undefined;

/** Compiled once; each worker makes an instance of its own, so scripts share nothing. */
const loadInterpreter = (): Promise<CompiledModule> => {
  interpreter ??= readFile(interpreterPath).then(compile);
  return interpreter;
};

/**
 * Runs a script to its end. It also resolves when the script fails; it rejects only when the signal is aborted. Calls that
 * the script did not wait for are finished before the outcome is returned, so that no write is recorded after the plan has
 * been made.
 */
export async function runScript(options: ScriptOptions): Promise<ScriptOutcome> {
  const { code, names, call, signal } = options;
  const limits: ScriptLimits = { ...scriptLimits, ...options.limits };
  signal.throwIfAborted();
  const [wasm, workerUrl] = await Promise.all([loadInterpreter(), loadWorker()]);
  const workerData: ScriptStart = { code, names, wasm, limits };
  const worker = new Worker(workerUrl, {
    workerData,
    // No environment and no standard streams: the thread gets nothing of the process.
    env: {},
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { stackSizeMb: THREAD_STACK_MB, maxOldGenerationSizeMb: 256 },
  });
  const log: string[] = [];
  const inFlight = new Set<Promise<void>>();
  let outputBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let watch: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;

  const answer = async (id: number, name: string, input: string): Promise<void> => {
    const { ok, body } = await call(name, input);
    const message: ToScript = { id, ok, body };
    worker.postMessage(message);
  };

  try {
    const ended = await new Promise<Pick<ScriptOutcome, 'value' | 'failure'>>((resolve, reject) => {
      const fail = (failure: ScriptFailure) => resolve({ failure });
      abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      timer = setTimeout(
        () =>
          fail({
            kind: 'wall',
            message: `The script was still running after ${limits.wallMs / 1000} seconds.`,
          }),
        limits.wallMs,
      );
      let computingMs = 0;
      let usage = process.cpuUsage();
      watch = setInterval(() => {
        const { user, system } = process.cpuUsage(usage);
        usage = process.cpuUsage();
        // The script may be waiting for a call. A thread that computes uses the processor, even if a busy machine gives
        // this process little of it.
        computingMs += inFlight.size === 0 ? Math.min(WATCH_MS, (user + system) / 1000) : 0;
        if (computingMs > limits.cpuMs + WATCH_GRACE_MS) {
          fail({ kind: 'cpu', message: 'interrupted' });
        }
      }, WATCH_MS);
      worker.on('message', (message: FromScript) => {
        switch (message.type) {
          case 'call': {
            const running = answer(message.id, message.name, message.input);
            inFlight.add(running);
            running.finally(() => inFlight.delete(running)).catch(reject);
            break;
          }
          case 'log':
            outputBytes += Buffer.byteLength(message.text);
            if (outputBytes > limits.outputBytes) {
              fail(tooMuchOutput(limits));
            } else {
              log.push(message.text);
            }
            break;
          case 'returned': {
            const { value } = message;
            const bytes = outputBytes + Buffer.byteLength(value ?? '');
            resolve(
              bytes > limits.outputBytes
                ? { failure: tooMuchOutput(limits, bytes) }
                : value === undefined
                  ? {}
                  : { value },
            );
            break;
          }
          case 'failed':
            fail(message.failure);
            break;
          default:
        }
      });
      worker.once('error', (error: NodeJS.ErrnoException) =>
        fail(
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? { kind: 'memory', message: 'out of memory' }
            : { kind: 'crashed', message: error.message },
        ),
      );
      worker.once('exit', () => fail({ kind: 'crashed', message: 'The interpreter has ended.' }));
    });
    const unawaited = inFlight.size;
    await Promise.all(inFlight);
    return { ...ended, log, unawaited };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    if (abort !== undefined) {
      signal.removeEventListener('abort', abort);
    }
    await worker.terminate();
  }
}

const tooMuchOutput = (limits: ScriptLimits, bytes?: number): ScriptFailure => ({
  kind: 'output',
  message: `The returned value and the log have ${
    bytes === undefined ? 'more than' : `${bytes} bytes; the limit is`
  } ${limits.outputBytes} bytes. Return counts, names and ids instead of whole objects.`,
});
