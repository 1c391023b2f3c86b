/** Everything about the tools that can be computed before a start: the build stores it, because it takes some 300 ms. */
import { type Outline, toolName } from '../catalog/operation.js';
import { stored } from '../catalog/serialize.js';
import { Guard } from '../guard/guard.js';
import { defaultPolicy } from '../guard/policy/policy.js';
import { Secrets } from '../guard/secrets/secrets.js';
import { memoryJournal } from '../guard/undo/journal.js';
import type { Session } from '../logto/session.js';
import { inputSchema } from './json-schema.js';
import { schemaOf } from './operation-schemas.js';
import {
  type Catalog,
  type Confirms,
  defaultConfirmations,
  mergedFields,
  type Tool,
  type ToolListing,
  type ToolManifest,
  toolsOf,
} from './operation-tools.js';
import { createRegistry } from './registry.js';
import { phrases } from './search/phrases.js';
import { builtInInputs } from './tools/index.js';

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

const manifests = new WeakMap<Catalog, readonly ToolManifest[]>();

/** The manifest of every operation of the catalog, in its order. Converting the schemas is slow, so it is built once. */
export function buildManifest(catalog: Catalog): readonly ToolManifest[] {
  const manifest = manifests.get(catalog) ?? convertCatalog(catalog);
  manifests.set(catalog, manifest);
  return manifest;
}

const convertCatalog = (catalog: Catalog): readonly ToolManifest[] =>
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

/** Of a server that is only described: nothing reaches a tenant. */
const noSession: Session = {
  check: () => Promise.reject(new Error('There is no session.')),
  send: () => Promise.reject(new Error('There is no session.')),
  redact: (text) => text,
  tokenRequests: 0,
};

/** Every built-in tool, as it is listed where every operation is permitted. */
export function builtInListings(operations: readonly ToolManifest[]): readonly ToolListing[] {
  const secrets = new Secrets(false, undefined);
  const policy = defaultPolicy();
  const load = () => Promise.reject(new Error('There is no catalog.'));
  const { callables } = createRegistry({
    tools: toolsOf(operations, load),
    inputs: builtInInputs(),
    selection: 'none',
    readOnly: false,
    tenant: { kind: 'unconfigured' },
    version: '',
    guard: new Guard({
      session: noSession,
      load,
      permitted: [],
      policy,
      self: { appId: '', appSecret: '', resource: '', endpoint: '' },
      secrets,
      lines: memoryJournal(),
    }),
    secrets,
  });
  return callables.map(({ listing }) => listing);
}

/** The tools straight from the catalog, where time does not matter. */
export const compileTools = (
  catalog: Catalog,
  confirms: Confirms = defaultConfirmations,
): readonly Tool[] => toolsOf(buildManifest(catalog), async () => catalog, confirms);
