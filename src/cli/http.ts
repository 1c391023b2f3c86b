/** The command `http`: the server over Streamable HTTP, for several people. */
import { randomBytes } from 'node:crypto';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config, Settings } from '../config/config.js';
import type { Environment } from '../config/environment.js';
import { type HttpSettings, readHttpConfig } from '../config/http-settings.js';
import type { TelemetrySettings } from '../config/telemetry-settings.js';
import type { NamedOperation } from '../guard/operation-graph.js';
import type { Policy } from '../guard/policy/policy.js';
import { loadPolicySet } from '../guard/policy/policy-file.js';
import { memoryJournal } from '../guard/undo/journal.js';
import { fileJournal } from '../guard/undo/journal-file.js';
import { composeHttpServer, createAudit, freePort, resourceOf } from '../http/compose.js';
import { Directory } from '../http/directory.js';
import type { ReadinessCheck } from '../http/readiness.js';
import { followTraces, type Telemetry } from '../http/telemetry.js';
import { ScriptPool } from '../jobs/script-pool.js';
import { secretsOf } from '../logto/credentials.js';
import { createLogRedactor } from '../logto/redaction.js';
import type { Session } from '../logto/session.js';
import { operationsOf } from '../mcp/operation-tools.js';
import { deniesDocuments } from '../mcp/resources.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import { memoryState } from '../store/memory.js';
import { buildRegistry } from './build-registry.js';
import { journalPath, proxyFor } from './connection.js';
import { exit, say } from './runtime.js';
import { createSandboxPeople } from './sandbox-people.js';
import { serveSandboxSignIn } from './sandbox-sign-in.js';
import { openLog } from './serve.js';
import { openDocument, openSession, openTransport, ownAccessOf, transportFor } from './session.js';

/** Uploads and saved secrets use folders of the server's machine, on which no signed-in person has files. */
const withoutFolders = (settings: Settings): Settings => ({
  ...settings,
  uploadFolder: undefined,
  secretsFolder: undefined,
});

/** Whether the Management API answers this server. */
const tokenCheck = (
  session: Session,
  operations: ReadonlyMap<string, NamedOperation>,
): ReadinessCheck => ({
  name: 'logto',
  run: async (signal) => {
    const probe = operations.get('list_roles');
    if (probe !== undefined) {
      await session.send(probe.operation, { page: 1, page_size: 1 }, signal);
    }
  },
});

/** The address that the state in a database belongs to. */
const tenantOf = (access: Settings['access']): string =>
  access.kind === 'live' ? new URL(access.credentials.endpoint).host : access.kind;

/** The store that several processes share; undefined where there is no database. Loaded only when it is used. */
async function openShared(http: HttpSettings, key: Uint8Array, tenant: string) {
  if (http.databaseUrl === undefined) {
    return undefined;
  }
  const { openPostgres } = await import('../store/postgres.js');
  return openPostgres({ url: http.databaseUrl, tenant, key });
}

/** Traces and metrics. The packages of OpenTelemetry are loaded only where something is sent. */
async function openTelemetryOf(
  telemetry: TelemetrySettings | undefined,
  upstream: string,
  report: (error: unknown) => void,
): Promise<Telemetry> {
  if (telemetry === undefined) {
    return followTraces();
  }
  const { openTelemetry } = await import('../http/open-telemetry.js');
  return openTelemetry({ settings: telemetry, version: packageJson.version, upstream, report });
}

/** Warnings and facts for the operator at the start. */
function startNotices(
  settings: Settings,
  { confirmWarning }: Policy,
  http: HttpSettings,
  issuer: string | undefined,
) {
  const { access } = settings;
  const endpoint = access.kind === 'live' ? access.credentials.endpoint : undefined;
  const isOtherOrigin =
    endpoint !== undefined &&
    http.issuer !== undefined &&
    new URL(http.issuer).origin !== new URL(endpoint).origin;
  return [
    ...settings.warnings,
    ...(confirmWarning === undefined ? [] : [confirmWarning]),
    ...(isOtherOrigin
      ? [
          `People sign in at ${http.issuer}, and LOGTO_ENDPOINT is ${endpoint}. Check that both are the same tenant, such as one of them a custom domain of it: the accounts and roles of another tenant would decide who may do what here.`,
        ]
      : []),
    ...(issuer === undefined
      ? [
          'There is no sign-in: every program on this machine that can reach the port has full access. Set --issuer.',
        ]
      : []),
    ...(http.stateKey === undefined && issuer !== undefined
      ? [
          'LOGTO_MCP_STATE_KEY is not set: answers to questions are accepted by this process alone, so run only one.',
        ]
      : []),
    ...(http.databaseUrl === undefined && issuer !== undefined
      ? [
          'LOGTO_MCP_DATABASE_URL is not set: plans, ceilings and locks are in the memory of this process, so run only one.',
        ]
      : []),
  ];
}

/**
 * Starts the server. The process ends on a signal, after the running calls.
 *
 * @throws ConfigError, PolicyError or LogtoError for settings that cannot be used; Error for a port that is in use
 */
export async function serveHttp(
  config: Extract<Config, { command: 'http' }>,
  env: Environment,
): Promise<void> {
  const { server: configured, http, telemetry: signals } = readHttpConfig(config, env);
  const settings = withoutFolders(configured);
  const { access } = settings;
  let secrets = access.kind === 'live' ? secretsOf(access.credentials) : [];
  const log = openLog(
    settings,
    createLogRedactor(() => secrets),
  );
  const report = (error: unknown): void => log.error(error);
  const entries = operationsOf(toolManifest.operations);
  const operations = new Map(entries.map((entry) => [entry.name, entry]));
  const policies = loadPolicySet(
    settings.policy,
    settings.profile,
    () => entries,
    settings.policyFile,
  );
  const telemetry = await openTelemetryOf(signals, tenantOf(access), report);
  const audit = createAudit(
    operations,
    (line) => {
      process.stdout.write(`${JSON.stringify(line)}\n`);
    },
    telemetry,
  );
  const tenant = openTransport(access, proxyFor(access));
  const session = openSession(
    access,
    tenant,
    {
      uploadFolder: undefined,
      observe: (exchange) => {
        log.exchanged(exchange);
        audit.exchanged(exchange);
        telemetry.exchanged(exchange);
      },
    },
    (token) => {
      if (!secrets.includes(token)) {
        secrets = [...secrets, token];
      }
    },
  );
  // Read once for all people; not for people whose policy excludes it.
  const document = openDocument(settings, tenant, false);
  const deniedDocument = openDocument(settings, tenant, true);
  const stateKey = http.stateKey ?? randomBytes(32);
  const shared = await openShared(http, stateKey, tenantOf(access));
  const lines =
    shared?.journal ??
    (access.kind === 'live'
      ? fileJournal(journalPath(settings, access.credentials.endpoint))
      : memoryJournal());
  const state = shared ?? memoryState();
  const port = http.port === 0 ? await freePort(http.host) : http.port;
  const resource = resourceOf(http, port).href;
  const isSandbox = access.kind === 'sandbox';
  const issuer = isSandbox
    ? `http://127.0.0.1:${http.port === 0 ? await freePort('127.0.0.1') : port + 1}/oidc`
    : http.issuer;
  const transport = transportFor(issuer ?? resource);
  const signIn =
    isSandbox && issuer !== undefined
      ? await serveSandboxSignIn(
          issuer,
          resource,
          await createSandboxPeople(session, operations, resource),
          transport,
        )
      : undefined;
  const scriptPool = new ScriptPool();
  const directory = new Directory({ session, operations, policies });
  const server = composeHttpServer({
    settings: { ...http, issuer },
    port,
    telemetry,
    version: packageJson.version,
    session,
    audit,
    operations,
    transport,
    policyFor: (principal) => directory.policyFor(principal),
    registryFor: (restrictedPolicy, showsSecrets) =>
      buildRegistry({
        settings: { ...settings, showSecrets: settings.showSecrets && showsSecrets },
        session,
        policy: restrictedPolicy,
        self: { ...ownAccessOf(access), signIn: issuer === undefined ? undefined : resource },
        manifest: toolManifest,
        document: deniesDocuments(restrictedPolicy) ? deniedDocument : document,
        lines,
        state,
        scriptPool,
      }),
    looksUpAccounts: issuer !== undefined,
    stateKey,
    rates: state.rates,
    checks: [
      ...(access.kind === 'live' ? [tokenCheck(session, operations)] : []),
      ...(shared === undefined ? [] : [{ name: 'store', run: () => shared.ready() }]),
    ],
    around: (...call) => log.around(...call),
    report,
  });
  await server.listen();
  for (const notice of startNotices(settings, policies.policy, http, issuer)) {
    log.warn(notice);
  }
  say(`logto-management-mcp: serving MCP at ${resource}`);
  if (signIn !== undefined) {
    say(
      `logto-management-mcp: sandbox, a simulated tenant in memory; sign in at ${issuer} as Ada (everything) or Rio (reads)`,
    );
  }
  const end = (): void => {
    server
      .end()
      .then(() => signIn?.close())
      .then(() => shared?.close())
      .then(() => telemetry.close())
      .then(
        () => exit(0),
        () => exit(1),
      );
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}
