/** What runs behind each name in the list of tools. */
import type { Actor } from '../guard/actor.js';
import type { ConfirmVia } from '../guard/confirm/confirmation-required.js';
import type { Preview } from '../guard/confirm/preview.js';
import type { ElicitationAnswer, Guard, Outcome } from '../guard/guard.js';
import { PLAN_LIFETIME_S } from '../guard/guard.js';
import { withoutSecrets } from '../guard/secrets/detection.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { ValidatedArguments } from './operation-arguments.js';
import type { Tool, ToolListing } from './operation-tools.js';
import { type Selection, shapeResult } from './results.js';
import type { ShapedResult } from './shaped-result.js';

/** What a call has beside its arguments. */
export interface CallContext {
  /** Aborts when the client cancels the call. */
  readonly signal: AbortSignal;
  /** The client, by the name that it gives itself. */
  readonly client: string;
  /** How a write that must be confirmed is. */
  readonly confirmVia: ConfirmVia;
  /** The person's answer to the question of the first round. */
  readonly answer: ElicitationAnswer | undefined;
  /** Who calls; undefined over stdio, where the server belongs to one person. */
  readonly actor?: Actor | undefined;
  /** Takes the arguments of an operation after references in them were resolved. */
  readonly onResolved?:
    | ((operation: string, values: Readonly<Record<string, unknown>>) => void)
    | undefined;
  /** Reports the progress of a long call; does nothing for a client that did not request it. */
  progress(done: number, total: number | undefined, message: string): void;
}

export interface CallableTool {
  readonly listing: ToolListing;
  /**
   * @throws LogtoError for everything that a model can do something about; ConfirmationRequired where the person must be
   * asked
   */
  run(sent: unknown, context: CallContext): Promise<ShapedResult>;
}

/** A tool that belongs to no operation. Its input schema is in `mcp/tools/index.ts`. */
export interface BuiltInTool extends Omit<CallableTool, 'listing'> {
  readonly listing: Omit<ToolListing, 'inputSchema'>;
  /** False for one that takes a plan only under other policies. */
  readonly asks?: boolean;
}

/** Performs an operation on the tenant. */
export type Perform = (
  tool: Tool,
  checked: ValidatedArguments,
  context: CallContext,
) => Promise<Outcome>;

/** Performs operations through the guard. */
export const viaGuard =
  (guard: Guard): Perform =>
  (tool, { values, plan, replaceWhole, operation = tool.operation }, context) =>
    guard.perform({ ...tool, operation }, values, context, { plan, replaceWhole });

/** The answer to a call that has to be confirmed: nothing was changed. */
export const plannedResult = (
  plan: string,
  preview: Preview,
  notes: readonly string[] = [],
  confirmedBy = 'call again with the same arguments and this plan',
): ShapedResult => ({
  result: { plan, expires_in: PLAN_LIFETIME_S, preview },
  notes: [
    `Nothing was changed. Show the preview to the person; if they agree, ${confirmedBy}.`,
    ...notes,
  ],
});

/** Whether a list was filtered. */
const isFiltered = ({ operation }: Tool, { values }: ValidatedArguments): boolean =>
  Object.entries(values).some(
    ([name, value]) =>
      value !== undefined &&
      name !== 'page' &&
      name !== 'page_size' &&
      !Object.hasOwn(operation.path, name),
  );

/** What the catalog says of a filtered list that is empty: where else it may be, or how the filter compares. */
function emptyListNotes(
  tool: Tool,
  { items, page }: ShapedResult,
  checked: ValidatedArguments,
): string[] {
  const isEmpty = items?.length === 0 && (page === undefined || page.page === 1);
  const { whenEmpty } = tool.operation;
  return isEmpty && isFiltered(tool, checked)
    ? [whenEmpty].filter((note) => note !== undefined)
    : [];
}

/** Items of a list that a result repeats. */
const MAX_REPEATED_ITEMS = 20;

/**
 * What a write did, for an answer that says nothing: the operation and the arguments that name entities. Other arguments can
 * be long, and the caller knows them. Secrets are redacted: an argument that names an entity can hold one beside it.
 */
function didOf({ name, operation }: Tool, { values }: ValidatedArguments): object {
  const named = new Set(operation.entities.map(({ path }) => path.split('.')[0]));
  const { secrets = [], secretArguments = [] } = operation;
  const repeated = Object.entries(values).filter(
    ([argument]) => named.has(argument) || Object.hasOwn(operation.path, argument),
  );
  const shown = withoutSecrets(Object.fromEntries(repeated), [...secrets, ...secretArguments]);
  return {
    operation: name,
    ...Object.fromEntries(
      Object.entries(isObject(shown) ? shown : {}).map(([argument, value]) => [
        argument,
        Array.isArray(value) && value.length > MAX_REPEATED_ITEMS ? `${value.length} items` : value,
      ]),
    ),
  };
}

const isEmptyObject = (value: unknown): boolean =>
  isObject(value) && Object.keys(value).length === 0;

/** The outcome of an operation as a result, with the requested members unless `selection` says otherwise. */
export function answeredWith(
  tool: Tool,
  outcome: Outcome,
  checked: ValidatedArguments,
  selection: Selection = checked.fields,
): ShapedResult {
  const ignored = checked.notes ?? [];
  if (outcome.kind === 'planned') {
    return plannedResult(outcome.plan, outcome.preview, ignored);
  }
  const answer = shapeResult(tool.operation, outcome.reply, selection);
  const notes = [
    ...(tool.operation.notInCatalog === true ? [`${tool.name} is not in the catalog.`] : []),
    ...(answer.notes ?? []),
    ...emptyListNotes(tool, answer, checked),
    ...ignored,
    ...outcome.notes,
  ];
  const { result, ...rest } = answer;
  const saysNothing =
    tool.operation.effect !== 'reads' && (answer.done === true || isEmptyObject(result));
  return {
    ...(saysNothing ? { ...rest, done: true as const, did: { ...didOf(tool, checked) } } : answer),
    ...(outcome.change !== undefined && { change: outcome.change }),
    ...(notes.length > 0 && { notes }),
  };
}

/** An error of input, with what was ignored among the arguments: that may be why nothing was left to do. */
const withIgnored = (error: unknown, { notes = [] }: ValidatedArguments): unknown =>
  error instanceof LogtoError && error.failure.kind === 'input' && notes.length > 0
    ? new LogtoError(
        {
          ...error.failure,
          hint: [...notes, error.failure.hint].filter((part) => part !== undefined).join(' '),
        },
        { cause: error },
      )
    : error;

/**
 * Validates the arguments of an operation, performs it, and shapes the answer.
 *
 * @param inside the argument of another tool that holds the arguments
 */
export async function callOperation(
  tool: Tool,
  sent: unknown,
  perform: Perform,
  context: CallContext,
  inside?: string,
): Promise<ShapedResult> {
  const checked = await tool.check(sent, inside);
  try {
    return answeredWith(tool, await perform(tool, checked, context), checked);
  } catch (error) {
    throw withIgnored(error, checked);
  }
}
