/** The error that the author of a script gets: what went wrong, in which line, and what to write instead. */
import { isObject } from '../json.js';
import { type Failure, LogtoError } from '../logto/errors.js';
import type { ScriptFailure, ScriptLimits } from './script-protocol.js';

/** Characters of a line of the script that an error quotes. */
const MAX_QUOTED_CHARS = 120;

const MIB = 1024 * 1024;

const hints = (limits: ScriptLimits): Readonly<Record<ScriptFailure['kind'], string>> => ({
  syntax:
    'The code is the body of an async function in JavaScript: use await and return, no import.',
  thrown: 'Correct the script and run it again.',
  cpu: `A script may compute for ${limits.cpuMs / 1000} seconds. Look for a loop that does not end.`,
  memory: `A script has ${limits.memoryBytes / MIB} MiB of memory. Keep only the members that you need.`,
  stack: 'Look for a recursion that does not end, or for data that is nested too deeply.',
  'never-settled': 'Await only promises of logto.* calls: there are no timers.',
  'not-json': 'Return plain objects, arrays, texts and numbers.',
  wall: `A script has ${limits.wallMs / 1000} seconds. Filter on the server, read with logto.all, or split the job.`,
  output: 'Return counts, names and ids; log only what you need.',
  crashed: 'Run it again. If it fails once more, split the job.',
});

const titles: Readonly<Record<ScriptFailure['kind'], string>> = {
  syntax: 'The script has a syntax error',
  thrown: 'The script has failed',
  cpu: 'The script has used up its computing time',
  memory: 'The script has used up its memory',
  stack: 'The script has overflowed its stack',
  'never-settled': 'The script has ended without a result',
  'not-json': 'The returned value cannot be written as JSON',
  wall: 'The script has used up its time',
  output: 'The script has written too much',
  crashed: 'The interpreter has ended',
};

/** A member of the error of a call, as the prelude has stored it. */
const causeOf = (cause: string | undefined): Readonly<Record<string, unknown>> => {
  const value: unknown = cause === undefined ? undefined : JSON.parse(cause);
  return isObject(value) ? value : {};
};

/** What the script did before it failed; the error says whether something was changed. */
export interface ScriptProgress {
  readonly reads: number;
  /** Writes that were recorded and are dropped with the script. */
  readonly recorded: number;
}

/**
 * The error for a script that did not return.
 *
 * @param code of the script, from which the line is quoted
 */
export function scriptError(
  failure: ScriptFailure,
  code: string,
  limits: ScriptLimits,
  { reads, recorded }: ScriptProgress,
): LogtoError {
  const { kind, message, line } = failure;
  const quoted = line === undefined ? undefined : code.split('\n')[line - 1]?.trim();
  const where =
    quoted === undefined || quoted === ''
      ? ''
      : ` Line ${line}: ${quoted.slice(0, MAX_QUOTED_CHARS)}${quoted.length > MAX_QUOTED_CHARS ? '…' : ''}`;
  const said = message === 'interrupted' ? '' : `: ${message.replace(/\.?$/, '')}`;
  const cause = causeOf(failure.cause);
  const hint = typeof cause['hint'] === 'string' ? cause['hint'] : hints(limits)[kind];
  const dropped =
    recorded > 0
      ? ` Its ${recorded} recorded write${recorded === 1 ? ' was' : 's were'} not sent.`
      : ' Nothing was changed.';
  const error: Failure = {
    kind: 'input',
    code: kind === 'thrown' && typeof cause['code'] === 'string' ? cause['code'] : `script_${kind}`,
    message: `${titles[kind]}${said}.${where}${dropped} Reads made: ${reads}.`,
    hint,
  };
  return new LogtoError(error);
}
