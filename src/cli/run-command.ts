/** Runs the commands that end by themselves: all but the two servers. */
import type { Config } from '../config/config.js';
import { environment, print } from './runtime.js';

/** A command that ends by itself. */
type EndingCommand = Exclude<Config, { command: 'serve' | 'http' }>;

/** What the commands know of the program. */
export interface Program {
  /** The file that an MCP client starts. */
  readonly programPath: string;
  readonly version: string;
}

/**
 * Runs a command that ends by itself. Each is imported on demand.
 *
 * @returns the exit code
 * @throws whatever the command throws; `failureOf` has the words and the exit code for it
 */
export async function runCommand(
  config: EndingCommand,
  { programPath, version }: Program,
): Promise<number> {
  switch (config.command) {
    case 'help': {
      const { helpText } = await import('../config/help.js');
      await print(helpText(config.topic));
      return 0;
    }
    case 'version':
      await print(`${version}\n`);
      return 0;
    case 'doctor': {
      const { doctor } = await import('./doctor.js');
      return doctor(config);
    }
    case 'export': {
      const { exportManifest } = await import('./export.js');
      return exportManifest(config);
    }
    case 'plan': {
      const { plan } = await import('./plan.js');
      return plan(config);
    }
    case 'apply': {
      const { apply } = await import('./apply.js');
      return apply(config);
    }
    case 'setup-http': {
      const { setUpHttp } = await import('./setup-http.js');
      return setUpHttp(config, environment());
    }
    case 'doctor of an entry': {
      const { doctorOfEntry } = await import('./init.js');
      return doctorOfEntry(config, programPath);
    }
    case 'init':
    case 'remove': {
      const { configureClient } = await import('./init.js');
      await configureClient(config, programPath);
      return 0;
    }
  }
}
