/** What a manifest wants, once its names, members and values are checked. */
import type { Item, Kind, KindName } from './kind.js';
import type { Problem } from './source.js';

/** A thing that a manifest wants. */
export interface DesiredItem {
  readonly kind: KindName;
  readonly key: string;
  /** The key of what it is inside of. */
  readonly parent?: string;
  /** With secret references in the place of secrets. */
  readonly value: Item;
  /** Kinds inside of it that it lists; those that it does not mention are left alone. */
  readonly lists: ReadonlySet<KindName>;
  /** Where it is in the manifest, for messages. */
  readonly say: (message: string, ...member: readonly (string | number)[]) => Problem;
}

export interface Manifest {
  /** Nested objects are stated with all their members, so one that is not stated should not be set. */
  readonly complete: boolean;
  /** The kinds that it manages, in the order of the table. */
  readonly kinds: readonly KindName[];
  /** Whether a thing is never touched, by the names and globs of `unmanaged`. */
  readonly isUnmanaged: (kind: KindName, key: string) => boolean;
  readonly items: ReadonlyMap<KindName, readonly DesiredItem[]>;
}

/** Changes members in place to the lower case in which Logto stores them. */
export function toLowerCase({ lowerCase = [] }: Kind, value: Record<string, unknown>): void {
  for (const member of lowerCase) {
    const list = value[member];
    if (Array.isArray(list)) {
      value[member] = list.map((text: unknown) =>
        typeof text === 'string' ? text.toLowerCase() : text,
      );
    }
  }
}
