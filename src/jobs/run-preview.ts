/** The plan of a recorded run, as a person reads it: how much of what, everything that asks, and samples of the rest. */
import type { Preview } from '../guard/confirm/preview.js';
import type { Guard } from '../guard/guard.js';
import { LogtoError } from '../logto/errors.js';
import type { RecordedRun, RecordedWrite } from './recorded-run.js';

/** Writes that ask and are looked at in full: who they act on, fields, cascades. */
const MAX_FULL_PREVIEWS = 20;

/** Samples of each operation that does not ask. */
const SAMPLES = 2;

/** Labels of targets of one operation; a plan that would hide a target which asks is refused. */
const MAX_LABELS = 400;

/** Previews that are read at a time. */
const MAX_PARALLEL = 4;

/** One operation of a plan. */
export interface PlannedOperation {
  readonly operation: string;
  readonly writes: number;
  /** Why it asks, each reason once. */
  readonly asks_because?: readonly string[];
  /** Whom or what it acts on, by label. */
  readonly targets?: readonly string[];
  readonly samples?: readonly Preview[];
}

export interface RunPreview extends Preview {
  readonly writes: number;
  /** How many of them remove something. */
  readonly removals: number;
  readonly operations: readonly PlannedOperation[];
  /** What is counted for the first writes alone. */
  readonly cascades_counted_for?: number;
}

/** Runs tasks a few at a time, in order of their results. */
async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      const item = items[index];
      if (item !== undefined) {
        results[index] = await work(item);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/**
 * Describes a run.
 *
 * @throws LogtoError of kind `input` for a run with more targets that ask than a person could be shown
 */
export async function previewRun(run: RecordedRun, guard: Guard): Promise<RunPreview> {
  const groups = groupByName(run.writes);
  const asking = run.writes.filter(({ write }) => write.asks);
  if (asking.length > MAX_LABELS) {
    throw new LogtoError({
      kind: 'input',
      code: 'plan_too_large',
      message: `The script makes ${asking.length} writes that must be confirmed; a plan shows ${MAX_LABELS}. Nothing was sent.`,
      hint: 'Split the job: filter, or take a part of the items.',
    });
  }
  const full = new Set(asking.slice(0, MAX_FULL_PREVIEWS));
  for (const writes of groups.values()) {
    for (const one of writes.filter(({ write }) => !write.asks).slice(0, SAMPLES)) {
      full.add(one);
    }
  }
  const described = new Map<RecordedWrite, Preview>();
  const chosen = [...full];
  const previews = await inParallel(chosen, MAX_PARALLEL, async ({ write }) =>
    guard.runs.preview(write),
  );
  for (const [index, one] of chosen.entries()) {
    const preview = previews[index];
    if (preview !== undefined) {
      described.set(one, preview);
    }
  }
  const operations = [...groups].map(([operation, writes]): PlannedOperation => {
    const reasons = new Set(
      writes.flatMap(({ write }) => (write.asks ? write.risks.map(({ because }) => because) : [])),
    );
    const labels = writes
      .map(({ write }) => guard.runs.labelOf(write))
      .filter((one) => one !== undefined);
    const own = writes.map((one) => described.get(one)).filter((one) => one !== undefined);
    return {
      operation,
      writes: writes.length,
      ...(reasons.size > 0 && { asks_because: [...reasons] }),
      ...(labels.length > 0 && { targets: labels.slice(0, MAX_LABELS) }),
      ...(own.length > 0 && { samples: own }),
    };
  });
  const removals = run.writes.filter(
    ({ write }) => write.entry.operation.effect === 'removes',
  ).length;
  return {
    operation: 'run_script',
    does: `Make ${run.writes.length} writes that a script has recorded, in this order.`,
    writes: run.writes.length,
    removals,
    operations,
    ...(asking.length > MAX_FULL_PREVIEWS && { cascades_counted_for: MAX_FULL_PREVIEWS }),
  };
}

function groupByName(writes: readonly RecordedWrite[]): Map<string, RecordedWrite[]> {
  const groups = new Map<string, RecordedWrite[]>();
  for (const one of writes) {
    const name = one.write.entry.name;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}
