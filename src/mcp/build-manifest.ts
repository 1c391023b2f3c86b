/** What of the tools can be worked out before anything runs: the build does it once for all. */
import { type Outline, toolName } from '../catalog/operation.js';
import { type Stored, stored } from '../catalog/serialize.js';
import { inputSchema, type JsonSchema } from './json-schema.js';
import {
  type Catalog,
  type Confirms,
  defaultConfirmations,
  mergedFields,
  schemaOf,
  type Tool,
  toolsOf,
} from './operation-tools.js';
import { phrases } from './search/phrases.js';

/** What the schemas of an operation come down to: enough to list it and to tell what it does. Plain JSON. */
export interface ToolManifest {
  readonly name: string;
  readonly key: string;
  readonly domain: string;
  readonly operation: Stored;
  readonly description: string;
  /** With every argument of ours that the operation can take. */
  readonly inputSchema: JsonSchema;
  readonly hint?: string | undefined;
}

const sentence = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

/** Paths of secret members; where they are many, what holds them. */
const placesOf = (secrets: readonly string[]): readonly string[] =>
  secrets.length <= 3 ? secrets : [...new Set(secrets.map((path) => path.split('.')[0] ?? path))];

/** The summary, and behind it what the catalog's keys say about a call, in as few words as will do. */
function descriptionOf(operation: Outline): string {
  const { summary, notes, beware, reaches, secrets, needs } = operation;
  const replaces = mergedFields(operation);
  return [
    summary,
    replaces.length > 0 &&
      `Merged unless replace_whole: ${replaces.length > 6 ? 'nested settings' : replaces.join(', ')}.`,
    beware && `Beware: ${beware}.`,
    reaches && sentence(reaches),
    needs && `Needs ${needs}.`,
    secrets && `The answer holds secrets (${placesOf(secrets).join(', ')}).`,
    notes,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Prepares every operation of the catalog, in its order. It takes some 300 ms, so the build does it once for all. */
export const buildManifest = (catalog: Catalog): readonly ToolManifest[] =>
  Object.entries(catalog).flatMap(([domain, { operations }]) =>
    Object.entries(operations).map(([key, operation]) => ({
      name: toolName(key, operation),
      key,
      domain,
      operation: stored(operation),
      description: descriptionOf(operation),
      inputSchema: inputSchema(schemaOf(operation, true)),
      hint: phrases[toolName(key, operation)]?.[0],
    })),
  );

/** The same from the catalog itself, where time does not matter. */
export const compileTools = (
  catalog: Catalog,
  confirms: Confirms = defaultConfirmations,
): readonly Tool[] => toolsOf(buildManifest(catalog), async () => catalog, confirms);
