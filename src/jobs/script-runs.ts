/**
 * Decides about the recorded writes of a script: a few writes of which none asks are sent at once; all others get one plan
 * and one confirmation. The writes that are sent are those that were shown; the script does not run again.
 */
import { randomBytes } from 'node:crypto';
import { ownerOf } from '../guard/actor.js';
import { Confirmation } from '../guard/confirm/confirmation.js';
import { planRefused } from '../guard/confirm/plans.js';
import { unsavedSecrets } from '../guard/confirm/unsaved-secrets.js';
import type { Guard } from '../guard/guard.js';
import type { PreparedWrite } from '../guard/pending-write.js';
import type { RunSource, ShownState } from '../guard/write-runs.js';
import { LogtoError } from '../logto/errors.js';
import type { ScriptReport } from './execute-script.js';
import { RecordedRun, type RecordedWrite, type StoredRun, substitute } from './recorded-run.js';
import type { FailedWrite, OnError, PlannedAnswer, RunAnswer, RunContext } from './run-answer.js';
import { confirmationText, previewRun } from './run-preview.js';
import { RunSender } from './send-run.js';

/** Writes that are sent at once when none of them asks. */
const MAX_DIRECT_WRITES = 20;

/** Milliseconds for sending: the answer must arrive before a client times out after 60 seconds. */
const SEND_MS = 40_000;

/** Started runs that can be continued. */
const MAX_OPEN_RUNS = 20;

/** Milliseconds for which a run can be continued after its last answer. */
const OPEN_RUN_LIFETIME_MS = 15 * 60_000;

/** Shown runs that can be confirmed. */
const MAX_PLANNED_RUNS = 100;

/** Failures that an answer lists; the journal has all of them. */
const MAX_LISTED = 20;

/** A run with what its script has reported. */
interface FinishedScript {
  readonly run: RecordedRun;
  readonly report: ScriptReport;
}

/** The state that the fully shown writes depend on: their cascades and the other entities that they act on. */
type ShownStates = ReadonlyMap<PreparedWrite, ShownState>;

/** A run that is shown and waits for its confirmation. */
interface PlannedRun extends FinishedScript {
  readonly states: ShownStates;
}

/** A shown run as JSON data, because another process may be asked to send it. */
interface ShownRun {
  readonly run: StoredRun;
  readonly report: ScriptReport;
  /** Of the writes that were shown in full, with their indexes in the run. */
  readonly states: readonly (readonly [number, ShownState])[];
}

/** What other processes have done with a run. */
interface EarlierWrites {
  readonly sent: number;
  readonly failed: readonly FailedWrite[];
}

const NOTHING_EARLIER: EarlierWrites = { sent: 0, failed: [] };

/** A run that has started. */
interface StartedRun extends FinishedScript {
  readonly sender: RunSender;
  readonly earlier: EarlierWrites;
  /** The number of its writes when it was confirmed. */
  readonly total: number;
  /** Whether the plan already showed the value that the script returned, and no id has become known since. */
  readonly isShown: boolean;
}

/** A started and unfinished run as JSON data, because another process may be asked to continue it. */
interface StoredStart {
  /** The remaining writes. */
  readonly run: StoredRun;
  readonly report: ScriptReport;
  readonly earlier: EarlierWrites;
  readonly total: number;
  readonly isShown: boolean;
  /** Differs each time, so that a process does not continue a run that another process has continued since. */
  readonly version: string;
}

/** A run that this process has started, with the version of its stored state. */
interface OpenRun extends StartedRun {
  readonly version: string;
}

/** The runs of one server. */
export class ScriptRuns {
  readonly #confirmation: Confirmation<ShownRun>;
  /** Shown runs, by their id. */
  readonly #planned = new Map<string, PlannedRun>();
  /** Runs that this process has started, by their plan: they need not be restored from their stored state. */
  readonly #open = new Map<string, OpenRun>();

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
      run.source,
    );
    const asks = run.writes.some(({ write }) => write.asks);
    if (!asks && run.writes.length <= MAX_DIRECT_WRITES) {
      await this.#requireUnchanged(run, run.writes, new Map(), context.signal);
      const unsaved = await this.guard.runs.countUnsavedSecrets(
        run.writes.map(({ write }) => write),
      );
      const said = { ...report, notes: unsaved > 0 ? [...notes, unsavedSecrets(unsaved)] : notes };
      return this.#send(run.id, this.#started(run, said, false), context, onError);
    }
    const { preview, described } = await previewRun(run, this.guard);
    const expected = confirmationText(preview);
    const states = new Map(
      [...described].map(([write, { counts, observed }]) => [write, { counts, observed }]),
    );
    this.#keep({ run, report, states });
    const stored = {
      run: run.stored(),
      report,
      states: run.writes.flatMap(({ write }, index) => {
        const state = states.get(write);
        return state === undefined ? [] : [[index, state] as const];
      }),
    };
    const { plan } = await this.#confirmation.plan(CALL, { preview, expected }, stored, {
      confirmVia: context.confirmVia,
      owner: ownerOf(context),
    });
    return { plan, preview, value, log, notes };
  }

  /**
   * Sends a shown run, or the rest of one.
   *
   * @throws LogtoError if the person did not agree, the plan cannot be used, or something has changed since it was made
   */
  async confirm(plan: string, context: RunContext, onError: OnError): Promise<RunAnswer> {
    const left = await this.#takeStarted(plan, context);
    if (left !== undefined) {
      return this.#send(plan, left, context, onError);
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
    const { run, report, states } = planned;
    await this.guard.runs.requireCapacity(
      run.writes.map(({ write }) => write),
      context,
      run.source,
    );
    await this.#requireUnchanged(run, run.writes, states, context.signal);
    // A person who was asked has seen the plan; the model has not.
    const isShown = context.answer === undefined && !run.refersToUnsent(report.value);
    return this.#send(plan, this.#started(run, report, isShown), context, onError);
  }

  #started(
    run: RecordedRun,
    report: ScriptReport,
    isShown: boolean,
    earlier: EarlierWrites = NOTHING_EARLIER,
    total: number = run.writes.length,
  ): StartedRun {
    const label = { id: run.id, writes: total, tool: run.source.tool };
    const sender = new RunSender(this.guard, label, run.writes, (text) => run.state.isUnsent(text));
    return { run, report, sender, earlier, total, isShown };
  }

  /**
   * The run that was started under a plan, to continue it. Only one of several processes gets it.
   *
   * @returns undefined if none was started
   * @throws LogtoError if it was not continued in time, or if a remaining write acts on something that has changed
   */
  async #takeStarted(plan: string, context: RunContext): Promise<StartedRun | undefined> {
    const stored = await this.guard.plans.store.take({
      kind: STARTED,
      owner: ownerOf(context),
      id: plan,
    });
    const open = this.#open.get(plan);
    this.#open.delete(plan);
    if (stored === undefined) {
      return undefined;
    }
    if (stored.expiresAt <= this.now()) {
      throw planRefused(plan, 'is of a run that was left for too long');
    }
    // Only `#storeStart` writes payloads of this kind.
    const { run, report, earlier, total, version, isShown } = stored.payload as StoredStart;
    if (open?.version === version) {
      await this.#requireUnchanged(open.run, open.sender.untouched, new Map(), context.signal);
      return open;
    }
    const restored = await RecordedRun.restore(run, this.guard, context, scriptSource);
    if (restored === undefined) {
      throw planRefused(plan, 'was made before what it acts on changed');
    }
    const { value } = report;
    return this.#started(
      restored.run,
      { ...report, value: substitute(value, restored.placeholders) },
      isShown,
      earlier,
      total,
    );
  }

  /**
   * Stores the rest of a run under its plan.
   *
   * @returns whether there is a rest that can be continued
   */
  async #storeStart(plan: string, started: StartedRun, context: RunContext): Promise<boolean> {
    const { run, report, sender, earlier, total, isShown } = started;
    const writes = sender.storeWaiting();
    if (writes.length === 0) {
      return false;
    }
    const version = randomBytes(8).toString('hex');
    const payload: StoredStart = {
      run: { id: run.id, writes },
      report: { ...report, value: substitute(report.value, sender.ids) },
      earlier: {
        sent: earlier.sent + sender.done,
        failed: [...earlier.failed, ...this.#failedWrites(started)],
      },
      total,
      isShown,
      version,
    };
    const key = { kind: STARTED, owner: ownerOf(context), id: plan };
    const expiresAt = this.now() + OPEN_RUN_LIFETIME_MS;
    try {
      await this.guard.plans.store.put(key, { call: '', payload, expiresAt });
    } catch (error) {
      // The caller must still get the answer about what was sent.
      if (error instanceof LogtoError) {
        return false;
      }
      throw error;
    }
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAX_OPEN_RUNS && oldest !== undefined) {
      this.#open.delete(oldest);
    }
    this.#open.set(plan, { ...started, version });
    return true;
  }

  /** The writes that this process has not made, and why. */
  #failedWrites({ run, sender }: Pick<StartedRun, 'run' | 'sender'>): readonly FailedWrite[] {
    return sender.results.flatMap((result, index) => {
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
  }

  /**
   * @throws LogtoError if a target has changed since the script has read it. An entity that does not exist yet has no
   * state.
   */
  #requireUnchanged(
    run: RecordedRun,
    writes: readonly RecordedWrite[],
    states: ShownStates,
    signal: AbortSignal,
  ): Promise<void> {
    return this.guard.runs.requireUnchanged(
      writes.map(({ write }) => write).filter(({ values }) => !run.refersToUnsent(values)),
      states,
      signal,
    );
  }

  /** A run that another process has shown. @throws LogtoError if something has changed since */
  async #restored(
    plan: string,
    { run: stored, report, states }: ShownRun,
    context: RunContext,
  ): Promise<PlannedRun> {
    const restored = await RecordedRun.restore(stored, this.guard, context, scriptSource);
    if (restored === undefined) {
      throw planRefused(plan, 'was made before what it acts on changed');
    }
    const { run, placeholders } = restored;
    const shown = states.flatMap(([index, { counts, observed }]) => {
      const write = run.writes[index]?.write;
      return write === undefined
        ? []
        : [[write, { counts, observed: substitute(observed, placeholders) }] as const];
    });
    const value = substitute(report.value, placeholders);
    return { run, report: { ...report, value }, states: new Map(shown) };
  }

  #keep(planned: PlannedRun): void {
    const [oldest] = this.#planned.keys();
    if (this.#planned.size >= MAX_PLANNED_RUNS && oldest !== undefined) {
      this.#planned.delete(oldest);
    }
    this.#planned.set(planned.run.id, planned);
  }

  async #send(
    plan: string,
    started: StartedRun,
    context: RunContext,
    onError: OnError,
  ): Promise<RunAnswer> {
    const { run, report, sender, earlier, isShown } = started;
    await sender.send({
      client: context.client,
      actor: context.actor,
      signal: context.signal,
      continues: onError === 'continue',
      until: this.now() + SEND_MS,
      now: this.now,
      progress: (done, total) => context.progress(done, total, 'writes sent'),
    });
    const hasFailed = earlier.failed.length > 0 || sender.failed;
    const mayContinue = sender.waiting > 0 && (onError === 'continue' || !hasFailed);
    const canContinue = mayContinue && (await this.#storeStart(plan, started, context));
    const left = sender.waiting;
    const failed = [...earlier.failed, ...this.#failedWrites(started)];
    const more = failed.length > MAX_LISTED ? [`${failed.length - MAX_LISTED} more failed.`] : [];
    const saysMore = report.value !== undefined || report.log.length > 0;
    return {
      value: isShown ? undefined : substitute(report.value, sender.ids),
      log: isShown ? [] : report.log,
      notes: [
        ...(isShown ? (saysMore ? [AS_SHOWN] : []) : report.notes),
        ...more,
        ...(canContinue
          ? [
              `${left} writes are left: the time was over. Call run_script with this plan to send them.`,
            ]
          : left > 0
            ? [
                mayContinue
                  ? `The time was over, and what is left cannot be stored; ${left} writes were not sent. The others are done.`
                  : `Stopped at the first failure; ${left} writes were not sent. The others are done.`,
              ]
            : []),
      ],
      run: {
        id: run.id,
        sent: earlier.sent + sender.done,
        left,
        failed: failed.slice(0, MAX_LISTED),
        ...(canContinue && { plan }),
      },
    };
  }
}

/** Replaces what a plan has already shown. */
const AS_SHOWN = 'What the script returned and logged is as shown with the plan.';

/** Plans of started runs. */
const STARTED = 'started script';

/** Every plan of a script is confirmed by the same call: the id alone identifies the run. */
const CALL = ['run_script'];

/** What creates the runs of scripts. */
export const scriptSource: RunSource = { tool: 'run_script', noun: 'script' };

/** The error for a call that gives both code and plan, or neither. */
export const codeOrPlan = (): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'invalid_arguments',
    message: 'run_script takes either code or plan. Nothing was run.',
    hint: 'Give code for a new script, or the plan of its preview to send exactly what was shown.',
  });
