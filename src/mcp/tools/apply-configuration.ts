/** `apply_configuration`: makes the tenant what a manifest says, as one run with one confirmation and one undo. */
import * as z from 'zod';
import { forbiddenError } from '../../guard/errors.js';
import { LogtoError } from '../../logto/errors.js';
import type { Applied } from '../../manifest/apply.js';
import { plannedRun } from '../planned-run.js';
import type { ShapedResult } from '../shaped-result.js';
import type { BuiltInTool } from '../tool-call.js';
import { validateArguments } from '../validate-arguments.js';
import { type ConfigurationTools, manifestArguments, manifestFiles } from './configuration.js';

export const applyTool = 'apply_configuration';

/** Milliseconds for sending: the answer must be there before a client gives up after 60 seconds. */
const SEND_MS = 35_000;

export const applySchema = z.strictObject({
  ...manifestArguments,
  digest: z.string().optional().describe('of the comparison; needed with file or prune'),
  plan: z.string().optional().describe('from first call'),
});

function shapedApply({ kind: _, failed, left, ...done }: Applied): ShapedResult {
  return {
    result: {
      ...done,
      ...(left.length > 0 && { left }),
      ...(failed.length > 0 && { failed }),
    },
    ...(left.length > 0 && {
      complete: false,
      notes: [
        failed.length > 0
          ? 'Stopped at a failure: the others are done. Correct it, compare and apply again: only the rest is left.'
          : 'The time was over. Compare and apply again: only the rest is left.',
      ],
    }),
  };
}

export const applyConfigurationTool = (
  { configuration, access, guard }: ConfigurationTools,
  now: () => number = Date.now,
): BuiltInTool => ({
  listing: {
    name: applyTool,
    description:
      'Make the tenant what a manifest says, in one run. Small inline manifests ensure that a few things exist: one call answers created, changed, unchanged. Otherwise compare first. undo_change undoes the run.',
    annotations: {
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: true,
    },
  },
  async run(sent, context): Promise<ShapedResult> {
    const { kinds, prune, digest, plan, ...source } = validateArguments(
      applyTool,
      applySchema,
      sent,
    );
    const rule = guard.policy.forbidsTool(applyTool);
    if (rule !== undefined) {
      throw forbiddenError(applyTool, rule);
    }
    if (digest === undefined && (prune === true || source.file !== undefined)) {
      throw new LogtoError({
        kind: 'input',
        code: 'digest_required',
        message: `${applyTool} needs the digest of a comparison with file or prune. Nothing was sent.`,
        hint: 'Call compare_configuration with the same arguments, show its steps to the person, and give its digest.',
      });
    }
    const files = await manifestFiles(applyTool, source, access);
    const { signal, client, confirmVia, answer } = context;
    const applied = await (await configuration()).apply(
      { files, kinds, prune },
      { digest, plan, isDigestEnough: false },
      {
        signal,
        client,
        actor: context.actor,
        confirmVia,
        answer,
        until: now() + SEND_MS,
        progress: (done, total) => context.progress(done, total, 'writes sent'),
      },
    );
    return applied.kind === 'planned'
      ? plannedRun(applied.plan, applied.preview)
      : shapedApply(applied);
  },
});
