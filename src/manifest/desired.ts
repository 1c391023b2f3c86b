/** The desired items of a manifest, once its names, members and values are checked. */
import type { Item } from '../catalog/write-facts.js';
import type { Kind, KindName } from './kind.js';
import type { Problem } from './source.js';

/** An item that a manifest states. */
export interface DesiredItem {
  readonly kind: KindName;
  readonly key: string;
  /** The key of the item that contains it. */
  readonly parent?: string;
  /** With secret references instead of secrets. */
  readonly value: Item;
  /** Kinds inside it that it lists; other kinds inside it are left unchanged. */
  readonly lists: ReadonlySet<KindName>;
  /** Its position in the manifest, for messages. */
  readonly say: (message: string, ...member: readonly (string | number)[]) => Problem;
}

export interface Manifest {
  /** Nested objects are stated with all their members, so a member that is not stated should be unset. */
  readonly complete: boolean;
  /** The kinds that it manages, in the order of the table. */
  readonly kinds: readonly KindName[];
  /** Whether an item is never touched, by the names and globs of `unmanaged`. */
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
