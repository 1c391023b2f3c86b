/** What the three configuration tools share: the tenant's configuration, and where a manifest comes from. */
import * as z from 'zod';
import type { Guard } from '../../guard/guard.js';
import type { Catalog } from '../../guard/operation-graph.js';
import type { OwnAccess } from '../../guard/policy/privilege-grants.js';
import { LogtoError } from '../../logto/errors.js';
import type { ServedDocument } from '../../logto/served-document.js';
import type { Configuration } from '../../manifest/configuration.js';
import type { ManifestFile } from '../../manifest/source.js';
import type { ValueSources } from '../../manifest/values.js';

/** What the tools need beside the guard. */
export interface ConfigurationAccess {
  readonly load: () => Promise<Catalog>;
  readonly own: OwnAccess;
  readonly sources: ValueSources;
  /** The document that the running Logto serves. */
  readonly document?: ServedDocument;
  /** The only folder that manifests are read from and written to; undefined for none. */
  readonly folder: string | undefined;
}

/** The tenant's configuration behind one guard. It is loaded by the first call: a start does not need it. */
export interface ConfigurationTools {
  readonly configuration: () => Promise<Configuration>;
  readonly access: ConfigurationAccess;
  readonly guard: Guard;
}

export function configurationOf(guard: Guard, access: ConfigurationAccess): ConfigurationTools {
  let configuration: Promise<Configuration> | undefined;
  return {
    configuration() {
      configuration ??= import('../../manifest/configuration.js').then(
        (loaded) => new loaded.Configuration({ guard, ...access }),
      );
      return configuration;
    },
    access,
    guard,
  };
}

export const kindsArgument = z
  .array(z.string())
  .min(1)
  .optional()
  .describe('default all; at least one');

/** The arguments that say which manifest is meant. */
export const manifestArguments = {
  manifest: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('inline, in the format of export_configuration'),
  file: z.string().min(1).optional().describe('or its file in the allowed folder'),
  kinds: z.array(z.string()).min(1).optional().describe('only these; at least one'),
  prune: z.boolean().optional().describe('remove what it does not have'),
};

/** The files of the manifest that a call means. @throws LogtoError of kind `input` */
export async function manifestFiles(
  tool: string,
  { manifest, file }: { readonly manifest?: unknown; readonly file?: string | undefined },
  { folder }: ConfigurationAccess,
): Promise<readonly ManifestFile[]> {
  if ((manifest === undefined) === (file === undefined)) {
    throw new LogtoError({
      kind: 'input',
      code: 'invalid_arguments',
      message: `${tool} takes either manifest or file. Nothing was sent.`,
      hint: 'Give the manifest inline, or the name of a file in the folder in LOGTO_MCP_MANIFEST_DIR.',
    });
  }
  const { filesIn, inlineFile, parseTexts } = await import('../../manifest/files.js');
  return file === undefined ? [inlineFile(manifest)] : parseTexts(filesIn(folder).read(file));
}
