/** Everything about the tools that can be computed before a start: the build stores it, because it takes some 300 ms. */
import { type Outline, toolName } from '../catalog/operation.js';
import { probesOf } from '../catalog/probes.js';
import { stored } from '../catalog/serialize.js';
import { inputSchema } from './json-schema.js';
import {
  type Catalog,
  type Confirms,
  defaultConfirmations,
  mergedFields,
  schemaOf,
  type Tool,
  type ToolManifest,
  toolsOf,
} from './operation-tools.js';
import { phrases } from './search/phrases.js';

const sentence = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

/** More merged fields than this are not named one by one. */
const MAX_MERGED_FIELDS = 6;

/** More paths of secrets than this are replaced by the members that contain them. */
const MAX_SECRET_PATHS = 3;

const placesOf = (secrets: readonly string[]): readonly string[] =>
  secrets.length <= MAX_SECRET_PATHS
    ? secrets
    : [...new Set(secrets.map((path) => path.split('.')[0] ?? path))];

/** The summary, followed by what the catalog's keys say about a call. */
function descriptionOf(operation: Outline): string {
  const { summary, notes, beware, reaches, secrets, needs } = operation;
  const merged = mergedFields(operation);
  return [
    summary,
    merged.length > 0 &&
      `Merged unless replace_whole: ${merged.length > MAX_MERGED_FIELDS ? 'nested settings' : merged.join(', ')}.`,
    beware && `Warning: ${beware}.`,
    reaches && sentence(reaches),
    needs && `Needs ${needs}.`,
    secrets && `The answer holds secrets (${placesOf(secrets).join(', ')}).`,
    notes,
  ]
    .filter(Boolean)
    .join(' ');
}

/** The manifest of every operation of the catalog, in its order. */
export const buildManifest = (catalog: Catalog): readonly ToolManifest[] =>
  Object.entries(catalog).flatMap(([domain, { operations }]) =>
    Object.entries(operations).map(([key, operation]) => {
      const newer = probesOf(operation);
      return {
        name: toolName(key, operation),
        key,
        domain,
        operation: stored(operation),
        description: descriptionOf(operation),
        inputSchema: inputSchema(schemaOf(operation, true)),
        hint: phrases[toolName(key, operation)]?.[0],
        ...(newer.length > 0 && { newer }),
      };
    }),
  );

/** The tools straight from the catalog, where time does not matter. */
export const compileTools = (
  catalog: Catalog,
  confirms: Confirms = defaultConfirmations,
): readonly Tool[] => toolsOf(buildManifest(catalog), async () => catalog, confirms);
