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
  readText,
  tolerateBrokenPipes,
} from './cli/runtime.js';
import { serve } from './cli/serve.js';
import { readConfig } from './config/config.js';

/** The file that an MCP client starts. Only this file knows its own path: the bundle has several parts. */
const programPath = fileURLToPath(import.meta.url);

async function main(): Promise<void> {
  const config = readConfig(commandLineArguments(), environment(), readText, isFolder);
  if (config.command === 'serve') {
    // Imported statically and not on demand: clients wait for it.
    await serve(config);
    return;
  }
  if (config.command === 'http') {
    const { serveHttp } = await import('./cli/http.js');
    await serveHttp(config, environment());
    return;
  }
  const { runCommand } = await import('./cli/run-command.js');
  exit(await runCommand(config, { programPath, version: packageJson.version }));
}

tolerateBrokenPipes();
main().catch(exitWithError);
