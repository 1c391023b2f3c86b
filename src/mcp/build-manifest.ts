/** Everything about the tools that can be computed before a start: the build stores it, because it takes some 300 ms. */

import { type Outline, toolName, wholeRefusalText } from '../catalog/operation.js';
import { probesOf } from '../catalog/probes.js';
import { stored } from '../catalog/serialize.js';
import { Guard } from '../guard/guard.js';
import type { Catalog } from '../guard/operation-graph.js';
import { defaultPolicy } from '../guard/policy/policy.js';
import { Secrets } from '../guard/secrets/secrets.js';
import { memoryJournal } from '../guard/undo/journal.js';
import type { Session } from '../logto/session.js';
import { inputSchema, withListEditForms } from './json-schema.js';
import type { Confirms } from './operation-arguments.js';
import { editsLists, schemaOf } from './operation-schemas.js';
import {
  defaultConfirmations,
  type Tool,
  type ToolListing,
  type ToolManifest,
  toolsOf,
} from './operation-tools.js';
import { createRegistry } from './registry.js';
import { phrases } from './search/phrases.js';
import { builtInInputs } from './tools/index.js';

const sentence = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

/** More paths of secrets than this are replaced by the members that contain them. */
const MAX_SECRET_PATHS = 3;

const placesOf = (secrets: readonly string[]): readonly string[] =>
  secrets.length <= MAX_SECRET_PATHS
    ? secrets
    : [...new Set(secrets.map((path) => path.split('.')[0] ?? path))];

/** The summary, followed by what the catalog's keys say about a call. */
function descriptionOf(operation: Outline): string {
  const { summary, notes, beware, reaches, reachesIf, secrets, needs, refusesWhole } = operation;
  return [
    summary,
    beware && `Warning: ${beware}.`,
    reaches && sentence(reachesIf === undefined ? reaches : `${reaches} if ${reachesIf} is given`),
    needs && `Needs ${needs}.`,
    refusesWhole && wholeRefusalText(refusesWhole),
    secrets && `Secrets, if present: ${placesOf(secrets).join(', ')}.`,
    notes,
  ]
    .filter(Boolean)
    .join(' ');
}

/** A word counts as present if another word begins in the same way: "roles" in "role", "deleted" in "delete". */
const STEM_CHARS = 5;

/**
 * Words that people use for an operation, for clients that load tools on demand. Such a client searches name and
 * description too, so words that occur there are not repeated: each hint costs some 14 tokens of the list of all tools.
 */
function hintOf(name: string, description: string): string | undefined {
  const [phrase = ''] = phrases[name] ?? [];
  const said = `${name} ${description}`.toLowerCase();
  const stems = phrase
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 2)
    .map((word) => word.replace(/e?s$/, '').slice(0, STEM_CHARS));
  return stems.every((stem) => said.includes(stem)) ? undefined : phrase;
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
    Object.entries(operations).map(([key, operation]) => {
      const name = toolName(key, operation);
      const description = descriptionOf(operation);
      const schema = inputSchema(schemaOf(operation, true));
      const newer = probesOf(operation);
      return {
        name,
        key,
        domain,
        operation: stored(operation),
        description,
        inputSchema: editsLists(operation) ? withListEditForms(schema) : schema,
        hint: hintOf(name, description),
        ...(newer.length > 0 && { newer }),
      };
    }),
  );

/** Of a server that is only described: nothing is sent to a tenant. */
const noSession: Session = {
  check: () => Promise.reject(new Error('There is no session.')),
  send: () => Promise.reject(new Error('There is no session.')),
  redact: (text) => text,
  tokenRequests: 0,
};

/** Every built-in tool, as it is listed if every operation is permitted. */
export function builtInListings(operations: readonly ToolManifest[]): readonly ToolListing[] {
  const secrets = new Secrets(false, undefined);
  const policy = defaultPolicy();
  const load = () => Promise.reject(new Error('There is no catalog.'));
  const { callables } = createRegistry({
    tools: toolsOf(operations, load),
    inputs: builtInInputs(),
    selection: 'none,configuration',
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
    configuration: {
      load,
      own: { appId: '', appSecret: '', resource: '', endpoint: '' },
      sources: { variable: () => undefined, secret: () => undefined },
      folder: undefined,
    },
  });
  return callables.map(({ listing }) => listing);
}

/** The tools directly from the catalog, for uses in which time does not matter. */
export const compileTools = (
  catalog: Catalog,
  confirms: Confirms = defaultConfirmations,
): readonly Tool[] => toolsOf(buildManifest(catalog), async () => catalog, confirms);
