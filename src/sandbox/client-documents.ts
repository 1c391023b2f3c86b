/** Clients of the sandbox's authorization server: client id metadata documents, and one that is registered. */
import { isObject } from '../json.js';

/** Fetches a document. Rejects when it cannot be had. */
export type FetchDocument = (url: string) => Promise<unknown>;

/** The registered client, for programs without a metadata document. Any loopback address may receive its codes. */
export const REGISTERED_CLIENT = 'sandbox-client';

export interface OAuthClient {
  readonly id: string;
  readonly name: string;
  /** Whether codes may be sent to an address. */
  allowsRedirect(uri: string): boolean;
}

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';

/** The same address; the port of a loopback address is chosen when the client starts (RFC 8252, 7.3). */
function isSameRedirect(registered: string, asked: string): boolean {
  if (registered === asked) {
    return true;
  }
  if (!URL.canParse(registered) || !URL.canParse(asked)) {
    return false;
  }
  const [left, right] = [new URL(registered), new URL(asked)];
  if (!isLoopback(left) || left.protocol !== 'http:') {
    return false;
  }
  left.port = '';
  right.port = '';
  return left.href === right.href;
}

/** A client id that is the address of a document: https, or http on loopback, with a path. */
const isDocumentUrl = (id: string): boolean => {
  if (!URL.canParse(id)) {
    return false;
  }
  const url = new URL(id);
  return (
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) &&
    url.pathname !== '/' &&
    `${url.username}${url.password}${url.hash}` === ''
  );
};

/** The client of an id; undefined where there is none, or its document does not describe it. */
export async function findClient(
  id: string,
  fetchDocument: FetchDocument,
): Promise<OAuthClient | undefined> {
  if (id === REGISTERED_CLIENT) {
    return {
      id,
      name: 'The registered client of the sandbox',
      allowsRedirect: (uri) => URL.canParse(uri) && isLoopback(new URL(uri)),
    };
  }
  if (!isDocumentUrl(id)) {
    return undefined;
  }
  const document = await fetchDocument(id).catch(() => undefined);
  if (!isObject(document) || document['client_id'] !== id) {
    return undefined;
  }
  const uris = document['redirect_uris'];
  const redirects = Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
  return {
    id,
    name: typeof document['client_name'] === 'string' ? document['client_name'] : new URL(id).host,
    allowsRedirect: (uri) => redirects.some((registered) => isSameRedirect(registered, uri)),
  };
}
