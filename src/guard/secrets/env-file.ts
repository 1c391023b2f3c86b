/** Lines of `.env` files that a shell and the readers of such files parse in the same way. */
import { LogtoError } from '../../logto/errors.js';

/** The name of a secret in an `.env` file. It matches no variable that a shell, a loader or a runtime interprets. */
const SECRET_VARIABLE = /SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIAL|(?:^|_)KEYS?$/i;

/** The error for a secret that is not written. */
export const notSaved = (code: string, message: string, hint: string): LogtoError =>
  new LogtoError({ kind: 'input', code, message: `${message} Nothing was written.`, hint });

/**
 * Refuses the name of a variable that programs may interpret.
 *
 * @throws LogtoError
 */
export function requireSecretName(name: string): void {
  if (!SECRET_VARIABLE.test(name)) {
    throw notSaved(
      'not_a_secrets_name',
      `A line named ${name} could be one that programs obey, such as NODE_OPTIONS.`,
      'Give a name with SECRET, TOKEN, PASSWORD or CREDENTIAL in it, or with KEY at its end.',
    );
  }
}

/**
 * A value that `sh` and the readers of `.env` files parse in the same way, and that neither expands: bare, or in single
 * quotes, inside which no character is special. A value with a single quote needs double quotes.
 *
 * @throws LogtoError for a value that cannot be written in this way
 */
function quoted(value: string): string {
  if (/[\n\r]/.test(value)) {
    // A reader that works line by line would take the second line for another variable.
    throw notSaved(
      'not_a_line',
      'The value has several lines.',
      'Leave name out: the value is then the whole file.',
    );
  }
  if (/^[\w@%+=:,./-]*$/.test(value)) {
    return value;
  }
  if (!value.includes("'")) {
    return `'${value}'`;
  }
  if (!/["$`\\!]/.test(value)) {
    return `"${value}"`;
  }
  throw notSaved(
    'not_a_line',
    'The value has quotes and signs that a shell and a reader of .env files would read differently.',
    'Leave name out: the value is then the whole file.',
  );
}

/** Whether a text contains the end of a quotation. A backslash escapes inside double quotes only. */
const closes = (text: string, quote: string): boolean =>
  (quote === '"' ? text.replaceAll(/\\./g, '') : text).includes(quote);

/** Which lines begin an entry: not those inside quotes that span several lines. */
function beginningsIn(lines: readonly string[]): { begins: boolean[]; open: boolean } {
  let open: string | undefined;
  const begins = lines.map((line) => {
    const inside = open !== undefined;
    const [, quote, rest = ''] = /^\s*(?:export\s+)?[\w.-]+\s*=\s*(["'`])(.*)$/.exec(line) ?? [];
    const begun = open ?? quote;
    const isClosed = begun !== undefined && closes(inside ? line : rest, begun);
    open = isClosed ? undefined : begun;
    return !inside;
  });
  return { begins, open: open !== undefined };
}

/** An `.env` file with a line set, and the line that it replaces. */
export interface EnvEdit {
  readonly text: string;
  /** The new line. */
  readonly line: string;
  /** The previous line with the same name: the last one, which is the effective one. */
  readonly replaced: string | undefined;
}

/**
 * Sets a line in an `.env` file: it replaces the last one with that name, or is added at the end.
 *
 * @throws LogtoError if the value or the file does not allow it
 */
export function withLine(before: string, name: string, value: string): EnvEdit {
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const pattern = new RegExp(`^(\\s*(?:export\\s+)?)${name}\\s*=\\s*(.*)$`);
  const { begins, open } = beginningsIn(lines);
  const index = lines.findLastIndex((line, place) => begins[place] === true && pattern.test(line));
  if (open || begins[index + 1] === false) {
    throw notSaved(
      'not_a_line',
      open ? 'A quotation in that file has no end.' : `${name} spans several lines in that file.`,
      'Ask the person to fix that, or give another file.',
    );
  }
  const replaced = lines[index];
  const [, lead = ''] = pattern.exec(replaced ?? '') ?? [];
  const line = `${lead}${name}=${quoted(value)}`;
  const after = index < 0 ? [...lines, line] : lines.with(index, line);
  return { text: `${after.join('\n')}\n`, line, replaced };
}
