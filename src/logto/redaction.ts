/** Redacts the secrets of this server by value: its App secret and its tokens, in every form in which they are sent. */

/** Shorter values are not redacted: they would remove ordinary words, and Logto makes longer ones. */
const MIN_SECRET_CHARACTERS = 8;

export const REDACTED = '[redacted]';

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

/**
 * Makes a function that replaces secrets in a text by `[redacted]`.
 *
 * @param secrets the values at the time of a call; the list must be a new one when a value changes
 */
export function createValueRedactor(secrets: () => readonly string[]): (text: string) => string {
  let source: readonly string[] | undefined;
  let forms: readonly string[] = [];
  return (text) => {
    const current = secrets();
    if (current !== source) {
      source = current;
      forms = [
        ...new Set(
          current.filter(({ length }) => length >= MIN_SECRET_CHARACTERS).flatMap(formsOf),
        ),
        // The longest first: a form can be contained in another.
      ].sort((left, right) => right.length - left.length);
    }
    let redacted = text;
    for (const form of forms) {
      if (redacted.includes(form)) {
        redacted = redacted.replaceAll(form, REDACTED);
      }
    }
    return redacted;
  };
}
