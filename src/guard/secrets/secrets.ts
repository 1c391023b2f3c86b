/** Secrets stay out of the conversation: an answer carries references, and a value goes into an allowed file. */
import { createHash, randomBytes } from 'node:crypto';
import { basename, sep } from 'node:path';
import type { Outline } from '../../catalog/operation.js';
import { LogtoError } from '../../logto/errors.js';
import { leadsToSecret, partsOf, REDACTED, replaceSecrets, type SecretPlace } from './detection.js';
import { notSaved, requireSecretName, withLine } from './env-file.js';
import { SafeDirectory, type SafePath } from './safe-directory.js';

type SecretPaths = Pick<Outline, 'secrets' | 'items' | 'notInCatalog'>;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Values that are remembered. Those that were not seen for the longest time are forgotten first. */
const MAX_REFERENCES = 500;

const reference = /\[redacted: s-[0-9a-f]{8}\]|\[secret\]/;

/** Files that hold data and that no program runs or takes settings from by their name. */
const inertFile = /^[\w-][\w.-]*\.(txt|pem|key|json)$/i;

/** Names of JSON files that programs take settings from. */
const settingsFile =
  /^(package|package-lock|npm-shrinkwrap|composer|deno|bun|lerna|nx|project|turbo|tsconfig|jsconfig|biome|settings|tasks|launch|mcp|claude|devcontainer|firebase|vercel|angular|manifest)\b.*\.json$/i;

/** `.env`, `.env.local`, `logto.env`. */
const isEnvFile = (path: string): boolean => /(^|\.)env(\.|$)/i.test(basename(path));

/** Whether a part of a path, below the allowed folder, begins with a dot. */
const isHidden = (below: string): boolean => below.split(sep).some((part) => part.startsWith('.'));

const hiddenFile = (hint: string): LogtoError =>
  notSaved(
    'hidden_file',
    'Programs run, or take their settings from, files and folders whose names begin with a dot.',
    hint,
  );

/** A secret to be written into a file. */
export interface SaveRequest {
  /** The reference, as it is in an answer. */
  readonly secret: string;
  /** A path inside the allowed folder. */
  readonly file: string;
  /** The name of a line in an `.env` file; without it the value is the whole file. */
  readonly name: string | undefined;
}

export class Secrets {
  /** Values by their ids, the one that was seen last at the end. */
  readonly #values = new Map<string, { value: unknown; key: string }>();
  /** Ids by the place and the value, hashed. The same value in another place has another reference. */
  readonly #ids = new Map<string, string>();
  /** Files that were written as a whole, and a hash of what they hold: only these are written over. */
  readonly #files = new Map<string, string>();
  /** Lines of `.env` files that were written here, by file and name: only these are replaced. */
  readonly #lines = new Map<string, string>();

  readonly #folder: SafeDirectory;

  /**
   * @param folder the only folder that values may be written to; without it none can
   * @param own what this server signs in with, which is never written
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

  /** Whether a value in an answer reaches somebody: it is shown, or it can be saved. */
  get reachable(): boolean {
    return this.show || this.canSave;
  }

  #referenceTo(value: unknown, { declared, member, owner }: SecretPlace): string {
    if (!declared) {
      // Found by its name alone, it can be text of a user, so it has no reference and cannot be saved.
      return REDACTED;
    }
    const key = hashOf(JSON.stringify([owner, member, value]));
    const id = this.#ids.get(key) ?? `s-${randomBytes(4).toString('hex')}`;
    this.#ids.set(key, id);
    this.#values.delete(id);
    this.#values.set(id, { value, key });
    const [oldest] = this.#values;
    if (this.#values.size > MAX_REFERENCES && oldest !== undefined) {
      this.#values.delete(oldest[0]);
      this.#ids.delete(oldest[1].key);
    }
    return `[redacted: ${id}]`;
  }

  /** What an operation answered, with references in place of secrets, and a note where there were any. */
  redact(
    { secrets = [], items, notInCatalog }: SecretPaths,
    body: unknown,
  ): { readonly body: unknown; readonly note: string | undefined } {
    let [found, savable] = [false, false];
    if (this.show) {
      return { body, note: undefined };
    }
    const paths = secrets.map((path) => [
      ...(items === undefined ? [] : [items]),
      ...partsOf(path),
    ]);
    const hide = (secret: unknown, place: SecretPlace): string => {
      found = true;
      savable ||= place.declared;
      return this.#referenceTo(secret, place);
    };
    // Which members are secret is not known there, so more names count as those of secrets.
    const hidden = replaceSecrets(body, { paths, alsoPrivate: notInCatalog === true, hide });
    return { body: hidden, note: found ? this.#note(savable) : undefined };
  }

  #note(savable: boolean): string {
    if (!savable) {
      return 'Values that have the name of a secret are redacted.';
    }
    return this.canSave
      ? 'Secrets are redacted. save_secret writes one into a file, without showing it.'
      : 'Secrets are redacted. The operator can set LOGTO_SECRETS_DIR to a folder, so that save_secret can write them into files there.';
  }

  /**
   * Refuses a condition on what would be redacted: by many of them it could be guessed letter by letter.
   *
   * @throws LogtoError of kind `input`
   */
  refuseCondition({ secrets = [] }: SecretPaths, field: string): void {
    if (!this.show && leadsToSecret(field, secrets.map(partsOf))) {
      throw new LogtoError({
        kind: 'input',
        code: 'redacted_secret',
        message: `"${field}" holds a secret, which is redacted, so there can be no condition on it. Nothing was read.`,
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
        code: 'redacted_secret',
        message: `${found} stands for a secret that was redacted. It cannot be written back. Nothing was sent.`,
        hint: 'Leave the member out: an update keeps what is not sent.',
      });
    }
    if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach((member) => {
        this.refuseReferences(member);
      });
    }
  }

  /** @throws LogtoError for a reference that stands for nothing, or for this server's own secret */
  #textOf(secret: string): string {
    const known = this.#values.get(secret.replace(/^\[redacted: |\]$/g, ''));
    if (known === undefined) {
      throw secret === REDACTED
        ? notSaved(
            'not_savable',
            'That value was redacted because of its name. It can be text of a user, so it is not written into a file.',
            'Only secrets that Logto itself made or stores as such can be saved; their references have an id, such as [redacted: s-0a1b2c3d].',
          )
        : new LogtoError({
            kind: 'input',
            code: 'unknown_secret',
            message: `There is no redacted secret "${secret}".`,
            hint: 'Take the reference from an answer of this session, such as [redacted: s-0a1b2c3d].',
          });
    }
    const text = typeof known.value === 'string' ? known.value : JSON.stringify(known.value);
    if (this.own && text.includes(this.own)) {
      throw notSaved(
        'own_access',
        'That is what this server itself signs in with: a program that reads the file could act without its policy.',
        'A person can copy it from the Logto console.',
      );
    }
    return text;
  }

  /**
   * Checks everything about a request that can be checked without writing.
   *
   * @returns the path from the allowed folder on
   * @throws LogtoError for what `save` would refuse
   */
  check(request: SaveRequest): string {
    const text = this.#textOf(request.secret);
    return this.#folder.at(request.file, (place) => {
      this.#edit(place, request.name, text);
      return place.below;
    });
  }

  /**
   * Writes a redacted value into a file, readable for its owner alone.
   *
   * @throws LogtoError when the file lies outside of the allowed folder, behind a link, or may not be written
   */
  save({ secret, file, name }: SaveRequest): { file: string } {
    const text = this.#textOf(secret);
    return this.#folder.at(file, (place) => {
      const edit = this.#edit(place, name, text);
      place.write(edit.text);
      edit.written();
      return { file: place.path };
    });
  }

  /** What to write. */
  #edit(place: SafePath, name: string | undefined, text: string) {
    return name === undefined ? this.#wholeFile(place, text) : this.#line(place, name, text);
  }

  #wholeFile(place: SafePath, text: string) {
    const { path, below } = place;
    if (isEnvFile(path)) {
      throw notSaved(
        'no_name',
        'As the whole of an .env file a value could be anything that a shell runs.',
        'Give name: the value is then one line. Or give a file of another name.',
      );
    }
    if (isHidden(below)) {
      throw hiddenFile('Give a file of another name, or with name set a line of an .env file.');
    }
    if (!inertFile.test(basename(path)) || settingsFile.test(basename(path))) {
      throw notSaved(
        'not_an_inert_file',
        'Programs could run a file of that name, or take their settings from it.',
        'Give a file that ends in .txt, .pem, .key or .json, or with name set a line of an .env file.',
      );
    }
    if (place.text !== undefined && this.#files.get(path) !== hashOf(place.text)) {
      throw notSaved(
        'file_exists',
        'That file is there already, and save_secret has not written it, so it is not written over.',
        'Give the path of a new file, or with name set a line of an .env file.',
      );
    }
    return { text, written: () => this.#files.set(path, hashOf(text)) };
  }

  #line(place: SafePath, name: string, text: string) {
    const { path, below } = place;
    if (isHidden(below) && !isEnvFile(path)) {
      throw hiddenFile('Give the path of an .env file, such as ".env" or "logto.env".');
    }
    requireSecretName(name);
    if (!isEnvFile(path)) {
      throw notSaved(
        'not_an_env_file',
        'A line can only be set in an .env file.',
        'Give the path of an .env file, such as ".env" or "logto.env", or leave name out.',
      );
    }
    const edit = withLine(place.text ?? '', name, text);
    const key = `${path}\n${name}`;
    if (edit.replaced !== undefined && this.#lines.get(key) !== hashOf(edit.replaced)) {
      throw notSaved(
        'line_exists',
        `${name} is in that file already, and save_secret has not written it, so it is not replaced.`,
        'Give another name or another file, or ask the person to remove the line.',
      );
    }
    return { text: edit.text, written: () => this.#lines.set(key, hashOf(edit.line)) };
  }
}
