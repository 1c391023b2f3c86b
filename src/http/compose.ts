/** Puts the remote server together: tokens, principals, registries, endpoint, limits and health. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequestStateCodec } from '@modelcontextprotocol/server';
import type { HttpSettings } from '../config/http-settings.js';
import { isLoopback } from '../config/http-settings.js';
import type { NamedOperation } from '../guard/operation-graph.js';
import type { Policy } from '../guard/policy/policy.js';
import type { Session } from '../logto/session.js';
import type { Transport } from '../logto/transport.js';
import { AskingClient } from '../mcp/asking.js';
import type { Registry } from '../mcp/registry.js';
import { type QuestionState, type ServerOptions, serverFactory } from '../mcp/server.js';
import type { RateStore } from '../store/store.js';
import { Accounts } from './accounts.js';
import { Audit, type AuditLine } from './audit.js';
import { CallRate } from './call-rate.js';
import { ClientNames } from './client-names.js';
import { Endpoint } from './endpoint.js';
import { Issuer } from './issuer.js';
import { Metadata } from './metadata.js';
import { type Principal, principalIn } from './principal.js';
import { Readiness, type ReadinessCheck } from './readiness.js';
import { HttpServer, type HttpServerOptions } from './server.js';
import { Surfaces, type SurfacesOptions } from './surfaces.js';
import type { Telemetry } from './telemetry.js';
import { TokenVerifier } from './token-verifier.js';

/** Seconds for which a person can answer a question. Plans are valid for five minutes. */
const STATE_LIFETIME_S = 5 * 60;

/** Clients of people whose answers are remembered, to detect clients that answer for the person. */
const MAX_CLIENTS = 1_000;

/** The address of the endpoint as clients know it, which is the resource indicator to the letter. */
export const resourceOf = ({ baseUrl, basePath, host }: HttpSettings, port: number): URL => {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return new URL(basePath, baseUrl ?? `http://${name}:${port}`);
};

/** A port that is free now, for the port 0: the address of the endpoint must be known before it is served. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host.replace(/^\[|\]$/g, ''), resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface HttpParts {
  readonly settings: HttpSettings;
  /** The port in `settings`, or a free one instead of 0. */
  readonly port: number;
  readonly version: string;
  /** The session with the tenant. Its exchanges must be given to `audit.exchanged`. */
  readonly session: Session;
  readonly audit: Audit;
  readonly operations: ReadonlyMap<string, NamedOperation>;
  /** Sends requests to the issuer. */
  readonly transport: Transport;
  readonly policyFor: SurfacesOptions['policyFor'];
  /** @param showsSecrets whether the token allows secrets to be shown, where the operator does */
  readonly registryFor: (policy: Policy, showsSecrets: boolean) => Registry;
  /** Whether the account behind a token is looked up in Logto. */
  readonly looksUpAccounts: boolean;
  /** The key that seals what clients send back. */
  readonly stateKey: Uint8Array;
  /** Counts the requests of each person. */
  readonly rates: RateStore;
  /** What must work for this process to be ready, beside the keys of the issuer. */
  readonly checks: readonly ReadinessCheck[];
  readonly around: NonNullable<ServerOptions['around']>;
  readonly report: (error: unknown) => void;
  /** The same as for the audit. */
  readonly telemetry: Telemetry;
  readonly timeouts?: NonNullable<HttpServerOptions['timeouts']>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Makes the audit of a server. The session is made with it, so it comes first. */
export const createAudit = (
  operations: ReadonlyMap<string, NamedOperation>,
  write: (line: AuditLine) => void,
  telemetry: Telemetry,
): Audit =>
  new Audit({
    operations,
    write: (line) => {
      write(line);
      telemetry.audited(line);
    },
    traceId: () => telemetry.traceId(),
  });

/** The clients of people, the last caller at the end. */
function askingClients(mode: Registry['confirmMode'], now: () => number) {
  const clients = new Map<string, AskingClient>();
  return (principal: Principal, client: string): AskingClient => {
    const key = JSON.stringify([principal.key, client]);
    const asking = clients.get(key) ?? new AskingClient(mode, now);
    clients.delete(key);
    clients.set(key, asking);
    const [oldest] = clients.keys();
    if (clients.size > MAX_CLIENTS && oldest !== undefined) {
      clients.delete(oldest);
    }
    return asking;
  };
}

/** @throws Error for an issuer that is neither https nor on loopback */
export function composeHttpServer(parts: HttpParts): HttpServer {
  const { settings, port, session, operations, report, audit, now = Date.now } = parts;
  const { telemetry } = parts;
  const resource = resourceOf(settings, port);
  const { issuer } = settings;
  const source = issuer === undefined ? undefined : new Issuer(issuer, parts.transport, now);
  const metadata =
    issuer === undefined || source === undefined
      ? undefined
      : new Metadata({ resource, issuer, source, report });
  const verifier =
    issuer === undefined || source === undefined
      ? undefined
      : new TokenVerifier({ issuer, audience: resource.href, keys: source.keys, now });
  const actorIn = (context: Parameters<NonNullable<ServerOptions['actorOf']>>[0]) =>
    principalIn(context.http?.authInfo?.extra);
  const sealedState = createRequestStateCodec<QuestionState>({
    key: parts.stateKey,
    ttlSeconds: STATE_LIFETIME_S,
    bind: (context) => JSON.stringify([actorIn(context).key, context.mcpReq.method]),
  });
  const clientNames = new ClientNames();
  let askingFor: ReturnType<typeof askingClients> | undefined;
  const surfaces = new Surfaces({
    policyFor: parts.policyFor,
    build: (policy, { scopes }) => {
      const registry = parts.registryFor(policy, scopes.has('logto:secrets'));
      askingFor ??= askingClients(registry.confirmMode, now);
      const asking = askingFor;
      return {
        server: serverFactory({
          ...registry,
          version: parts.version,
          report,
          redact: (text) => session.redact(text),
          around: parts.around,
          observe: (request, run) => telemetry.request(request, run),
          audit: audit.around,
          actorOf: actorIn,
          clientNameOf: (context) =>
            clientNames.nameOf(
              actorIn(context),
              context.http?.req?.headers.get('user-agent') ?? undefined,
            ),
          onResolved: audit.resolved,
          sealedState,
          askingOf: (context, client) => asking(actorIn(context), client),
          now,
        }),
      };
    },
  });
  const endpoint = new Endpoint({
    verifier,
    resourceMetadataUrl: metadata?.url ?? '',
    accounts: parts.looksUpAccounts ? new Accounts({ session, operations, now }) : undefined,
    surfaces,
    operations,
    rate: new CallRate({ perMinute: settings.callsPerMinute, rates: parts.rates, report, now }),
    audit,
    clientNames,
    report,
  });
  const checks = [
    ...(source === undefined ? [] : [{ name: 'keys', run: () => source.ready() }]),
    ...parts.checks,
  ];
  return new HttpServer({
    host: settings.host,
    port,
    path: resource.pathname,
    hostnames: [resource.hostname],
    allowsLoopbackNames: isLoopback(settings.host),
    trustProxy: settings.trustProxy,
    endpoint,
    metadata,
    readiness: new Readiness(checks, report, now),
    report,
    ...(parts.timeouts !== undefined && { timeouts: parts.timeouts }),
  });
}
