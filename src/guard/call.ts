/** A call of the guard: who makes it, how, and what it answers. */
import type { Reply } from '../logto/session.js';
import { type Actor, ownerOf } from './actor.js';
import type { ConfirmedBy, ConfirmVia, ElicitationAnswer } from './confirm/confirmation.js';
import type { Preview } from './confirm/preview.js';

export interface Caller {
  readonly signal: AbortSignal;
  /** The client, by the name that it gives itself. */
  readonly client: string;
  readonly confirmVia: ConfirmVia;
  readonly answer: ElicitationAnswer | undefined;
  /** Undefined over stdio, where the server belongs to one person. */
  readonly actor?: Actor | undefined;
}

/** How a write is made. */
export interface WriteOptions {
  /** The id of a plan, from the first call. */
  readonly plan?: string | undefined;
  /** Send nested objects as they are given, instead of merging them into what is there. */
  readonly replaceWhole?: boolean | undefined;
}

export interface Done {
  readonly kind: 'done';
  readonly reply: Reply;
  /** The id of the change in the journal, which `undo_change` takes. Absent for a read, and where several calls were made. */
  readonly change?: string | undefined;
  readonly notes: readonly string[];
}

export interface Planned {
  readonly kind: 'planned';
  readonly plan: string;
  readonly preview: Preview;
}

export type Outcome = Done | Planned;

export const confirmedBy = (caller: Caller, { plan }: WriteOptions): ConfirmedBy => ({
  plan,
  answer: caller.answer,
  owner: ownerOf(caller),
});

/** The plan that a call confirms. */
export const planIdOf = ({ answer }: Caller, { plan }: WriteOptions): string =>
  answer?.plan ?? plan ?? '';
