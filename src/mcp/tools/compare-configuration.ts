/** `compare_configuration`: what an apply of a manifest would do. */
import * as z from 'zod';
import type { ShapedResult } from '../shaped-result.js';
import type { BuiltInTool } from '../tool-call.js';
import { validateArguments } from '../validate-arguments.js';
import { type ConfigurationTools, manifestArguments, manifestFiles } from './configuration.js';

export const compareTool = 'compare_configuration';

export const compareSchema = z.strictObject(manifestArguments);

export const compareConfigurationTool = ({
  configuration,
  access,
}: ConfigurationTools): BuiltInTool => ({
  listing: {
    name: compareTool,
    description:
      'Compare a manifest with the tenant: steps to create, change, remove, what is blocked, and a digest for apply_configuration. Changes nothing.',
    annotations: {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
  },
  async run(sent, { signal }): Promise<ShapedResult> {
    const { kinds, prune, ...source } = validateArguments(compareTool, compareSchema, sent);
    const files = await manifestFiles(compareTool, source, access);
    const comparison = await (await configuration()).compare({ files, kinds, prune }, signal);
    const { planJson } = await import('../../manifest/report.js');
    return { result: planJson(comparison), isFreeData: true };
  },
});
