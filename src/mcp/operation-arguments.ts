/** The arguments of a call beside the operation's own schema, and the result of its validation. */

import type { Operation, Outline } from '../catalog/operation.js';
import type { Values } from '../guard/operation-graph.js';
import type { ExtendedOperation } from './served/extended-operation.js';

/** The arguments of a call, once the tool's schema has accepted them. */
export interface ValidatedArguments {
  /** The arguments of the operation. */
  readonly values: Values;
  /** The only members of the answer to keep; only for reads, because a write may have a field of this name. */
  readonly fields?: readonly string[];
  /** The id of a plan from the first call. */
  readonly plan?: string;
  /** Send nested objects unchanged, instead of merging them into the current value. */
  readonly replaceWhole?: boolean;
  /** What was ignored, in sentences. */
  readonly notes?: readonly string[];
  /** The operation with arguments that only the served document has, if the call has some. */
  readonly operation?: Outline;
}

/** An operation of the catalog with its domain and key. */
export interface CatalogPlace {
  readonly name: string;
  readonly domain: string;
  readonly key: string;
  readonly operation: Operation;
}

/** What the running Logto accepts beside the catalog. */
export interface ServedArguments {
  /** What its document adds to an operation; undefined if it adds nothing, or there is no document. */
  extensionOf(place: CatalogPlace, signal: AbortSignal): Promise<ExtendedOperation | undefined>;
  /** Lets the guard know the new arguments of an operation, of which a call uses some. */
  useExtension(place: CatalogPlace, extension: ExtendedOperation): void;
  /**
   * Notes on what a call leaves to Logto: values of open lists and members of open objects that are not in the catalog.
   *
   * @throws LogtoError of kind `input` for those that the running Logto does not know either
   */
  reviewOpenParts(
    place: CatalogPlace,
    values: Values,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
}

/** Which operations ask first; it decides whether a tool shows the argument for the plan. */
export type Confirms = (operation: Outline) => boolean;

/** Validates a call. @param inside the argument of another tool that holds the arguments */
export type OperationCheck = (
  sent: unknown,
  inside: string | undefined,
) => Promise<ValidatedArguments>;

/** The fields that an update merges into the current value, unless `replace_whole` is true. */
export const mergedFields = ({ replaces = [], joins = [] }: Outline): readonly string[] => [
  ...replaces,
  ...joins,
];

/** Whether `fields` can choose among what the operation answers. */
export const canProject = ({ method, answer }: Outline): boolean =>
  method === 'GET' && answer === undefined;

/** Whether an operation answers a list that collect_pages can read to its end. */
export const isListTool = ({
  operation: { paging: paged, items, method },
  name,
}: {
  readonly operation: Outline;
  readonly name: string;
}): boolean =>
  method === 'GET' && (paged !== undefined || items !== undefined || name.startsWith('list_'));
