#!/usr/bin/env node
/** The program: the only file that touches `process`. Picks the command, live or sandbox, and the transport. */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { ConfigError, helpText } from './config/args.js';
import { type Access, type Config, readConfig, type Settings, settings } from './config/config.js';
import type { Check, TenantConnection } from './doctor/index.js';
import { Guard } from './guard/guard.js';
import { loadPolicy, PolicyError } from './guard/policy/policy-file.js';
import type { OwnAccess } from './guard/policy/self-lockout.js';
import { Secrets } from './guard/secrets/secrets.js';
import { memoryJournal } from './guard/undo/journal.js';
import { fileJournal } from './guard/undo/journal-file.js';
import type { CliContext } from './installer/index.js';
import { Logger, type LoggerOptions } from './logger.js';
import { LogtoError } from './logto/errors.js';
import { type ProxyServer, routeTo } from './logto/proxy.js';
import { createSession, type Session, type SessionOptions } from './logto/session.js';
import type { Transport } from './logto/transport.js';
import type { TenantLabel } from './mcp/instructions.js';
import { confirmationsFor, toolsOf } from './mcp/operation-tools.js';
import { createRegistry, permittedNames } from './mcp/registry.js';
import { serverFactory } from './mcp/server.js';
import { serve } from './mcp/stdio.js';
import { toolManifest } from './mcp/tool-manifest.js';
import { SelectionError, selectTools } from './mcp/tool-selection.js';
import { builtInTools } from './mcp/tools/index.js';
import { sandboxSettings } from './sandbox/settings.js';

/** Exit code for a command line or a setting that cannot be used. */
const misuse = 2;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Where the log goes: to stderr, in words at a terminal; or into a file that only its owner can read. */
function openLog({ logLevel, logFile }: Settings): Logger {
  const intoFile = (line: string): void => {
    if (logFile !== undefined) {
      appendFileSync(logFile, line, { mode: 0o600 });
    }
  };
  try {
    intoFile('');
  } catch {
    throw new ConfigError(
      `The log "${logFile}" cannot be written. Give --log-file a file in a folder that this user can write to.`,
    );
  }
  const options: Pick<LoggerOptions, 'write' | 'human'> =
    logFile === undefined
      ? { write: say, human: process.stderr.isTTY === true }
      : {
          human: false,
          write: (line) => {
            try {
              intoFile(`${line}\n`);
            } catch {
              // A full disk is no reason for a call to fail; the line goes where it would go without a file.
              say(line);
            }
          },
        };
  return new Logger({ ...options, level: logLevel });
}

/** stdout carries the protocol alone; a stray line there would break the connection. */
function keepStdoutClean(): void {
  for (const method of ['log', 'info', 'debug', 'dir', 'table'] as const) {
    // biome-ignore lint/suspicious/noConsole: this is the guard against it
    console[method] = console.error;
  }
}

/** The schemas of the catalog, which a list of the tools does not need. */
const loadCatalog = async () => (await import('./catalog/index.js')).catalog;

/** A fetch that is made for the first request: loading it takes longer than listing the tools. */
function whenNeeded(make: () => Promise<Transport>): Transport {
  let made: Promise<Transport> | undefined;
  return async (url, init) => {
    made ??= make();
    return (await made)(url, init);
  };
}

const sandboxFetch = async (): Promise<Transport> => {
  const { createSandbox } = await import('./sandbox/index.js');
  return createSandbox().fetch;
};

const liveFetch = async (proxy: ProxyServer | undefined): Promise<Transport> => {
  const { createUndiciTransport } = await import('./logto/undici-transport.js');
  return createUndiciTransport(proxy);
};

/** The session for the access that is configured. What a mode does not need is not even loaded. */
function openSession(
  access: Access,
  shared: Pick<SessionOptions, 'uploadFolder' | 'observe'>,
): Session {
  switch (access.kind) {
    case 'sandbox':
      return createSession({ ...sandboxSettings, fetch: whenNeeded(sandboxFetch), ...shared });
    case 'live': {
      const { proxy } = routeTo(access.credentials.endpoint, process.env);
      const fetch = whenNeeded(() => liveFetch(proxy));
      return createSession({ ...access.credentials, fetch, ...shared });
    }
    case 'unconfigured':
      return {
        check: () => Promise.reject(new LogtoError(access.failure)),
        send: () => Promise.reject(new LogtoError(access.failure)),
        tokenRequests: 0,
      };
  }
}

const placeOf = (access: Access): TenantLabel =>
  access.kind === 'live'
    ? { kind: 'live', endpoint: access.credentials.endpoint, tenant: access.tenant }
    : { kind: access.kind };

/** What the server signs in with, for the guard to protect. */
const selfOf = (access: Access): OwnAccess =>
  access.kind === 'live' ? access.credentials : sandboxSettings;

/** The journal of a tenant: one file for each, named by its address. */
function journalPath({ stateFolder }: Settings, endpoint: string): string {
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  const folder = stateFolder ?? join(state, 'logto-management-mcp');
  const tenant = new URL(endpoint).host.replaceAll(/[^\w.-]/g, '_');
  return join(folder, `changes-${tenant}.jsonl`);
}

/** How the doctor reaches the tenant; undefined when none is configured. */
async function reachedBy(access: Access): Promise<TenantConnection | undefined> {
  switch (access.kind) {
    case 'sandbox': {
      const fetch = await sandboxFetch();
      return { credentials: sandboxSettings, connect: () => fetch, sandbox: true };
    }
    case 'live':
      return {
        credentials: access.credentials,
        connect: (proxy) => whenNeeded(() => liveFetch(proxy)),
        sandbox: false,
      };
    case 'unconfigured':
      return undefined;
  }
}

/** Examines and answers. @returns the exit code */
async function doctor({ json, settings: found }: Extract<Config, { command: 'doctor' }>) {
  const { runDoctor, outputStyleFor, printer, summaryOf } = await import('./doctor/index.js');
  const access = found instanceof ConfigError ? undefined : found.access;
  const print = printer(outputStyleFor(process.env, process.stdout.isTTY === true));
  const checks: Check[] = [];
  await runDoctor(
    {
      node: process.versions.node,
      engines: packageJson.engines.node,
      settings: found,
      reached: access && (await reachedBy(access)),
      env: process.env,
      journal:
        access?.kind === 'live' && !(found instanceof ConfigError)
          ? dirname(journalPath(found, access.credentials.endpoint))
          : undefined,
      tools: toolsOf(toolManifest.operations, loadCatalog),
    },
    (check) => {
      checks.push(check);
      if (!json) {
        process.stdout.write(`${print(check)}\n`);
      }
    },
  );
  const { ok, text } = summaryOf(checks);
  const last = json ? JSON.stringify({ ok, checks }, null, 2) : `\n${text}`;
  // On Windows a pipe is written behind our back: the process must not end before it is.
  await new Promise<void>((resolve) => process.stdout.write(`${last}\n`, () => resolve()));
  return ok ? 0 : 1;
}

const readText = (path: string): string => readFileSync(path, 'utf8');

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Refuses what the server would not start with. */
function check(config: Settings): void {
  const tools = toolsOf(toolManifest.operations, loadCatalog);
  loadPolicy(config.policy, config.profile, () => tools);
  selectTools(tools, tools, builtInTools, config.tools, config.readOnly);
}

/** What the commands that deal with the configuration of an MCP client need. */
async function surroundings(): Promise<CliContext> {
  const { terminalOf } = await import('./installer/terminal.js');
  return {
    platform: process.platform,
    env: process.env,
    home: homedir(),
    cwd: process.cwd(),
    program: {
      main: fileURLToPath(import.meta.url),
      node: process.execPath,
      version: packageJson.version,
    },
    // Questions go to stderr, so that what is said in the end can be piped.
    terminal: terminalOf(process.stdin, process.stderr),
    readFile: readText,
    isFolder,
    say: (line: string) => void process.stdout.write(`${line}\n`),
    now: () => new Date(),
    check,
  };
}

/** Edits the configuration of an MCP client. */
async function configureClient(
  config: Extract<Config, { command: 'init' | 'remove' }>,
): Promise<void> {
  const { init, remove } = await import('./installer/index.js');
  const around = await surroundings();
  await (config.command === 'init' ? init(config, around) : remove(config, around));
}

/**
 * Starts the doctor with what an entry starts the server with: a process of its own, because Node.js reads some of its
 * environment at the start alone, certificate authorities above all.
 *
 * @returns the exit code
 */
async function doctorOf(
  config: Extract<Config, { command: 'doctor of an entry' }>,
): Promise<number> {
  const { started } = await import('./installer/index.js');
  const { spawnSync } = await import('node:child_process');
  const { args, env } = await started(config, await surroundings());
  const { status, error } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), 'doctor', ...args, ...(config.json ? ['--json'] : [])],
    { env, stdio: 'inherit' },
  );
  if (error !== undefined) {
    throw error;
  }
  return status ?? 1;
}

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env, readText, isFolder);
  if (config.command === 'help') {
    process.stdout.write(helpText(settings));
    return;
  }
  if (config.command === 'version') {
    process.stdout.write(`${packageJson.version}\n`);
    return;
  }
  if (config.command === 'init' || config.command === 'remove') {
    await configureClient(config);
    return;
  }
  if (config.command === 'doctor of an entry') {
    process.exit(await doctorOf(config));
  }
  if (config.command === 'doctor') {
    process.exit(await doctor(config));
  }
  keepStdoutClean();
  const { access, tools: selection, readOnly, uploadFolder, warnings } = config;
  const place = placeOf(access);
  const log = openLog(config);
  const session = openSession(access, { uploadFolder, observe: log.exchanged });
  const { version } = packageJson;
  const policy = loadPolicy(config.policy, config.profile, () =>
    toolsOf(toolManifest.operations, loadCatalog),
  );
  const tools = toolsOf(toolManifest.operations, loadCatalog, confirmationsFor(policy));
  const own = selfOf(access);
  const secrets = new Secrets(config.showSecrets, config.secretsFolder, own.appSecret);
  const gate = new Guard({
    session,
    load: loadCatalog,
    permitted: permittedNames(tools, policy, selection, readOnly),
    policy,
    self: own,
    secrets,
    lines:
      access.kind === 'live'
        ? fileJournal(journalPath(config, access.credentials.endpoint))
        : memoryJournal(),
  });
  const surface = createRegistry({
    tools,
    inputs: toolManifest.inputs,
    selection,
    readOnly,
    place,
    version,
    gate,
    secrets,
  });
  const report = (error: unknown): void => log.error(error);
  const factory = serverFactory({
    ...surface,
    version,
    report,
    around: (...call) => log.around(...call),
  });

  const end = (): void => process.exit(0);
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  process.stdin.once('end', end);
  process.stdin.once('close', end);
  // The client is gone: there is nobody left to answer.
  process.stdout.once('error', end);

  serve(factory, report);
  for (const warning of warnings) {
    log.warn(warning);
  }
  if (place.kind === 'sandbox') {
    log.warn('Serving the sandbox, a made-up tenant in memory.');
  } else if (place.kind === 'unconfigured') {
    log.warn('No tenant is configured; each call answers what is missing.');
  }
}

main().catch((error: unknown) => {
  const isMisuse =
    error instanceof ConfigError ||
    error instanceof SelectionError ||
    error instanceof PolicyError ||
    (error instanceof LogtoError && error.failure.kind === 'configuration');
  if (isMisuse) {
    const hint = error instanceof LogtoError ? ` ${error.failure.hint ?? ''}` : '';
    say(`logto-management-mcp: ${error.message}${hint}`);
    process.exit(misuse);
  }
  say(
    `logto-management-mcp: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  process.exit(1);
});
