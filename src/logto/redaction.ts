/**
 * Redacts the secrets of this server by value: its App secret and its tokens, in every form in which they are sent. A
 * redacted value reads `[redacted]`, here and in errors of Logto.
 */

export const REDACTED_IN_LOG = '[redacted]';

/** Shorter values are not redacted: they would remove ordinary words, and Logto makes longer ones. In characters. */
const MIN_SECRET_CHARS = 8;

/** The same for texts without tenant data, where redacting too much loses nothing. In characters. */
const MIN_SECRET_CHARS_IN_LOG = 4;

/** What looks like a token: anything after the name of an authentication scheme, and JSON Web Tokens. */
const TOKEN_PATTERNS = [
  /\b(?:Bearer|Basic)\s+[\w\-.~+/]{8,}=*/gi,
  /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
] as const;

export type Redact = (text: string) => string;

/** The forms of a secret in URLs, in JSON inside a text, and in lower case, as host names are shown. */
function formsOf(secret: string): string[] {
  const forms = [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ];
  return forms.flatMap((form) => [form, form.toLowerCase()]);
}

/** The forms of all secrets, the longest first, because one form can contain another. */
const formsOfAll = (secrets: readonly string[], minChars: number): readonly string[] =>
  [...new Set(secrets.filter(({ length }) => length >= minChars).flatMap(formsOf))].sort(
    (left, right) => right.length - left.length,
  );

/** Calls `read` and computes from its list, anew when it returns another list. */
function computedFrom<T>(
  read: () => readonly string[],
  compute: (secrets: readonly string[]) => T,
): () => T {
  let computed: { readonly source: readonly string[]; readonly value: T } | undefined;
  return () => {
    const source = read();
    if (computed?.source !== source) {
      computed = { source, value: compute(source) };
    }
    return computed.value;
  };
}

/**
 * Makes a function that replaces secrets in a text by `[redacted]`.
 *
 * @param secrets the values at the time of a call; the list must be a new one when a value changes
 */
export function createValueRedactor(secrets: () => readonly string[]): Redact {
  const forms = computedFrom(secrets, (values) => formsOfAll(values, MIN_SECRET_CHARS));
  return (text) =>
    forms().reduce(
      (rest, form) => (rest.includes(form) ? rest.replaceAll(form, REDACTED_IN_LOG) : rest),
      text,
    );
}

/** Matches each of the texts, in any case. */
const anyCase = (texts: readonly string[]): RegExp =>
  new RegExp(texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'gi');

/**
 * Makes the redactor of the log and the doctor. It also replaces short secrets, secrets in any case, and what looks like a
 * token, because other programs write into these texts.
 *
 * @param secrets as of `createValueRedactor`
 */
export function createLogRedactor(secrets: () => readonly string[]): Redact {
  const patterns = computedFrom(secrets, (values): readonly RegExp[] => {
    const forms = formsOfAll(values, MIN_SECRET_CHARS_IN_LOG);
    return forms.length === 0 ? TOKEN_PATTERNS : [...TOKEN_PATTERNS, anyCase(forms)];
  });
  return (text) =>
    patterns().reduce((rest, pattern) => rest.replaceAll(pattern, REDACTED_IN_LOG), text);
}
