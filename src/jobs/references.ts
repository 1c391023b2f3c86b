/**
 * References: an argument that takes an id also takes `name:`, `email:`, `username:`, `phone:`, `indicator:` or `key:`. A
 * reference must name exactly one entity; otherwise nothing is sent and the error lists the candidates.
 */

import {
  type EntityArgument,
  type EntityKind,
  entities,
  namedEntities,
} from '../catalog/entities.js';
import type { Item } from '../catalog/write-facts.js';
import type { Values } from '../guard/operation-graph.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';

/** Candidates that a refusal lists. */
const MAX_CANDIDATES = 5;

/** The members that a reference is compared with, by its prefix. A dotted path goes inside; a map counts value by value. */
const members: Readonly<Record<string, readonly string[]>> = {
  name: ['name', 'connectorName', 'metadata.name', 'domain', 'label'],
  email: ['primaryEmail', 'invitee', 'email'],
  username: ['username'],
  phone: ['primaryPhone'],
  indicator: ['indicator'],
  key: ['connectorId', 'target', 'providerName', 'id'],
};

/** The members of an account that Logto can search exactly. */
const searchable: ReadonlySet<string> = new Set([
  'name',
  'primaryEmail',
  'username',
  'primaryPhone',
]);

/** How references are written, for the instructions. */
export const referenceForms = Object.keys(members).map((prefix) => `${prefix}:`);

const referencePattern = new RegExp(`^(${Object.keys(members).join('|')}):(.+)$`, 's');

/** The prefix and the text of a reference; undefined for an id. */
export function parseReference(
  value: string,
): { readonly prefix: string; readonly text: string } | undefined {
  const [, prefix, text] = referencePattern.exec(value) ?? [];
  return prefix === undefined || text === undefined ? undefined : { prefix, text: text.trim() };
}

/**
 * The reference that a text probably is, where no prefix says it: an e-mail address, a phone number, or else a name.
 *
 * @param text without a prefix
 */
export const probableReference = (text: string): string =>
  /^\S+@\S+\.\S+$/.test(text)
    ? `email:${text}`
    : /^\+[\d\s().-]{6,}$/.test(text)
      ? `phone:${text}`
      : `name:${text}`;

/** The prefixes of the references by which a kind can be named: those of the members that a person knows it by. */
export function prefixesOf(kind: EntityKind): readonly string[] {
  const { list, label, addresses = [] } = entities[kind];
  const shown = [...label, ...addresses].map((path) => path.replace(/\.en$/, ''));
  return list === undefined
    ? []
    : Object.entries(members)
        .filter(([, paths]) => paths.some((path) => shown.includes(path)))
        .map(([prefix]) => prefix);
}

/** Reads a list of the tenant to its end, or all items that match the filters. */
export type ReadList = (operation: string, values: Values) => Promise<readonly Item[]>;

const valueAt = (item: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), item);

const textsOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : isObject(value)
      ? Object.values(value).filter((member) => typeof member === 'string')
      : [];

/** Phone numbers are compared by their digits, addresses without case, as Logto does. */
function normalized(prefix: string, text: string): string {
  switch (prefix) {
    case 'phone':
      return text.replaceAll(/\D/g, '');
    case 'email':
      return text.toLowerCase();
    default:
      return text;
  }
}

const refusal = (code: string, message: string, hint: string): LogtoError =>
  new LogtoError({ kind: 'input', code, message: `${message} Nothing was sent.`, hint });

/** How the error names a candidate to the agent: by its id and by what a person knows it by. */
function candidate(kind: EntityKind, item: Item): string {
  const { id = 'id', label, addresses = [] } = entities[kind];
  const names = [...label, ...addresses]
    .map((path) => textsOf(valueAt(item, path))[0])
    .filter((name) => name !== undefined);
  return `${String(valueAt(item, id))} (${[...new Set(names)].map((name) => JSON.stringify(name)).join(', ')})`;
}

/** Resolves references, each once in a run. */
export class References {
  readonly #known = new Map<string, Promise<string>>();

  constructor(private readonly read: ReadList) {}

  /**
   * Replaces references in the arguments by ids.
   *
   * @param named the arguments of the operation that name entities
   * @throws LogtoError of kind `input` for a reference that names no entity or more than one
   */
  async resolve(named: readonly EntityArgument[], values: Values): Promise<Values> {
    const references = namedEntities(
      named.filter(({ by }) => by === 'id'),
      values,
    ).flatMap((entity) => {
      const reference = parseReference(entity.value);
      return reference === undefined ? [] : [{ ...entity, ...reference }];
    });
    if (references.length === 0) {
      return values;
    }
    const ids = new Map<string, string>();
    // The path is resolved first: a scope is looked up inside the resource that the path names.
    const ordered = [...references].sort((a, b) => Number(b.inPath ?? 0) - Number(a.inPath ?? 0));
    let current = values;
    for (const { path, kind, value, prefix, text } of ordered) {
      const id = await this.#find(kind, prefix, text, value, current);
      ids.set(`${path} ${value}`, id);
      current = replaceAt(current, path.split('.'), value, id);
    }
    return current;
  }

  #find(
    kind: EntityKind,
    prefix: string,
    text: string,
    reference: string,
    values: Values,
  ): Promise<string> {
    const { within } = entities[kind];
    const parent = within === undefined ? undefined : parentIn(within, values);
    const key = JSON.stringify([kind, reference, parent]);
    const cached = this.#known.get(key);
    if (cached !== undefined) {
      return cached;
    }
    const finding = this.#look(kind, prefix, text, reference, parent);
    this.#known.set(key, finding);
    finding.catch(() => this.#known.delete(key));
    return finding;
  }

  async #look(
    kind: EntityKind,
    prefix: string,
    text: string,
    reference: string,
    parent: string | undefined,
  ): Promise<string> {
    const { title, list, search, within, id = 'id', label, addresses = [] } = entities[kind];
    if (list === undefined) {
      throw refusal(
        'no_reference',
        `"${reference}" cannot name a ${title}: nothing lists those.`,
        'Give its id.',
      );
    }
    let searchText = text;
    let inside: Values = {};
    if (within !== undefined) {
      const { argument = 'id', title: parentTitle } = entities[within];
      if (parent !== undefined) {
        inside = await this.#parentArgument(within, parent);
      } else {
        const [, owner, rest] = /^(\S+)\s+(.+)$/s.exec(text) ?? [];
        if (owner === undefined || rest === undefined) {
          throw refusal(
            'no_reference',
            `"${reference}" does not say in which ${parentTitle} the ${title} is.`,
            `Write ${prefix}:<${parentTitle}> <${title}>, for example name:https://api.example.com read:orders, or give its id.`,
          );
        }
        searchText = rest;
        inside = { [listArgument(within, argument)]: await this.#owner(within, owner) };
      }
    }
    const shownMembers = [...label, ...addresses];
    const paths = members[prefix]?.filter(
      (path) => shownMembers.includes(path) || (prefix === 'key' && kind === 'connector'),
    );
    const compared = paths === undefined || paths.length === 0 ? (members[prefix] ?? []) : paths;
    const [field] = compared;
    const narrowed: Values =
      search === 'search' && field !== undefined && searchable.has(field)
        ? { search: normalized(prefix, searchText), searchMode: 'contains' }
        : search === 'q'
          ? { q: searchText }
          : {};
    const items = await this.read(list, { ...inside, ...narrowed });
    const expected = normalized(prefix, searchText);
    const exact = items.filter((item) =>
      compared.some((path) =>
        textsOf(valueAt(item, path)).some((value) => normalized(prefix, value) === expected),
      ),
    );
    const [only] = exact;
    if (exact.length === 1 && only !== undefined) {
      const ownId = valueAt(only, id);
      if (typeof ownId === 'string') {
        return ownId;
      }
    }
    if (exact.length > 1) {
      throw refusal(
        'ambiguous_reference',
        `"${reference}" names ${exact.length} ${title}s: ${candidatesIn(kind, exact)}.`,
        'Give the id of the one that is meant.',
      );
    }
    throw refusal(
      'unknown_reference',
      `"${reference}" names no ${title}.`,
      otherReference(kind, items, searchText) ??
        similarTo(kind, items, searchText) ??
        `Take the id from ${list}, or look for the right name there.`,
    );
  }

  /** The argument with the id of the parent, if the call has it already. */
  async #parentArgument(within: EntityKind, id: string): Promise<Values> {
    const { argument = 'id' } = entities[within];
    return { [listArgument(within, argument)]: id };
  }

  /** The id of a parent that a reference names by its indicator, name or id. */
  async #owner(within: EntityKind, owner: string): Promise<string> {
    const { list, title, label, addresses = [], id = 'id' } = entities[within];
    const items = list === undefined ? [] : await this.read(list, {});
    const matching = items.filter((item) =>
      [id, ...label, ...addresses].some((path) => textsOf(valueAt(item, path)).includes(owner)),
    );
    const [only] = matching;
    const ownId = only === undefined ? undefined : valueAt(only, id);
    if (matching.length === 1 && typeof ownId === 'string') {
      return ownId;
    }
    throw refusal(
      matching.length === 0 ? 'unknown_reference' : 'ambiguous_reference',
      matching.length === 0
        ? `"${owner}" names no ${title}.`
        : `"${owner}" names ${matching.length} ${title}s: ${candidatesIn(within, matching)}.`,
      [
        matching.length === 0 && similarTo(within, items, owner),
        `Give its id, its ${addresses[0] ?? label[0] ?? 'name'}, or take one from ${list ?? 'its list'}.`,
      ]
        .filter(Boolean)
        .join(' '),
    );
  }
}

const candidatesIn = (kind: EntityKind, items: readonly Item[]): string => {
  const more = items.length > MAX_CANDIDATES ? ` and ${items.length - MAX_CANDIDATES} more` : '';
  return `${items
    .slice(0, MAX_CANDIDATES)
    .map((item) => candidate(kind, item))
    .join('; ')}${more}`;
};

/** The hint for a text that is an id, or that names entities by another member: then their references, each with its id. */
function otherReference(
  kind: EntityKind,
  items: readonly Item[],
  text: string,
): string | undefined {
  const { id = 'id' } = entities[kind];
  if (items.some((item) => valueAt(item, id) === text)) {
    return `${JSON.stringify(text)} is an id: write it without a prefix.`;
  }
  for (const prefix of prefixesOf(kind)) {
    const expected = normalized(prefix, text);
    if (expected === '') {
      continue;
    }
    const named = items.filter((item) =>
      members[prefix]?.some((path) =>
        textsOf(valueAt(item, path)).some((value) => normalized(prefix, value) === expected),
      ),
    );
    const [only] = named;
    if (only !== undefined) {
      return named.length === 1
        ? `Did you mean ${prefix}:${text} (${String(valueAt(only, id))})?`
        : `${named.length} have it as ${prefix}: ${candidatesIn(kind, named)}. Give the id of the one that is meant.`;
    }
  }
  return undefined;
}

/** The hint with the entities that have a text inside one of the members that a person knows them by. */
function similarTo(kind: EntityKind, items: readonly Item[], text: string): string | undefined {
  const { label, addresses = [] } = entities[kind];
  const near = items.filter((item) =>
    [...label, ...addresses].some((path) =>
      textsOf(valueAt(item, path)).some((value) =>
        value.toLowerCase().includes(text.toLowerCase()),
      ),
    ),
  );
  return near.length > 0 ? `Similar: ${candidatesIn(kind, near)}.` : undefined;
}

/** The argument of a parent's lists that takes its id. */
const listArgument = (within: EntityKind, argument: string): string =>
  within === 'resource' ? 'resourceId' : argument;

/** The id of the parent, if the path of the call names one. */
function parentIn(within: EntityKind, values: Values): string | undefined {
  const { argument = 'id' } = entities[within];
  const value = values[listArgument(within, argument)];
  return typeof value === 'string' && parseReference(value) === undefined ? value : undefined;
}

/** A copy of a value in which another text replaces an old one at every place of a path. */
function replaceAt<T>(value: T, path: readonly string[], old: string, next: string): T;
function replaceAt(value: unknown, path: readonly string[], old: string, next: string): unknown {
  const [name, ...rest] = path;
  if (name === undefined) {
    return Array.isArray(value)
      ? value.map((item) => (item === old ? next : item))
      : value === old
        ? next
        : value;
  }
  if (Array.isArray(value)) {
    return name === '*' ? value.map((item) => replaceAt(item, rest, old, next)) : value;
  }
  if (!isObject(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [
      member,
      member === name || name === '*' ? replaceAt(inner, rest, old, next) : inner,
    ]),
  );
}
