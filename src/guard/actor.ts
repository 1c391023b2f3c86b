/** The caller, on a server that several people sign in to. */

/** A person or a program that signed in, over HTTP. */
export interface Actor {
  /** The person and the client, as one key. Plans and rate limits of one person are bound to it. */
  readonly key: string;
  /** Subject of the access token: the id of a user, or of an application. */
  readonly sub: string;
  readonly clientId: string;
}

/** The owner of the plans and rate limits that a call uses; empty if there is only one person. */
export const ownerOf = ({ actor }: { readonly actor?: Actor | undefined }): string =>
  actor?.key ?? '';
