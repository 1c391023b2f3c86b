/**
 * Runs scripts, one after the other, each in a new interpreter without access to the machine. It runs in a worker thread so
 * that a script which never ends, exhausts its memory or overflows the native stack ends this thread and not the server.
 */
import { parentPort, workerData } from 'node:worker_threads';
import baseVariant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import { scriptPrelude } from './script-prelude.js';
import type {
  AnswerMessage,
  FromScript,
  ScriptFailure,
  ScriptStart,
  ThreadStart,
  ToScript,
} from './script-protocol.js';

/** Bytes of the interpreter's own stack: far below the thread's, so that a deep recursion is an error of the script. */
const STACK_BYTES = 256 * 1024;

/** The failures of the script's own code. Every other failure ends the thread. */
const FAILURES_OF_CODE: ReadonlySet<ScriptFailure['kind']> = new Set([
  'syntax',
  'thrown',
  'not-json',
]);

/** Bytes of an interpreter's memory above which the thread is ended: the memory is freed at once, not some time later. */
const MAX_REUSABLE_MEMORY_BYTES = 24 * 1024 * 1024;

/** Queued jobs that run between two checks of the time. */
const JOBS_PER_PORTION = 500;

const port = parentPort;
if (port === null) {
  throw new Error('The script worker runs in a worker thread alone.');
}
const post = (message: FromScript): void => port.postMessage(message);

/** The package has its default export at different depths for Node and for the compiler. */
function isVariant(value: unknown): value is QuickJSSyncVariant {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'sync';
}
const variants: readonly unknown[] = [baseVariant, baseVariant.default];

/**
 * Milliseconds of computing since the start: the elapsed time, or the computing time of the process if that is less. On a
 * busy machine most of the elapsed time belongs to other programs. Node 20 cannot measure the time of a thread.
 */
class Stopwatch {
  readonly #startMs = performance.now();
  readonly #startUsage = process.cpuUsage();

  get ms(): number {
    const { user, system } = process.cpuUsage(this.#startUsage);
    return Math.min(performance.now() - this.#startMs, (user + system) / 1000);
  }

  /** Whether it is more than this. Called often: reading the clock is much faster than reading the usage. */
  exceeds(ms: number): boolean {
    return performance.now() - this.#startMs > ms && this.ms > ms;
  }
}

/** Splits the message of a failure that the prelude has classified. */
function failureOf(message: string, line: number, cause: string | undefined): ScriptFailure {
  const classified = /^(syntax|not-json) /.exec(message);
  const kind: ScriptFailure['kind'] =
    classified?.[1] === 'syntax'
      ? 'syntax'
      : classified?.[1] === 'not-json'
        ? 'not-json'
        : 'thrown';
  const text = classified === null ? message : message.slice(classified[0].length);
  return {
    kind: kindOfMessage(text) ?? kind,
    message: text,
    ...(line > 0 && { line }),
    ...(cause !== undefined && { cause }),
  };
}

/** Failures of the interpreter itself, by the message that it gives them. */
const kindOfMessage = (message: string): ScriptFailure['kind'] | undefined =>
  /out of memory/.test(message)
    ? 'memory'
    : /stack overflow|call stack size exceeded/i.test(message)
      ? 'stack'
      : /\binterrupted$/.test(message)
        ? 'cpu'
        : undefined;

const { wasm }: ThreadStart = workerData;

/** Gives the running script the answer of a call. */
let settleCall: ((answer: AnswerMessage) => void) | undefined;

async function run({ code, namesJson, limits }: ScriptStart): Promise<void> {
  const variant = variants.find(isVariant);
  if (variant === undefined) {
    throw new Error('The package of the interpreter has no variant.');
  }
  const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule: wasm }));
  const runtime = quickjs.newRuntime({
    memoryLimitBytes: limits.memoryBytes,
    maxStackSizeBytes: STACK_BYTES,
  });
  const vm: QuickJSContext = runtime.newContext();
  let usedMs = 0;
  let slice: Stopwatch | undefined;
  let pending = 0;
  let ended = false;
  let interrupted = false;
  let reusable = true;
  // Code that goes on after the end of its script is interrupted too.
  runtime.setInterruptHandler(() => {
    interrupted ||= slice?.exceeds(limits.cpuMs - usedMs) === true;
    return ended || interrupted;
  });

  const end = (message: FromScript): void => {
    if (!ended) {
      ended = true;
      post(message);
    }
  };
  const fail = (error: ScriptFailure): void => {
    // An interruption inside of the interpreter's own code can become another error, such as "not a function".
    const failure: ScriptFailure = interrupted ? { kind: 'cpu', message: 'interrupted' } : error;
    reusable &&= FAILURES_OF_CODE.has(failure.kind);
    end({ type: 'failed', failure });
  };

  /** Runs code of the interpreter and what it has queued, and counts its time. */
  const compute = (work: () => void): void => {
    const running = new Stopwatch();
    slice = running;
    try {
      work();
      // In portions: an interrupted job becomes a rejection, and a script may queue new ones for ever.
      while (!ended && runtime.hasPendingJob() && !running.exceeds(limits.cpuMs - usedMs)) {
        const { error } = runtime.executePendingJobs(JOBS_PER_PORTION);
        if (error !== undefined) {
          const dumped: unknown = error.context.dump(error);
          error.dispose();
          fail(failureOf(messageOf(dumped), 0, undefined));
        }
      }
    } catch (error) {
      // The native stack has overflowed: the interpreter cannot continue.
      fail({ kind: 'stack', message: error instanceof Error ? error.message : String(error) });
    }
    usedMs += running.ms;
    slice = undefined;
    if (!ended && usedMs > limits.cpuMs) {
      fail({ kind: 'cpu', message: 'interrupted' });
    }
    if (!ended && pending === 0) {
      fail({
        kind: 'never-settled',
        message: `The script ended without a result: it waits for a promise that nothing settles, or it used more than ${limits.memoryBytes / 1024 / 1024} MiB of memory.`,
      });
    }
    if (ended) {
      // The interpreter and its memory can be freed: nothing refers to them any more.
      settleCall = undefined;
      post({
        type: 'idle',
        reusable:
          reusable && quickjs.getWasmMemory().buffer.byteLength <= MAX_REUSABLE_MEMORY_BYTES,
      });
    }
  };

  const messageOf = (dumped: unknown): string =>
    typeof dumped === 'object' && dumped !== null && 'message' in dumped
      ? String(dumped.message)
      : String(dumped);

  const textOf = (handle: QuickJSHandle | undefined): string | undefined =>
    handle === undefined || vm.typeof(handle) !== 'string' ? undefined : vm.getString(handle);
  const numberOf = (handle: QuickJSHandle | undefined): number =>
    handle === undefined ? 0 : vm.getNumber(handle);

  const send = vm.newFunction('send', (id, name, json) => {
    pending += 1;
    post({ type: 'call', id: numberOf(id), name: textOf(name) ?? '', input: textOf(json) ?? '{}' });
  });
  const print = vm.newFunction('print', (text) => {
    // The size of the result has been checked at its end.
    if (!ended) {
      post({ type: 'log', text: textOf(text) ?? '' });
    }
  });
  const finish = vm.newFunction('end', (ok, json, line, cause) => {
    const text = textOf(json);
    if (vm.dump(ok) === true) {
      end({ type: 'returned', value: text });
    } else {
      fail(failureOf(text ?? 'The script failed.', numberOf(line), textOf(cause)));
    }
  });

  const prelude = vm.unwrapResult(vm.evalCode(scriptPrelude, 'prelude.js'));
  let settle: QuickJSHandle | undefined;
  settleCall = ({ id, ok, body }) => {
    pending -= 1;
    const handle = settle;
    if (handle === undefined) {
      return;
    }
    compute(() => {
      const result = vm.callFunction(
        handle,
        vm.undefined,
        vm.newNumber(id),
        ok ? vm.true : vm.false,
        vm.newString(body),
      );
      if (result.error !== undefined) {
        fail(failureOf(messageOf(vm.dump(result.error)), 0, undefined));
      }
    });
  };
  compute(() => {
    const result = vm.callFunction(
      prelude,
      vm.undefined,
      vm.newString(namesJson),
      send,
      print,
      finish,
      vm.newString(code),
    );
    if (result.error !== undefined) {
      fail(failureOf(messageOf(vm.dump(result.error)), 0, undefined));
    } else {
      settle = result.value;
    }
  });
}

port.on('message', (message: ToScript) => {
  if (message.type === 'answer') {
    settleCall?.(message);
    return;
  }
  run(message.script).catch((error: unknown) =>
    post({
      type: 'failed',
      failure: { kind: 'crashed', message: error instanceof Error ? error.message : String(error) },
    }),
  );
});
