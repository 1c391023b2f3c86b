/** What stands behind each name in the list of tools. */

import type { Preview } from '../guard/confirm/preview.js';
import type { ElicitationAnswer, Guard, Outcome } from '../guard/guard.js';
import { PLAN_LIFETIME_S } from '../guard/guard.js';
import type { Tool, ToolListing, ValidatedArguments } from './operation-tools.js';
import { type ShapedResult, shapeResult } from './results.js';

/** What a call brings along beside its arguments. */
export interface CallContext {
  /** Aborts when the client cancels the call. */
  readonly signal: AbortSignal;
  /** The client, by the name that it gives itself. */
  readonly client: string;
  /** Whether the client can ask the person. */
  readonly canAsk: boolean;
  /** What the person has answered to the question of the first round. */
  readonly answer: ElicitationAnswer | undefined;
  /** Tells the client how far a long call has come; does nothing for a client that did not ask. */
  progress(done: number, total: number | undefined, message: string): void;
}

export interface CallableTool {
  readonly listing: ToolListing;
  /** @throws LogtoError for everything that a model can do something about; Question where the person must be asked */
  run(sent: unknown, context: CallContext): Promise<ShapedResult>;
}

/** A tool that belongs to no operation. What it takes is prepared apart (`mcp/own.ts`). */
export interface BuiltInTool extends Omit<CallableTool, 'listing'> {
  readonly listing: Omit<ToolListing, 'inputSchema'>;
  /** False for one that takes a plan only under other policies. */
  readonly asks?: boolean;
}

/** The one way from a tool to the tenant. */
export type Perform = (
  tool: Tool,
  checked: ValidatedArguments,
  context: CallContext,
) => Promise<Outcome>;

/** Performs operations through the guard. */
export const viaGuard =
  (guard: Guard): Perform =>
  (tool, { values, plan, replaceWhole }, context) =>
    guard.perform(tool, values, context, { plan, replaceWhole });

/** The answer to a call that has to be confirmed: nothing was changed. */
export const plannedResult = (plan: string, preview: Preview): ShapedResult => ({
  result: { plan, expires_in: PLAN_LIFETIME_S, preview },
  notes: [
    'Nothing was changed. Show the preview to the person; if they agree, call again with the same arguments and this plan.',
  ],
});

/** Whether a list was asked for less than all of it. */
const isFiltered = ({ operation }: Tool, { values }: ValidatedArguments): boolean =>
  Object.entries(values).some(
    ([name, value]) =>
      value !== undefined &&
      name !== 'page' &&
      name !== 'page_size' &&
      !Object.hasOwn(operation.path, name),
  );

/** The outcome of an operation as a result. */
export function answeredWith(
  tool: Tool,
  outcome: Outcome,
  checked: ValidatedArguments,
): ShapedResult {
  const { operation } = tool;
  if (outcome.kind === 'planned') {
    return plannedResult(outcome.plan, outcome.preview);
  }
  const answered = shapeResult(operation, outcome.reply, checked.fields);
  const { items, page } = answered;
  const nothing = items?.length === 0 && (page === undefined || page.page === 1);
  const { whenEmpty } = operation;
  const notes = [
    ...(answered.notes ?? []),
    ...(whenEmpty !== undefined && nothing && isFiltered(tool, checked) ? [whenEmpty] : []),
    ...outcome.notes,
  ];
  return { ...answered, ...(notes.length > 0 && { notes }) };
}

/**
 * Checks the arguments of an operation, performs it, and puts the answer into the form of a result.
 *
 * @param inside the argument of another tool that they stand in
 */
export async function callOperation(
  tool: Tool,
  sent: unknown,
  perform: Perform,
  context: CallContext,
  inside?: string,
): Promise<ShapedResult> {
  const checked = await tool.check(sent, inside);
  return answeredWith(tool, await perform(tool, checked, context), checked);
}
