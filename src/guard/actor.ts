/** Who makes a call, on a server that several people sign in to. */

/** A person or a program that signed in, over HTTP. */
export interface Actor {
  /** Who and through which client, as one key. Plans and ceilings of one person are bound to it. */
  readonly key: string;
  /** Subject of the access token: the id of a user, or of an application. */
  readonly sub: string;
  readonly clientId: string;
}

/** Whose plans and ceilings a call uses; empty where there is only one person. */
export const ownerOf = ({ actor }: { readonly actor?: Actor | undefined }): string =>
  actor?.key ?? '';
