/** Reads single values from the environment, and reports what is wrong with a value that cannot be used. Pure. */
import { ConfigError, type Options } from './args.js';
import type { SettingName } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable of this server, or a standard one of OpenTelemetry. */
export type VariableName = SettingName | `OTEL_${string}`;

/** A template that a client passed on without filling it in. */
const placeholder = /^(\$\{.*\}|<.*>|your[-_ ].*)$/i;

/** What Claude Desktop passes for an empty field of a bundle: the template of the manifest. */
const emptyField = /^\$\{user_config\.[^}]*\}$/;

/** Whether a variable counts as not set: clients write unused variables as empty values. */
export const isEmptyVariable = (value: string | undefined): boolean =>
  value === undefined || value.trim() === '' || emptyField.test(value.trim());

/**
 * A variable without the blanks around it; undefined when it is not set or empty.
 *
 * @throws ConfigError for a placeholder and for quotation marks
 */
export function readVariable(env: Environment, name: VariableName): string | undefined {
  const value = env[name]?.trim();
  if (value === undefined || isEmptyVariable(value)) {
    return undefined;
  }
  if (placeholder.test(value)) {
    throw new ConfigError(`${name} still holds a placeholder. Replace it with the real value.`);
  }
  if (/^(["']).*\1$/.test(value)) {
    throw new ConfigError(
      `${name} holds quotation marks. Remove them: they become part of the value.`,
    );
  }
  return value;
}

/** A value, and the option or variable it came from, for messages. */
export interface Sourced {
  readonly value: string | undefined;
  /** `--tools` or `LOGTO_MCP_TOOLS`. */
  readonly source: string;
}

/** Options that take a value. */
type ValueOption = {
  [O in keyof Options]-?: Options[O] extends string | undefined ? O : never;
}[keyof Options];

/** The option when it is given, else the variable. @throws ConfigError as `readVariable` */
export function readOption(
  options: Options,
  option: ValueOption,
  env: Environment,
  variable: SettingName,
): Sourced {
  const value = options[option];
  if (value === undefined) {
    return { value: readVariable(env, variable), source: variable };
  }
  if (value.trim() === '') {
    throw new ConfigError(`--${option} is empty. Give it a value, or leave it out.`);
  }
  return { value, source: `--${option}` };
}

/** Longest value that a message repeats, in characters. */
const MAX_REPEATED_CHARS = 80;

/**
 * A value as a message may repeat it, after `before`. Empty where it may be a secret in the wrong setting, because messages go
 * into the log of the client.
 */
export const repeatIfHarmless = (value: string, harmless: RegExp, before: string): string =>
  value.length <= MAX_REPEATED_CHARS && harmless.test(value) ? `${before}"${value}"` : '';

export const HOST_LIKE = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+(:\d+)?$/i;
export const WORD_LIKE = /^[a-z]{1,8}$/i;
export const PATH_LIKE = /^(\.{0,2}|~|[a-z]:)[\\/][^\n]*$/i;
export const JSON_FILE_LIKE = /^[^\n]*\.json$/i;

/** @throws ConfigError for anything but true, false, 1 and 0 */
export function readSwitch(env: Environment, name: SettingName): boolean {
  const value = readVariable(env, name)?.toLowerCase();
  if (value === undefined || value === 'false' || value === '0') {
    return false;
  }
  if (value === 'true' || value === '1') {
    return true;
  }
  throw new ConfigError(
    `${name} must be true or false${repeatIfHarmless(value, WORD_LIKE, ', not ')}.`,
  );
}

/** One of several words. @throws ConfigError for any other */
export function readChoice<T extends string>(
  { value, source }: Sourced,
  choices: readonly T[],
  defaultChoice: T,
): T {
  const choice = choices.find((item) => item === (value ?? defaultChoice));
  if (choice === undefined) {
    throw new ConfigError(
      `${source} must be one of ${choices.join(', ')}${repeatIfHarmless(value ?? '', WORD_LIKE, ', not ')}.`,
    );
  }
  return choice;
}

const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a folder',
  ELOOP: 'is a link that leads back to itself',
};

/** Why a file could not be read, as the end of a sentence. */
export function fileProblemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return fileProblems[code] ?? (code === '' ? 'cannot be read' : `cannot be read (${code})`);
}

/** A reader for each setting. */
type Readers<T> = { readonly [K in keyof T]: () => T[K] };

/** Calls every reader, so that one error names every problem. @throws ConfigError */
export function readAll<T extends object>(readers: Readers<T>): T {
  const problems: string[] = [];
  const values = Object.entries<() => unknown>(readers).map(([name, reader]) => {
    try {
      return [name, reader()];
    } catch (error) {
      if (!(error instanceof ConfigError)) {
        throw error;
      }
      problems.push(...error.problems);
      return [name, undefined];
    }
  });
  if (problems.length > 0) {
    throw new ConfigError(...problems);
  }
  // Each reader returned the value of its own key.
  return Object.fromEntries(values) as T;
}
