/** The command `doctor`: runs the checks and prints them, as text or as JSON. */
import packageJson from '../../package.json' with { type: 'json' };
import { ConfigError } from '../config/args.js';
import type { Config, Settings } from '../config/config.js';
import { CLIENT_CHECKS_VARIABLE, parseClientChecks } from '../doctor/client-checks.js';
import { createFileSystem } from '../doctor/filesystem.js';
import { type HttpTenant, runHttpDoctor } from '../doctor/http-doctor.js';
import { runDoctor } from '../doctor/index.js';
import { createPrinter, outputStyleFor, summaryOf } from '../doctor/report.js';
import type { Check } from '../doctor/runner.js';
import type { Transport } from '../logto/transport.js';
import { toolsOf } from '../mcp/operation-tools.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import { journalPath, loadCatalog, proxyFor } from './connection.js';
import { print } from './runtime.js';
import { doctorConnection, openSession, openTransport, transportFor } from './session.js';

/** Requests to any address, each through the proxy that it needs. One pool of connections per origin. */
function transportByOrigin(): Transport {
  const transports = new Map<string, Transport>();
  return (url, init) => {
    const { origin } = new URL(url);
    const transport = transports.get(origin) ?? transportFor(origin);
    transports.set(origin, transport);
    return transport(url, init);
  };
}

/** The tenant for the checks of an MCP endpoint, where the settings name one. */
function httpTenantOf(settings: Settings | ConfigError): HttpTenant | undefined {
  if (settings instanceof ConfigError || settings.access.kind !== 'live') {
    return undefined;
  }
  const { access } = settings;
  const transport = openTransport(access, proxyFor(access));
  const session = openSession(access, transport, { uploadFolder: undefined }, () => undefined);
  return { credentials: access.credentials, session };
}

/** Runs the checks. @returns the exit code: 1 when one failed */
export async function doctor({
  json,
  http,
  settings,
}: Extract<Config, { command: 'doctor' }>): Promise<number> {
  const isReadable = !(settings instanceof ConfigError);
  const access = isReadable ? settings.access : undefined;
  const printer = createPrinter(outputStyleFor(process.env, process.stdout.isTTY === true));
  const checks: Check[] = [];
  const report = async (check: Check): Promise<void> => {
    checks.push(check);
    const text = json ? '' : printer.add(check);
    if (text !== '') {
      await print(text);
    }
  };
  const finish = async (): Promise<number> => {
    const { ok, text } = summaryOf(checks);
    await print(
      json ? `${JSON.stringify({ ok, checks }, null, 2)}\n` : `${printer.end()}\n${text}\n`,
    );
    return ok ? 0 : 1;
  };
  if (http !== undefined) {
    await runHttpDoctor(
      {
        address: http,
        fetch: transportByOrigin(),
        tenant: httpTenantOf(settings),
        settingsProblem: settings instanceof ConfigError ? settings.message : undefined,
        tools: toolsOf(toolManifest.operations, loadCatalog),
      },
      report,
    );
    return finish();
  }
  for (const check of parseClientChecks(process.env[CLIENT_CHECKS_VARIABLE])) {
    await report(check);
  }
  await runDoctor(
    {
      node: process.versions.node,
      engines: packageJson.engines.node,
      settings,
      connection: access && (await doctorConnection(access)),
      env: process.env,
      journal:
        isReadable && settings.access.kind === 'live'
          ? journalPath(settings, settings.access.credentials.endpoint)
          : undefined,
      tools: toolsOf(toolManifest.operations, loadCatalog),
      fileSystem: createFileSystem(process.platform),
    },
    report,
  );
  return finish();
}
