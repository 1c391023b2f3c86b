/** Removes secrets by their value from text that people or programs read: the log, and what the doctor prints. */
import { markInvisible } from './guard/visible-text.js';
import { basic, type Credentials } from './logto/credentials.js';

/** Shorter values are not redacted: they would match ordinary words. In characters. */
const MIN_SECRET_CHARS = 4;

const REDACTED = '[redacted]';

/** What looks like a token: anything after the name of an authentication scheme, and JSON Web Tokens. */
const tokenPatterns = [
  /\b(?:Bearer|Basic)\s+[\w\-.~+/]{8,}=*/gi,
  /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
] as const;

/** Matches a text in any case: a host name that contains a secret is reported in lower case. */
const anyCase = (text: string): RegExp =>
  new RegExp(text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi');

/** Knows the secrets of this process and removes them from texts. */
export class Redactor {
  readonly #patterns = new Map<string, RegExp>();

  /** @param secrets values to remove, also in their URL-encoded form */
  constructor(...secrets: readonly (string | undefined)[]) {
    secrets.forEach((secret) => {
      this.add(secret);
    });
  }

  /** The App secret in every form in which it is sent. */
  static of(
    credentials: Credentials | undefined,
    ...more: readonly (string | undefined)[]
  ): Redactor {
    return credentials === undefined
      ? new Redactor(...more)
      : new Redactor(credentials.appSecret, basic(credentials).slice('Basic '.length), ...more);
  }

  /** Adds a secret that became known later, such as an access token. */
  add(secret: string | undefined): void {
    if (secret === undefined || secret.length < MIN_SECRET_CHARS || this.#patterns.has(secret)) {
      return;
    }
    this.#patterns.set(secret, anyCase(secret));
    const encoded = encodeURIComponent(secret);
    if (encoded !== secret) {
      this.#patterns.set(encoded, anyCase(encoded));
    }
  }

  /** The text without secrets and tokens. Invisible characters are shown by their code point. */
  readonly redact = (text: string): string =>
    markInvisible(
      [...tokenPatterns, ...this.#patterns.values()].reduce<string>(
        (rest, pattern) => rest.replaceAll(pattern, REDACTED),
        text,
      ),
    );
}
