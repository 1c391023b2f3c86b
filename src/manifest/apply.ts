/**
 * Carries out a comparison as one run of the jobs engine: recorded writes, one confirmation, one run in the journal, one
 * undo. It stops at the first failure and reports what was done; applying again does the rest.
 */
import { type Actor, ownerOf } from '../guard/actor.js';
import {
  Confirmation,
  type ConfirmVia,
  type ElicitationAnswer,
} from '../guard/confirm/confirmation.js';
import type { Guard } from '../guard/guard.js';
import type { RunSource } from '../guard/write-runs.js';
import { previewRun, type RunPreview } from '../jobs/run-preview.js';
import { RunSender } from '../jobs/send-run.js';
import { fingerprint } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Comparison } from './comparison.js';
import type { PlannedItem, PlannedManifest } from './plan.js';
import { stepLines } from './report.js';
import { isObstacle, stepLabelOf } from './steps.js';

/** Writes that are sent at once when none of them asks. */
const MAX_DIRECT_WRITES = 20;

/** Changed steps that the error about a stale plan lists. */
const MAX_LISTED_STEPS = 40;

/** Who applies a manifest, and for how long. */
export interface ApplyContext {
  readonly signal: AbortSignal;
  readonly client: string;
  readonly confirmVia: ConfirmVia;
  readonly answer: ElicitationAnswer | undefined;
  /** Who asks for it, over HTTP. */
  readonly actor?: Actor | undefined;
  /** Epoch milliseconds after which no further write is begun. */
  readonly until: number;
  readonly progress: (done: number, total: number) => void;
}

/** How an apply is confirmed. */
export interface ApplyConsent {
  /** The digest of the comparison that the caller has seen. */
  readonly digest: string | undefined;
  /** The id of a plan from the first call. */
  readonly plan: string | undefined;
  /** The digest alone confirms, because the whole plan was shown with it. */
  readonly isDigestEnough: boolean;
}

/** A write that Logto refused. */
export interface FailedStep {
  readonly item: string;
  readonly operation: string;
  readonly message: string;
}

/** The result of an apply. */
export interface Applied {
  readonly kind: 'applied';
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Number of items that already matched the manifest. */
  readonly unchanged: number;
  readonly failed: readonly FailedStep[];
  /** Items that were not applied, or only in part. */
  readonly left: readonly string[];
  /** For undo_change; undefined if nothing was sent. */
  readonly run?: string;
}

export interface PlannedApply {
  readonly kind: 'planned';
  readonly plan: string;
  readonly preview: RunPreview;
  readonly comparison: Comparison;
}

/** The stored part of a plan until its confirmation; JSON data, because another process may apply it. */
interface ShownApply {
  readonly digest: string;
  /** A fingerprint of what the preview counted. */
  readonly counted: string;
}

/** What a preview counts: writes of each operation, and the cascades of each removal that was looked up. */
const countedIn = ({ operations }: RunPreview): string =>
  fingerprint(
    operations.map(({ operation, writes, samples = [] }) => [
      operation,
      writes,
      samples.map(({ cascades }) => cascades),
    ]),
  );

/** The error for a plan whose tenant or manifest has changed since, with the current difference. */
const moved = (comparison: Comparison): LogtoError => {
  const lines = stepLines(comparison.steps);
  const more = lines.length - MAX_LISTED_STEPS;
  return new LogtoError({
    kind: 'conflict',
    code: 'plan_refused',
    message: `The tenant or the manifest has changed since the comparison. Nothing was changed. The digest is now ${comparison.digest}.`,
    details: [
      ...(lines.length === 0
        ? ['There is no difference any more.']
        : lines.slice(0, MAX_LISTED_STEPS)),
      ...(more > 0 ? [`${more} more lines.`] : []),
    ],
    hint: 'Look at the new difference, and apply with the new digest if it is meant.',
  });
};

const blocked = ({ steps }: Comparison): LogtoError => {
  const obstacles = steps.filter(isObstacle);
  return new LogtoError({
    kind: 'input',
    code: obstacles.some(({ action }) => action === 'blocked') ? 'blocked' : 'secret_not_set',
    message: `The manifest asks for ${obstacles.length} things that cannot be done. Nothing was changed.`,
    details: obstacles.map((step) => `${stepLabelOf(step)}: ${step.because ?? ''}.`),
    hint: 'Correct the manifest, set the secrets (LOGTO_MCP_MANIFEST_SECRETS names those that may be used), or list the thing in unmanaged.',
  });
};

/** Applies confirmed comparisons. */
export class Applying {
  readonly #confirmation: Confirmation<ShownApply>;

  /** @param name under which the apply is called: of the tool or the command */
  constructor(
    private readonly guard: Guard,
    private readonly name: string,
    now: () => number,
    private readonly clock: () => number = now,
  ) {
    this.#confirmation = new Confirmation({ ...guard.plans, now, kind: 'manifest' });
  }

  /**
   * Applies a comparison, or answers the plan for it.
   *
   * @param record records its writes; called once it is known that they are needed
   * @throws LogtoError for a refusal; ConfirmationRequired if the person can be asked
   */
  async apply(
    comparison: Comparison,
    record: (source: RunSource) => Promise<PlannedManifest>,
    consent: ApplyConsent,
    context: ApplyContext,
  ): Promise<Applied | PlannedApply> {
    const { digest, plan, isDigestEnough } = consent;
    // First, because it consumes the plan whatever happens next.
    const confirmed = await this.#confirmation.confirmed(this.name, [this.name], {
      plan,
      answer: context.answer,
      owner: ownerOf(context),
    });
    const shown = confirmed?.state;
    if (
      (digest !== undefined && digest !== comparison.digest) ||
      (shown !== undefined && shown.digest !== comparison.digest)
    ) {
      throw moved(comparison);
    }
    if (comparison.hasObstacles) {
      throw blocked(comparison);
    }
    if (!comparison.hasChanges) {
      return this.#answer(comparison, undefined, []);
    }
    // The digest covers everything that the writes follow from, so they are the writes that were shown.
    const planned = await record({ tool: this.name, noun: 'manifest' });
    const writes = planned.run.writes.map(({ write }) => write);
    await this.guard.runs.requireCapacity(writes, context, planned.run.source);
    const asks = writes.some((write) => write.asks) || writes.length > MAX_DIRECT_WRITES;
    if (shown !== undefined) {
      const { preview } = await previewRun(planned.run, this.guard);
      if (countedIn(preview) !== shown.counted) {
        throw moved(comparison);
      }
    } else if (asks && !(isDigestEnough && digest !== undefined)) {
      return this.#plan(comparison, planned, context);
    }
    return this.#send(comparison, planned, context);
  }

  async #plan(
    comparison: Comparison,
    planned: PlannedManifest,
    context: ApplyContext,
  ): Promise<PlannedApply> {
    const count = planned.run.writes.length;
    const { preview } = await previewRun(planned.run, this.guard);
    const plan = await this.#confirmation.plan(
      [this.name],
      { preview, expected: `${count} writes` },
      { digest: comparison.digest, counted: countedIn(preview) },
      { confirmVia: context.confirmVia, owner: ownerOf(context) },
    );
    return { kind: 'planned', ...plan, comparison };
  }

  async #send(
    comparison: Comparison,
    { run, phases, owners }: PlannedManifest,
    context: ApplyContext,
  ): Promise<Applied> {
    const { signal, client, until, progress } = context;
    const ids = new Map<string, string>();
    const undone = new Set<PlannedItem>();
    const failed: FailedStep[] = [];
    let sent = 0;
    let isStopped = false;
    for (const phase of phases) {
      const sender = new RunSender(
        this.guard,
        { id: run.id, writes: phase.length, tool: run.source.tool },
        phase,
        (text) => run.state.isUnsent(text),
      );
      for (const [placeholder, id] of ids) {
        sender.ids.set(placeholder, id);
      }
      if (!isStopped) {
        const before = sent;
        await sender.send({
          client,
          actor: context.actor,
          signal,
          continues: false,
          until,
          now: this.clock,
          progress: (done) => progress(before + done, run.writes.length),
        });
      }
      sent += sender.done;
      isStopped ||= sender.failed || sender.waiting > 0;
      for (const [placeholder, id] of sender.ids) {
        ids.set(placeholder, id);
      }
      for (const [index, result] of sender.results.entries()) {
        const write = phase[index];
        const item = write && owners.get(write);
        if (write === undefined || item === undefined || result.state === 'done') {
          continue;
        }
        undone.add(item);
        if (result.state === 'failed') {
          const hint = result.hint === undefined ? '' : ` ${result.hint}`;
          const operation = write.write.entry.name;
          failed.push({ item: stepLabelOf(item), operation, message: `${result.message}${hint}` });
        }
      }
    }
    const items = [...new Set(owners.values())];
    const done = items.filter((item) => ![...undone].some((other) => isSameItem(item, other)));
    return this.#answer(comparison, sent > 0 ? run.id : undefined, done, undone, failed);
  }

  #answer(
    { unchanged }: Comparison,
    run: string | undefined,
    done: readonly PlannedItem[],
    undone: Iterable<PlannedItem> = [],
    failed: readonly FailedStep[] = [],
  ): Applied {
    const labels = (items: Iterable<PlannedItem>, action?: PlannedItem['action']) => [
      ...new Set(
        [...items]
          .filter((item) => action === undefined || item.action === action)
          .map(stepLabelOf),
      ),
    ];
    return {
      kind: 'applied',
      created: labels(done, 'create'),
      changed: labels(done, 'change'),
      removed: labels(done, 'remove'),
      unchanged,
      failed,
      left: labels(undone),
      ...(run !== undefined && { run }),
    };
  }
}

const isSameItem = (a: PlannedItem, b: PlannedItem): boolean =>
  a.kind === b.kind && a.key === b.key;
