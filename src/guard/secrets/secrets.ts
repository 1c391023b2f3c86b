/** Secrets stay out of the conversation: an answer carries references, and a value goes into a file that is allowed. */
import { createHash, randomBytes } from 'node:crypto';
import { basename, sep } from 'node:path';
import type { Outline } from '../../catalog/operation.js';
import { LogtoError } from '../../logto/errors.js';
import { leadsToSecret, partsOf, replaceSecrets } from './detection.js';
import { SafeDirectory } from './safe-directory.js';

type Places = Pick<Outline, 'secrets' | 'items'>;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Withheld values that are remembered at a time; those that were not seen for the longest time are forgotten first. */
const remembered = 500;

const reference = /\[withheld: s-[0-9a-f]{8}\]/;

export class Secrets {
  /** Values by their ids, the one that was seen last at the end. */
  readonly #values = new Map<string, unknown>();
  /** Ids by the values as JSON, hashed: equal values have one reference. */
  readonly #ids = new Map<string, string>();
  /** Files that were written as a whole, and what stands in them: only these are written over. */
  readonly #written = new Map<string, string>();

  readonly #folder: SafeDirectory;

  /**
   * @param folder the only folder that values may be written to; without it none can
   * @param own what this server signs in with, which is written nowhere
   */
  constructor(
    private readonly show: boolean,
    folder: string | SafeDirectory | undefined,
    private readonly own?: string,
  ) {
    this.#folder = folder instanceof SafeDirectory ? folder : new SafeDirectory(folder);
  }

  /** Whether there is a folder that a value may be written to. */
  get canSave(): boolean {
    return this.#folder.isAllowed;
  }

  #withheld(value: unknown): string {
    const known = hashOf(JSON.stringify(value));
    const id = this.#ids.get(known) ?? `s-${randomBytes(4).toString('hex')}`;
    this.#ids.set(known, id);
    this.#values.delete(id);
    this.#values.set(id, value);
    const [oldest] = this.#values;
    if (this.#values.size > remembered && oldest !== undefined) {
      this.#values.delete(oldest[0]);
      this.#ids.delete(hashOf(JSON.stringify(oldest[1])));
    }
    return `[withheld: ${id}]`;
  }

  /** What an operation answered, with references in place of secrets, and whether there were any. */
  withhold({ secrets = [], items }: Places, body: unknown): { body: unknown; found: boolean } {
    if (this.show) {
      return { body, found: false };
    }
    let found = false;
    const paths = secrets.map((path) => [
      ...(items === undefined ? [] : [items]),
      ...partsOf(path),
    ]);
    const hide = (secret: unknown): string => {
      found = true;
      return this.#withheld(secret);
    };
    return { body: replaceSecrets(body, { paths, alsoPrivate: false, hide }), found };
  }

  /**
   * Refuses a condition on what would be withheld: by many of them it could be guessed letter by letter.
   *
   * @throws LogtoError of kind `input`
   */
  refuseCondition({ secrets = [] }: Places, field: string): void {
    if (!this.show && leadsToSecret(field, secrets.map(partsOf))) {
      throw new LogtoError({
        kind: 'input',
        code: 'withheld_secret',
        message: `"${field}" holds a secret, which is withheld, so there can be no condition on it. Nothing was read.`,
        hint: 'Leave the condition out, or take another member.',
      });
    }
  }

  /**
   * Refuses arguments that carry a reference: written to Logto it would be the new value.
   *
   * @throws LogtoError of kind `input`
   */
  refuseReferences(value: unknown): void {
    const [found] = (typeof value === 'string' && reference.exec(value)) || [];
    if (found !== undefined) {
      throw new LogtoError({
        kind: 'input',
        code: 'withheld_secret',
        message: `${found} stands for a secret that was withheld. It cannot be written back. Nothing was sent.`,
        hint: 'Leave the member out: an update keeps what is not sent.',
      });
    }
    if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach((member) => {
        this.refuseReferences(member);
      });
    }
  }

  /**
   * Writes a withheld value into a file, readable for its owner alone.
   *
   * @param name of a line in an `.env` file; without it the value is the whole file
   * @throws LogtoError when the file lies outside of the folder that is allowed, or behind a link
   */
  save(given: string, file: string, name: string | undefined): { file: string } {
    const id = given.replace(/^\[withheld: |\]$/g, '');
    if (!this.#values.has(id)) {
      throw new LogtoError({
        kind: 'input',
        code: 'unknown_secret',
        message: `There is no withheld secret "${given}".`,
        hint: 'Take the reference from an answer of this session, such as [withheld: s-0a1b2c3d].',
      });
    }
    const value = this.#values.get(id);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (this.own !== undefined && this.own !== '' && text.includes(this.own)) {
      throw refusal(
        'own_access',
        'That is what this server itself signs in with: whoever reads the file could act past it.',
        'A person can copy it from the Logto console.',
      );
    }
    return this.#folder.at(file, (place) => {
      const { path } = place;
      if (isEnvFile(path) && name === undefined) {
        throw refusal(
          'no_name',
          'As the whole of an .env file a value could be anything that a shell carries out.',
          'Give name: the value is then one line. Or give a file of another name.',
        );
      }
      if (!isEnvFile(path) && isHidden(place.below)) {
        throw refusal(
          'hidden_file',
          'Programs carry out, or take their settings from, files and folders whose names begin with a dot.',
          'Give a file of another name, or with name set a line of an .env file.',
        );
      }
      if (name !== undefined) {
        if (!namesSecret.test(name)) {
          throw refusal(
            'not_a_secrets_name',
            `A line named ${name} could be one that programs obey, such as NODE_OPTIONS.`,
            'Give a name with SECRET, TOKEN, PASSWORD or CREDENTIAL in it, or with KEY at its end.',
          );
        }
        if (place.text !== undefined && !isEnvFile(path)) {
          throw refusal(
            'not_an_env_file',
            'That file is there already and is no .env file, so no line is set in it.',
            'Give the path of an .env file, such as ".env" or "logto.env", or of a new file.',
          );
        }
        place.write(withLine(place.text ?? '', name, text));
      } else {
        if (place.text !== undefined && this.#written.get(path) !== hashOf(place.text)) {
          throw refusal(
            'file_exists',
            'That file is there already, and save_secret has not written it, so it is not written over.',
            'Give the path of a new file, or with name set a line of an .env file.',
          );
        }
        place.write(text);
        this.#written.set(path, hashOf(text));
      }
      return { file: path };
    });
  }
}

/** What a secret is called in an `.env` file. No variable that a shell, a loader or a runtime obeys is. */
const namesSecret = /SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIAL|(?:^|_)KEYS?$/i;

const refusal = (code: string, message: string, hint: string): LogtoError =>
  new LogtoError({ kind: 'input', code, message: `${message} Nothing was written.`, hint });

/** Whether a part of a path, below the folder that is allowed, begins with a dot. */
const isHidden = (below: string): boolean => below.split(sep).some((part) => part.startsWith('.'));

/** `.env`, `.env.local`, `logto.env`. */
const isEnvFile = (path: string): boolean => /(^|\.)env(\.|$)/i.test(basename(path));

/**
 * A value as `sh` and the readers of `.env` files read it alike, and as nothing that either would carry out: bare, or in
 * single quotes, inside of which neither looks at anything. A single quote itself needs double ones.
 */
function quoted(value: string): string {
  if (/[\n\r]/.test(value)) {
    // What reads line by line would take the second line for another variable.
    throw refusal(
      'not_a_line',
      'The value goes over several lines.',
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
  throw refusal(
    'not_a_line',
    'The value has quotes and signs that a shell and a reader of .env files would read differently.',
    'Leave name out: the value is then the whole file.',
  );
}

/** Which lines of an `.env` file begin something: not those inside of quotes that go over several lines. */
function beginningsIn(lines: readonly string[]): { begins: boolean[]; open: boolean } {
  let open: string | undefined;
  const begins = lines.map((line) => {
    const inside = open !== undefined;
    const [, quote, rest = ''] = /^\s*(?:export\s+)?[\w.-]+\s*=\s*(["'`])(.*)$/.exec(line) ?? [];
    const begun = open ?? quote;
    const closes = begun !== undefined && closing(inside ? line : rest, begun);
    open = closes ? undefined : begun;
    return !inside;
  });
  return { begins, open: open !== undefined };
}

/** Whether a text has the end of a quotation; a backslash counts inside of double quotes alone. */
const closing = (text: string, quote: string): boolean =>
  (quote === '"' ? text.replaceAll(/\\./g, '') : text).includes(quote);

/** An `.env` file with the line set: in the place of the last of that name, which is the one that counts, or at the end. */
function withLine(before: string, name: string, value: string): string {
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const found = new RegExp(`^(\\s*(?:export\\s+)?)${name}\\s*=\\s*(.*)$`);
  const { begins, open } = beginningsIn(lines);
  const index = lines.findLastIndex((one, place) => begins[place] === true && found.test(one));
  if (open || begins[index + 1] === false) {
    throw refusal(
      'not_a_line',
      open
        ? 'A quotation in that file has no end.'
        : `${name} goes over several lines in that file.`,
      'Ask the person to mend that, or give another file.',
    );
  }
  const [, lead = ''] = found.exec(lines[index] ?? '') ?? [];
  const line = `${lead}${name}=${quoted(value)}`;
  const after = index < 0 ? [...lines, line] : lines.with(index, line);
  return `${after.join('\n')}\n`;
}
