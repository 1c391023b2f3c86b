/** What is said before a confirmation about new secrets that can be neither shown nor saved. A file of its own: a start reads it. */

/** Says before a confirmation that new secrets reach no one. `count` is the number of writes that make one. */
export const unsavedSecrets = (count: number): string =>
  `${count === 1 ? 'A new secret is' : `${count} new secrets are`} redacted in the answer and cannot be saved: LOGTO_SECRETS_DIR is not set. Remove no old one before the program has the new one.`;
