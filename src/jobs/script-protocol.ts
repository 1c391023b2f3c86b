/** The messages between the server and the worker thread that runs a script, and the limits of a script. */

const MIB = 1024 * 1024;

/** The limits of one script. The error of a script that exceeds one names it. */
export const scriptLimits = {
  /** Bytes that the interpreter may allocate. */
  memoryBytes: 64 * MIB,
  /** Milliseconds that the script's own code may compute; waiting for Logto does not count. */
  cpuMs: 5_000,
  /**
   * Milliseconds that a script may compute beyond `cpuMs` before its thread is ended. The interpreter ends a loop by itself;
   * built-in functions such as `fill` on a large array cannot be interrupted from inside.
   */
  cpuGraceMs: 1_000,
  /** Milliseconds from the start to the answer. Many clients give up after 60 seconds. */
  wallMs: 45_000,
  /** Read requests. */
  reads: 2_000,
  /** Recorded writes. */
  writes: 1_000,
  /** UTF-8 bytes of the returned value and the log together. */
  outputBytes: 40_000,
  /** UTF-8 bytes of the code. */
  codeBytes: 100_000,
} as const;

export type ScriptLimits = { readonly [Name in keyof typeof scriptLimits]: number };

/** A compiled WebAssembly module. Only the types of browsers have the name, and nothing here inspects it. */
export type CompiledModule = object;

/** Node's own WebAssembly compiler, which Node's types do not declare. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { compile(bytes: Uint8Array): Promise<CompiledModule> };
};

/** Compiles the interpreter. */
export const compile = (bytes: Uint8Array): Promise<CompiledModule> => WebAssembly.compile(bytes);

/** What the worker gets at its start. */
export interface ThreadStart {
  /** The interpreter, compiled once for the process. */
  readonly wasm: CompiledModule;
}

/** What one script needs. */
export interface ScriptStart {
  readonly code: string;
  /** The names of the functions on `logto`, as JSON: one text is copied faster than hundreds. */
  readonly namesJson: string;
  readonly limits: ScriptLimits;
}

/** What ended a script. `line` is a line of the script, from 1. */
export interface ScriptFailure {
  readonly kind:
    | 'syntax'
    | 'thrown'
    | 'cpu'
    | 'memory'
    | 'stack'
    | 'never-settled'
    | 'not-json'
    | 'wall'
    | 'output'
    | 'crashed';
  readonly message: string;
  readonly line?: number;
  /** The uncaught error of a call on `logto`, as JSON, if one ended the script. */
  readonly cause?: string;
}

/**
 * From the worker. `input` and `value` are JSON. `idle` follows the end of a script when none of its code can run any more;
 * `reusable` says whether the thread can run another script.
 */
export type FromScript =
  | { readonly type: 'call'; readonly id: number; readonly name: string; readonly input: string }
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'returned'; readonly value: string | undefined }
  | { readonly type: 'failed'; readonly failure: ScriptFailure }
  | { readonly type: 'idle'; readonly reusable: boolean };

/** The result or the error of a call, as JSON. */
export interface AnswerMessage {
  readonly type: 'answer';
  readonly id: number;
  readonly ok: boolean;
  readonly body: string;
}

/** To the worker. */
export type ToScript = { readonly type: 'run'; readonly script: ScriptStart } | AnswerMessage;
