/** One run of a script: engine, calls and limits together. */

import { LogtoError } from '../logto/errors.js';
import type { ScriptCalls } from './script-calls.js';
import { runScript } from './script-engine.js';
import { scriptError } from './script-failure.js';
import { type ScriptLimits, scriptLimits } from './script-protocol.js';

export interface ScriptRun {
  readonly code: string;
  /** The names of the functions on `logto`. */
  readonly names: readonly string[];
  readonly calls: ScriptCalls;
  /** How many writes are recorded so far. */
  readonly recorded?: () => number;
  readonly signal: AbortSignal;
  readonly limits?: Partial<ScriptLimits>;
}

export interface ScriptReport {
  /** What the script returned; undefined when it returned nothing. */
  readonly value: unknown;
  readonly log: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Runs a script to its end.
 *
 * @throws LogtoError of kind `input` for a script that does not return; it names the line and the limit
 */
export async function executeScript(run: ScriptRun): Promise<ScriptReport> {
  const { code, names, calls, signal } = run;
  const limits: ScriptLimits = { ...scriptLimits, ...run.limits };
  const bytes = Buffer.byteLength(code);
  if (bytes > limits.codeBytes) {
    throw new LogtoError({
      kind: 'input',
      code: 'script_too_long',
      message: `The script has ${bytes} bytes; the limit is ${limits.codeBytes}. Nothing was run.`,
      hint: 'Split the job into several scripts, or read data from Logto instead of writing it into the code.',
    });
  }
  const { value, failure, log, unawaited } = await runScript({
    code,
    names,
    call: (name, input) => calls.answer(name, input),
    signal,
    limits,
  });
  if (failure !== undefined) {
    throw scriptError(failure, code, limits, {
      reads: calls.reads,
      recorded: run.recorded?.() ?? 0,
    });
  }
  const late =
    unawaited > 0
      ? [
          `${unawaited} call${unawaited === 1 ? ' was' : 's were'} not awaited; an error of such a call is lost. Write await before it.`,
        ]
      : [];
  return {
    value: value === undefined ? undefined : JSON.parse(value),
    log,
    notes: [...calls.notes, ...late],
  };
}
