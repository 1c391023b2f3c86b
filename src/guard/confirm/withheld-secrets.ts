/** What is said before a confirmation about new secrets that can be neither shown nor saved. A file of its own: a start reads it. */

/** Says before a confirmation that new secrets are withheld. `count` is the number of writes that make one. */
export const withheldSecrets = (count: number): string =>
  `${count === 1 ? 'A new secret is' : `${count} new secrets are`} withheld and cannot be saved: LOGTO_SECRETS_DIR is not set. Remove no old one before the program has the new one.`;
