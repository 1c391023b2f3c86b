/**
 * Which kinds and members the running Logto has, by its served document. An older Logto answers 404 to an operation that it
 * does not have, and ignores an unknown member without an error.
 */
import { type Feature, probesOf } from '../catalog/probes.js';
import { describeSince } from '../catalog/release-names.js';
import type { CatalogOperation } from '../guard/operation-graph.js';
import { valuesAt } from '../logto/served-check.js';
import type { ServedFacts } from '../logto/served-facts.js';
import { isEmpty } from './diff.js';
import type { KindName, Wrapping } from './kind.js';
import type { KindFacts, KindTable } from './members.js';
import { revealed } from './values.js';

/** A part of a kind that this Logto does not have. */
interface Lacking {
  /** Dotted, from the item on; `*` for each entry of a list. */
  readonly path: string;
  /** The value that it does not know; undefined if it does not know the member itself. */
  readonly value?: string;
  readonly since: Feature['since'] | undefined;
}

/** An operation of a kind, with the path of the members in its arguments. */
interface KindOperation {
  readonly entry: CatalogOperation;
  /** The prefixes of the paths of its arguments: `field.`, `templates.*.`. */
  readonly prefix: string;
}

const prefixOf = (wrap: Wrapping | undefined): string =>
  wrap === undefined ? '' : 'whole' in wrap ? `${wrap.whole}.` : `${wrap.list}.*.`;

export class Availability {
  readonly #lacking = new Map<KindName, readonly Lacking[]>();

  /** @param facts of the served document; undefined if it cannot be read, and then nothing counts as missing */
  constructor(
    private readonly table: KindTable,
    private readonly facts: ServedFacts | undefined,
  ) {}

  /** Whether this Logto has an operation. */
  hasOperation({ operation }: CatalogOperation): boolean {
    return this.facts === undefined || this.facts.at(operation.method, operation.url) !== undefined;
  }

  /** Why this Logto cannot manage a kind, as a clause; undefined if it can. */
  missingKind({ operations, kind }: KindFacts): string | undefined {
    const read = kind.read === undefined ? undefined : this.table.graph.keyed(kind.read);
    const needed = [operations.list, read, operations.create, operations.update].filter(
      (entry) => entry !== undefined,
    );
    const missing = needed.find((entry) => !this.hasOperation(entry));
    return missing === undefined
      ? undefined
      : `this Logto does not have ${kind.name}${sinceText(missing.operation.since)}`;
  }

  /**
   * Why a member cannot have a value in this Logto, as a clause; undefined if it can.
   *
   * @param value the whole value of the member
   */
  missingMember(facts: KindFacts, member: string, value: unknown): string | undefined {
    const lacking = this.#lackingOf(facts);
    if (lacking.length === 0) {
      return undefined;
    }
    const plain = revealed(value, undefined);
    const missing = lacking.find(({ path, value: unknown }) => {
      const [first, ...rest] = path.split('.');
      const values = first === member ? valuesAt(plain, rest) : [];
      return unknown === undefined
        ? values.some((item) => !isEmpty(item))
        : values.includes(unknown);
    });
    if (missing === undefined) {
      return undefined;
    }
    const memberPath = missing.path.replaceAll('.*', '');
    const subject =
      missing.value === undefined ? memberPath : `"${missing.value}" of ${memberPath}`;
    return `this Logto does not have ${subject}${sinceText(missing.since)}`;
  }

  #lackingOf(facts: KindFacts): readonly Lacking[] {
    const { name } = facts.kind;
    const parts = this.#lacking.get(name) ?? this.#findLacking(facts);
    this.#lacking.set(name, parts);
    return parts;
  }

  #findLacking({ kind, operations }: KindFacts): readonly Lacking[] {
    const { facts } = this;
    if (facts === undefined) {
      return [];
    }
    const { create, update } = operations;
    const writes: readonly KindOperation[] = [
      ...(create === undefined ? [] : [{ entry: create, prefix: prefixOf(kind.create?.wrap) }]),
      ...(update === undefined ? [] : [{ entry: update, prefix: prefixOf(kind.update?.wrap) }]),
    ];
    const inArguments = writes.flatMap(({ entry, prefix }) =>
      this.#missingFeatures(entry).flatMap(({ argument = '', value, since }): Lacking[] =>
        argument.startsWith(prefix)
          ? [{ path: argument.slice(prefix.length), since, ...(value !== undefined && { value }) }]
          : [],
      ),
    );
    const byOperation = [
      ...(kind.settings ?? []).map(({ member, operation }) => ({ member, operation })),
      ...(kind.grants ?? []).map(({ member, add }) => ({ member, operation: add.operation })),
    ].flatMap(({ member, operation }): Lacking[] => {
      const entry = this.table.graph.keyed(operation);
      if (!this.hasOperation(entry)) {
        return [{ path: member, since: entry.operation.since }];
      }
      return this.#missingFeatures(entry).flatMap(({ argument = '', value, since }) =>
        argument === member || argument.startsWith(`${member}.`)
          ? [{ path: argument, since, ...(value !== undefined && { value }) }]
          : [],
      );
    });
    return [...inArguments, ...byOperation];
  }

  /** The newer parts of an operation that the document lacks. */
  #missingFeatures({ operation }: CatalogOperation): readonly Feature[] {
    return probesOf(operation).filter(({ probe }) => this.facts?.presenceOf(probe) === 'absent');
  }
}

/** ` (since Logto 1.44)`; empty if every release of the catalog has it. */
const sinceText = (since: Feature['since'] | undefined): string =>
  since === undefined ? '' : ` (since ${describeSince(since)})`;
