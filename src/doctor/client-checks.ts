/** Whether an MCP client reads the file that an entry of this server was written to. */
import type { ClientName } from '../config/args.js';
import { clients } from '../installer/clients.js';
import { isObject } from '../json.js';
import type { Check, Status } from './runner.js';

/** What is known about a client's configuration file. */
export interface ClientFile {
  readonly client: ClientName;
  /** The name of the client as people know it. */
  readonly title: string;
  readonly file: string;
  /** Whether it is the client's own file, not one that --config names. */
  readonly isDefault: boolean;
  /** Its text, with the byte order mark if it has one. */
  readonly text: string;
  /** Whether this is Linux inside of Windows (WSL). */
  readonly isWsl: boolean;
  /** The folder that the client creates. */
  readonly folder: string;
  readonly folderExists: boolean;
  /** Whether the client seems to be installed, as `init` decides it. */
  readonly isInstalled: boolean;
}

const isPlainJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

function formatProblem({ client, title, file, text }: ClientFile): string | undefined {
  const { rejects = [] } = clients[client];
  if (rejects.includes('byte order mark') && text.startsWith('\ufeff')) {
    return `${file} begins with a byte order mark, which ${title} does not accept. Save it as UTF-8 without one.`;
  }
  return rejects.includes('comments') && !isPlainJson(text.replace(/^\ufeff/, ''))
    ? `${file} is not plain JSON, and ${title} accepts nothing else. Remove comments and trailing commas.`
    : undefined;
}

function placeProblem({ client, title, file, isWsl }: ClientFile): string | undefined {
  // A client with a window runs on Windows, where it does not read the configuration of Linux.
  return isWsl && clients[client].desktop === true && !file.startsWith('/mnt/')
    ? `This is WSL: ${title} for Windows does not read ${file}. Run init in PowerShell, or ignore this if ${title} runs inside WSL.`
    : undefined;
}

function installationProblem(facts: ClientFile): string | undefined {
  const { title, isDefault, folder, folderExists, isInstalled } = facts;
  const reason = folderExists ? `contains nothing of ${title}` : 'does not exist';
  return isDefault && !isInstalled
    ? `${folder} ${reason}: ${folderExists ? 'it' : title} may not be installed for this user.`
    : undefined;
}

/** The checks of a client's entry, in the order in which they are printed. */
export function checkClient(facts: ClientFile): readonly Check[] {
  const check = (id: string, status: Status, message: string | undefined): readonly Check[] =>
    message === undefined ? [] : [{ id: `client.${id}`, title: 'Client', status, message }];
  const problems = [
    ...check('format', 'fail', formatProblem(facts)),
    ...check('place', 'warn', placeProblem(facts)),
    ...check('installed', 'warn', installationProblem(facts)),
  ];
  return problems.length > 0
    ? problems
    : check('entry', 'ok', `The entry of ${facts.title} is in ${facts.file}.`);
}

const statuses: readonly string[] = ['ok', 'warn', 'fail', 'skipped'] satisfies Status[];

const isCheck = (value: unknown): value is Check =>
  isObject(value) &&
  typeof value['id'] === 'string' &&
  typeof value['title'] === 'string' &&
  typeof value['message'] === 'string' &&
  typeof value['status'] === 'string' &&
  statuses.includes(value['status']);

/**
 * The environment variable that passes those checks to the doctor, which runs in a separate process with the settings of
 * the entry. Internal, and no setting.
 */
export const CLIENT_CHECKS_VARIABLE = 'DOCTOR_CLIENT_CHECKS';

/** The checks in that variable; none if it is not set or contains something else. */
export function parseClientChecks(value: string | undefined): readonly Check[] {
  if (value === undefined || !isPlainJson(value)) {
    return [];
  }
  const checks: unknown = JSON.parse(value);
  return Array.isArray(checks) ? checks.filter(isCheck) : [];
}
