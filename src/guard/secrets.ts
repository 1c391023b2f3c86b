/** Secrets stay out of the conversation: an answer carries references, and a value goes into a file that is allowed. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, resolve, sep } from 'node:path';
import type { Outline } from '../catalog/operation.js';
import { LogtoError } from '../logto/errors.js';

/** Withheld values that are remembered at a time; the oldest are forgotten first. */
const remembered = 500;

const reference = /^\[withheld: s-[0-9a-f]{8}\]$/;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether anything was said: null and an empty object give nothing away. */
const tells = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== '' &&
  !(isObject(value) && Object.keys(value).length === 0);

/** Names of members whose values never reach the journal, a preview or a log. */
const secretName =
  /^(password|passwordDigest|token|subjectToken|codes?|verificationCode|environmentVariables|signingKey|privateKey|secretKey|secretQrCode|authorization|.*secret)$/i;

const hidden = '[secret]';

/** Arguments or an image of an entity as the journal may keep them. */
export function withoutSecrets(value: unknown, paths: readonly string[] = []): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => withoutSecrets(item, paths));
  }
  if (!isObject(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const inner = paths
        .filter((path) => path.startsWith(`${name}.`))
        .map((path) => path.slice(name.length + 1));
      const secret = paths.includes(name) || secretName.test(name);
      return [name, secret && tells(member) ? hidden : withoutSecrets(member, inner)];
    }),
  );
}

/** Whether a part of an image was left out by `withoutSecrets`. */
export function lacksSecrets(value: unknown): boolean {
  return JSON.stringify(value)?.includes(hidden) ?? false;
}

export class Secrets {
  readonly #values = new Map<string, unknown>();

  /** @param folder the only folder that values may be written to; without it none can */
  constructor(
    private readonly show: boolean,
    private readonly folder: string | undefined,
  ) {}

  #withheld(value: unknown): string {
    const known = [...this.#values].find(([, one]) => one === value)?.[0];
    if (known !== undefined) {
      return `[withheld: ${known}]`;
    }
    const id = `s-${randomBytes(4).toString('hex')}`;
    this.#values.set(id, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > remembered && oldest !== undefined) {
      this.#values.delete(oldest);
    }
    return `[withheld: ${id}]`;
  }

  #replace(value: unknown, path: readonly string[], found: () => void): unknown {
    if (Array.isArray(value)) {
      return value.map((item) => this.#replace(item, path, found));
    }
    const [name, ...rest] = path;
    if (name === undefined) {
      if (!tells(value)) {
        return value;
      }
      found();
      return this.#withheld(value);
    }
    return isObject(value) && Object.hasOwn(value, name)
      ? { ...value, [name]: this.#replace(value[name], rest, found) }
      : value;
  }

  /** What an operation answered, with references in place of secrets, and whether there were any. */
  withhold({ secrets = [], items }: Outline, body: unknown): { body: unknown; found: boolean } {
    if (this.show) {
      return { body, found: false };
    }
    let found = false;
    const mark = () => {
      found = true;
    };
    const inside = (path: string): string[] => [
      ...(items === undefined ? [] : [items]),
      ...path.split('.'),
    ];
    return {
      body: secrets.reduce((value, path) => this.#replace(value, inside(path), mark), body),
      found,
    };
  }

  /**
   * Refuses arguments that carry a reference: written to Logto it would be the new value.
   *
   * @throws LogtoError of kind `input`
   */
  refuseReferences(value: unknown): void {
    if (typeof value === 'string' && reference.test(value)) {
      throw new LogtoError({
        kind: 'input',
        code: 'withheld_secret',
        message: `${value} stands for a secret that was withheld. It cannot be written back. Nothing was sent.`,
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
    const path = this.#allowed(file);
    if (name !== undefined && /[\r\n]/.test(text)) {
      throw new LogtoError({
        kind: 'input',
        code: 'not_a_line',
        message: 'The value has several lines and does not fit into an .env file.',
        hint: 'Leave name out: the value is then the whole file.',
      });
    }
    this.#write(path, (before) => (name === undefined ? text : withLine(before, name, text)));
    return { file: path };
  }

  #allowed(file: string): string {
    if (this.folder === undefined) {
      throw new LogtoError({
        kind: 'configuration',
        code: 'no_secrets_folder',
        message: 'Secrets cannot be saved, because no folder is allowed for it.',
        hint: 'The operator can set LOGTO_SECRETS_DIR to a folder and restart the server.',
      });
    }
    const outside = () =>
      new LogtoError({
        kind: 'permission',
        code: 'outside_secrets_folder',
        message: 'The file lies outside of the folder that is allowed, or behind a link.',
        hint: 'Give a path inside the folder in LOGTO_SECRETS_DIR, in a subfolder that exists.',
      });
    let folder: string;
    let parent: string;
    try {
      folder = realpathSync(this.folder);
      parent = realpathSync(dirname(resolve(folder, file)));
    } catch {
      throw outside();
    }
    if (parent !== folder && !parent.startsWith(folder + sep)) {
      throw outside();
    }
    const path = resolve(parent, basename(file));
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there !== undefined && (!there.isFile() || there.nlink > 1)) {
      throw outside();
    }
    return path;
  }

  #write(path: string, content: (before: string) => string): void {
    const { O_CREAT, O_RDWR, O_NOFOLLOW = 0 } = constants;
    let file: number | undefined;
    try {
      file = openSync(path, O_CREAT | O_RDWR | O_NOFOLLOW, 0o600);
      if (!fstatSync(file).isFile()) {
        throw new Error('no file');
      }
      const text = content(readFileSync(file, 'utf8'));
      fchmodSync(file, 0o600);
      ftruncateSync(file, 0);
      writeSync(file, text, 0);
    } catch {
      throw new LogtoError({
        kind: 'configuration',
        code: 'not_written',
        message: 'The file could not be written.',
        hint: 'The operator can look at the rights of the folder in LOGTO_SECRETS_DIR.',
      });
    } finally {
      if (file !== undefined) {
        closeSync(file);
      }
    }
  }
}

/** An `.env` file with the line set: in its old place, or at the end. */
function withLine(before: string, name: string, value: string): string {
  const line = `${name}=${/^[\w@%+=:,./-]*$/.test(value) ? value : JSON.stringify(value)}`;
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const index = lines.findIndex((one) => one.startsWith(`${name}=`));
  const after = index < 0 ? [...lines, line] : lines.with(index, line);
  return `${after.join('\n')}\n`;
}
