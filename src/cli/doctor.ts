/** The command `doctor`: runs the checks and prints them, as text or as JSON. */
import packageJson from '../../package.json' with { type: 'json' };
import { ConfigError } from '../config/args.js';
import type { Config } from '../config/config.js';
import { CLIENT_CHECKS_VARIABLE, parseClientChecks } from '../doctor/client-checks.js';
import { createFileSystem } from '../doctor/filesystem.js';
import { runDoctor } from '../doctor/index.js';
import { createPrinter, outputStyleFor, summaryOf } from '../doctor/report.js';
import type { Check } from '../doctor/runner.js';
import { toolsOf } from '../mcp/operation-tools.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import { journalPath, loadCatalog } from './connection.js';
import { print } from './runtime.js';
import { doctorConnection } from './session.js';

/** Runs the checks. @returns the exit code: 1 when one failed */
export async function doctor({
  json,
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
  const { ok, text } = summaryOf(checks);
  await print(
    json ? `${JSON.stringify({ ok, checks }, null, 2)}\n` : `${printer.end()}\n${text}\n`,
  );
  return ok ? 0 : 1;
}
