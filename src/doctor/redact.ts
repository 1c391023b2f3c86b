/** The last gate before the answer: what other programs say can hold anything, also what was sent to them. */
import { markInvisible } from '../guard/visible-text.js';
import { basic, type Credentials } from '../logto/credentials.js';

/** Shorter than this nothing is a secret, and would take ordinary words with it. */
const shortest = 4;

const withheld = '[withheld]';

/** Tokens, by their looks: whatever stands behind the names of the schemes, and JSON Web Tokens. */
const tokens = [
  /\b(?:Bearer|Basic)\s+[\w\-.~+/]{8,}=*/gi,
  /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
] as const;

/** A text in capitals or not: a host name, into which a secret may have been put, is always told in small letters. */
const anyCase = (text: string): RegExp =>
  new RegExp(text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi');

/**
 * Takes the secret of the application, in every form in which it travels, and everything that looks like a token out of a
 * text; and the value of LOGTO_APP_SECRET, which is there also when the settings cannot be used. What cannot be seen in the
 * rest is made visible.
 */
export function redactor(
  credentials: Credentials | undefined,
  env: Readonly<Record<string, string | undefined>>,
): (text: string) => string {
  const secrets = [credentials?.appSecret, env['LOGTO_APP_SECRET']?.trim()]
    .filter((secret) => secret !== undefined)
    .filter((secret) => secret.length >= shortest);
  const forms = [
    ...secrets.flatMap((secret) => [secret, encodeURIComponent(secret)].map(anyCase)),
    ...(credentials === undefined ? [] : [basic(credentials).slice('Basic '.length)]),
  ];
  return (text) =>
    // What a terminal would carry out, and what turns the direction of reading, is shown by its number.
    markInvisible(
      [...tokens, ...forms].reduce<string>((rest, one) => rest.replaceAll(one, withheld), text),
    );
}
