/** The answer to a script that writes: its plan, or the results of its writes. */
import type { Actor } from '../guard/actor.js';
import type { ConfirmVia, ElicitationAnswer } from '../guard/confirm/confirmation.js';
import type { RunPreview } from './run-preview.js';

/** Who runs a script. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly client: string;
  readonly confirmVia: ConfirmVia;
  readonly answer: ElicitationAnswer | undefined;
  readonly actor?: Actor | undefined;
  progress(done: number, total: number | undefined, message: string): void;
}

export type OnError = 'stop' | 'continue';

/** A write that failed or was skipped. */
export interface FailedWrite {
  readonly operation: string;
  readonly target?: string;
  readonly message: string;
}

/** The result of a run. */
export interface RunAnswer {
  readonly value: unknown;
  readonly notes: readonly string[];
  readonly log: readonly string[];
  /** Whether something was written; absent if not. */
  readonly run?: {
    readonly id: string;
    readonly sent: number;
    readonly left: number;
    readonly failed: readonly FailedWrite[];
    /** The plan that sends the remaining writes. */
    readonly plan?: string;
  };
}

export interface PlannedAnswer {
  readonly plan: string;
  readonly preview: RunPreview;
  readonly value: unknown;
  readonly log: readonly string[];
  readonly notes: readonly string[];
}
