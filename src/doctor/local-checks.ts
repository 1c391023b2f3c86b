/** What can be looked at without leaving this machine: Node.js, the settings, the policy, the folders. */
import { dirname } from 'node:path';
import { ConfigError } from '../config/args.js';
import type { Settings } from '../config/config.js';
import type { Policy } from '../guard/policy/policy.js';
import { loadPolicy, PolicyError } from '../guard/policy/policy-file.js';
import type { Tool } from '../mcp/operation-tools.js';
import { selectionFor } from '../mcp/registry.js';
import { SelectionError, type ToolSelection } from '../mcp/tool-selection.js';
import type { FileSystem } from './filesystem.js';
import { type Finding, fail, ok, warn } from './runner.js';

/** Numbers of a version, so far as they are given: `>=20.19` -> 20, 19. */
const numbersOf = (version: string): readonly number[] =>
  (/\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);

/** Whether `version` is at least as new as what `range` begins with. */
function reaches(version: string, range: string): boolean {
  const has = numbersOf(version);
  for (const [place, wanted] of numbersOf(range).entries()) {
    const found = has[place] ?? 0;
    if (found !== wanted) {
      return found > wanted;
    }
  }
  return true;
}

/** @param engines the range of package.json, `>=` and a version */
export const checkNode = (version: string, engines: string): Finding =>
  reaches(version, engines)
    ? ok(version)
    : fail(
        `This is Node.js ${version}; ${engines} is needed.`,
        'Install a newer Node.js, and see that your MCP client starts that one: give its full path as command.',
      );

/** What is wrong with the settings, one finding for each; they name the setting. */
export function checkSettings(settings: Settings | ConfigError): Finding | readonly Finding[] {
  if (!(settings instanceof ConfigError)) {
    return ok('They can be read.');
  }
  const { problems } = settings;
  return problems.map((problem, index) => ({
    ...fail(problem),
    ...(problems.length > 1 && { of: String(index + 1) }),
  }));
}

/** The policy that counts, and what is said of it. */
export function checkPolicy(
  { policy: text, profile }: Settings,
  tools: readonly Tool[],
): { readonly finding: Finding; readonly policy?: Policy } {
  try {
    const policy = loadPolicy(text, profile, () => tools);
    return { policy, finding: ok(policy.describe().join(' ')) };
  } catch (error) {
    if (error instanceof PolicyError) {
      return {
        finding: fail(
          error.message,
          text === undefined
            ? undefined
            : 'Mend the file; docs/safety.md says what can stand in it.',
        ),
      };
    }
    throw error;
  }
}

/** What is listed and what may be run, and what is said of it. */
export function checkTools(
  { tools: selection, readOnly }: Settings,
  tools: readonly Tool[],
  policy: Policy,
): { readonly finding: Finding; readonly exposure?: ToolSelection } {
  try {
    const exposure = selectionFor(tools, policy, selection, readOnly);
    const { listed, permitted } = exposure;
    const said = `${listed.length} operations are listed as tools, ${permitted.length} of ${tools.length} may be run.`;
    return {
      exposure,
      finding:
        permitted.length > 0
          ? ok(said)
          : warn(said, 'Nothing is left to be run: look at --tools, --read-only and the policy.'),
    };
  } catch (error) {
    if (error instanceof SelectionError) {
      return { finding: fail(error.message) };
    }
    throw error;
  }
}

/** One folder that a setting names. */
function lookAtFolder(
  variable: string,
  path: string,
  disk: FileSystem,
  use: 'read' | 'write',
): Finding {
  const found = disk.kindOf(path);
  if (found !== 'folder') {
    return fail(
      found === 'file'
        ? `${variable} names ${path}, which is no folder.`
        : `${variable} names ${path}, which does not exist or cannot be seen by this user.`,
      `Make the folder, or give ${variable} another.`,
    );
  }
  return disk.allows(path, use)
    ? ok(`${path} (${variable})`)
    : fail(
        `${variable} names ${path}, which this user cannot ${use === 'read' ? 'read' : 'write to'}.`,
        'Change the rights of the folder, or give another.',
      );
}

/** The folder of the journal, which is made when the first change is: the nearest one that is there must take it. */
function lookAtJournal(folder: string, disk: FileSystem): Finding {
  const parent = disk.nearest(folder);
  return disk.kindOf(parent) === 'folder' && disk.allows(parent, 'write')
    ? ok(`The journal of changes is kept in ${folder}.`)
    : fail(
        `The journal of changes cannot be kept in ${folder}: ${parent} is no folder that this user can write to. Nothing can be changed without it.`,
        'Give LOGTO_MCP_STATE_DIR a folder that can be written to.',
      );
}

/** The file of the log, which may not be there yet. */
function lookAtLog(file: string, disk: FileSystem): Finding {
  const found = disk.kindOf(file);
  const place = found === 'nothing' ? dirname(file) : file;
  const wanted = found === 'nothing' ? 'folder' : 'file';
  return disk.kindOf(place) === wanted && disk.allows(place, 'write')
    ? ok(`The log is written to ${file}.`)
    : fail(
        `The log cannot be written to ${file}, so the server does not start.`,
        'Give --log-file (LOGTO_MCP_LOG_FILE) a file in a folder that this user can write to.',
      );
}

export interface Folders {
  readonly settings: Settings;
  /** The folder of the journal; undefined for the sandbox, whose journal is in memory. */
  readonly journal: string | undefined;
  /** The file in NODE_EXTRA_CA_CERTS, if it is set. */
  readonly authorities: string | undefined;
}

/** Every folder and file that the settings name. */
export function checkFolders(
  { settings, journal, authorities }: Folders,
  disk: FileSystem,
): readonly Finding[] {
  const { uploadFolder, secretsFolder, logFile } = settings;
  return [
    ...(journal === undefined ? [] : [{ ...lookAtJournal(journal, disk), of: 'journal' }]),
    ...(uploadFolder === undefined
      ? []
      : [
          {
            ...lookAtFolder('LOGTO_UPLOAD_DIR', uploadFolder, disk, 'read'),
            of: 'LOGTO_UPLOAD_DIR',
          },
        ]),
    ...(secretsFolder === undefined
      ? []
      : [
          {
            ...lookAtFolder('LOGTO_SECRETS_DIR', secretsFolder, disk, 'write'),
            of: 'LOGTO_SECRETS_DIR',
          },
        ]),
    ...(logFile === undefined ? [] : [{ ...lookAtLog(logFile, disk), of: 'LOGTO_MCP_LOG_FILE' }]),
    ...(authorities === undefined
      ? []
      : [
          {
            ...(disk.kindOf(authorities) === 'file' && disk.allows(authorities, 'read')
              ? ok(`${authorities} (NODE_EXTRA_CA_CERTS)`)
              : warn(
                  `NODE_EXTRA_CA_CERTS names ${authorities}, which cannot be read: Node.js goes on without it.`,
                  'Give the full path of a file in PEM format.',
                )),
            of: 'NODE_EXTRA_CA_CERTS',
          },
        ]),
  ];
}
