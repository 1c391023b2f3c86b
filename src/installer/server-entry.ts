/** This server's entry in the text of a configuration file: found, inserted, updated and removed. */
import { isDeepStrictEqual } from 'node:util';
import { type ClientName, ConfigError } from '../config/args.js';
import type { JsonPath } from '../json.js';
import { isObject, valueAt } from '../json.js';
import { type Client, clients } from './clients.js';
import { type Format, UneditableError, withoutValue, withValue } from './config-format.js';
import type { IsVisible } from './diff.js';

/** What a client needs in order to start this server. */
export interface ServerEntry {
  readonly type?: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The text of a configuration file, with its path for messages. */
export interface ConfigText {
  readonly client: ClientName;
  readonly file: string;
  readonly text: string;
}

const pathTo = ({ servers }: Client, name: string): JsonPath => [servers, name];

const inputId = (name: string): string => `${name}-app-secret`;

/** The value of an entry that stands for a secret which the client prompts for. */
export const inputReference = (name: string): string => `\${input:${inputId(name)}}`;

/** The prompt as VS Code reads it: shown once, the answer stored encrypted. */
const inputOf = (name: string) => ({
  type: 'promptString',
  id: inputId(name),
  description: `App secret of Logto for ${name}`,
  password: true,
});

/** Adds the path of the file to errors of an edit. */
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

/** The value of a file. @throws ConfigError when it cannot be parsed */
export const configIn = ({ client, file, text }: ConfigText): unknown =>
  editing(file, () => clients[client].format.read(text));

/** The entry with a name; undefined when there is none. @throws ConfigError when the file cannot be parsed */
export const entryIn = (config: ConfigText, name: string): unknown =>
  valueAt(configIn(config), pathTo(clients[config.client], name));

/** The names of all entries that start this server. */
export function entryNamesIn(config: ConfigText): string[] {
  const servers = valueAt(configIn(config), [clients[config.client].servers]);
  return Object.entries(isObject(servers) ? servers : {})
    .filter(([, entry]) => startsThisServer(entry))
    .map(([name]) => name);
}

/** Whether an entry starts this server, by any command. */
function startsThisServer(entry: unknown): boolean {
  const command = valueAt(entry, ['command']);
  const args = valueAt(entry, ['args']);
  const words = [command, ...(Array.isArray(args) ? args : [])].map(String);
  const env = valueAt(entry, ['env']);
  return (
    command !== undefined &&
    (words.some((word) => /logto-management-mcp|[\\/]dist[\\/]main\.js$/.test(word)) ||
      (isObject(env) && Object.keys(env).some((name) => name.startsWith('LOGTO_'))))
  );
}

/** @throws ConfigError when the name belongs to another server */
export function refuseOtherServer(config: ConfigText, name: string): void {
  const present = entryIn(config, name);
  if (present !== undefined && !startsThisServer(present)) {
    throw new ConfigError(
      `"${name}" in ${config.file} is another server. Choose another name with --name.`,
    );
  }
}

/** The containers that an insertion may have to create. */
const containersOf = ({ servers }: Client): readonly string[] => [servers, 'inputs'];

/** The containers that a configuration lacks, for `removeEntry` to remove again. */
export const missingContainers = (config: ConfigText): string[] =>
  containersOf(clients[config.client]).filter(
    (name) => valueAt(configIn(config), [name]) === undefined,
  );

/** Whether two configurations are equal. An empty list of servers equals a missing one. */
export function isSameConfig(client: ClientName, a: unknown, b: unknown): boolean {
  const pruned = (config: unknown): unknown =>
    containersOf(clients[client]).reduce((value, name) => {
      const container = valueAt(value, [name]);
      const isEmpty = typeof container === 'object' && Object.keys(container ?? {}).length === 0;
      return isEmpty ? withoutValue(value, [name]) : value;
    }, config);
  return isDeepStrictEqual(pruned(a), pruned(b));
}

/** Successive edits of a text, with the value that the text must have in the end. */
class Edits {
  expected: unknown;

  constructor(
    readonly format: Format,
    public text: string,
  ) {
    this.expected = format.read(text);
  }

  set(path: JsonPath, value: unknown): void {
    this.text = this.format.set(this.text, path, value);
    this.expected = withValue(this.expected, path, value);
  }

  unset(path: JsonPath): void {
    this.text = this.format.unset(this.text, path);
    this.expected = withoutValue(this.expected, path);
  }

  /** Removes a container that is empty and contains no comment. */
  unsetEmpty(name: string): void {
    const container = valueAt(this.expected, [name]);
    const without = this.format.unset(this.text, [name]);
    if (
      typeof container === 'object' &&
      Object.keys(container ?? {}).length === 0 &&
      this.format.privateRanges(without).length === this.format.privateRanges(this.text).length
    ) {
      this.unset([name]);
    }
  }
}

/**
 * Applies edits, and parses the text before and after them.
 *
 * @throws ConfigError unless the new text says exactly what was intended, with everything else unchanged
 */
function edited({ client, file, text }: ConfigText, edit: (edits: Edits) => void): string {
  return editing(file, () => {
    const edits = new Edits(clients[client].format, text);
    edit(edits);
    if (!isSameConfig(client, edits.format.read(edits.text), edits.expected)) {
      throw new ConfigError(
        `${file} is left alone: it is written in a way that cannot be edited safely. Write the entry by hand.`,
      );
    }
    return edits.text;
  });
}

/** Updates an entry. What a person has added stays: members of the client, variables of other programs. */
function update(edits: Edits, path: JsonPath, { env, ...members }: ServerEntry): void {
  for (const [member, value] of Object.entries(members)) {
    edits.set([...path, member], value);
  }
  const present = valueAt(edits.expected, [...path, 'env']);
  if (!isObject(present)) {
    edits.set([...path, 'env'], env);
    return;
  }
  for (const name of Object.keys(present)) {
    if (name.startsWith('LOGTO_') && !Object.hasOwn(env, name)) {
      edits.unset([...path, 'env', name]);
    }
  }
  for (const [name, value] of Object.entries(env)) {
    edits.set([...path, 'env', name], value);
  }
}

function indexOfInput(config: unknown, name: string): number {
  const inputs = valueAt(config, ['inputs']);
  return Array.isArray(inputs)
    ? inputs.findIndex((input) => valueAt(input, ['id']) === inputId(name))
    : -1;
}

const refersToInput = (value: unknown, name: string): boolean =>
  JSON.stringify(value).includes(inputReference(name));

/** Removes the prompt for the secret when nothing refers to it any more. */
function unsetUnusedInput(edits: Edits, name: string): void {
  const index = indexOfInput(edits.expected, name);
  if (index >= 0 && !refersToInput(edits.expected, name)) {
    edits.unset(['inputs', index]);
  }
}

/**
 * Inserts an entry, or updates the one with its name.
 *
 * @returns the new text
 * @throws ConfigError when the file cannot be edited, or the name belongs to another server
 */
export function setEntry(config: ConfigText, name: string, entry: ServerEntry): string {
  const path = pathTo(clients[config.client], name);
  refuseOtherServer(config, name);
  return edited(config, (edits) => {
    if (refersToInput(entry, name) && indexOfInput(edits.expected, name) < 0) {
      const inputs = valueAt(edits.expected, ['inputs']);
      edits.set(['inputs', Array.isArray(inputs) ? inputs.length : 0], inputOf(name));
    }
    if (valueAt(edits.expected, path) === undefined) {
      edits.set(path, entry);
    } else {
      update(edits, path, entry);
    }
    unsetUnusedInput(edits, name);
  });
}

/**
 * Removes an entry.
 *
 * @param containers the containers that were created for it; they are removed when empty
 * @returns the new text
 * @throws ConfigError when the file cannot be edited, or the name belongs to another server
 */
export function removeEntry(
  config: ConfigText,
  name: string,
  containers: readonly string[],
): string {
  refuseOtherServer(config, name);
  return edited(config, (edits) => {
    edits.unset(pathTo(clients[config.client], name));
    unsetUnusedInput(edits, name);
    for (const container of containers) {
      edits.unsetEmpty(container);
    }
  });
}

/** Whether a text contains nothing: no value and no comment. */
export const isEmptyConfig = (text: string): boolean => /^\s*(\{\s*\})?\s*$/.test(text);

/**
 * The parts of a configuration that a diff may show: our entry and its prompt, but not the values of unknown variables.
 *
 * @param publicNames the variables whose values may be shown
 */
export function visibleParts(
  { client }: ConfigText,
  name: string,
  config: unknown,
  publicNames: ReadonlySet<string>,
): IsVisible {
  const entry = pathTo(clients[client], name);
  const input = indexOfInput(config, name);
  return (path) => {
    if (path[0] === 'inputs') {
      return path[1] === input;
    }
    if (!entry.every((step, index) => path[index] === step)) {
      return false;
    }
    const [member, variable] = path.slice(entry.length);
    return (
      member !== 'env' ||
      publicNames.has(String(variable)) ||
      valueAt(config, path) === inputReference(name)
    );
  };
}
