/** The commands that deal with the configuration of an MCP client: `init`, `remove` and `doctor --client`. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir, release } from 'node:os';
import { resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config, EntryOf, Settings } from '../config/config.js';
import { CLIENT_CHECKS_VARIABLE, type ClientFile, checkClient } from '../doctor/client-checks.js';
import { loadPolicy } from '../guard/policy/policy-file.js';
import { clients, configFileOf, isInstalled } from '../installer/clients.js';
import { type CliContext, init, readEntryLaunch, remove } from '../installer/index.js';
import { terminalOf } from '../installer/terminal.js';
import { toolsOf } from '../mcp/operation-tools.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import { selectTools } from '../mcp/tool-selection.js';
import { builtInTools } from '../mcp/tools/index.js';
import { loadCatalog, withSelectionSource } from './connection.js';
import { isFolder, print, readText } from './runtime.js';

/** Refuses settings that the server would not start with. @throws ConfigError, PolicyError */
function check(settings: Settings): void {
  const tools = toolsOf(toolManifest.operations, loadCatalog);
  loadPolicy(settings.policy, settings.profile, () => tools, settings.policyFile);
  withSelectionSource(settings, () =>
    selectTools(tools, tools, builtInTools, settings.tools, settings.readOnly),
  );
}

/** The names in a folder; none when it does not exist or cannot be read. */
function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** @param main the path of this program's file, which the entry starts */
const contextOf = (main: string): CliContext => ({
  platform: process.platform,
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
  program: { main, node: process.execPath, version: packageJson.version },
  // Questions go to stderr, so that the result on stdout can be piped.
  terminal: terminalOf(process.stdin, process.stderr),
  readFile: readText,
  isFolder,
  namesIn,
  say: (line: string) => void process.stdout.write(`${line}\n`),
  now: () => new Date(),
  check,
  async runDoctor(client, name, file) {
    // The doctor writes to the same stdout from another process, so the lines before must be written.
    await print('');
    const entry = { client, name, file, dryRun: false, json: false };
    return (await doctorOfEntry({ command: 'doctor of an entry', ...entry }, main)) === 0;
  },
});

/** Edits the configuration of an MCP client. @throws ConfigError when nothing was changed */
export async function configureClient(
  config: Extract<Config, { command: 'init' | 'remove' }>,
  main: string,
): Promise<void> {
  const context = contextOf(main);
  await (config.command === 'init' ? init(config, context) : remove(config, context));
  // Waits until all lines are written.
  await print('');
}

/** Whether this is Linux inside of Windows. Its kernel and its environment say so. */
const isWsl = (): boolean =>
  process.platform === 'linux' &&
  (process.env['WSL_DISTRO_NAME'] !== undefined || /microsoft/i.test(release()));

/** What is known about the file of an entry, for the checks of the doctor. */
function clientFileOf(config: EntryOf, context: CliContext): ClientFile {
  const client = clients[config.client];
  const isDefault = config.file === undefined;
  const file = isDefault
    ? configFileOf(client, context, isFolder)
    : resolve(context.cwd, config.file.replace(/^~(?=[\\/])/, context.home));
  const folder = client.folder(context);
  return {
    client: config.client,
    title: client.title,
    file,
    isDefault,
    text: readText(file),
    isWsl: isWsl(),
    folder,
    folderExists: isFolder(folder),
    isInstalled: isInstalled(client, context, context),
  };
}

/**
 * Runs the doctor with the arguments and the environment of a client's entry: in a process of its own, because Node.js reads
 * some of its environment only at the start, such as certificate authorities.
 *
 * @returns the exit code
 * @throws ConfigError when there is no such entry
 */
export async function doctorOfEntry(
  config: Extract<Config, { command: 'doctor of an entry' }>,
  main: string,
): Promise<number> {
  const context = contextOf(main);
  const { args, env } = await readEntryLaunch(config, context);
  const checks = checkClient(clientFileOf(config, context));
  const { status, error } = spawnSync(
    process.execPath,
    [main, 'doctor', ...args, ...(config.json ? ['--json'] : [])],
    { env: { ...env, [CLIENT_CHECKS_VARIABLE]: JSON.stringify(checks) }, stdio: 'inherit' },
  );
  if (error !== undefined) {
    throw error;
  }
  return status ?? 1;
}
