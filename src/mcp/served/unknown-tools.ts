/** The tools of the operations that a served document has and the catalog does not. */
import { documents } from '../../catalog/documents.js';
import type { Operation } from '../../catalog/operation.js';
import { stored } from '../../catalog/serialize.js';
import { UNKNOWN_DOMAIN } from '../../guard/policy/policy.js';
import { routeOf } from '../../logto/openapi-routes.js';
import type { ServedFacts } from '../../logto/served-facts.js';
import { inputSchema } from '../json-schema.js';
import type { Confirms } from '../operation-arguments.js';
import { schemaOf } from '../operation-schemas.js';
import { operationsOf, type Tool, type ToolManifest, toolsOf } from '../operation-tools.js';
import { pathKindsOf, toolNameOf, unknownOperation } from './unknown-operation.js';

export interface UnknownTool {
  readonly tool: Tool;
  readonly key: string;
  readonly operation: Operation;
}

export interface UnknownTools {
  readonly tools: readonly UnknownTool[];
  /** Routes that cannot be called by the facts of the document alone, such as uploads. */
  readonly uncallable: readonly string[];
}

const firstSegment = (url: string): string => /^\/api\/([^/]+)/.exec(url.toLowerCase())?.[1] ?? '';

const descriptionOf = ({ summary, effect }: Operation): string =>
  effect === 'reads'
    ? summary
    : `${summary} Its effect is known by its route alone: it asks first and cannot be undone.`;

/**
 * Makes the tools.
 *
 * @param manifest the operations of the catalog
 * @param confirms which operations can ask first
 * @param builtIn the names of the built-in tools
 */
export function unknownTools(
  facts: ServedFacts,
  manifest: readonly ToolManifest[],
  confirms: Confirms,
  builtIn: readonly string[],
): UnknownTools {
  const known = operationsOf(manifest);
  const outlines = known.map(({ operation }) => operation);
  const routes = new Set(
    [...outlines, ...documents.map(({ operation }) => operation)].map(({ method, url }) =>
      routeOf(method, url),
    ),
  );
  const domains = new Map(
    known.map(({ domain, operation }) => [firstSegment(operation.url), domain]),
  );
  const kinds = pathKindsOf(outlines);
  const names = new Set([...known.map(({ name }) => name), ...builtIn]);
  const tools: UnknownTool[] = [];
  const uncallable: string[] = [];
  for (const served of facts.operations) {
    const { method, url } = served;
    if (routes.has(routeOf(method, url))) {
      continue;
    }
    const unnamed = unknownOperation(served, kinds);
    if (unnamed === undefined) {
      uncallable.push(`${method} ${url}`);
      continue;
    }
    const name = toolNameOf(served, (other) => names.has(other));
    names.add(name);
    const operation: Operation = { ...unnamed, name };
    const key = `served ${name}`;
    const domain = domains.get(firstSegment(url)) ?? UNKNOWN_DOMAIN;
    const entry: ToolManifest = {
      name,
      key,
      domain,
      operation: stored(operation),
      description: descriptionOf(operation),
      inputSchema: inputSchema(schemaOf(operation, true)),
    };
    const load = async () => ({
      [domain]: { title: domain, about: '', operations: { [key]: operation } },
    });
    const [tool] = toolsOf([entry], load, confirms);
    if (tool !== undefined) {
      tools.push({ tool, key, operation });
    }
  }
  return { tools, uncallable };
}
