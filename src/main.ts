#!/usr/bin/env node
/** The program: reads the command and hands over to src/cli. */
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import {
  commandLineArguments,
  environment,
  exit,
  exitWithError,
  isFolder,
  print,
  readText,
  tolerateBrokenPipes,
} from './cli/runtime.js';
import { serve } from './cli/serve.js';
import { type Config, readConfig } from './config/config.js';

/** The file that an MCP client starts. Only this file knows it: the bundle has several parts. */
const programPath = fileURLToPath(import.meta.url);

/** Runs a command that ends by itself. @returns the exit code */
async function run(config: Exclude<Config, { command: 'serve' | 'http' }>): Promise<number> {
  switch (config.command) {
    case 'help': {
      const { helpText } = await import('./config/help.js');
      await print(helpText(config.topic));
      return 0;
    }
    case 'version':
      await print(`${packageJson.version}\n`);
      return 0;
    case 'doctor': {
      const { doctor } = await import('./cli/doctor.js');
      return doctor(config);
    }
    case 'export': {
      const { exportManifest } = await import('./cli/export.js');
      return exportManifest(config);
    }
    case 'plan': {
      const { plan } = await import('./cli/plan.js');
      return plan(config);
    }
    case 'apply': {
      const { apply } = await import('./cli/apply.js');
      return apply(config);
    }
    case 'setup-http': {
      const { setUpHttp } = await import('./cli/setup-http.js');
      return setUpHttp(config, environment());
    }
    case 'doctor of an entry': {
      const { doctorOfEntry } = await import('./cli/init.js');
      return doctorOfEntry(config, programPath);
    }
    case 'init':
    case 'remove': {
      const { configureClient } = await import('./cli/init.js');
      await configureClient(config, programPath);
      return 0;
    }
  }
}

async function main(): Promise<void> {
  const config = readConfig(commandLineArguments(), environment(), readText, isFolder);
  if (config.command === 'serve') {
    // Imported at once and not on demand: it is what clients wait for.
    await serve(config);
    return;
  }
  if (config.command === 'http') {
    const { serveHttp } = await import('./cli/http.js');
    await serveHttp(config, environment());
    return;
  }
  exit(await run(config));
}

tolerateBrokenPipes();
main().catch(exitWithError);
