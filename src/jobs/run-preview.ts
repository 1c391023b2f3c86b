/** The preview of a recorded run: counts per operation, every write that asks, and samples of the others. */
import type { PlannedWrite } from '../guard/confirm/confirmation.js';
import type { Preview } from '../guard/confirm/preview.js';
import { unsavedSecrets } from '../guard/confirm/unsaved-secrets.js';
import type { Guard } from '../guard/guard.js';
import type { PreparedWrite } from '../guard/pending-write.js';
import type { RunSource } from '../guard/write-runs.js';
import { LogtoError } from '../logto/errors.js';
import type { RecordedRun, RecordedWrite } from './recorded-run.js';

/**
 * Writes that ask and are shown in full, with targets, fields and cascades. If more writes ask, samples of each operation
 * are shown.
 */
const MAX_FULL_PREVIEWS = 20;

/** Samples of each operation that does not ask, or whose writes are not all shown. */
const SAMPLES = 2;

/**
 * Targets that a preview can name. A run with more writes that ask is refused, because the preview would hide some of them.
 */
const MAX_LABELS = 400;

/** Previews that are read at a time. */
const MAX_PARALLEL = 4;

/** Targets of one operation that a person is shown first, apart from administrators. The others are counted. */
export const MAX_FIRST_TARGETS = 10;

/** What to do about a run in which too many writes ask. */
const TOO_LARGE_HINTS: Readonly<Record<RunSource['noun'], string>> = {
  script: 'Split the job: filter, or take a part of the items.',
  manifest: 'Apply it in parts: give some of its kinds in kinds (--kinds on the command line).',
};

/** Where the writes of a run come from. */
const ORIGINS: Readonly<Record<RunSource['noun'], string>> = {
  script: 'of a script',
  manifest: 'of a manifest',
};

/** One operation of a plan. */
export interface PlannedOperation {
  readonly operation: string;
  readonly writes: number;
  /** Why it asks, each reason once. */
  readonly asks_because?: readonly string[];
  /** Targets that hold the Management API or a scope that amounts to it, or are given one, by label. */
  readonly administrators?: readonly string[];
  /** What else it acts on, by label. */
  readonly targets?: readonly string[];
  /** How many targets there are beside those. */
  readonly more_targets?: number;
  readonly samples?: readonly Preview[];
}

export interface RunPreview extends Preview {
  readonly writes: number;
  /** How many of them remove something. */
  readonly removals: number;
  readonly operations: readonly PlannedOperation[];
  /** The number of cascading removals whose cascades were counted, if it is not all of them. */
  readonly cascades_counted_for?: number;
  /** What happens to the secrets that it creates, if this server returns them to no one. */
  readonly new_secrets?: string;
}

/** A run as it is shown, and the state that it depends on. */
export interface DescribedRun {
  readonly preview: RunPreview;
  /** The writes that were shown in full. */
  readonly described: ReadonlyMap<PreparedWrite, PlannedWrite>;
}

/** Runs tasks a few at a time; the results have the order of the tasks. */
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
 * @throws LogtoError of kind `input` for a run in which more writes ask than a person can be shown
 */
export async function previewRun(run: RecordedRun, guard: Guard): Promise<DescribedRun> {
  const { noun, tool } = run.source;
  const groups = groupByName(run.writes);
  const writesThatAsk = run.writes.filter(({ write }) => write.asks);
  if (writesThatAsk.length > MAX_LABELS) {
    throw new LogtoError({
      kind: 'input',
      code: 'plan_too_large',
      message: `The ${noun} makes ${writesThatAsk.length} writes that must be confirmed; a plan shows ${MAX_LABELS}. Nothing was sent.`,
      hint: TOO_LARGE_HINTS[noun],
    });
  }
  const samples = [...groups.values()].flatMap((writes) =>
    writes.filter(({ write }) => !write.asks).slice(0, SAMPLES),
  );
  const shown = [...fullPreviews(writesThatAsk), ...samples].map(({ write }) => write);
  const planned = await inParallel(shown, MAX_PARALLEL, (write) => guard.runs.describe(write));
  const described = new Map(
    shown.flatMap((write, index) => {
      const plannedWrite = planned[index];
      return plannedWrite === undefined ? [] : [[write, plannedWrite] as const];
    }),
  );
  const labelsOf = (writes: readonly RecordedWrite[]): readonly string[] => [
    ...new Set(writes.flatMap(({ write }) => guard.runs.labelOf(write, run.nameOf) ?? [])),
  ];
  const operations = [...groups].map(([operation, writes]): PlannedOperation => {
    const reasons = new Set(
      writes.flatMap(({ write }) => (write.asks ? write.risks.map(({ because }) => because) : [])),
    );
    const administrators = labelsOf(writes.filter(isPrivileged));
    const labels = labelsOf(writes).filter((label) => !administrators.includes(label));
    const previews = writes
      .map(({ write }) => described.get(write)?.preview)
      .filter((preview) => preview !== undefined);
    return {
      operation,
      writes: writes.length,
      ...(reasons.size > 0 && { asks_because: [...reasons] }),
      ...(administrators.length > 0 && { administrators }),
      ...(labels.length > 0 && { targets: labels.slice(0, MAX_LABELS) }),
      ...(previews.length > 0 && { samples: previews }),
    };
  });
  const removals = run.writes.filter(
    ({ write }) => write.entry.operation.effect === 'removes',
  ).length;
  const cascading = writesThatAsk.filter(cascades);
  const counted = cascading.filter(({ write }) => described.has(write)).length;
  const unsaved = await guard.runs.countUnsavedSecrets(run.writes.map(({ write }) => write));
  const preview: RunPreview = {
    operation: tool,
    does: `Make the ${run.writes.length} writes ${ORIGINS[noun]}.`,
    writes: run.writes.length,
    removals,
    operations,
    ...(counted < cascading.length && { cascades_counted_for: counted }),
    ...(unsaved > 0 && { new_secrets: unsavedSecrets(unsaved) }),
  };
  return { preview, described };
}

/** Whether a write asks because something that it names holds the Management API, or grants it. */
const isPrivileged = ({ write }: RecordedWrite): boolean =>
  write.risks.some(({ privileged }) => privileged === true);

/** Whether a write removes something together with what belongs to it. */
const cascades = ({ write: { entry } }: RecordedWrite): boolean =>
  entry.operation.effect === 'removes' && (entry.operation.cascades ?? []).length > 0;

/**
 * The writes that are shown in full: all that ask. If these are too many, one of each operation, then a second one, and
 * then the others that remove something with cascades. Cascading removals come first each time, because they are the
 * hardest to undo.
 */
function fullPreviews(writesThatAsk: readonly RecordedWrite[]): readonly RecordedWrite[] {
  if (writesThatAsk.length <= MAX_FULL_PREVIEWS) {
    return writesThatAsk;
  }
  const groups = [...groupByName(writesThatAsk).values()].toSorted(
    ([a], [b]) => Number(b !== undefined && cascades(b)) - Number(a !== undefined && cascades(a)),
  );
  const firsts = groups.flatMap((writes) => writes.slice(0, 1));
  const others = [
    ...groups.flatMap((writes) => writes.slice(1, SAMPLES)),
    // Small groups as a whole, before a part of a large one.
    ...groups
      .toSorted((a, b) => a.length - b.length)
      .flatMap((writes) => writes.slice(SAMPLES).filter(cascades)),
  ];
  return [...firsts, ...others.slice(0, Math.max(0, MAX_FULL_PREVIEWS - firsts.length))];
}

/** What a person types to confirm a run: the numbers of changes and removals. */
export function confirmationText({ writes, removals }: RunPreview): string {
  const changes = writes - removals;
  return [
    ...(changes > 0 ? [`change ${changes}`] : []),
    ...(removals > 0 ? [`remove ${removals}`] : []),
  ].join(', ');
}

/** Whether a preview is that of a run. */
export const isRunPreview = (preview: object): preview is RunPreview =>
  'operations' in preview && 'removals' in preview;

/** The previews of the writes that ask, if they were looked up. */
export const askingPreviews = ({ operations }: RunPreview): readonly Preview[] =>
  operations.flatMap(({ samples = [] }) => samples.filter(({ risks }) => risks !== undefined));

/** A preview as it is answered: each operation names a few targets, and all of them follow the preview. */
export interface ShortRunPreview {
  readonly preview: RunPreview;
  /** All targets of each operation that names a part of them in the preview; undefined where there is none. */
  readonly allTargets: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Shortens what a person is shown first. Nothing is left out: the other targets are in `allTargets`. */
export function shortPreview(preview: RunPreview): ShortRunPreview {
  const all: Record<string, readonly string[]> = {};
  const operations = preview.operations.map((planned) => {
    const { operation, targets = [] } = planned;
    const more = targets.length - MAX_FIRST_TARGETS;
    if (more <= 0) {
      return planned;
    }
    all[operation] = targets;
    return { ...planned, targets: targets.slice(0, MAX_FIRST_TARGETS), more_targets: more };
  });
  return {
    preview: { ...preview, operations },
    allTargets: Object.keys(all).length === 0 ? undefined : all,
  };
}

function groupByName(writes: readonly RecordedWrite[]): Map<string, RecordedWrite[]> {
  const groups = new Map<string, RecordedWrite[]>();
  for (const recorded of writes) {
    const { name } = recorded.write.entry;
    const group = groups.get(name);
    if (group === undefined) {
      groups.set(name, [recorded]);
    } else {
      group.push(recorded);
    }
  }
  return groups;
}
