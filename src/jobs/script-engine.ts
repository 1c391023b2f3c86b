/** Starts a script in a worker thread, answers its calls, and ends it at its limits. */
import { AsyncResource } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type FromScript,
  type ScriptFailure,
  type ScriptLimits,
  scriptLimits,
  type ToScript,
} from './script-protocol.js';
import { ScriptThread } from './script-threads.js';

/** Milliseconds between two checks of the computing time of a script. */
const WATCH_MS = 250;

/** Milliseconds that a thread has to stop after the end of its script; then it is ended. */
const IDLE_TIMEOUT_MS = 500;

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

/**
 * Runs a script to its end. It also resolves when the script fails; it rejects only when the signal is aborted. Calls that
 * the script did not wait for are finished before the outcome is returned, so that no write is recorded after the plan has
 * been made.
 */
export async function runScript(options: ScriptOptions): Promise<ScriptOutcome> {
  const { code, names, call, signal } = options;
  const limits: ScriptLimits = { ...scriptLimits, ...options.limits };
  signal.throwIfAborted();
  const thread = await ScriptThread.take();
  const { worker } = thread;
  const send = (message: ToScript): void => worker.postMessage(message);
  const log: string[] = [];
  const inFlight = new Set<Promise<void>>();
  let outputBytes = 0;
  /** Removes the timers and listeners. */
  let release = (): void => {};
  let setIdle = (_reusable: boolean): void => {};
  /** Resolves when none of the script's code can run any more, to whether the thread can run another script. */
  const idle = new Promise<boolean>((resolve) => {
    setIdle = resolve;
  });
  let endedItself = false;
  let isReusable = false;

  const answer = async (id: number, name: string, input: string): Promise<void> => {
    const { ok, body } = await call(name, input);
    send({ type: 'answer', id, ok, body });
  };

  try {
    // It may have been aborted while the thread was started.
    signal.throwIfAborted();
    const ended = await new Promise<Pick<ScriptOutcome, 'value' | 'failure'>>((resolve, reject) => {
      const fail = (failure: ScriptFailure) => resolve({ failure });
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      const timer = setTimeout(
        () =>
          fail({
            kind: 'wall',
            message: `The script was still running after ${limits.wallMs / 1000} seconds.`,
          }),
        limits.wallMs,
      );
      let computingMs = 0;
      let usage = process.cpuUsage();
      const watch = setInterval(() => {
        const { user, system } = process.cpuUsage(usage);
        usage = process.cpuUsage();
        // The script may be waiting for a call. A thread that computes uses the processor, even if a busy machine gives
        // this process little of it.
        computingMs += inFlight.size === 0 ? Math.min(WATCH_MS, (user + system) / 1000) : 0;
        if (computingMs > limits.cpuMs + limits.cpuGraceMs) {
          fail({ kind: 'cpu', message: 'interrupted' });
        }
      }, WATCH_MS);
      // Bound to this request: the thread may have been started by another one, whose log would get these calls.
      const onMessage = AsyncResource.bind((message: FromScript): void => {
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
            endedItself = true;
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
            endedItself = true;
            fail(message.failure);
            break;
          case 'idle':
            setIdle(message.reusable);
            break;
          default:
        }
      });
      const onError = (error: NodeJS.ErrnoException) =>
        fail(
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? { kind: 'memory', message: 'out of memory' }
            : { kind: 'crashed', message: error.message },
        );
      const onExit = () => fail({ kind: 'crashed', message: 'The interpreter has ended.' });
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      release = () => {
        clearTimeout(timer);
        clearInterval(watch);
        signal.removeEventListener('abort', abort);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      };
      send({ type: 'run', script: { code, namesJson: JSON.stringify(names), limits } });
    });
    const canContinue =
      endedItself && (await Promise.race([idle, delay(IDLE_TIMEOUT_MS, false, { ref: false })]));
    if (!canContinue) {
      // Its code may still run, and must not start more calls while the others are finished.
      release();
      await thread.end();
    }
    const unawaited = inFlight.size;
    await Promise.all(inFlight);
    isReusable = canContinue;
    signal.throwIfAborted();
    return { ...ended, log, unawaited };
  } finally {
    release();
    await (isReusable ? thread.keep() : thread.end());
  }
}

const tooMuchOutput = (limits: ScriptLimits, bytes?: number): ScriptFailure => ({
  kind: 'output',
  message: `The returned value and the log have ${
    bytes === undefined ? 'more than' : `${bytes} bytes; the limit is`
  } ${limits.outputBytes} bytes. Return counts, names and ids instead of whole objects.`,
});
