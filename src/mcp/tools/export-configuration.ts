/** `export_configuration`: the configuration of the tenant as a manifest. */
import * as z from 'zod';
import { forbiddenError } from '../../guard/errors.js';
import { LogtoError } from '../../logto/errors.js';
import type { ShapedResult } from '../shaped-result.js';
import type { BuiltInTool } from '../tool-call.js';
import { validateArguments } from '../validate-arguments.js';
import { type ConfigurationTools, kindsArgument } from './configuration.js';

export const exportTool = 'export_configuration';

/** A larger manifest does not fit into an answer. In bytes. */
const MAX_INLINE_BYTES = 34_000;

export const exportSchema = z.strictObject({
  kinds: kindsArgument,
  file: z.string().min(1).optional().describe('.yaml or .json in the allowed folder; updated'),
});

/** @param canWrite whether this server may change anything; otherwise it writes no file either */
export const exportConfigurationTool = (
  { configuration, access, guard }: ConfigurationTools,
  canWrite: boolean,
): BuiltInTool => ({
  listing: {
    name: exportTool,
    description:
      'Export settings as a manifest (configuration as code): resources, roles, applications, connectors, sign-in experience, hooks ... Names instead of ids, secrets by reference.',
    annotations: {
      readOnlyHint: !canWrite,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
  },
  async run(sent, { signal }): Promise<ShapedResult> {
    const { kinds, file } = validateArguments(exportTool, exportSchema, sent);
    const rule = guard.policy.forbidsTool(exportTool);
    if (rule !== undefined) {
      throw forbiddenError(exportTool, rule);
    }
    if (file !== undefined && !canWrite) {
      throw forbiddenError(exportTool, 'read-only', 'a file would be written');
    }
    const { manifest, counts, secrets, notes } = await (await configuration()).export(
      kinds,
      signal,
    );
    const shared = { counts, ...(secrets.length > 0 && { secrets }) };
    const said = notes.length > 0 ? { notes } : {};
    if (file !== undefined) {
      const { filesIn, writeManifest } = await import('../../manifest/files.js');
      await writeManifest(filesIn(access.folder), file, manifest, access.sources);
      return { result: { file, ...shared }, ...said };
    }
    const bytes = Buffer.byteLength(JSON.stringify(manifest));
    if (bytes > MAX_INLINE_BYTES) {
      throw new LogtoError({
        kind: 'input',
        code: 'export_too_large',
        message: `The manifest has ${bytes} bytes, which is too much for one answer.`,
        details: Object.entries(counts).map(([kind, count]) => `${kind}: ${count}`),
        hint: 'Give kinds for a part of it, or file to write it into the folder in LOGTO_MCP_MANIFEST_DIR.',
      });
    }
    // Its numbers are settings, and are given back as they are.
    return { result: { manifest, ...shared }, isFreeData: true, ...said };
  },
});
