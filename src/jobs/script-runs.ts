/**
 * Decides about the recorded writes of a script: a few of which none asks are sent at once, all others get one plan and one
 * confirmation. What is sent is what was shown; the script does not run again.
 */
import { setMaxListeners } from 'node:events';
import { Confirmation, type ElicitationAnswer } from '../guard/confirm/confirmation.js';
import { planRefused } from '../guard/confirm/plans.js';
import type { Guard } from '../guard/guard.js';
import { LogtoError } from '../logto/errors.js';
import type { ScriptReport } from './execute-script.js';
import { type RecordedRun, type RecordedWrite, substitute } from './recorded-run.js';
import { confirmationText, type DescribedRun, previewRun, type RunPreview } from './run-preview.js';
import { RunSender } from './send-run.js';

/** Writes that are sent at once when none of them asks. */
const MAX_DIRECT_WRITES = 20;

/** Milliseconds for sending: the answer must be there before a client gives up after 60 seconds. */
const SEND_MS = 40_000;

/** Runs that have started and can be continued. */
const MAX_OPEN_RUNS = 20;

/** Milliseconds for which a run can be continued after its last answer. */
const OPEN_RUN_LIFETIME_MS = 15 * 60_000;

/** Failures that an answer lists; all of them are in the journal. */
const MAX_LISTED = 20;

/** Who runs a script. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly client: string;
  readonly canAsk: boolean;
  readonly answer: ElicitationAnswer | undefined;
  progress(done: number, total: number | undefined, message: string): void;
}

export type OnError = 'stop' | 'continue';

/** A run that is shown and waits for its confirmation. */
interface PlannedRun extends DescribedRun {
  /** What the person types. */
  readonly expected: string;
  readonly run: RecordedRun;
  readonly report: ScriptReport;
}

/** A run that has started and is not finished. */
interface OpenRun extends Pick<PlannedRun, 'run' | 'report'> {
  readonly sender: RunSender;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The result of a run. */
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
    /** The plan that sends what is left. */
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
  readonly #confirmation: Confirmation<PlannedRun>;
  /** Runs that have started, by their plan. */
  readonly #open = new Map<string, OpenRun>();

  constructor(
    private readonly guard: Guard,
    private readonly now: () => number,
  ) {
    this.#confirmation = new Confirmation(now);
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
    this.guard.runs.requireCapacity(run.writes.map(({ write }) => write));
    const asks = run.writes.some(({ write }) => write.asks);
    if (!asks && run.writes.length <= MAX_DIRECT_WRITES) {
      await this.#requireUnchanged(run, run.writes, new Map(), context.signal);
      return this.#send(run.id, { run, report, sender: this.#senderOf(run) }, context, onError);
    }
    const { preview, described } = await previewRun(run, this.guard);
    const expected = confirmationText(preview);
    const planned: PlannedRun = { preview, described, expected, run, report };
    const { plan } = this.#confirmation.plan(CALL, planned, context.canAsk);
    return { plan, preview, value, log, notes };
  }

  /**
   * Sends a run that was shown, or what is left of one.
   *
   * @throws LogtoError where the person did not agree, the plan cannot be used, or something has changed since it was made
   */
  async confirm(plan: string, context: RunContext, onError: OnError): Promise<RunAnswer> {
    const open = this.#open.get(plan);
    if (open !== undefined) {
      this.#open.delete(plan);
      if (open.expiresAt <= this.now()) {
        throw planRefused(plan, 'is of a run that was left for too long');
      }
      await this.#requireUnchanged(open.run, open.sender.untouched, new Map(), context.signal);
      return this.#send(plan, open, context, onError);
    }
    const planned = this.#confirmation.confirmed('run_script', CALL, {
      plan,
      answer: context.answer,
    });
    if (planned === undefined) {
      throw new Error('A confirmation without a plan.');
    }
    const { run, report, described } = planned;
    this.guard.runs.requireCapacity(run.writes.map(({ write }) => write));
    await this.#requireUnchanged(run, run.writes, described, context.signal);
    return this.#send(plan, { run, report, sender: this.#senderOf(run) }, context, onError);
  }

  #senderOf(run: RecordedRun): RunSender {
    return new RunSender(this.guard, run.id, run.writes, (text) => run.state.isUnsent(text));
  }

  /** @throws LogtoError where a target has changed since the script has read it. What is not made yet has no state. */
  #requireUnchanged(
    run: RecordedRun,
    writes: readonly RecordedWrite[],
    described: DescribedRun['described'],
    signal: AbortSignal,
  ): Promise<void> {
    // Every read of the comparison listens to one signal; Node would warn of a leak on stderr.
    setMaxListeners(0, signal);
    return this.guard.runs.requireUnchanged(
      writes.map(({ write }) => write).filter(({ values }) => !run.refersToUnsent(values)),
      described,
      signal,
    );
  }

  async #send(
    plan: string,
    { run, report, sender }: Omit<OpenRun, 'expiresAt'>,
    context: RunContext,
    onError: OnError,
  ): Promise<RunAnswer> {
    await sender.send({
      client: context.client,
      signal: context.signal,
      continues: onError === 'continue',
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
    const canContinue = left > 0 && (onError === 'continue' || failed.length === 0);
    if (canContinue) {
      const [oldest] = this.#open.keys();
      if (this.#open.size >= MAX_OPEN_RUNS && oldest !== undefined) {
        this.#open.delete(oldest);
      }
      const expiresAt = this.now() + OPEN_RUN_LIFETIME_MS;
      this.#open.set(plan, { run, report, sender, expiresAt });
    }
    const more = failed.length > MAX_LISTED ? [`${failed.length - MAX_LISTED} more failed.`] : [];
    return {
      value: substitute(report.value, sender.ids),
      log: report.log,
      notes: [
        ...report.notes,
        ...more,
        ...(canContinue
          ? [
              `${left} writes are left: the time was over. Call run_script with this plan to send them.`,
            ]
          : left > 0
            ? [`Stopped at the first failure; ${left} writes were not sent. The others are done.`]
            : []),
      ],
      run: {
        id: run.id,
        sent: sender.done,
        left,
        failed: failed.slice(0, MAX_LISTED),
        ...(canContinue && { plan }),
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
