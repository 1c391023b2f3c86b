/**
 * Where secrets stand: by the catalog's paths, and by names that give a secret away wherever they stand. Answers, previews,
 * the journal and errors share this knowledge.
 */
import { isObject, mapInside } from '../../json.js';

/** Members that hold a secret wherever they stand, in free data of strangers too. */
const surely =
  /^(access_?token|refresh_?token|id_?token(_?hint)?|auth_?token|subject_?token|actor_?token|one_?time_?token|client_?secret|client_?assertion|private_?key|secret_?key|signing_?key|api_?key|code_?verifier|password_?(digest|hash)|secret_?qr_?code|saml_?response|authorization|(set-)?cookie)$/i;

/** Members that are secret as a whole, whatever is inside. */
const containers = /^token_?response$/i;
/** The same of arguments and images alone: in answers the catalog says where they stand, and documents describe them. */
const privateContainers = /^environment_?variables$/i;

/** Members that are secret because of what they stand in: what a browser or a provider brought along, headers. */
const within: readonly (readonly [parent: RegExp, name: RegExp])[] = [
  [
    /^(params|query|raw_?data|connector_?data|assertion)$/i,
    /^(code|token|password|assertion|.*credential)$/i,
  ],
  [/^headers$/i, /auth|token|key|secret|sign|cookie|pass|cred/i],
];

/** What is kept to oneself of arguments and images besides: there a wrong guess costs no more than an undo. */
const privately =
  /^(pass|passwd|passphrase|.*password|.*password_?digest|(.*[_a-z])?token|codes?|verification_?code|.*secret|credentials?)$/i;

/** A secret in the query of an address, such as the link of an invitation. */
const inAddress =
  /([?&#](?:one_?time_?token|access_?token|id_?token|refresh_?token|token|code|SAMLResponse|client_secret|password)=)([^&#\s"'<>]+)/gi;

/** A password in front of the host of an address. */
const beforeHost = /(\/\/[^/\s:@"'<>]*:)([^/\s@"'<>]+)(?=@)/g;

/** Whether anything was said: nothing, an empty object, a setting and what Logto has masked give nothing away. */
export const isSignificant = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== '' &&
  typeof value !== 'boolean' &&
  !(typeof value === 'string' && /^\*+$/.test(value)) &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

const isPlain = (value: unknown): boolean =>
  typeof value !== 'object' || (Array.isArray(value) && value.every((one) => !isObject(one)));

type Path = readonly string[];

/** `identities.*.details` as its parts; `*` stands for any one name. */
export const partsOf = (path: string): Path => path.split('.');

const below = (paths: readonly Path[], name: string): Path[] =>
  paths.filter(([first]) => first === name || first === '*').map(([, ...rest]) => rest);

/** Names that are remembered; a tenant has few, but in free data strangers choose them. */
const remembered = 2000;

/** Asks a pattern once for each name: every member of every answer is asked for. */
function remembering(pattern: RegExp): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    let answer = known.get(name);
    if (answer === undefined) {
      answer = pattern.test(name);
      if (known.size >= remembered) {
        known.clear();
      }
      known.set(name, answer);
    }
    return answer;
  };
}

const isSurely = remembering(surely);
const isPrivately = remembering(privately);
const isContainer = remembering(containers);

/** What is secret inside a member of this name, because of what it stands in. */
const insideOf = (parent: string): readonly RegExp[] =>
  parent === '' ? [] : within.flatMap(([around, inside]) => (around.test(parent) ? [inside] : []));

const isNamed = (name: string, inside: readonly RegExp[], alsoPrivate: boolean): boolean =>
  isSurely(name) ||
  (alsoPrivate && isPrivately(name)) ||
  inside.some((pattern) => pattern.test(name));

export interface SecretSearch {
  /** Paths of the catalog's, in parts. */
  readonly paths: readonly Path[];
  /** Also names that only arguments and images are searched for. */
  readonly alsoPrivate: boolean;
  /** What to put in place of a secret. */
  readonly hide: (secret: unknown) => unknown;
}

/** A value with something else in place of every secret; the value itself where there is none. Looks through lists. */
export function replaceSecrets(value: unknown, search: SecretSearch, parent = ''): unknown {
  const { paths, alsoPrivate, hide } = search;
  if (Array.isArray(value)) {
    return mapInside(value, (item) => replaceSecrets(item, search, parent));
  }
  if (typeof value === 'string') {
    const hidden = (_: string, before: string, secret: string) => `${before}${hide(secret)}`;
    const queried = value.includes('=') ? value.replace(inAddress, hidden) : value;
    return queried.includes('@') ? queried.replace(beforeHost, hidden) : queried;
  }
  if (!isObject(value)) {
    return value;
  }
  const inside = insideOf(parent);
  return mapInside(value, (member, name) => {
    const inner = below(paths, name);
    const secret =
      inner.some(({ length }) => length === 0) ||
      isContainer(name) ||
      (alsoPrivate && privateContainers.test(name)) ||
      (isPlain(member) && isNamed(name, inside, alsoPrivate));
    return secret && isSignificant(member)
      ? hide(member)
      : replaceSecrets(member, { ...search, paths: inner }, name);
  });
}

/** Whether a dotted name leads to a secret, or into one. */
export function leadsToSecret(field: string, paths: readonly Path[]): boolean {
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

const hidden = '[secret]';

/** Arguments or an image of an entity as the journal, a preview or a log may keep them. */
export const withoutSecrets = (value: unknown, paths: readonly string[] = []): unknown =>
  replaceSecrets(value, { paths: paths.map(partsOf), alsoPrivate: true, hide: () => hidden });

/** Whether a part of an image was left out by `withoutSecrets`. */
export const lacksSecrets = (value: unknown): boolean =>
  JSON.stringify(value)?.includes(hidden) ?? false;

/** Texts that are shorter say nothing, and stand in many a message by chance. */
const shortest = 4;

/** A function that blots out, in any text, the secrets that stand in `values`: for messages that quote an argument. */
export function secretRedactor(
  values: unknown,
  paths: readonly string[],
): (text: string) => string {
  const found = new Set<string>();
  const gather = (value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number') {
      found.add(String(value));
    } else if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach(gather);
    }
  };
  replaceSecrets(values, {
    paths: paths.map(partsOf),
    alsoPrivate: true,
    hide: (secret) => {
      gather(secret);
      return hidden;
    },
  });
  const long = [...found].filter(({ length }) => length >= shortest);
  long.sort((a, b) => b.length - a.length);
  return (text) => long.reduce((rest, secret) => rest.replaceAll(secret, hidden), text);
}
