/** The command with which a client starts this program: the same copy that is running. */
import { ConfigError } from '../config/args.js';
import { type Machine, pathsOf } from './clients.js';

const packageName = 'logto-management-mcp';

export interface RunningProgram {
  /** The running file, as an absolute path with links resolved. */
  readonly main: string;
  /** The running Node.js, as an absolute path. */
  readonly node: string;
  readonly version: string;
}

export interface LaunchCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** A fact about it that a person must know. */
  readonly note?: string;
}

/** The folder in which npx unpacks the package: `<cache>/_npx/<hash>/node_modules/<package>/`. */
const npxFolder = /^(.*[\\/]_npx[\\/][^\\/]+)[\\/]node_modules[\\/]logto-management-mcp[\\/]/;

/** The folders in which other runners unpack a package for a single run. */
const temporaryFolder = /[\\/]dlx(-[^\\/]*)?[\\/]/;

/** Characters that cmd interprets outside quotes, and % inside them as well. */
const cmdSpecial = /[&|<>^%"]/;

/** Homebrew removes a version's folder when it updates Node.js; its link to the newest version stays. */
const stableNodePath = (node: string): string =>
  node.replace(/^(.*)\/Cellar\/(node(?:@\d+)?)\/[^/]+\/bin\/node$/, '$1/opt/$2/bin/node');

/** A password in a URL, or a token in place of the user. */
const urlCredentials = /:\/\/(?!git@)[^/\s]*@/;

/** The package specification that npx recorded: a version or a location. */
function recordedSpec(
  folder: string,
  machine: Machine,
  readFile: (path: string) => string,
): string {
  const file = pathsOf(machine).join(folder, 'package.json');
  try {
    const { dependencies } = JSON.parse(readFile(file));
    return String(dependencies[packageName]);
  } catch {
    throw new ConfigError(
      `The package that npx was started with cannot be read from ${file}. Install the package with npm install -g and run init from there.`,
    );
  }
}

/** The arguments of npx that find the same package from any folder. */
function npxArguments(spec: string, folder: string, version: string, machine: Machine): string[] {
  if (spec.startsWith('file:')) {
    const archive = pathsOf(machine).resolve(folder, spec.slice('file:'.length));
    // npx would run a bare path as a program.
    return [`--package=${archive}`, packageName];
  }
  if (urlCredentials.test(spec)) {
    throw new ConfigError(
      'This program was started from a URL with a password or a token, which must not be written into the configuration of a client. Install it with npm install -g and run init from there.',
    );
  }
  // A version, a range or a tag of the registry; everything else is a location.
  return [/[:/]/.test(spec) ? spec : `${packageName}@${version}`];
}

/**
 * The command with which a client starts this program.
 *
 * It is Node.js and the file, both by absolute path, because the PATH of a desktop program often lacks the folders of the
 * shell. A program that npx has started is started by npx again, with the package specification that npx recorded beside the
 * unpacked package; desktop programs on macOS and Linux get the unpacked file instead, because they often do not find npx. On
 * Windows npx is a batch file and needs cmd.
 *
 * @param isDesktop the client is a desktop program
 * @param readFile reads a text; throws when it cannot
 * @throws ConfigError when a client could not find the program again
 */
export function launchCommandOf(
  { main, node, version }: RunningProgram,
  machine: Machine,
  isDesktop: boolean,
  readFile: (path: string) => string,
): LaunchCommand {
  const folder = npxFolder.exec(main)?.[1];
  const isWindows = machine.platform === 'win32';
  if (folder === undefined && temporaryFolder.test(main)) {
    throw new ConfigError(
      `This program was unpacked for a single run, in ${pathsOf(machine).dirname(main)}. Start it with npx, or install it with npm install -g, and run init again.`,
    );
  }
  if (folder === undefined || (isDesktop && !isWindows)) {
    const note = `The entry starts the copy that npx keeps in ${folder}. If that folder is ever deleted, run init again; a copy from npm install -g is permanent.`;
    return {
      command: stableNodePath(node),
      args: [main],
      ...(folder !== undefined && { note }),
    };
  }
  const spec = recordedSpec(folder, machine, readFile);
  const args = ['-y', ...npxArguments(spec, folder, version, machine)];
  if (!isWindows) {
    return { command: 'npx', args };
  }
  const special = args.find((word) => cmdSpecial.test(word));
  if (special !== undefined) {
    throw new ConfigError(
      `${special} holds a character that the command line of Windows interprets. Use a path without & | < > ^ % and ".`,
    );
  }
  return { command: 'cmd', args: ['/c', 'npx', ...args] };
}
