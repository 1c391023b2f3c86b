/** A session that sends each read once, for many writes that are prepared or compared together. */
import type { Outline } from '../catalog/operation.js';
import type { Reply, Session } from '../logto/session.js';
import type { Values } from './operation-graph.js';

/**
 * Answers repeated reads from the first answer. It is used for one phase of a run in which nothing is sent: the recording
 * of a script, or the comparison before its writes are sent. It must not be used across both phases, because the comparison
 * must read the current state of the tenant.
 */
export class ReadCache implements Session {
  readonly #replies = new Map<string, Promise<Reply>>();

  constructor(private readonly session: Session) {}

  get tokenRequests(): number {
    return this.session.tokenRequests;
  }

  redact(text: string): string {
    return this.session.redact(text);
  }

  check(operation: Outline, values: Values): Promise<void> {
    return this.session.check(operation, values);
  }

  send(operation: Outline, values: Values, signal: AbortSignal): Promise<Reply> {
    if (operation.effect !== 'reads') {
      return this.session.send(operation, values, signal);
    }
    const key = `${operation.method} ${operation.url} ${JSON.stringify(values)}`;
    const known = this.#replies.get(key);
    if (known !== undefined) {
      return known;
    }
    const reply = this.session.send(operation, values, signal);
    this.#replies.set(key, reply);
    // A failure is not cached: the next caller tries again.
    reply.catch(() => this.#replies.delete(key));
    return reply;
  }
}
