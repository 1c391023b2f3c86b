/** The command `serve`: the server over stdio. */
import packageJson from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/config.js';
import { loadPolicy } from '../guard/policy/policy-file.js';
import { memoryJournal } from '../guard/undo/journal.js';
import { fileJournal } from '../guard/undo/journal-file.js';
import { Logger } from '../logger.js';
import { secretsOf } from '../logto/credentials.js';
import { createLogRedactor } from '../logto/redaction.js';
import { operationsOf } from '../mcp/operation-tools.js';
import { serverFactory, serve as serveStdio } from '../mcp/server.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import { buildRegistry } from './build-registry.js';
import { journalPath, openSession, ownAccessOf } from './connection.js';
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
  const session = openSession(
    access,
    { uploadFolder: settings.uploadFolder, observe: log.exchanged },
    (token) => {
      if (!secrets.includes(token)) {
        secrets = [...secrets, token];
      }
    },
  );
  const registry = buildRegistry({
    settings,
    session,
    policy: loadPolicy(settings.policy, settings.profile, () =>
      operationsOf(toolManifest.operations),
    ),
    self: ownAccessOf(access),
    lines:
      access.kind === 'live'
        ? fileJournal(journalPath(settings, access.credentials.endpoint))
        : memoryJournal(),
  });
  const report = (error: unknown): void => log.error(error);
  const factory = serverFactory({
    ...registry,
    version: packageJson.version,
    report,
    redact: (text) => session.redact(text),
    around: (...call) => log.around(...call),
  });
  exitWithClient();
  serveStdio(factory, report, { input: process.stdin, output: process.stdout });
  for (const notice of startNotices(settings)) {
    log.warn(notice);
  }
}
