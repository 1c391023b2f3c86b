/** The files and folders that the settings name: whether they can be used, and who else can read or change them. */
import { dirname, join } from 'node:path';
import type { Settings } from '../config/config.js';
import type { FileSystem } from './filesystem.js';
import { type Finding, fail, passed, warn } from './runner.js';

/** Permission bits of group and others. */
const OTHERS_READ_WRITE = 0o066;
const OTHERS_WRITE = 0o022;

/** In a folder with this bit, only the owner of a file can replace it. */
const STICKY = 0o1000;

/** `0644` */
const formatMode = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0');

/** A warning for a file that others can use in a way they should not; undefined when they cannot. */
function openToOthers(
  path: string,
  name: string,
  mask: number,
  fileSystem: FileSystem,
): Finding | undefined {
  const mode = fileSystem.modeOf(path);
  if (mode === undefined || (mode & mask) === 0) {
    return undefined;
  }
  const use = (mode & mask & OTHERS_WRITE) !== 0 ? 'changed' : 'read';
  const fix = mask === OTHERS_WRITE ? 'chmod go-w' : 'chmod 600';
  return warn(
    `${name} ${path} can be ${use} by other users of this machine (mode ${formatMode(mode)}).`,
    `Run ${fix} ${path}.`,
  );
}

/** A folder that a variable names. */
function checkFolder(
  variable: string,
  path: string,
  use: 'read' | 'write',
  fileSystem: FileSystem,
): Finding {
  const kind = fileSystem.kindOf(path);
  if (kind !== 'folder') {
    return fail(
      kind === 'nothing'
        ? `${variable} names ${path}, which does not exist or is hidden from this user.`
        : `${variable} names ${path}, which is not a folder.`,
      `Create the folder, or set ${variable} to another.`,
    );
  }
  return fileSystem.allows(path, use)
    ? passed(`${path} (${variable})`)
    : fail(
        `${variable} names ${path}, which this user cannot ${use === 'read' ? 'read' : 'write to'}.`,
        `Change the permissions of the folder, or set ${variable} to another.`,
      );
}

/** Names that env files and private keys have. Examples in a repository hold no secrets. */
const secretFileName = /^(?!.*(example|sample|template)).*(^\.env(\.|$)|\.(env|pem|key)$)/i;

/** Most names in one line. */
const MAX_NAMES = 10;

/** The folder for saved secrets, and files in it that other users can read. */
function checkSecretsFolder(path: string, fileSystem: FileSystem): Finding[] {
  const finding = checkFolder('LOGTO_SECRETS_DIR', path, 'write', fileSystem);
  const open = fileSystem
    .namesIn(path)
    .filter((name) => secretFileName.test(name))
    .filter((name) => fileSystem.kindOf(join(path, name)) === 'file')
    .filter((name) => ((fileSystem.modeOf(join(path, name)) ?? 0) & OTHERS_READ_WRITE) !== 0)
    .sort();
  const more = open.length > MAX_NAMES ? ` and ${open.length - MAX_NAMES} more` : '';
  return [
    { ...finding, item: 'LOGTO_SECRETS_DIR' },
    ...(open.length === 0
      ? []
      : [
          {
            ...warn(
              `Files in ${path} that may contain secrets can be read by other users of this machine: ${open.slice(0, MAX_NAMES).join(', ')}${more}.`,
              'Run chmod 600 on them.',
            ),
            item: 'secret-files',
          },
        ]),
  ];
}

const linkWords = { symbolic: 'a symbolic link', hard: 'a hard link' } as const;

/** The journal. Its folder is created with the first change, so the nearest existing one must allow that. */
function checkJournal(file: string, fileSystem: FileSystem): Finding {
  const folder = dirname(file);
  const existing = fileSystem.nearestExisting(folder);
  if (fileSystem.kindOf(existing) !== 'folder' || !fileSystem.allows(existing, 'write')) {
    return fail(
      `The journal of changes cannot be kept in ${folder}: ${existing} is not a folder that this user can write to. Nothing can be changed without it.`,
      'Set LOGTO_MCP_STATE_DIR to a folder that can be written to.',
    );
  }
  const link = fileSystem.linkKindOf(file);
  if (link !== undefined) {
    return fail(
      `The journal ${file} is ${linkWords[link]}: it is not written through links. Nothing can be changed without it.`,
      'Replace it by the file itself, or set LOGTO_MCP_STATE_DIR to another folder.',
    );
  }
  const mode = fileSystem.modeOf(folder) ?? 0;
  if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) {
    return warn(
      `Other users of this machine can write to ${folder}, the folder of the journal (mode ${formatMode(mode)}).`,
      `Run chmod 700 ${folder}.`,
    );
  }
  return (
    openToOthers(file, 'The journal', OTHERS_READ_WRITE, fileSystem) ??
    passed(`The journal of changes is kept in ${folder}.`)
  );
}

/** The file of the log, which may not exist yet. The server sets its mode to 0600. */
function checkLog(file: string, source: string, fileSystem: FileSystem): Finding {
  const link = fileSystem.linkKindOf(file);
  const kind = fileSystem.kindOf(file);
  const target = kind === 'nothing' ? dirname(file) : file;
  const expected = kind === 'nothing' ? 'folder' : 'file';
  const isWritable = fileSystem.kindOf(target) === expected && fileSystem.allows(target, 'write');
  if (link === undefined && isWritable) {
    return passed(`The log is written to ${file}.`);
  }
  const reason = link === undefined ? '' : `, which is ${linkWords[link]}`;
  return fail(
    `The log cannot be written to ${file}${reason}, so the server does not start.`,
    `Give ${source} a file in a folder that this user can write to.`,
  );
}

/** The file in NODE_EXTRA_CA_CERTS. */
const checkAuthorities = (file: string, fileSystem: FileSystem): Finding =>
  fileSystem.kindOf(file) === 'file' && fileSystem.allows(file, 'read')
    ? passed(`${file} (NODE_EXTRA_CA_CERTS)`)
    : warn(
        `NODE_EXTRA_CA_CERTS names ${file}, which cannot be read: Node.js ignores it.`,
        'Give the full path of a file in PEM format.',
      );

export interface CheckedFiles {
  readonly settings: Settings;
  /** The file of the journal; undefined for the sandbox, whose journal is in memory. */
  readonly journal: string | undefined;
  /** The file in NODE_EXTRA_CA_CERTS, if it is set. */
  readonly authorities: string | undefined;
}

/** Every folder and file that the settings name. */
export function checkFiles(
  { settings, journal, authorities }: CheckedFiles,
  fileSystem: FileSystem,
): readonly Finding[] {
  const { access, policyFile, uploadFolder, secretsFolder, logFile, sources } = settings;
  const secretFile = access.kind === 'live' ? access.secretFile : undefined;
  const secretFinding =
    secretFile === undefined
      ? undefined
      : (openToOthers(secretFile, 'The App secret in', OTHERS_READ_WRITE, fileSystem) ??
        passed(`${secretFile} (LOGTO_APP_SECRET_FILE)`));
  const policyFinding =
    policyFile === undefined
      ? undefined
      : openToOthers(policyFile, 'The policy', OTHERS_WRITE, fileSystem);
  return [
    ...(journal === undefined ? [] : [{ ...checkJournal(journal, fileSystem), item: 'journal' }]),
    ...(secretFinding === undefined ? [] : [{ ...secretFinding, item: 'LOGTO_APP_SECRET_FILE' }]),
    ...(policyFinding === undefined ? [] : [{ ...policyFinding, item: 'LOGTO_MCP_POLICY' }]),
    ...(uploadFolder === undefined
      ? []
      : [
          {
            ...checkFolder('LOGTO_UPLOAD_DIR', uploadFolder, 'read', fileSystem),
            item: 'LOGTO_UPLOAD_DIR',
          },
        ]),
    ...(secretsFolder === undefined ? [] : checkSecretsFolder(secretsFolder, fileSystem)),
    ...(logFile === undefined
      ? []
      : [{ ...checkLog(logFile, sources.logFile, fileSystem), item: 'LOGTO_MCP_LOG_FILE' }]),
    ...(authorities === undefined
      ? []
      : [{ ...checkAuthorities(authorities, fileSystem), item: 'NODE_EXTRA_CA_CERTS' }]),
  ];
}
