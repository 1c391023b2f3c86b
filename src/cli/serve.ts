/** The command `serve`: the server over stdio. */
import packageJson from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/config.js';
import { defaultPolicy, type Policy } from '../guard/policy/policy.js';
import { Logger } from '../logger.js';
import { secretsOf } from '../logto/credentials.js';
import { createLogRedactor, type Redact } from '../logto/redaction.js';
import type { Session } from '../logto/session.js';
import { deferRegistry } from '../mcp/deferred-registry.js';
import { listingFor, offeredBuiltIns, selectionFor } from '../mcp/listing.js';
import { confirmationsFor, operationsOf, toolsOf } from '../mcp/operation-tools.js';
import type { Registry } from '../mcp/registry.js';
import { serveMcp as serveOver, serverFactory } from '../mcp/server.js';
import { StdioTransport } from '../mcp/stdio-transport.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import { loadCatalog, proxyFor, tenantLabelOf, withSelectionSource } from './connection.js';
import { openLogFile } from './log-file.js';
import { exit, say } from './runtime.js';

/** The log: to stderr, in words at a terminal, or to a file. @throws ConfigError when the file cannot be written */
export function openLog(
  { logLevel, logFile, sources }: Settings,
  redact: (text: string) => string,
): Logger {
  return logFile === undefined
    ? new Logger({ level: logLevel, redact, write: say, human: process.stderr.isTTY === true })
    : new Logger({
        level: logLevel,
        redact,
        write: openLogFile(logFile, sources.logFile, say),
        human: false,
      });
}

/** stdout carries only the protocol: any other line would break the connection. */
function keepStdoutClean(): void {
  for (const method of ['log', 'info', 'debug', 'dir', 'table'] as const) {
    // biome-ignore lint/suspicious/noConsole: this prevents its use of stdout
    console[method] = console.error;
  }
}

/** The policy of the settings. A start without a policy does not load its parser. @throws PolicyError */
async function policyOf({ policy, policyFile, profile }: Settings): Promise<Policy> {
  if (policy === undefined && profile === undefined) {
    return defaultPolicy();
  }
  const { loadPolicy } = await import('../guard/policy/policy-file.js');
  return loadPolicy(policy, profile, () => operationsOf(toolManifest.operations), policyFile);
}

/**
 * The registry, which lists at once; what runs behind it is loaded with the first call. `onToken` takes each access token.
 *
 * @throws PolicyError, ConfigError, LogtoError
 */
async function buildRegistry(
  settings: Settings,
  log: Logger,
  onToken: (token: string) => void,
): Promise<{ readonly registry: Registry; readonly redact: Redact; readonly policy: Policy }> {
  const { access, readOnly } = settings;
  const proxy = proxyFor(access);
  const policy = await policyOf(settings);
  const { builtIns, operations } = toolManifest;
  const tools = toolsOf(operations, loadCatalog, confirmationsFor(policy));
  const selection = withSelectionSource(settings, () =>
    selectionFor(tools, policy, settings.tools, readOnly),
  );
  const listing = listingFor({
    selection,
    builtIns: offeredBuiltIns(builtIns, selection),
    policy,
    readOnly,
    tenant: tenantLabelOf(access),
    confirmMode: settings.confirmMode,
  });
  let session: Session | undefined;
  const load = async (): Promise<Registry> => {
    const { createCalls } = await import('./calls.js');
    const calls = createCalls({ settings, policy, manifest: toolManifest, proxy, log, onToken });
    session = calls.session;
    return calls.registry;
  };
  return {
    registry: deferRegistry(listing, selection, settings.confirmMode, load),
    redact: (text) => session?.redact(text) ?? text,
    policy,
  };
}

/** Ends the process on a signal, and when the client disconnects. Answers that are ready are written before. */
function exitWithClient(transport: StdioTransport): void {
  const end = (): void => {
    transport.flush();
    exit(0);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  process.stdin.once('end', end);
  process.stdin.once('close', end);
  process.stdout.once('error', end);
}

/** For a person who starts the program without a command: nothing else would happen. */
const AT_TERMINAL =
  'This program is waiting for an MCP client on its standard input; at a terminal there is none. Press Ctrl+C, and run it with init to connect a client (init --sandbox for a simulated tenant), or with doctor to check the settings.';

/** What a person should know at the start. */
function startNotices(
  { access, warnings: ofSettings }: Settings,
  { confirmWarning }: Policy,
): readonly string[] {
  const warnings = confirmWarning === undefined ? ofSettings : [...ofSettings, confirmWarning];
  const waiting = process.stdin.isTTY === true ? [AT_TERMINAL] : [];
  switch (access.kind) {
    case 'sandbox':
      return [...warnings, 'Serving the sandbox, a simulated tenant in memory.', ...waiting];
    case 'unconfigured':
      return [
        ...warnings,
        `${access.failure.message} Every call fails with this message.`,
        ...waiting,
      ];
    case 'live':
      return [...warnings, ...waiting];
  }
}

/**
 * Starts the server. The process ends when the client does.
 *
 * @throws ConfigError, PolicyError or LogtoError for settings that cannot be used
 */
export async function serve(settings: Settings): Promise<void> {
  keepStdoutClean();
  const { access } = settings;
  let secrets = access.kind === 'live' ? secretsOf(access.credentials) : [];
  const log = openLog(
    settings,
    createLogRedactor(() => secrets),
  );
  const { registry, redact, policy } = await buildRegistry(settings, log, (token) => {
    if (!secrets.includes(token)) {
      secrets = [...secrets, token];
    }
  });
  const report = (error: unknown): void => log.error(error);
  const factory = serverFactory({
    ...registry,
    version: packageJson.version,
    report,
    redact,
    around: (...call) => log.around(...call),
  });
  const transport = new StdioTransport({ input: process.stdin, output: process.stdout });
  exitWithClient(transport);
  serveOver(factory, report, transport);
  for (const notice of startNotices(settings, policy)) {
    log.warn(notice);
  }
}
