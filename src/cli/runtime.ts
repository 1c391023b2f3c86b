/** The parts of the process that commands use: its streams, its files and how it ends. */
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '../config/args.js';
import { PolicyError } from '../guard/policy/policy.js';
import { LogtoError } from '../logto/errors.js';
import { SelectionError } from '../mcp/tool-selection.js';

/** Exit code for a command line or a setting that cannot be used. */
const MISUSE_EXIT_CODE = 2;

/** The commands on a manifest say with 2 that there are changes, so everything that goes wrong is 1 there. */
const MANIFEST_COMMANDS: ReadonlySet<string | undefined> = new Set([
  'export',
  'plan',
  'apply',
  'setup-http',
]);

/** Reads a text file. Throws the error of Node.js. */
export const readText = (path: string): string => readFileSync(path, 'utf8');

/** Whether a path is that of an existing folder. */
export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The arguments after the program's name. */
export const commandLineArguments = (): readonly string[] => process.argv.slice(2);

/** The environment of this process. */
export const environment = (): NodeJS.ProcessEnv => process.env;

/** Writes one line to stderr. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/**
 * Writes to stdout. Resolves when the text has left this process, so that it may end: on Windows pipes are written in the
 * background.
 */
export const print = (text: string): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });

/** Whether a write failed because the reader of the pipe has gone. Windows calls it EOF. */
const isBrokenPipe = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'EPIPE' || error.code === 'EOF' || error.code === 'ERR_STREAM_DESTROYED';

/**
 * Lets a command finish when the reader of its output has closed the pipe, as in `doctor | head -1`: its work is completed,
 * and its exit code stays true. Any other error of stdout, such as a full disk, ends it.
 */
export function tolerateBrokenPipes(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!isBrokenPipe(error)) {
      say(`logto-management-mcp: the output cannot be written: ${error.message}`);
      process.exit(1);
    }
  });
}

/** Ends the process. */
export const exit = (code: number): never => process.exit(code);

/** The output and exit code of a failed command. */
export interface ProgramFailure {
  /** What is written to stderr. */
  readonly text: string;
  readonly exitCode: number;
}

/**
 * What is said of an error, and the exit code: 2 for what the person can correct, 1 and the stack otherwise.
 *
 * @param command the first argument of the command line
 */
export function failureOf(error: unknown, command: string | undefined): ProgramFailure {
  const isMisuse =
    error instanceof ConfigError ||
    error instanceof SelectionError ||
    error instanceof PolicyError ||
    (error instanceof LogtoError && error.failure.kind === 'configuration');
  const isManifestCommand = MANIFEST_COMMANDS.has(command);
  if (error instanceof LogtoError && isManifestCommand) {
    const { message, details = [], hint } = error.failure;
    const lines = [`logto-management-mcp: ${message}`, ...details.map((line) => `  ${line}`), hint];
    return { text: lines.filter((line) => line !== undefined).join('\n'), exitCode: 1 };
  }
  if (isMisuse) {
    const hint = error instanceof LogtoError ? ` ${error.failure.hint ?? ''}` : '';
    return {
      text: `logto-management-mcp: ${error.message}${hint}`.trimEnd(),
      exitCode: isManifestCommand ? 1 : MISUSE_EXIT_CODE,
    };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `logto-management-mcp: ${text}`, exitCode: 1 };
}

/** Says what went wrong and ends the process. */
export function exitWithError(error: unknown): never {
  const { text, exitCode } = failureOf(error, commandLineArguments()[0]);
  say(text);
  return exit(exitCode);
}
