/** The command `plan`: compares a manifest, or another tenant, with the tenant. It changes nothing. */
import type { ManifestCommand } from '../config/config.js';
import { anyFiles, parseTexts } from '../manifest/files.js';
import { planJson, planText } from '../manifest/report.js';
import { openManifestContext } from './manifest-context.js';
import { print } from './runtime.js';

/** Exit codes, as CI reads them. */
const NO_CHANGES = 0;
const ERRORS = 1;
const CHANGES = 2;

/** @returns 0 for no changes, 2 for changes, 1 where an apply would be refused */
export async function plan(command: ManifestCommand): Promise<number> {
  const { manifest, kinds, prune, json } = command;
  const { configuration, signal, isColoured, other } = openManifestContext(command);
  const comparison =
    other === undefined
      ? await configuration.compare(
          { files: await parseTexts(anyFiles.read(manifest ?? '')), kinds, prune },
          signal,
        )
      : await configuration.compareTenants(other, kinds, prune, signal);
  await print(
    json ? `${JSON.stringify(planJson(comparison), null, 2)}\n` : planText(comparison, isColoured),
  );
  if (comparison.hasObstacles) {
    return ERRORS;
  }
  return comparison.hasChanges ? CHANGES : NO_CHANGES;
}
