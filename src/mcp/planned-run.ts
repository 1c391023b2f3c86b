/** The answer to a run that has to be confirmed: its preview, short enough to be read, and all targets after it. */
import { MAX_FIRST_TARGETS, type RunPreview, shortPreview } from '../jobs/run-preview.js';
import { isObject } from '../json.js';
import type { ShapedResult } from './shaped-result.js';
import { plannedResult } from './tool-call.js';

/** A preview without what each sample would repeat: the sentence, why it asks, and what becomes of new secrets. */
const withShortSamples = (preview: RunPreview) => ({
  ...preview,
  operations: preview.operations.map(({ samples = [], ...operation }) => ({
    ...operation,
    ...(samples[0] !== undefined && { does: samples[0].does }),
    ...(samples.length > 0 && {
      samples: samples.map(
        ({ operation: _operation, does: _does, risks: _risks, new_secrets: _secrets, ...rest }) =>
          rest,
      ),
    }),
  })),
});

/** The plan of a run. @param confirmedBy how it is confirmed, as a clause */
export function plannedRun(
  plan: string,
  runPreview: RunPreview,
  notes: readonly string[] = [],
  confirmedBy?: string,
): ShapedResult {
  const { preview, allTargets } = shortPreview(runPreview);
  const where = `The preview names the first ${MAX_FIRST_TARGETS} targets of an operation; all of them are in all_targets.`;
  const planned = plannedResult(
    plan,
    withShortSamples(preview),
    [...(allTargets === undefined ? [] : [where]), ...notes],
    confirmedBy,
  );
  return {
    ...planned,
    result: {
      ...(isObject(planned.result) ? planned.result : {}),
      ...(allTargets !== undefined && { all_targets: allTargets }),
    },
  };
}
