/** How a client starts this program: the same one that is running, whichever way it came onto the machine. */
import { ConfigError } from '../config/args.js';
import { type Machine, pathsOf } from './clients.js';

const packageName = 'logto-management-mcp';

export interface Program {
  /** The file that runs, as an absolute path without links. */
  readonly main: string;
  /** The Node that runs it, as an absolute path. */
  readonly node: string;
  readonly version: string;
}

export interface LaunchCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** The folder of an npx run with the package in it: `<cache>/_npx/<hash>/node_modules/<package>/`. */
const npxRun = /^(.*[\\/]_npx[\\/][^\\/]+)[\\/]node_modules[\\/]logto-management-mcp[\\/]/;

/** The folders in which other runners unpack a package for one run. */
const passing = /[\\/]dlx(-[^\\/]*)?[\\/]/;

/** What cmd makes something of outside of quotes, and with % inside of them too. */
const cmdSpecial = /[&|<>^%"]/;

/** Homebrew removes the folder of a version when it updates Node; its link to the newest one stays. */
const lasting = (node: string): string =>
  node.replace(/^(.*)\/Cellar\/(node(?:@\d+)?)\/[^/]+\/bin\/node$/, '$1/opt/$2/bin/node');

/** The password of an address, or the token that some put in place of a user. */
const credentialed = /:\/\/(?!git@)[^/\s]*@/;

/** What npm noted down for a run of npx: the version or the place of the package. */
function notedIn(folder: string, machine: Machine, readFile: (path: string) => string): string {
  const file = pathsOf(machine).join(folder, 'package.json');
  try {
    const { dependencies } = JSON.parse(readFile(file));
    return String(dependencies[packageName]);
  } catch {
    throw new ConfigError(
      `What npx was started with cannot be read from ${file}. Install the package with npm install -g and run init from there.`,
    );
  }
}

/** The arguments of npx that lead to the same package from any folder. */
function runOf(noted: string, folder: string, version: string, machine: Machine): string[] {
  if (noted.startsWith('file:')) {
    const packed = pathsOf(machine).resolve(folder, noted.slice('file:'.length));
    // By its path alone npx would take the file for a program.
    return [`--package=${packed}`, packageName];
  }
  if (credentialed.test(noted)) {
    throw new ConfigError(
      'This program was started from an address that holds a password or a token, which must not go into the configuration of a client. Install it with npm install -g and run init from there.',
    );
  }
  // A version, a range or a tag of the registry; everything else names where the package comes from.
  return [/[:/]/.test(noted) ? noted : `${packageName}@${version}`];
}

/**
 * The command with which a client starts this program.
 *
 * Started by npx it is npx again, with what it was given: npm notes that in a package.json of its own beside the unpacked
 * package. Windows starts npx, which is a batch file there, by cmd. Everything else is Node and the file, both absolute: the
 * environment of a desktop program often lacks the folders in which a shell finds them.
 *
 * @param readFile reads a text; throws when it cannot
 * @throws ConfigError where the program would not be found again
 */
export function commandOf(
  { main, node, version }: Program,
  machine: Machine,
  readFile: (path: string) => string,
): LaunchCommand {
  const folder = npxRun.exec(main)?.[1];
  if (folder === undefined) {
    if (passing.test(main)) {
      throw new ConfigError(
        `This program was unpacked for one run, in ${pathsOf(machine).dirname(main)}. Start it with npx, or install it with npm install -g, and run init again.`,
      );
    }
    return { command: lasting(node), args: [main] };
  }
  const run = runOf(notedIn(folder, machine, readFile), folder, version, machine);
  if (machine.platform !== 'win32') {
    return { command: 'npx', args: ['-y', ...run] };
  }
  const special = run.find((word) => cmdSpecial.test(word));
  if (special !== undefined) {
    throw new ConfigError(
      `${special} holds a character that the command line of Windows does not leave alone. Use a path without & | < > ^ % and ".`,
    );
  }
  return { command: 'cmd', args: ['/c', 'npx', '-y', ...run] };
}
