/** What stands behind each name in the list of tools. */
import type { Reply } from '../logto/session.js';
import type { Values } from './arguments.js';
import { type Answered, answeredBy } from './results.js';
import type { Listing, Tool } from './tools.js';

/** What a call brings along beside its arguments. */
export interface CallContext {
  /** Aborts when the client cancels the call. */
  readonly signal: AbortSignal;
  /** Tells the client how far a long call has come; does nothing for a client that did not ask. */
  progress(done: number, total: number | undefined, message: string): void;
}

export interface Callable {
  readonly listing: Listing;
  /** @throws LogtoError for everything that a model can do something about */
  run(sent: unknown, context: CallContext): Promise<Answered>;
}

/** The one way from a tool to the tenant. */
export type Perform = (tool: Tool, values: Values, context: CallContext) => Promise<Reply>;

/** Checks the arguments of an operation, performs it, and puts the answer into the form of a result. */
export async function callOperation(
  tool: Tool,
  sent: unknown,
  perform: Perform,
  context: CallContext,
): Promise<Answered> {
  const { values, fields } = tool.check(sent);
  return answeredBy(tool.operation, await perform(tool, values, context), fields);
}
