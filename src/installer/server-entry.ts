/** One server among those that a configuration file lists: put in, brought up to date, taken out. On texts alone. */
import { type ClientName, ConfigError } from '../config/args.js';
import { type Client, clients } from './clients.js';
import {
  at,
  type Format,
  having,
  isObject,
  lacking,
  type Path,
  same,
  type Trace,
  UneditableError,
} from './config-format.js';

/** What a client needs in order to start this server. */
export interface ServerEntry {
  readonly type?: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  /** Missing when there is nothing to set. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A text after an edit. */
export interface Changed {
  readonly text: string;
  /** What was inserted, in this order. */
  readonly traces: readonly Trace[];
}

/** A configuration file, by its name for messages. */
export interface Source {
  readonly client: ClientName;
  readonly file: string;
  readonly text: string;
}

const pathTo = ({ servers }: Client, name: string): Path => [servers, name];

/** What this server is called in a question of the client for its secret. */
const inputId = (name: string): string => `${name}-app-secret`;

/** What stands in an entry for the secret that the client asks for. */
export const inputReference = (name: string): string => `\${input:${inputId(name)}}`;

/** The question itself, as VS Code reads it: asked once, kept encrypted. */
const inputOf = (name: string) => ({
  type: 'promptString',
  id: inputId(name),
  description: `App secret of Logto for ${name}`,
  password: true,
});

/** Gives the errors of an edit the name of the file. */
function editing<T>(file: string, edit: () => T): T {
  try {
    return edit();
  } catch (error) {
    if (error instanceof UneditableError) {
      throw new ConfigError(`${file} is left alone, since it cannot be edited: ${error.message}.`);
    }
    throw error;
  }
}

/** The value of a whole file. @throws ConfigError when it cannot be parsed */
export const valueIn = ({ client, file, text }: Source): unknown =>
  editing(file, () => clients[client].format.read(text));

/** The entry of a name; undefined when there is none. @throws ConfigError when the file cannot be parsed */
export const entryIn = (source: Source, name: string): unknown =>
  at(valueIn(source), pathTo(clients[source.client], name));

/** Whether an entry starts this server, by whichever command. */
export function isOurs(entry: unknown): boolean {
  const args = at(entry, ['args']);
  const words = [at(entry, ['command']), ...(Array.isArray(args) ? args : [])].map(String);
  const env = at(entry, ['env']);
  return (
    at(entry, ['command']) !== undefined &&
    (words.some((word) => /logto-management-mcp|[\\/]dist[\\/]main\.js$/.test(word)) ||
      (isObject(env) && Object.keys(env).some((name) => name.startsWith('LOGTO_'))))
  );
}

/** Refuses what is another server's. */
export function refuseOthers(source: Source, name: string): void {
  const present = entryIn(source, name);
  if (present !== undefined && !isOurs(present)) {
    throw new ConfigError(
      `"${name}" in ${source.file} is another server. Choose another name with --name.`,
    );
  }
}

/** An edit is written only when the file then says exactly what was meant, and nothing else has changed. */
function held({ client, file }: Source, { text, expected }: Edits): void {
  const { format, servers } = clients[client];
  const found = editing(file, () => format.read(text));
  // A table of TOML is there through what is in it.
  const isBare = same(at(expected, [servers]), {});
  if (!same(found, expected) && !(isBare && same(found, lacking(expected, [servers])))) {
    throw new ConfigError(
      `${file} is left alone: it is written in a way that cannot be edited safely. Write the entry by hand, as docs/installing.md shows it.`,
    );
  }
}

/** Edits one after the other, with the value that the file must have in the end. */
class Edits {
  readonly traces: Trace[] = [];
  expected: unknown;

  constructor(
    readonly format: Format,
    public text: string,
  ) {
    this.expected = format.read(text);
  }

  set(path: Path, value: unknown): void {
    const { text, trace } = this.format.set(this.text, path, value);
    this.text = text;
    this.expected = having(this.expected, path, value);
    if (trace !== undefined) {
      this.traces.push(trace);
    }
  }

  unset(path: Path): void {
    this.cut(path, this.format.unset(this.text, path));
  }

  /** Takes a text that lacks the value at a path. */
  cut(path: Path, text: string): void {
    this.text = text;
    this.expected = lacking(this.expected, path);
  }
}

/** Brings an entry up to date. What a person has added to it stays: members of the client, variables of other programs. */
function update(edits: Edits, path: Path, entry: ServerEntry): void {
  const { env = {}, ...members } = entry;
  for (const [member, value] of Object.entries(members)) {
    edits.set([...path, member], value);
  }
  const present = at(edits.expected, [...path, 'env']);
  if (!isObject(present)) {
    if (Object.keys(env).length > 0) {
      edits.set([...path, 'env'], env);
    }
    return;
  }
  const outdated = Object.keys(present).filter(
    (name) => name.startsWith('LOGTO_') && !Object.hasOwn(env, name),
  );
  for (const name of outdated) {
    edits.unset([...path, 'env', name]);
  }
  for (const [name, value] of Object.entries(env)) {
    edits.set([...path, 'env', name], value);
  }
}

const indexOfInput = (value: unknown, name: string): number => {
  const inputs = at(value, ['inputs']);
  return Array.isArray(inputs)
    ? inputs.findIndex((input) => at(input, ['id']) === inputId(name))
    : -1;
};

const isReferred = (value: unknown, name: string): boolean =>
  JSON.stringify(value).includes(inputReference(name));

/**
 * Puts an entry in, or brings the one of its name up to date.
 *
 * @throws ConfigError when the file cannot be edited, or the name is another server's
 */
export function put(
  source: Source,
  name: string,
  entry: ServerEntry,
  traces: readonly Trace[],
): Changed {
  const client = clients[source.client];
  const path = pathTo(client, name);
  refuseOthers(source, name);
  return editing(source.file, () => {
    const edits = new Edits(client.format, source.text);
    if (isReferred(entry, name) && indexOfInput(edits.expected, name) < 0) {
      const inputs = at(edits.expected, ['inputs']);
      edits.set(['inputs', Array.isArray(inputs) ? inputs.length : 0], inputOf(name));
    }
    if (at(edits.expected, path) === undefined) {
      edits.set(path, entry);
    } else {
      update(edits, path, entry);
    }
    dropInput(edits, name, traces);
    held(source, edits);
    // What was inserted within an entry goes with it.
    const around = edits.traces.filter((trace) => trace.path.length <= path.length);
    return { text: edits.text, traces: around };
  });
}

/** Places in lists move when others come and go. */
const leadsTo = (start: Path, path: Path): boolean =>
  start.length <= path.length &&
  start.every((name, index) => typeof name === 'number' || name === path[index]);

/** Whether a container holds nothing but what a path leads to. */
const holdsOnly = (value: unknown, path: Path): boolean =>
  path.every((name, depth) => {
    const names = Object.keys(Object(at(value, path.slice(0, depth))));
    return names.length === 1 && names[0] === String(name);
  });

const commentsIn = (format: Format, text: string): number =>
  format.pieces(text).filter((piece) => piece.path === undefined).length;

/**
 * Takes a value out, and with it the outermost container that was made for it, as long as nothing else is in there by now:
 * no other value, and no comment.
 */
function takeOut(edits: Edits, path: Path, traces: readonly Trace[]): void {
  const { format } = edits;
  const leading = traces.filter((trace) => leadsTo(trace.path, path));
  const without = (depth: number): string =>
    format.unset(
      edits.text,
      path.slice(0, depth),
      leading.find((trace) => trace.path.length === depth && trace.gap !== undefined)?.gap,
    );
  const left = commentsIn(format, without(path.length));
  let depth = Math.min(...leading.map((trace) => trace.path.length), path.length);
  while (
    depth < path.length &&
    !(
      holdsOnly(at(edits.expected, path.slice(0, depth)), path.slice(depth)) &&
      commentsIn(format, without(depth)) === left
    )
  ) {
    depth += 1;
  }
  edits.cut(path.slice(0, depth), without(depth));
}

/** Takes the question for the secret out when nothing refers to it any more. */
function dropInput(edits: Edits, name: string, traces: readonly Trace[]): void {
  const index = indexOfInput(edits.expected, name);
  if (index >= 0 && !isReferred(edits.expected, name)) {
    takeOut(edits, ['inputs', index], traces);
  }
}

/**
 * Takes an entry out.
 *
 * @param traces what its insertion left; without them some white space may stay behind
 * @throws ConfigError when the file cannot be edited, or the name is another server's
 */
export function take(source: Source, name: string, traces: readonly Trace[]): Changed {
  const client = clients[source.client];
  refuseOthers(source, name);
  return editing(source.file, () => {
    const edits = new Edits(client.format, source.text);
    takeOut(edits, pathTo(client, name), traces);
    dropInput(edits, name, traces);
    held(source, edits);
    return { text: edits.text, traces: [] };
  });
}

/** Whether nothing is left in a file, comments included. */
export const isEmptied = (text: string): boolean => /^\s*(\{\s*\})?\s*$/.test(text);

/**
 * What of a file may be shown: of our entry everything but the values of variables that are not known to be harmless, and
 * the question for the secret.
 */
export function shownOf(
  { client }: Source,
  name: string,
  value: unknown,
  harmless: ReadonlySet<string>,
): (path: Path) => boolean {
  const own = pathTo(clients[client], name);
  const input = indexOfInput(value, name);
  return (path) => {
    if (path[0] === 'inputs') {
      return path[1] === input;
    }
    if (!leadsTo(own, path)) {
      return false;
    }
    const [member, variable] = path.slice(own.length);
    return (
      member !== 'env' || harmless.has(String(variable)) || at(value, path) === inputReference(name)
    );
  };
}
