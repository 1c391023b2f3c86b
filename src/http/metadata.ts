/** What clients discover: this server as a protected resource (RFC 9728), and the metadata of its issuer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  buildOAuthProtectedResourceMetadata,
  getOAuthProtectedResourceMetadataUrl,
} from '@modelcontextprotocol/server';
import { answerJson, rpcError } from './endpoint.js';
import type { Issuer } from './issuer.js';
import { scopes } from './scopes.js';

const AUTHORIZATION_SERVER_PATH = '/.well-known/oauth-authorization-server';

/** Any web page may read what is public. */
const PUBLIC_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, OPTIONS',
  'access-control-allow-headers': '*',
  'cache-control': 'public, max-age=300',
} as const;

export interface MetadataOptions {
  /** The endpoint as clients know it: the resource indicator, to the letter. */
  readonly resource: URL;
  readonly issuer: string;
  readonly source: Issuer;
  readonly report: (error: unknown) => void;
}

export class Metadata {
  /** Where the document of this resource is, for challenges. */
  readonly url: string;
  readonly #options: MetadataOptions;
  readonly #document: ReturnType<typeof buildOAuthProtectedResourceMetadata>;
  readonly #paths: ReadonlySet<string>;

  /** @throws Error for an issuer that is neither https nor on loopback */
  constructor(options: MetadataOptions) {
    this.#options = options;
    this.url = getOAuthProtectedResourceMetadataUrl(options.resource);
    // Clients that do not follow the challenge look at the root too.
    this.#paths = new Set([new URL(this.url).pathname, '/.well-known/oauth-protected-resource']);
    this.#document = buildOAuthProtectedResourceMetadata({
      oauthMetadata: {
        issuer: options.issuer,
        authorization_endpoint: options.issuer,
        token_endpoint: options.issuer,
        response_types_supported: ['code'],
      },
      resourceServerUrl: options.resource,
      scopesSupported: [...scopes],
      resourceName: 'Logto Management API (MCP)',
    });
  }

  /** Answers a request for a document. @returns false where the path is none */
  async handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    const isResource = this.#paths.has(path);
    const isIssuer =
      path === AUTHORIZATION_SERVER_PATH || path.startsWith(`${AUTHORIZATION_SERVER_PATH}/`);
    if (!isResource && !isIssuer) {
      return false;
    }
    if (request.method === 'OPTIONS') {
      response.writeHead(204, PUBLIC_HEADERS).end();
      return true;
    }
    if (request.method !== 'GET') {
      response.writeHead(405, { allow: 'GET, OPTIONS' }).end();
      return true;
    }
    if (isResource) {
      answerJson(response, 200, this.#document, PUBLIC_HEADERS);
      return true;
    }
    try {
      answerJson(response, 200, await this.#options.source.metadata(), PUBLIC_HEADERS);
    } catch (error) {
      this.#options.report(error);
      answerJson(response, 503, rpcError(-32_000, 'The issuer cannot be reached'), {
        'retry-after': '5',
      });
    }
    return true;
  }
}
