/** The MCP endpoint: verifies the caller, checks the scopes of the call, and only then runs the protocol. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  type AuthInfo,
  bearerAuthChallengeResponse,
  createMcpHandler,
  OAuthError,
  OAuthErrorCode,
  type OAuthTokenVerifier,
  verifyBearerToken,
} from '@modelcontextprotocol/server';
import type { NamedOperation } from '../guard/operation-graph.js';
import { isObject, memberOf } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Accounts } from './accounts.js';
import type { Audit } from './audit.js';
import { BodyTooLargeError, readRequestBody } from './body.js';
import type { CallRate } from './call-rate.js';
import type { ClientNames } from './client-names.js';
import { IssuerUnavailableError } from './issuer.js';
import { LOCAL_PRINCIPAL, type Principal, principalIn } from './principal.js';
import { LEAST_SCOPE, type McpScope, missingScopes, operationOf, scopesOfCall } from './scopes.js';
import type { Surfaces } from './surfaces.js';
import { KeysUnavailableError } from './token-verifier.js';

/** Bytes of a request. */
export const MAX_REQUEST_BYTES = 1024 * 1024;

/** Streams of change notifications at a time. The lists never change, so no notification is ever sent. */
const MAX_SUBSCRIPTIONS = 64;

/** Messages in one request of the 2025 era, which allowed batches. */
const MAX_BATCH = 20;

export interface EndpointOptions {
  /** Verifies tokens; undefined for a server without sign-in, on loopback. */
  readonly verifier: OAuthTokenVerifier | undefined;
  readonly resourceMetadataUrl: string;
  /** Undefined where accounts are not looked up. */
  readonly accounts: Accounts | undefined;
  readonly surfaces: Surfaces;
  readonly operations: ReadonlyMap<string, NamedOperation>;
  readonly rate: CallRate;
  readonly audit: Audit;
  /** Receives the names of clients from `initialize`. */
  readonly clientNames: ClientNames;
  readonly report: (error: unknown) => void;
}

/** Answers with JSON. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(JSON.stringify(body));
}

/** An error of JSON-RPC that answers no request. */
export const rpcError = (code: number, message: string) => ({
  jsonrpc: '2.0',
  error: { code, message },
  id: null,
});

async function answerWith(response: ServerResponse, answer: Response): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(await answer.text());
}

export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #handler: ReturnType<typeof createMcpHandler>;
  readonly #serve: ReturnType<typeof toNodeHandler>;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#handler = createMcpHandler(
      async ({ authInfo }) => (await options.surfaces.for(principalIn(authInfo?.extra))).server(),
      {
        maxSubscriptions: MAX_SUBSCRIPTIONS,
        maxRequestBodySize: MAX_REQUEST_BYTES,
        // Errors in a client's message are answered to it, and are no fault of this server.
        onerror: () => {},
      },
    );
    this.#serve = toNodeHandler(this.#handler, {
      maxRequestBodySize: MAX_REQUEST_BYTES,
      onerror: options.report,
    });
  }

  /** Ends what is still open. */
  close(): Promise<void> {
    return this.#handler.close();
  }

  /** @param address of the client, for the audit */
  async handle(request: IncomingMessage, response: ServerResponse, address: string): Promise<void> {
    const auth = await this.#authenticate(request, response);
    if (auth === undefined) {
      return;
    }
    const principal = principalIn(auth.extra);
    const seconds = await this.#options.rate.take(principal.key);
    if (seconds !== undefined) {
      answerJson(response, 429, rpcError(-32_000, 'Too many requests'), {
        'retry-after': String(seconds),
      });
      return;
    }
    if (!(await this.#isActive(principal, response))) {
      return;
    }
    const message = request.method === 'POST' ? await this.#message(request, response) : undefined;
    if (response.writableEnded) {
      return;
    }
    try {
      if (await this.#challenged(message, principal, response)) {
        return;
      }
    } catch (error) {
      if (!(error instanceof LogtoError)) {
        throw error;
      }
      this.#options.report(error);
      answerJson(response, 503, rpcError(-32_000, 'The roles of the account cannot be read'), {
        'retry-after': '5',
      });
      return;
    }
    this.#options.clientNames.remember(principal, request.headers['user-agent'], message);
    await this.#options.audit.as({ principal, address }, () =>
      this.#serve(
        Object.assign(request, {
          auth,
          method: request.method ?? 'GET',
          url: request.url ?? '/',
        }),
        response,
        message,
      ),
    );
  }

  /** The verified caller; undefined once the request was answered. */
  async #authenticate(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<AuthInfo | undefined> {
    const { verifier, resourceMetadataUrl } = this.#options;
    if (verifier === undefined) {
      return {
        token: '',
        clientId: LOCAL_PRINCIPAL.clientId,
        scopes: [...LOCAL_PRINCIPAL.scopes],
        extra: { principal: LOCAL_PRINCIPAL },
      };
    }
    const { authorization } = request.headers;
    // Nothing but this function sees the token.
    delete request.headers.authorization;
    try {
      return await verifyBearerToken(authorization, {
        verifier,
        resourceMetadataUrl,
        requiredScopes: [LEAST_SCOPE],
      });
    } catch (error) {
      if (error instanceof KeysUnavailableError || error instanceof IssuerUnavailableError) {
        this.#options.report(error);
        answerJson(response, 503, rpcError(-32_000, 'The issuer cannot be reached'), {
          'retry-after': '5',
        });
        return undefined;
      }
      if (!(error instanceof OAuthError)) {
        this.#options.report(error);
      }
      await answerWith(
        response,
        bearerAuthChallengeResponse(error, {
          requiredScopes: [LEAST_SCOPE],
          resourceMetadataUrl,
        }),
      );
      return undefined;
    }
  }

  /** Whether the account may act; false once the request was answered. */
  async #isActive(principal: Principal, response: ServerResponse): Promise<boolean> {
    const { accounts, verifier, resourceMetadataUrl, report } = this.#options;
    if (accounts === undefined || verifier === undefined) {
      return true;
    }
    try {
      if (await accounts.isActive(principal)) {
        return true;
      }
    } catch (error) {
      if (!(error instanceof LogtoError)) {
        throw error;
      }
      report(error);
      answerJson(response, 503, rpcError(-32_000, 'The account cannot be looked up in Logto'), {
        'retry-after': '5',
      });
      return false;
    }
    const error = new OAuthError(
      OAuthErrorCode.InvalidToken,
      'The account of the access token does not exist or is suspended',
    );
    await answerWith(
      response,
      bearerAuthChallengeResponse(error, { requiredScopes: [LEAST_SCOPE], resourceMetadataUrl }),
    );
    return false;
  }

  /** The parsed body; the request is answered where it cannot be read. */
  async #message(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    let text: string;
    try {
      text = await readRequestBody(request, MAX_REQUEST_BYTES);
    } catch (error) {
      const isTooLarge = error instanceof BodyTooLargeError;
      answerJson(
        response,
        isTooLarge ? 413 : 400,
        rpcError(-32_000, isTooLarge ? error.message : 'The body cannot be read'),
        { connection: 'close' },
      );
      return undefined;
    }
    try {
      const message: unknown = JSON.parse(text);
      if (Array.isArray(message) && message.length > MAX_BATCH) {
        answerJson(response, 413, rpcError(-32_000, `A batch has at most ${MAX_BATCH} messages`));
      }
      return message;
    } catch {
      answerJson(response, 400, rpcError(-32_700, 'Parse error: the body is not JSON'));
      return undefined;
    }
  }

  /** Whether the token lacks a scope that a call needs: then the answer names all scopes that the call needs. */
  async #challenged(
    message: unknown,
    principal: Principal,
    response: ServerResponse,
  ): Promise<boolean> {
    const { operations, surfaces, resourceMetadataUrl } = this.#options;
    const needed = new Set<McpScope>();
    let isScopeMissing = false;
    const policy = await surfaces.operatorPolicy(principal);
    for (const call of Array.isArray(message) ? message : [message]) {
      const params = memberOf(call, 'params');
      const name = memberOf(params, 'name');
      if (memberOf(call, 'method') !== 'tools/call' || typeof name !== 'string') {
        continue;
      }
      const input = isObject(params) ? params['arguments'] : undefined;
      const scopes = scopesOfCall(name, input, operations);
      const entry = operationOf(name, input, operations);
      // More scopes would not help where the operator forbids the operation anyway.
      if (entry !== undefined && policy.forbids(entry) !== undefined) {
        continue;
      }
      isScopeMissing ||= missingScopes(scopes, principal.scopes).length > 0;
      for (const scope of scopes) {
        needed.add(scope);
      }
    }
    if (!isScopeMissing) {
      return false;
    }
    const error = new OAuthError(
      OAuthErrorCode.InsufficientScope,
      'The operation needs more scopes than the access token has',
    );
    await answerWith(
      response,
      bearerAuthChallengeResponse(error, { requiredScopes: [...needed], resourceMetadataUrl }),
    );
    return true;
  }
}
