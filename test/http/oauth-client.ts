/** A client of the SDK that signs in by the whole OAuth flow, and a browser that chooses a person. */
import {
  Client,
  type ElicitResult,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { outcomeOf } from '../support/client.js';
import type { Outcome } from '../walks/walk.js';

type Stored = Awaited<ReturnType<OAuthClientProvider['tokens']>>;
type StoredClient = Awaited<ReturnType<OAuthClientProvider['clientInformation']>>;

export interface SignedIn {
  readonly client: Client;
  /** Scopes that were asked for, one text for each visit of the browser. */
  readonly asked: string[];
  readonly tokens: () => Stored;
  /** Calls a tool, and signs in again for the scopes of a challenge. */
  call(tool: string, input: Readonly<Record<string, unknown>>): Promise<Outcome>;
  close(): Promise<void>;
}

export interface SignInOptions {
  /** The person whose name begins so, on the page of the sandbox. */
  readonly person?: string;
  /** Opens the address of an authorization as a browser, and answers what it is sent back with. Default: the sandbox's page. */
  readonly browse?: (url: URL) => Promise<URLSearchParams>;
  /** The metadata document of the client, or the id of a registered one. */
  readonly clientMetadataUrl?: string;
  readonly clientId?: string;
  readonly elicit?: (message: string) => ElicitResult;
  readonly fetch?: typeof fetch;
  /** The 2025 handshake. */
  readonly isLegacy?: boolean;
}

/** Where codes are sent to. Nothing listens there. */
export const REDIRECT = 'http://127.0.0.1:43210/callback';

/** Opens the address of an authorization, chooses a person, and answers with the code. */
async function browse(url: URL, person: string): Promise<URLSearchParams> {
  const page = await fetch(url, { redirect: 'manual' });
  const html = await page.text();
  if (page.status !== 200) {
    throw new Error(`The page answers ${page.status}: ${page.headers.get('location') ?? html}`);
  }
  const request = /name="request" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const id = new RegExp(`value="([^"]*)">${person}`).exec(html)?.[1] ?? '';
  const answer = await fetch(new URL(url.pathname, url), {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ request, person: id }),
  });
  const back = new URL(answer.headers.get('location') ?? '');
  if (!back.href.startsWith(REDIRECT)) {
    throw new Error(`The code was sent to ${back.href}`);
  }
  return back.searchParams;
}

/** Connects to a server, and signs in where it asks for it. */
export async function signIn(resource: string, options: SignInOptions): Promise<SignedIn> {
  let tokens: Stored;
  let verifier = '';
  let code: Promise<URLSearchParams> | undefined;
  let saved: StoredClient;
  const asked: string[] = [];
  const provider: OAuthClientProvider = {
    redirectUrl: REDIRECT,
    ...(options.clientMetadataUrl !== undefined && {
      clientMetadataUrl: options.clientMetadataUrl,
    }),
    clientMetadata: { redirect_uris: [REDIRECT], client_name: 'test' },
    clientInformation: () =>
      saved ?? (options.clientId === undefined ? undefined : { client_id: options.clientId }),
    saveClientInformation: (information) => {
      saved = information;
    },
    tokens: () => tokens,
    saveTokens: (issued) => {
      tokens = issued;
    },
    redirectToAuthorization: (url) => {
      asked.push(url.searchParams.get('scope') ?? '');
      code = options.browse?.(url) ?? browse(url, options.person ?? '');
      // It fails where it is awaited, and not as an unhandled rejection where nobody signs in again.
      code.catch(() => undefined);
    },
    saveCodeVerifier: (value) => {
      verifier = value;
    },
    codeVerifier: () => verifier,
  };
  const transportOf = () =>
    new StreamableHTTPClientTransport(new URL(resource), {
      authProvider: provider,
      ...(options.fetch !== undefined && { fetch: options.fetch }),
    });
  const clientOf = () => {
    const client = new Client(
      { name: 'test', version: '1.0.0' },
      {
        versionNegotiation: { mode: options.isLegacy === true ? 'legacy' : 'auto' },
        ...(options.elicit !== undefined && { capabilities: { elicitation: { form: {} } } }),
      },
    );
    const { elicit } = options;
    if (elicit !== undefined) {
      client.setRequestHandler('elicitation/create', ({ params }) => elicit(params.message));
    }
    return client;
  };
  for (let attempt = 0; ; attempt += 1) {
    const client = clientOf();
    const transport = transportOf();
    try {
      await client.connect(transport);
      const callOnce = async (name: string, input: Readonly<Record<string, unknown>>) =>
        outcomeOf(await client.callTool({ name, arguments: { ...input } }));
      return {
        client,
        asked,
        tokens: () => tokens,
        call: async (name, input) => {
          try {
            return await callOnce(name, input);
          } catch (error) {
            if (code === undefined) {
              throw error;
            }
            await transport.finishAuth(await code);
            code = undefined;
            return callOnce(name, input);
          }
        },
        close: () => client.close(),
      };
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || code === undefined || attempt > 1) {
        throw error;
      }
      await transport.finishAuth(await code);
      code = undefined;
    }
  }
}
