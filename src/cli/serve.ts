/** The command `serve`: the server over stdio. */
import packageJson from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/config.js';
import { Guard } from '../guard/guard.js';
import { loadPolicy } from '../guard/policy/policy-file.js';
import { Secrets } from '../guard/secrets/secrets.js';
import { memoryJournal } from '../guard/undo/journal.js';
import { fileJournal } from '../guard/undo/journal-file.js';
import { Logger } from '../logger.js';
import { secretsOf } from '../logto/credentials.js';
import { createLogRedactor } from '../logto/redaction.js';
import { valueSources } from '../manifest/value-sources.js';
import { confirmationsFor, operationsOf, toolsOf } from '../mcp/operation-tools.js';
import { createRegistry, permittedNames, type Registry } from '../mcp/registry.js';
import { serverFactory, serve as serveStdio } from '../mcp/server.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import {
  journalPath,
  loadCatalog,
  openSession,
  ownAccessOf,
  tenantLabelOf,
  withSelectionSource,
} from './connection.js';
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

/** Guard and registry over a session. `onToken` takes each access token. @throws PolicyError, ConfigError */
function buildRegistry(
  settings: Settings,
  log: Logger,
  onToken: (token: string) => void,
): { readonly registry: Registry; readonly redact: (text: string) => string } {
  const { access, uploadFolder } = settings;
  const session = openSession(access, { uploadFolder, observe: log.exchanged }, onToken);
  const policy = loadPolicy(settings.policy, settings.profile, () =>
    operationsOf(toolManifest.operations),
  );
  const tools = toolsOf(toolManifest.operations, loadCatalog, confirmationsFor(policy));
  const self = ownAccessOf(access);
  const secrets = new Secrets(settings.showSecrets, settings.secretsFolder, self.appSecret);
  const permitted = withSelectionSource(settings, () =>
    permittedNames(tools, policy, settings.tools, settings.readOnly),
  );
  const guard = new Guard({
    session,
    load: loadCatalog,
    permitted,
    policy,
    self,
    secrets,
    lines:
      access.kind === 'live'
        ? fileJournal(journalPath(settings, access.credentials.endpoint))
        : memoryJournal(),
  });
  const registry = withSelectionSource(settings, () =>
    createRegistry({
      tools,
      inputs: toolManifest.inputs,
      selection: settings.tools,
      readOnly: settings.readOnly,
      place: tenantLabelOf(access),
      version: packageJson.version,
      guard,
      secrets,
      configuration: {
        load: loadCatalog,
        own: self,
        sources: valueSources({
          variables: settings.manifestVariables,
          secrets: settings.manifestSecrets,
          secretsFolder: settings.secretsFolder,
          env: process.env,
        }),
        folder: settings.manifestFolder,
      },
      confirmMode: settings.confirmMode,
      ignoredArguments: settings.ignoredArguments,
    }),
  );
  return { registry, redact: (text) => session.redact(text) };
}

/** Ends the process on a signal, and when the client disconnects. */
function exitWithClient(): void {
  const end = (): void => exit(0);
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  process.stdin.once('end', end);
  process.stdin.once('close', end);
  process.stdout.once('error', end);
}

/** What a person should know at the start. */
function startNotices({ access, warnings }: Settings): readonly string[] {
  switch (access.kind) {
    case 'sandbox':
      return [...warnings, 'Serving the sandbox, a simulated tenant in memory.'];
    case 'unconfigured':
      return [...warnings, `${access.failure.message} Every call fails with this message.`];
    case 'live':
      return warnings;
  }
}

/**
 * Starts the server. The process ends when the client does.
 *
 * @throws ConfigError, PolicyError or LogtoError for settings that cannot be used
 */
export function serve(settings: Settings): void {
  keepStdoutClean();
  const { access } = settings;
  let secrets = access.kind === 'live' ? secretsOf(access.credentials) : [];
  const log = openLog(
    settings,
    createLogRedactor(() => secrets),
  );
  const { registry, redact } = buildRegistry(settings, log, (token) => {
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
  exitWithClient();
  serveStdio(factory, report, { input: process.stdin, output: process.stdout });
  for (const notice of startNotices(settings)) {
    log.warn(notice);
  }
}
