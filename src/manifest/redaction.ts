/** Secrets in the items of a manifest: what is shown has none, and an export refers to each by a name. */
import { partsOf, replaceSecrets, withoutSecrets } from '../guard/secrets/detection.js';
import { isObject } from '../json.js';
import type { KindFacts } from './members.js';
import { escapeVariables } from './values.js';

/** An item without secrets, as it may be shown. */
export const withoutSecretsOf = ({ kind, secrets }: KindFacts, value: unknown): unknown =>
  kind.texts === true ? value : withoutSecrets(value, secrets);

/** The same for a digest; items without secrets are returned without a traversal. */
export const digestible = (facts: KindFacts, value: unknown): unknown =>
  facts.secrets.length === 0 ? value : withoutSecretsOf(facts, value);

/** Whether a value at a path of an item is never shown, in no preview and in no journal. */
export function isHidden(
  { secrets }: KindFacts,
  path: readonly (string | number)[],
  value: string,
): boolean {
  const nested = [...path]
    .reverse()
    .reduce<unknown>(
      (inner, part) => (typeof part === 'number' ? [inner] : { [part]: inner }),
      value,
    );
  return JSON.stringify(withoutSecrets(nested, secrets)) !== JSON.stringify(nested);
}

/** `google-universal`, `clientSecret` -> `GOOGLE_UNIVERSAL_CLIENT_SECRET` */
const upperSnake = (text: string): string =>
  text
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z\d]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toUpperCase();

/** Names for the secrets of an export, each once. */
export class SecretNames {
  readonly #taken = new Set<string>();

  /** A name of an environment variable for a secret of an item. */
  nameFor(kind: string, key: string, member: string): string {
    const base = upperSnake(`${kind} ${key} ${member}`);
    let name = base;
    for (let count = 2; this.#taken.has(name); count += 1) {
      name = `${base}_${count}`;
    }
    this.#taken.add(name);
    return name;
  }
}

const MARK = '\u0001secret\u0001';

/**
 * An item of the tenant as a manifest may contain it: references instead of secrets, and no text that reads as a variable.
 */
export function exportable(
  { kind, secrets }: KindFacts,
  key: string,
  value: unknown,
  names: SecretNames,
): unknown {
  const marked =
    kind.texts === true
      ? value
      : replaceSecrets(value, {
          paths: secrets.map(partsOf),
          alsoPrivate: kind.name === 'connectors',
          hide: () => MARK,
        });
  const convert = (inner: unknown, member: string): unknown => {
    if (typeof inner === 'string') {
      // A secret inside a text, such as an address with a key, makes the whole text a secret.
      return inner.includes(MARK)
        ? { $secret: `env:${names.nameFor(kind.title, key, member)}` }
        : escapeVariables(inner);
    }
    if (Array.isArray(inner)) {
      return inner.map((item) => convert(item, member));
    }
    return isObject(inner)
      ? Object.fromEntries(Object.entries(inner).map(([name, part]) => [name, convert(part, name)]))
      : inner;
  };
  return convert(marked, '');
}
