/**
 * Asking the person through the client, and noticing clients that answer for the person. Several clients declare that they
 * can ask, and then decline without showing anything, accept without what the person has to type, or refuse the question.
 */
import type { ConfirmMode } from '../guard/confirm/confirm-mode.js';
import type { ConfirmVia, ElicitationAnswer } from '../guard/confirm/confirmation-required.js';
import { LogtoError } from '../logto/errors.js';

/** What whoami and the doctor say of a mode that changes what a client can do. */
export const confirmRules = (mode: ConfirmMode): readonly string[] =>
  mode === 'ask'
    ? [
        'Only the answer to a question confirms (--confirm ask): through a client that shows no questions, writes that must be confirmed are refused.',
      ]
    : [];

/** A refusal within this time comes from the client: a person has to read the question first. */
export const MIN_READING_MS = 1000;

/** How long a question waits for its answer. */
export const ASK_TIMEOUT_MS = 10 * 60 * 1000;

/** Questions whose times are remembered, for each client. */
const MAX_OPEN_QUESTIONS = 100;

/** What a client did instead of asking the person. */
type ClientBehavior =
  | { readonly kind: 'refused_at_once'; readonly action: 'decline' | 'cancel' }
  | { readonly kind: 'accepted_without_name' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'no_answer'; readonly afterMs: number };

function inWords(tool: string, behavior: ClientBehavior): string {
  switch (behavior.kind) {
    case 'refused_at_once':
      return `The client ${behavior.action === 'decline' ? 'declined' : 'cancelled'} the question about ${tool} in less than a second. No person reads it in that time, so the client has probably not shown it.`;
    case 'accepted_without_name':
      return `The client accepted the question about ${tool} without the name that the person has to type, so it has probably not shown it.`;
    case 'failed':
      return `The client declares that it can ask the person, and failed on the question about ${tool}: ${behavior.reason}.`;
    case 'no_answer':
      return `The question about ${tool} got no answer within ${Math.round(behavior.afterMs / 1000)} seconds.`;
  }
}

const HINTS: Readonly<Record<ConfirmMode, string>> = {
  auto: 'Call again with the same arguments: this server now answers with a preview and a plan instead of asking. Show the preview to the person, and call with the plan only if they agree.',
  ask: 'Tell the person that this client does not show questions. They can use a client that does, or the Logto console. Only the operator can change how this server confirms.',
  plan: 'Call again with the same arguments to get a preview and a plan.',
};

/** An answer of the client, before it is known whether a person gave it. */
export interface ClientAnswer {
  readonly action: 'accept' | 'decline' | 'cancel';
  readonly content: Readonly<Record<string, unknown>> | undefined;
  readonly plan: string | undefined;
}

/** One client in one connection: whether it asks the person, as far as it has shown. */
export class AskingClient {
  readonly #mode: ConfirmMode;
  readonly #now: () => number;
  readonly #askedAt = new Map<string, number>();
  #answersForPerson = false;

  /** @param now milliseconds since the epoch */
  constructor(mode: ConfirmMode, now: () => number) {
    this.#mode = mode;
    this.#now = now;
  }

  /**
   * How a write that must be confirmed is, through this client.
   *
   * @param isDeclared whether the client declares that it can ask the person
   */
  confirmVia(isDeclared: boolean): ConfirmVia {
    if (this.#mode === 'ask') {
      return isDeclared ? 'question' : 'none';
    }
    return this.#mode === 'auto' && isDeclared && !this.#answersForPerson ? 'question' : 'plan';
  }

  /** Remembers when a question was asked. @param at epoch milliseconds */
  asks(plan: string, at: number = this.#now()): void {
    this.#askedAt.set(plan, at);
    const [oldest] = this.#askedAt.keys();
    if (this.#askedAt.size > MAX_OPEN_QUESTIONS && oldest !== undefined) {
      this.#askedAt.delete(oldest);
    }
  }

  #fault(tool: string, behavior: ClientBehavior): LogtoError {
    this.#answersForPerson = true;
    return new LogtoError({
      kind: 'permission',
      code: 'client_cannot_ask',
      message: `${inWords(tool, behavior)} Nothing was changed.`,
      hint: HINTS[this.#mode],
    });
  }

  /** The error for a client that failed on a question. */
  failed(tool: string, reason: string): LogtoError {
    return this.#fault(tool, { kind: 'failed', reason });
  }

  /** The error for a question without an answer. */
  unanswered(tool: string, afterMs: number): LogtoError {
    return this.#fault(tool, { kind: 'no_answer', afterMs });
  }

  /**
   * The answer of the person.
   *
   * @throws LogtoError of kind `permission` where the client has answered for the person
   */
  answerOf(tool: string, { action, content, plan }: ClientAnswer): ElicitationAnswer {
    const askedAt = this.#askedAt.get(plan ?? '');
    this.#askedAt.delete(plan ?? '');
    if (action !== 'accept') {
      if (askedAt !== undefined && this.#now() - askedAt < MIN_READING_MS) {
        throw this.#fault(tool, { kind: 'refused_at_once', action });
      }
      return { action, name: undefined, plan };
    }
    const name = content?.['name'];
    if (typeof name !== 'string') {
      throw this.#fault(tool, { kind: 'accepted_without_name' });
    }
    return { action, name, plan };
  }
}
