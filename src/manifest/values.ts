/** Values of a manifest that come from elsewhere: variables in texts, and secrets by reference. */
import { isObject } from '../json.js';

/** A secret that a manifest refers to. Its value never leaves this folder as part of a message. */
export class SecretReference {
  /** Private, so that no copy, digest or log of the members contains it. */
  readonly #value: string | undefined;

  /**
   * @param source `env:NAME` or `file:path`
   * @param value undefined if it is not set
   */
  constructor(
    readonly source: string,
    value: string | undefined,
  ) {
    this.#value = value;
  }

  get value(): string | undefined {
    return this.#value;
  }

  /** As a manifest states it. */
  toJSON(): object {
    return { $secret: this.source };
  }
}

/** Where variables and secrets come from. */
export interface ValueSources {
  /** The value of a variable; undefined if it is not set. @throws Error with the reason if it is not allowed */
  readonly variable: (name: string) => string | undefined;
  /** The same for a secret by its source, `env:NAME` or `file:path`. */
  readonly secret: (source: string) => string | undefined;
}

const VARIABLE = /(\$+)\{([A-Z][A-Z0-9_]*)\}/g;

/** A text of the tenant as a manifest states it: what would read as a variable gets a second `$`. */
export const escapeVariables = (text: string): string =>
  text.replaceAll(VARIABLE, (whole) => `$${whole}`);

/** A text with the values of its variables. `$${NAME}` stands for the text `${NAME}`. */
export const expandVariables = (text: string, lookUp: (name: string) => string): string =>
  text.replaceAll(VARIABLE, (whole, dollars: string, name: string) =>
    dollars.length === 1 ? lookUp(name) : whole.slice(1),
  );

/** The source of a secret reference; undefined for any other value. */
export const secretSourceOf = (value: unknown): unknown =>
  isObject(value) && Object.keys(value).length === 1 ? value['$secret'] : undefined;

/** Whether the source of a secret has the right form. */
export const isSecretSource = (source: unknown): source is string =>
  typeof source === 'string' && /^(env:[A-Za-z_]\w*|file:.+)$/.test(source);

/** A value with the values of its secrets; `unset` replaces those that are not set. */
export function revealed(value: unknown, unset: unknown): unknown {
  if (value instanceof SecretReference) {
    return value.value ?? unset;
  }
  if (Array.isArray(value)) {
    return value.map((item) => revealed(item, unset));
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, revealed(member, unset)]),
      )
    : value;
}

/** The secret references in a value, with their paths. */
export function* secretsIn(
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<readonly [readonly (string | number)[], SecretReference]> {
  if (value instanceof SecretReference) {
    yield [path, value];
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* secretsIn(item, [...path, index]);
    }
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      yield* secretsIn(member, [...path, name]);
    }
  }
}
