/** The remote server over the sandbox, in this process, with an authorization server that tests can break. */
import { request as httpRequest } from 'node:http';
import { buildRegistry } from '../../src/cli/build-registry.js';
import { createSandboxPeople } from '../../src/cli/sandbox-people.js';
import { openDocument } from '../../src/cli/session.js';
import { readConfig } from '../../src/config/config.js';
import type { HttpSettings } from '../../src/config/http-settings.js';
import { defaultPolicy, type Policy } from '../../src/guard/policy/policy.js';
import { memoryJournal } from '../../src/guard/undo/journal.js';
import type { AuditLine } from '../../src/http/audit.js';
import {
  composeHttpServer,
  createAudit,
  type HttpParts,
  resourceOf,
} from '../../src/http/compose.js';
import type { HttpServer } from '../../src/http/server.js';
import { followTraces, type Telemetry } from '../../src/http/telemetry.js';
import { ScriptPool } from '../../src/jobs/script-pool.js';
import { createSession, type Session } from '../../src/logto/session.js';
import type { Transport } from '../../src/logto/transport.js';
import { operationsOf } from '../../src/mcp/operation-tools.js';
import { deniesDocuments } from '../../src/mcp/resources.js';
import { toolManifest } from '../../src/mcp/tool-manifest.js';
import { AuthorizationServer, type Person } from '../../src/sandbox/authorization-server.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { memoryState } from '../../src/store/memory.js';
import type { JournalLines, SharedState } from '../../src/store/store.js';
import { onFreePort } from '../support/free-port.js';

export const issuer = 'http://127.0.0.1:9/oidc';

export const entries = operationsOf(toolManifest.operations);
export const operations = new Map(entries.map((entry) => [entry.name, entry]));

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The JSON in the body, also of an event stream; undefined where there is none. */
  readonly json: unknown;
}

export interface HttpSetup {
  readonly http?: Partial<HttpSettings>;
  readonly policy?: Policy;
  readonly policyFor?: HttpParts['policyFor'];
  /** Protects what people sign in with, as the command does. */
  readonly selfSignIn?: true;
  readonly sandbox?: Sandbox;
  readonly people?: readonly Person[];
  readonly state?: SharedState;
  readonly lines?: JournalLines;
  readonly stateKey?: Uint8Array;
  readonly resource?: string;
  readonly issuer?: string;
  readonly authorization?: AuthorizationServer;
  readonly timeouts?: HttpParts['timeouts'];
  readonly now?: () => number;
  /** The operator shows secrets. */
  readonly showSecrets?: true;
  readonly scriptPool?: ScriptPool;
  /** By default traces are followed for the audit, and nothing is sent. */
  readonly telemetry?: Telemetry;
  /** Runs before each request to Logto. */
  readonly before?: (method: string, url: string) => Promise<void>;
}

export interface Serving {
  readonly server: HttpServer;
  readonly port: number;
  readonly resource: string;
  readonly authorization: AuthorizationServer;
  /** Puts another authorization server in the place of the first. */
  useAuthorization(server: AuthorizationServer): void;
  readonly people: readonly Person[];
  readonly sandbox: Sandbox;
  readonly session: Session;
  readonly audited: AuditLine[];
  /** Requests to Logto that were not reads, after the start. */
  readonly writes: string[];
  /** Requests to the issuer. */
  readonly asked: string[];
  /** Set to make the issuer unreachable. */
  broken: boolean;
  /** A token of a person, with other claims in the place of the usual ones. */
  token(person: string, claims?: Readonly<Record<string, unknown>>, type?: string): string;
  /** Sends a raw request. */
  send(
    method: string,
    path: string,
    headers?: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Answer>;
  /** Posts a message of JSON-RPC of the 2025 era. */
  post(token: string | undefined, method: string, params?: unknown): Promise<Answer>;
  call(token: string | undefined, tool: string, input: unknown): Promise<Answer>;
  close(): Promise<void>;
}

function jsonIn(text: string): unknown {
  const data = text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .at(-1);
  try {
    return JSON.parse(data === undefined ? text : data.slice('data: '.length));
  } catch {
    return undefined;
  }
}

/** Sends a request with exactly these headers. */
export function sendTo(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode = 0, headers: received } = incoming;
          resolve({ status: statusCode, headers: received, text, json: jsonIn(text) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

let messages = 0;

/** Headers of a client of the 2025 era. */
export const clientHeaders = (token: string | undefined): Record<string, string> => ({
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
});

export const serveForTest = (setup: HttpSetup = {}): Promise<Serving> =>
  onFreePort((port) => serveOn(port, setup));

async function serveOn(port: number, setup: HttpSetup): Promise<Serving> {
  const { now = Date.now } = setup;
  const own = setup.issuer ?? issuer;
  const settings: HttpSettings = {
    port,
    host: '127.0.0.1',
    baseUrl: undefined,
    basePath: '/mcp',
    issuer: own,
    trustProxy: false,
    stateKey: undefined,
    databaseUrl: undefined,
    callsPerMinute: 100_000,
    ...setup.http,
  };
  const resource = setup.resource ?? resourceOf(settings, port).href;
  const sandbox = setup.sandbox ?? createSandbox();
  const audited: AuditLine[] = [];
  const writes: string[] = [];
  const telemetry = setup.telemetry ?? followTraces();
  const audit = createAudit(operations, (line) => audited.push(line), telemetry);
  let seeded = false;
  const session = createSession({
    ...sandboxSettings,
    fetch: async (url, init) => {
      if (seeded && init.method !== 'GET' && !url.endsWith('/oidc/token')) {
        writes.push(`${init.method} ${new URL(url).pathname}`);
      }
      if (seeded) {
        await setup.before?.(init.method, url);
      }
      return sandbox.fetch(url, init);
    },
    observe: (exchange) => {
      audit.exchanged(exchange);
      telemetry.exchanged(exchange);
    },
  });
  const people = setup.people ?? (await createSandboxPeople(session, operations, resource));
  seeded = true;
  let authorization =
    setup.authorization ??
    new AuthorizationServer({
      issuer: own,
      resource,
      people,
      now,
      fetchDocument: () => Promise.reject(),
    });
  const asked: string[] = [];
  const transport: Transport = async (url) => {
    asked.push(url);
    if (serving.broken) {
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    }
    const answer = await authorization.handle({
      method: 'GET',
      url: new URL(url),
      form: new URLSearchParams(),
    });
    return {
      status: answer?.status ?? 404,
      headers: { get: () => null },
      text: async () => answer?.body ?? '',
    };
  };
  const config = readConfig(
    ['--sandbox', '--tools', 'all'],
    {},
    () => '',
    () => true,
  );
  if (config.command !== 'serve') {
    throw new Error('no settings');
  }
  const policy = setup.policy ?? defaultPolicy();
  const lines = setup.lines ?? memoryJournal();
  const state = setup.state ?? memoryState(now);
  const scriptPool = setup.scriptPool ?? new ScriptPool();
  const server = composeHttpServer({
    settings,
    port,
    version: '0.0.0-test',
    session,
    audit,
    operations,
    transport,
    policyFor: setup.policyFor ?? (async () => ({ policy, key: '' })),
    registryFor: (restrictedPolicy, showsSecrets) =>
      buildRegistry({
        settings: { ...config, showSecrets: setup.showSecrets === true && showsSecrets },
        session,
        policy: restrictedPolicy,
        self: { ...sandboxSettings, ...(setup.selfSignIn && { signIn: resource }) },
        manifest: toolManifest,
        document: openDocument(config, sandbox.fetch, deniesDocuments(restrictedPolicy)),
        lines,
        state,
        scriptPool,
      }),
    looksUpAccounts: settings.issuer !== undefined,
    stateKey: setup.stateKey ?? new Uint8Array(32).fill(7),
    rates: state.rates,
    checks: [],
    around: (_tool, _id, run) => run(),
    report: () => {},
    now,
    telemetry,
    ...(setup.timeouts !== undefined && { timeouts: setup.timeouts }),
  });
  await server.listen();
  const serving: Serving = {
    server,
    port,
    resource,
    get authorization() {
      return authorization;
    },
    useAuthorization(server) {
      authorization = server;
    },
    people,
    sandbox,
    session,
    audited,
    writes,
    asked,
    broken: false,
    token(person, claims = {}, type = 'at+jwt') {
      const known = people.find(({ name }) => name.startsWith(person));
      const iat = Math.floor(now() / 1000);
      return authorization.key.sign(
        {
          iss: own,
          aud: resource,
          sub: known?.id ?? person,
          client_id: 'test-client',
          scope: known?.scopes.join(' ') ?? '',
          iat,
          exp: iat + 600,
          ...claims,
        },
        type,
      );
    },
    send: (method, path, headers, body) => sendTo(port, method, path, headers, body),
    post(token, method, params = {}) {
      messages += 1;
      const body = JSON.stringify({ jsonrpc: '2.0', id: messages, method, params });
      return sendTo(port, 'POST', '/mcp', clientHeaders(token), body);
    },
    call: (token, tool, input) =>
      serving.post(token, 'tools/call', { name: tool, arguments: input }),
    close: () => server.end(0),
  };
  return serving;
}
