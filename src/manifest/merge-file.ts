/**
 * Updates a manifest that a person wrote with the state of a tenant. Parts with the same meaning stay as they were written:
 * variables, secret references, the order of lists, and in a manifest that is not complete only the members that it states.
 */
import type { Item } from '../catalog/write-facts.js';
import { isEqual, isObject, isSameSet } from '../json.js';
import type { Kind } from './kind.js';
import { kinds, topLevelKinds } from './kinds.js';
import { keyText } from './live.js';
import { expandVariables, secretSourceOf, type ValueSources } from './values.js';

/** The value of a text with its variables; undefined if one of them is not set or not allowed. */
function expanded(text: string, { variable }: Pick<ValueSources, 'variable'>): string | undefined {
  let isKnown = true;
  const result = expandVariables(text, (name) => {
    try {
      const value = variable(name);
      isKnown &&= value !== undefined;
      return value ?? '';
    } catch {
      isKnown = false;
      return '';
    }
  });
  return isKnown ? result : undefined;
}

/** The kind of the items of a list, by the names on the way to it. */
function kindAt(path: readonly PropertyKey[]): Kind | undefined {
  const names = path.filter((part) => typeof part === 'string');
  const [top, member, ...more] = names;
  const kind = topLevelKinds.find(({ name }) => name === top);
  if (kind === undefined || member === undefined) {
    return kind;
  }
  return more.length > 0
    ? undefined
    : kinds.find(({ within }) => within?.kind === kind.name && within.member === member);
}

const memberAt = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);

export class FileMerge {
  /** @param isComplete whether the manifest is complete, if another file of it says so */
  constructor(
    private readonly sources: ValueSources,
    private readonly isComplete?: boolean,
  ) {}

  /** The key of an item of the list at a path; undefined for lists of anything else. */
  readonly keyOf = (path: readonly PropertyKey[], item: unknown): string | undefined => {
    const kind = kindAt(path);
    if (kind === undefined || !isObject(item)) {
      return undefined;
    }
    const parts = kind.key.map((member) => {
      const part = memberAt(item, member);
      return typeof part === 'string' ? (expanded(part, this.sources) ?? part) : part;
    });
    return keyText(parts);
  };

  /** The manifest for a file, from its current manifest and from an export. */
  merge(current: unknown, exported: Item): Item {
    if (!isObject(current)) {
      return exported;
    }
    const isComplete = this.isComplete ?? current['complete'] === true;
    const stated = topLevelKinds.filter(({ name }) => Object.hasOwn(current, name));
    const added = isComplete
      ? topLevelKinds.filter(
          ({ name }) => !Object.hasOwn(current, name) && Object.hasOwn(exported, name),
        )
      : [];
    const settings = Object.entries(current).filter(
      ([name]) => !topLevelKinds.some((kind) => kind.name === name),
    );
    return Object.fromEntries([
      ...settings,
      ...[...stated, ...added].flatMap(({ name }) => {
        const value = this.#value([name], current[name], exported[name], isComplete);
        return value === undefined ? [] : [[name, value]];
      }),
    ]);
  }

  #value(path: readonly string[], current: unknown, exported: unknown, complete: boolean): unknown {
    if (current === undefined || exported === undefined) {
      return exported;
    }
    if (typeof current === 'string' && typeof exported === 'string') {
      const plain = expandVariables(exported, () => '');
      return expanded(current, this.sources) === plain ? current : exported;
    }
    if (secretSourceOf(current) !== undefined && secretSourceOf(exported) !== undefined) {
      return current;
    }
    if (Array.isArray(current) && Array.isArray(exported)) {
      return this.#list(path, current, exported, complete);
    }
    if (isObject(current) && isObject(exported)) {
      const names = complete
        ? [...new Set([...Object.keys(current), ...Object.keys(exported)])]
        : Object.keys(current);
      return Object.fromEntries(
        names.flatMap((name) => {
          const value = this.#value([...path, name], current[name], exported[name], complete);
          // Null in the manifest and a missing value in the tenant mean the same.
          return value === undefined
            ? current[name] === null || current[name] === ''
              ? [[name, current[name]]]
              : []
            : [[name, value]];
        }),
      );
    }
    return isEqual(current, exported) ? current : exported;
  }

  #list(
    path: readonly string[],
    current: readonly unknown[],
    exported: readonly unknown[],
    complete: boolean,
  ): readonly unknown[] {
    if (kindAt(path) === undefined) {
      const plain = current.map((item) =>
        typeof item === 'string' ? (expanded(item, this.sources) ?? item) : item,
      );
      const isText = plain.every((item) => typeof item === 'string');
      return isEqual(plain, exported) || (isText && isSameSet(plain, exported))
        ? current
        : exported;
    }
    const currentByKey = new Map(current.map((item) => [this.keyOf(path, item), item]));
    return exported.map((item) => {
      const before = currentByKey.get(this.keyOf(path, item));
      return before === undefined ? item : this.#value(path, before, item, complete);
    });
  }
}
