/** What the server is to be started with: out of the environment, and asked for where it is missing. */
import { resolve } from 'node:path';
import { type ClientName, ConfigError, type Options, serveArguments } from '../config/args.js';
import { type Config, readConfig, type Setting, settings } from '../config/config.js';
import { clients } from './clients.js';
import type { Terminal } from './terminal.js';

export type Serve = Extract<Config, { command: 'serve' }>;

type Variables = Readonly<Record<string, string>>;

/** What belongs to a tenant; the sandbox needs none of it. */
const credentials: readonly string[] = [
  'LOGTO_ENDPOINT',
  'LOGTO_TENANT_ID',
  'LOGTO_APP_ID',
  'LOGTO_APP_SECRET',
  'LOGTO_APP_SECRET_FILE',
  'LOGTO_API_RESOURCE',
];

const secretVariables: readonly string[] = ['LOGTO_APP_SECRET', 'LOGTO_APP_SECRET_FILE'];

/** Stands in for a secret that is not known here: the client asks for it, or nothing is written. */
const unknownSecret = 'unknown';

export interface Question {
  readonly client: ClientName;
  readonly options: Options;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  readonly terminal: Terminal;
  /** Reads a text; throws when it cannot. */
  readonly readFile: (path: string) => string;
  /** Whether a path is that of a folder that exists. */
  readonly isFolder: (path: string) => boolean;
  /** Where a mistake is told before the question is asked again. */
  readonly say: (line: string) => void;
}

export interface Answers {
  /** The arguments of the server. */
  readonly args: readonly string[];
  /** Its environment, but for the secret; paths are absolute. */
  readonly env: Variables;
  /** The secret to be kept; undefined when there is none, the client asks, or it is in a file already. */
  readonly secret: string | undefined;
  /** What the server makes of all this. */
  readonly serve: Serve;
  /** Things that a person should know and that stop nothing. */
  readonly notes: readonly string[];
}

/** The settings that are in the environment, with absolute paths. */
function given({ env, cwd }: Question, isSandbox: boolean): Record<string, string> {
  const found: Record<string, string> = {};
  const all: readonly Setting[] = settings;
  for (const { name, kind } of all) {
    const value = env[name]?.trim();
    if (value === undefined || value === '' || (isSandbox && credentials.includes(name))) {
      continue;
    }
    const isPath = kind === 'file' || kind === 'folder';
    found[name] = isPath ? resolve(cwd, value) : value;
  }
  return found;
}

/** A line of text that is the secret and nothing else. */
function secretIn(text: string, source: string): string {
  const secret = text.trim();
  if (secret === '' || /[\s\p{Cc}]/u.test(secret)) {
    throw new ConfigError(`${source} must give the app secret alone, on one line.`);
  }
  return secret;
}

/** Asks until the answer can be used. */
async function asked<T>(
  { say }: Question,
  ask: () => Promise<string>,
  accept: (answer: string) => T,
): Promise<T> {
  for (;;) {
    const answer = await ask();
    try {
      return accept(answer);
    } catch (error) {
      if (!(error instanceof ConfigError)) {
        throw error;
      }
      say(error.message);
    }
  }
}

/** An answer to the question where Logto is, as settings. */
function placeIn(answer: string, { readFile, isFolder }: Question): Variables {
  if (answer === '') {
    throw new ConfigError('Write abc123, or https://auth.example.com.');
  }
  const place = /[.:/]/.test(answer) ? { LOGTO_ENDPOINT: answer } : { LOGTO_TENANT_ID: answer };
  readConfig([], place, readFile, isFolder);
  return place;
}

/** What lacks, in the words of the settings. */
function lackingOf(found: Variables, needsSecret: boolean): string[] {
  return [
    ...(found['LOGTO_ENDPOINT'] === undefined && found['LOGTO_TENANT_ID'] === undefined
      ? ['LOGTO_TENANT_ID (on Logto Cloud) or LOGTO_ENDPOINT (your own Logto)']
      : []),
    ...(found['LOGTO_APP_ID'] === undefined ? ['LOGTO_APP_ID'] : []),
    ...(needsSecret ? ['the app secret (LOGTO_APP_SECRET_FILE, or --secret-stdin)'] : []),
  ];
}

/** Where the secret comes from; there must not be two answers to that. */
function secretSource(found: Variables, options: Options): string | undefined {
  const sources = [
    ...(options['secret-stdin'] === true ? ['--secret-stdin'] : []),
    ...secretVariables.filter((name) => found[name] !== undefined),
  ];
  if (sources.length > 1) {
    throw new ConfigError(`${sources.join(' and ')} give the app secret. Leave one of them out.`);
  }
  return sources[0];
}

/** Asks for what says where Logto is and who the server is there. */
async function askRest(question: Question, found: Variables): Promise<Variables> {
  const { terminal, readFile, isFolder } = question;
  const isPlaced = found['LOGTO_ENDPOINT'] !== undefined || found['LOGTO_TENANT_ID'] !== undefined;
  const place = isPlaced
    ? {}
    : await asked(
        question,
        () => terminal.ask('Tenant id on Logto Cloud, or the address of your own Logto: '),
        (answer) => placeIn(answer, question),
      );
  const appId =
    found['LOGTO_APP_ID'] ??
    (await asked(
      question,
      () => terminal.ask('App ID of the machine-to-machine application: '),
      (answer) => {
        if (answer === '') {
          throw new ConfigError('The Logto console shows it on the page of the application.');
        }
        readConfig([], { LOGTO_APP_ID: answer }, readFile, isFolder);
        return answer;
      },
    ));
  return { ...found, ...place, LOGTO_APP_ID: appId };
}

/** The secret, from where it is given; undefined where it is in a file already or nobody needs it here. */
async function readSecret(
  question: Question,
  source: string | undefined,
  variable: string | undefined,
): Promise<string | undefined> {
  const { client, options, terminal } = question;
  if (source === 'LOGTO_APP_SECRET') {
    return secretIn(variable ?? '', source);
  }
  const isAsked = source === '--secret-stdin' || (source === undefined && !clients[client].asks);
  if (!isAsked || options['dry-run'] === true) {
    return undefined;
  }
  if (source === '--secret-stdin' && !terminal.attended) {
    return secretIn(await terminal.piped(), source);
  }
  return asked(
    question,
    () => terminal.askSecret('Its app secret, which is not shown: '),
    (answer) => secretIn(answer, 'The answer'),
  );
}

/**
 * Gathers the settings of a server, asks for what is missing, and holds everything against the server's own rules.
 *
 * @throws ConfigError for a value that the server would not take, and for what is missing when nobody is there to answer
 */
export async function gather(question: Question): Promise<Answers> {
  const { client, options, terminal, cwd } = question;
  const { title, asks = false } = clients[client];
  const isSandbox = options.sandbox === true;
  const args = serveArguments(options, (path) => resolve(cwd, path));
  const present = given(question, isSandbox);
  const source = isSandbox ? undefined : secretSource(present, options);
  if (isSandbox) {
    const serve = readServe(args, present, question);
    return { args, env: present, secret: undefined, serve, notes: [] };
  }
  const lacking = lackingOf(present, source === undefined && !asks && options['dry-run'] !== true);
  if (lacking.length > 0 && !terminal.attended) {
    throw new ConfigError(
      `init needs to know: ${lacking.join('; ')}. Set it in the environment, or run init on a terminal, where it asks. To try without a tenant, add --sandbox.`,
    );
  }
  const { LOGTO_APP_SECRET: variable, ...env } = await askRest(question, present);
  const secret = await readSecret(question, source, variable);
  const inFile = env['LOGTO_APP_SECRET_FILE'] !== undefined;
  const serve = readServe(
    args,
    { ...env, ...(!inFile && { LOGTO_APP_SECRET: secret ?? unknownSecret }) },
    question,
  );
  const notes = [
    ...(asks && secret !== undefined
      ? [`${title} asks for the app secret itself; the one given here is not kept.`]
      : []),
    ...(!asks && source === 'LOGTO_APP_SECRET'
      ? [
          `Unset LOGTO_APP_SECRET before you start ${title} from this shell: a server that finds both it and the file refuses to start.`,
        ]
      : []),
    ...serve.warnings,
  ];
  return { args, env, secret: asks ? undefined : secret, serve, notes };
}

function readServe(
  args: readonly string[],
  env: Variables,
  { readFile, isFolder }: Question,
): Serve {
  const serve = readConfig(args, env, readFile, isFolder);
  if (serve.command !== 'serve' || serve.access.kind === 'unconfigured') {
    throw new Error('The settings of a server lack something that was asked for.');
  }
  return serve;
}
