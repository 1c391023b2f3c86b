/**
 * Finds secrets in JSON values: at the paths that the catalog declares, and under names that indicate a secret anywhere.
 * Answers, previews, the journal and errors use the same rules.
 */
import {
  assertionInPage,
  passwordInAddress,
  privateContainers,
  privateNames,
  secretContainers,
  secretInQuery,
  secretInside,
  secretNames,
} from '../../catalog/secret-names.js';
import { isObject, mapInside } from '../../json.js';

/**
 * Whether a value carries information: null, an empty object, a boolean, and a value that Logto has masked reveal nothing.
 */
export const isSignificant = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== '' &&
  typeof value !== 'boolean' &&
  !(typeof value === 'string' && /^\*+$/.test(value)) &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

const isPlain = (value: unknown): boolean =>
  typeof value !== 'object' || (Array.isArray(value) && value.every((item) => !isObject(item)));

type MemberPath = readonly string[];

/** `identities.*.details` as its parts; `*` stands for any one name. */
export const partsOf = (path: string): MemberPath => path.split('.');

const NO_PATHS: readonly MemberPath[] = [];

const below = (paths: readonly MemberPath[], name: string): readonly MemberPath[] =>
  paths.length === 0
    ? NO_PATHS
    : paths.filter(([first]) => first === name || first === '*').map(([, ...rest]) => rest);

/** Names that are remembered. A tenant has few, but in free data users choose them. */
const MAX_KNOWN_NAMES = 2000;

/** Computes once for each name: every member of every answer is looked at. */
function memoized<T>(compute: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    let answer = known.get(name);
    if (answer === undefined) {
      answer = compute(name);
      if (known.size >= MAX_KNOWN_NAMES) {
        known.clear();
      }
      known.set(name, answer);
    }
    return answer;
  };
}

const isSecretName = memoized((name) => secretNames.test(name));
const isPrivateName = memoized((name) => privateNames.test(name));
const isContainer = memoized((name) => secretContainers.test(name));

/** The secret parts of a member with this name. */
const insideOf = memoized((parent): readonly RegExp[] =>
  secretInside.flatMap(([around, inside]) => (around.test(parent) ? [inside] : [])),
);

const isNamed = (name: string, inside: readonly RegExp[], alsoPrivate: boolean): boolean =>
  isSecretName(name) ||
  (alsoPrivate && isPrivateName(name)) ||
  inside.some((pattern) => pattern.test(name));

/** The position of a secret. */
export interface SecretPlace {
  /** Whether the catalog declares the path. A member that only its name marks as secret can be text of a user. */
  readonly declared: boolean;
  /** The member that contains it, and the id of the nearest entity around it. */
  readonly member: string;
  readonly owner: string;
}

export interface SecretSearch {
  /** Paths of the catalog, in parts. */
  readonly paths: readonly MemberPath[];
  /** Also names that only arguments and images are searched for. */
  readonly alsoPrivate: boolean;
  /** What to put in place of a secret. */
  readonly hide: (secret: unknown, place: SecretPlace) => unknown;
}

/** A value with every secret replaced; the value itself if there is none. Goes into lists. */
export function replaceSecrets(
  value: unknown,
  search: SecretSearch,
  parent = '',
  owner = '',
): unknown {
  const { paths, alsoPrivate, hide } = search;
  if (Array.isArray(value)) {
    return mapInside(value, (item) => replaceSecrets(item, search, parent, owner));
  }
  if (typeof value === 'string') {
    return replaceInText(value, (secret) =>
      hide(secret, { declared: false, member: parent, owner }),
    );
  }
  if (!isObject(value)) {
    return value;
  }
  const inside = insideOf(parent);
  const id = typeof value['id'] === 'string' ? value['id'] : owner;
  return mapInside(value, (member, name) => {
    const inner = below(paths, name);
    const declared = inner.some(({ length }) => length === 0);
    const isSecret =
      declared ||
      isContainer(name) ||
      (alsoPrivate && privateContainers.test(name)) ||
      (isPlain(member) && isNamed(name, inside, alsoPrivate));
    if (isSecret && isSignificant(member)) {
      return hide(member, { declared, member: name, owner: id });
    }
    return inner === paths
      ? replaceSecrets(member, search, name, id)
      : replaceSecrets(member, { ...search, paths: inner }, name, id);
  });
}

/** A text with every secret in an address or a page replaced. */
function replaceInText(text: string, hide: (secret: string) => unknown): string {
  const replace = (_: string, before: string, secret: string) => `${before}${hide(secret)}`;
  const query = text.includes('=') ? text.replace(secretInQuery, replace) : text;
  const address = query.includes('@') ? query.replace(passwordInAddress, replace) : query;
  return address.includes('SAMLResponse') ? address.replace(assertionInPage, replace) : address;
}

/** Whether a dotted name leads to a secret, or into one. */
export function leadsToSecret(field: string, paths: readonly MemberPath[]): boolean {
  let left = paths;
  let parent = '';
  for (const name of field.split('.')) {
    left = below(left, name);
    if (
      left.some(({ length }) => length === 0) ||
      isContainer(name) ||
      isNamed(name, insideOf(parent), false)
    ) {
      return true;
    }
    parent = name;
  }
  return false;
}

/** What replaces a secret in the journal, in previews and in errors. */
export const REDACTED = '[secret]';

/** Arguments or an image of an entity as the journal, a preview or a log may contain them. */
export const withoutSecrets = (value: unknown, paths: readonly string[] = []): unknown =>
  replaceSecrets(value, { paths: paths.map(partsOf), alsoPrivate: true, hide: () => REDACTED });

/** Whether a part of an image was redacted by `withoutSecrets`. */
export const lacksSecrets = (value: unknown): boolean =>
  JSON.stringify(value)?.includes(REDACTED) ?? false;

/** Shorter texts are no secrets, and occur in many messages by chance. */
const MIN_SECRET_LENGTH = 4;

/** A function that redacts, in any text, the secrets that are in `values`: for messages that quote an argument. */
export function secretRedactor(
  values: unknown,
  paths: readonly string[],
): (text: string) => string {
  const secrets = new Set<string>();
  const gather = (value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number') {
      secrets.add(String(value));
    } else if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach(gather);
    }
  };
  replaceSecrets(values, {
    paths: paths.map(partsOf),
    alsoPrivate: true,
    hide: (secret) => {
      gather(secret);
      return REDACTED;
    },
  });
  const long = [...secrets].filter(({ length }) => length >= MIN_SECRET_LENGTH);
  long.sort((a, b) => b.length - a.length);
  return (text) => long.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
}
