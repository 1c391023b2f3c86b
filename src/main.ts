#!/usr/bin/env node
/** The program: the only file that touches `process`. Picks the command, live or sandbox, and the transport. */
import { readFileSync } from 'node:fs';
import packageJson from '../package.json' with { type: 'json' };
import { catalog } from './catalog/index.js';
import { type Access, ConfigError, helpText, readConfig } from './config.js';
import { LogtoError } from './logto/errors.js';
import { createSession, type Session } from './logto/session.js';
import { SelectionError } from './mcp/exposure.js';
import type { Place } from './mcp/instructions.js';
import { serverFactory } from './mcp/server.js';
import { serve } from './mcp/stdio.js';
import { surfaceOf } from './mcp/surface.js';
import { compile } from './mcp/tools.js';

/** Exit code for a command line or a setting that cannot be used. */
const misuse = 2;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Errors that no caller is told about. Messages only: nothing of a request or an answer. */
const report = (error: unknown): void => {
  say(
    `logto-management-mcp: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
};

/** stdout carries the protocol alone; a stray line there would break the connection. */
function keepStdoutClean(): void {
  for (const method of ['log', 'info', 'debug', 'dir', 'table'] as const) {
    // biome-ignore lint/suspicious/noConsole: this is the guard against it
    console[method] = console.error;
  }
}

const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];

/** The session for the access that is configured. What a mode does not need is not even loaded. */
async function openSession(access: Access, uploadFolder: string | undefined): Promise<Session> {
  switch (access.kind) {
    case 'sandbox': {
      const { createSandbox, sandboxSettings } = await import('./sandbox/index.js');
      return createSession({ ...sandboxSettings, fetch: createSandbox().fetch, uploadFolder });
    }
    case 'live': {
      const { connect } = await import('./logto/connect.js');
      const proxied = proxyVariables.some((name) => Boolean(process.env[name]));
      return createSession({ ...access.credentials, fetch: connect(proxied), uploadFolder });
    }
    case 'unconfigured':
      return {
        send: () => Promise.reject(new LogtoError(access.failure)),
        tokenRequests: 0,
      };
  }
}

const placeOf = (access: Access): Place =>
  access.kind === 'live'
    ? { kind: 'live', endpoint: access.credentials.endpoint, tenant: access.tenant }
    : { kind: access.kind };

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env, (path) =>
    readFileSync(path, 'utf8'),
  );
  if (config.command === 'help') {
    process.stdout.write(helpText());
    return;
  }
  if (config.command === 'version') {
    process.stdout.write(`${packageJson.version}\n`);
    return;
  }
  keepStdoutClean();
  const { access, tools: selection, readOnly, uploadFolder, warnings } = config;
  const place = placeOf(access);
  const session = await openSession(access, uploadFolder);
  const { version } = packageJson;
  const tools = compile(catalog);
  const surface = surfaceOf({ tools, selection, readOnly, place, version, session });
  const factory = serverFactory({ ...surface, version, session, report });

  const end = (): void => process.exit(0);
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  process.stdin.once('end', end);
  process.stdin.once('close', end);
  // The client is gone: there is nobody left to answer.
  process.stdout.once('error', end);

  serve(factory, report);
  warnings.forEach(say);
  if (place.kind === 'sandbox') {
    say('logto-management-mcp: serving the sandbox, a made-up tenant in memory.');
  } else if (place.kind === 'unconfigured') {
    say('logto-management-mcp: no tenant is configured; each call answers what is missing.');
  }
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError || error instanceof SelectionError) {
    say(`logto-management-mcp: ${error.message}`);
    process.exit(misuse);
  }
  report(error);
  process.exit(1);
});
