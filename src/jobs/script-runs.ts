/**
 * What happens to the writes of a script: none, and the value is the answer; a few that do not ask, and they are sent;
 * otherwise one plan for all of them, with one confirmation. What is sent is what was shown.
 */

import { type Actor, ownerOf } from '../guard/actor.js';
import { Confirmation, type ElicitationAnswer } from '../guard/confirm/confirmation.js';
import { planRefused } from '../guard/confirm/plans.js';
import type { Guard } from '../guard/guard.js';
import { LogtoError } from '../logto/errors.js';
import type { ScriptReport } from './execute-script.js';
import { RecordedRun, type StoredRun, substitute } from './recorded-run.js';
import { previewRun, type RunPreview } from './run-preview.js';
import { RunSender } from './send-run.js';

/** Writes that are sent at once when none of them asks. */
const MAX_DIRECT_WRITES = 20;

/** Milliseconds for sending: the answer must be there before a client gives up after 60 seconds. */
const SEND_MS = 40_000;

/** Runs that were begun and can be gone on with. */
const MAX_OPEN_RUNS = 20;

/** Runs that were shown and can be confirmed. */
const MAX_PLANNED_RUNS = 100;

/** Failures that an answer lists; all of them are in the journal. */
const MAX_LISTED = 20;

/** Who runs a script. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly client: string;
  readonly canAsk: boolean;
  readonly answer: ElicitationAnswer | undefined;
  readonly actor?: Actor | undefined;
  progress(done: number, total: number | undefined, message: string): void;
}

export type OnError = 'stop' | 'continue';

interface PlannedRun {
  readonly run: RecordedRun;
  readonly report: ScriptReport;
}

/** What is kept of a run that was shown: JSON data, because another process may be asked to send it. */
interface ShownRun {
  readonly run: StoredRun;
  readonly report: ScriptReport;
}

/** What a run has come to. */
export interface RunAnswer {
  readonly value: unknown;
  readonly notes: readonly string[];
  readonly log: readonly string[];
  /** Set when something was written. */
  readonly run?: {
    readonly id: string;
    readonly sent: number;
    readonly left: number;
    readonly failed: readonly {
      readonly operation: string;
      readonly target?: string;
      readonly message: string;
    }[];
    /** Gives this to go on with what is left. */
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

/** The runs of one server. */
export class ScriptRuns {
  readonly #confirmation: Confirmation<ShownRun>;
  /** Runs that were shown, by their id. */
  readonly #planned = new Map<string, PlannedRun>();
  /** Runs that were begun, by the plan that they go on with. */
  readonly #open = new Map<
    string,
    PlannedRun & { readonly sender: RunSender; readonly owner: string }
  >();

  constructor(
    private readonly guard: Guard,
    private readonly now: () => number,
  ) {
    this.#confirmation = new Confirmation({ ...guard.plans, kind: 'script' });
  }

  /**
   * Finishes a script that has just run: sends its writes, or plans them.
   *
   * @throws ConfirmationRequired where the person can be asked; LogtoError for what is refused
   */
  async finish(
    run: RecordedRun,
    report: ScriptReport,
    context: RunContext,
    onError: OnError,
  ): Promise<RunAnswer | PlannedAnswer> {
    const { value, notes, log } = report;
    if (run.writes.length === 0) {
      return { value, notes, log };
    }
    await this.guard.runs.requireCapacity(
      run.writes.map(({ write }) => write),
      context,
    );
    const asks = run.writes.some(({ write }) => write.asks);
    if (!asks && run.writes.length <= MAX_DIRECT_WRITES) {
      const sender = new RunSender(this.guard, run.id, run.writes, (text) =>
        run.state.isUnsent(text),
      );
      return this.#send(run.id, { run, report }, sender, context, onError);
    }
    const preview = await previewRun(run, this.guard);
    const expected = `${run.writes.length} writes`;
    this.#keep(run.id, { run, report });
    const state = { run: run.stored(), report };
    const { plan } = await this.#confirmation.plan(CALL, { preview, expected }, state, {
      canAsk: context.canAsk,
      owner: ownerOf(context),
    });
    return { plan, preview, value, log, notes };
  }

  /**
   * Sends a run that was shown, or goes on with one.
   *
   * @throws LogtoError where the person did not agree, the plan cannot be used, or something has changed since it was made
   */
  async confirm(plan: string, context: RunContext, onError: OnError): Promise<RunAnswer> {
    const open = this.#open.get(plan);
    if (open !== undefined && open.owner === ownerOf(context)) {
      this.#open.delete(plan);
      return this.#send(plan, open, open.sender, context, onError);
    }
    const confirmed = await this.#confirmation.confirmed('run_script', CALL, {
      plan,
      answer: context.answer,
      owner: ownerOf(context),
    });
    if (confirmed === undefined) {
      throw new Error('A confirmation without a plan.');
    }
    const { state } = confirmed;
    const planned = this.#planned.get(state.run.id) ?? (await this.#restored(plan, state, context));
    this.#planned.delete(state.run.id);
    const { run } = planned;
    await this.guard.runs.requireCapacity(
      run.writes.map(({ write }) => write),
      context,
    );
    await this.guard.runs.requireUnchanged(
      run.writes.map(({ write }) => write).filter(({ values }) => !run.refersToUnsent(values)),
      context.signal,
    );
    const sender = new RunSender(this.guard, run.id, run.writes, (text) =>
      run.state.isUnsent(text),
    );
    return this.#send(plan, planned, sender, context, onError);
  }

  /** A run that another process has shown. @throws LogtoError where something has changed since */
  async #restored(plan: string, { run, report }: ShownRun, context: RunContext) {
    const restored = await RecordedRun.restore(run, this.guard, context);
    if (restored === undefined) {
      throw planRefused(plan, 'was made before what it acts on changed');
    }
    return { run: restored, report };
  }

  #keep(id: string, planned: PlannedRun): void {
    const [oldest] = this.#planned.keys();
    if (this.#planned.size >= MAX_PLANNED_RUNS && oldest !== undefined) {
      this.#planned.delete(oldest);
    }
    this.#planned.set(id, planned);
  }

  async #send(
    plan: string,
    { run, report }: PlannedRun,
    sender: RunSender,
    context: RunContext,
    onError: OnError,
  ): Promise<RunAnswer> {
    await sender.send({
      client: context.client,
      actor: context.actor,
      signal: context.signal,
      goOn: onError === 'continue',
      until: this.now() + SEND_MS,
      now: this.now,
      progress: (done, total) => context.progress(done, total, 'writes sent'),
    });
    const failed = sender.results.flatMap((result, index) => {
      const write = run.writes[index]?.write;
      if (write === undefined || (result.state !== 'failed' && result.state !== 'skipped')) {
        return [];
      }
      const target = this.guard.runs.labelOf(write);
      const hint = result.state === 'failed' && result.hint !== undefined ? ` ${result.hint}` : '';
      return [
        {
          operation: write.entry.name,
          ...(target !== undefined && { target }),
          message: `${result.message}${hint}`,
        },
      ];
    });
    const left = sender.waiting;
    const goesOn = left > 0 && (onError === 'continue' || failed.length === 0);
    if (goesOn) {
      const [oldest] = this.#open.keys();
      if (this.#open.size >= MAX_OPEN_RUNS && oldest !== undefined) {
        this.#open.delete(oldest);
      }
      this.#open.set(plan, { run, report, sender, owner: ownerOf(context) });
    }
    const more = failed.length > MAX_LISTED ? [`${failed.length - MAX_LISTED} more failed.`] : [];
    return {
      value: substitute(report.value, sender.ids),
      log: report.log,
      notes: [
        ...report.notes,
        ...more,
        ...(goesOn
          ? [`${left} writes are left: the time was over. Call run_script with this plan to go on.`]
          : left > 0
            ? [`Stopped at the first failure; ${left} writes were not sent. The others are done.`]
            : []),
      ],
      run: {
        id: run.id,
        sent: sender.done,
        left,
        failed: failed.slice(0, MAX_LISTED),
        ...(goesOn && { plan }),
      },
    };
  }
}

/** Every plan of a script is confirmed by the same call: its id alone says which run it is. */
const CALL = ['run_script'];

/** The error for a call that gives both code and plan, or neither. */
export const codeOrPlan = (): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'invalid_arguments',
    message: 'run_script takes either code or plan. Nothing was run.',
    hint: 'Give code for a new script, or the plan of its preview to send exactly what was shown.',
  });
