/**
 * Installs the clients. They are large, so they are not dependencies of the project: each is fetched once into a separate folder
 * and reused by the next run.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Installed, newerNode, type PackageName, packages } from './packages.js';
import { runToEnd, temporaryHome } from './programs.js';

const minute = 60_000;

/** Writable by the user only, because the programs in it are executed. */
const cacheFolder = (): string =>
  resolve(
    process.env['LOGTO_MCP_CLIENTS_DIR'] ??
      join(
        process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
        'logto-management-mcp',
        'clients',
      ),
  );

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The error of npm or a client in one line. */
const gist = (output: string): string =>
  output
    .split('\n')
    .filter((line) => /error|cannot|not found/i.test(line) && !line.includes('complete log'))
    .slice(0, 4)
    .map((line) => line.replace(/^npm error /, '').trim())
    .join('; ');

/** Runs no scripts of the packages, and gives up early on a registry that does not answer. */
const thrifty = [
  ...['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'],
  ...['--fetch-retries=2', '--fetch-retry-mintimeout=500', '--fetch-retry-factor=2'],
];

/**
 * Fetches a package into `folder`, completely or not at all.
 *
 * @returns why it could not be fetched, or undefined
 */
async function fetchInto(folder: string, spec: string): Promise<string | undefined> {
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const npm = await runToEnd('npm', ['install', '--prefix', partial, ...thrifty, spec], {
      env: process.env,
      cwd: partial,
      limit: 10 * minute,
    });
    if (npm.code !== 0) {
      return `npm install ${spec}: ${gist(npm.stderr)}`;
    }
    if (!existsSync(folder)) {
      renameSync(partial, folder);
    }
    return undefined;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Limit of an installation in milliseconds. */
export const INSTALL_TIMEOUT_MS = 15 * minute;

/** The folder of a package in the cache, into which it is fetched the first time. */
async function cached(
  name: string,
  packageName: string,
  version: string,
): Promise<{ readonly folder: string } | { readonly missing: string }> {
  const base = join(cacheFolder(), `${name}-${version}`);
  if (!existsSync(base)) {
    say(`Installing ${packageName} ${version} into ${base} ...`);
    const missing = await fetchInto(base, `${packageName}@${version}`);
    if (missing !== undefined) {
      return { missing };
    }
  }
  return { folder: join(base, 'node_modules', packageName) };
}

/** The Node of this process, or a newer one where a package needs it. */
async function nodeFor(major: number): Promise<string | { readonly missing: string }> {
  if (Number(process.versions.node.split('.')[0]) >= major) {
    return process.execPath;
  }
  const installed = await cached('node', newerNode.package, newerNode.version);
  return 'missing' in installed ? installed : join(installed.folder, newerNode.entry);
}

async function find(name: PackageName): Promise<Installed> {
  const known = packages[name];
  const { package: packageName, version, entry } = known;
  const installed = await cached(name, packageName, version);
  const node = await nodeFor('node' in known ? known.node : 0);
  if ('missing' in installed) {
    return installed;
  }
  if (typeof node !== 'string') {
    return node;
  }
  const { folder } = installed;
  // A package for another platform, or one that needs a newer Node, is installed without an error and does not run.
  const home = temporaryHome();
  const { code, stdout, stderr } = await runToEnd(node, [join(folder, entry), '--version'], {
    env: home.env,
    cwd: home.folder,
  }).finally(home.remove);
  return code === 0 && stdout.includes(version)
    ? { folder, node }
    : { missing: `${packageName} does not start here: ${gist(stderr) || `exit code ${code}`}` };
}

const installations = new Map<PackageName, Promise<Installed>>();

/** Finds a client, and installs it the first time. A failed installation is not repeated within a run. */
export function install(name: PackageName): Promise<Installed> {
  const installation = installations.get(name) ?? find(name);
  installations.set(name, installation);
  return installation;
}
