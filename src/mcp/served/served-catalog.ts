/**
 * The catalog together with what the running Logto serves: operations and arguments that only its document has. The
 * document is read when it is first needed, and everything derived from it is loaded then.
 */

import type { Operation } from '../../catalog/operation.js';
import type { Catalog, Values } from '../../guard/operation-graph.js';
import { LogtoError } from '../../logto/errors.js';
import type { NewerParts } from '../../logto/served-check.js';
import type { ServedDocument, ServedState } from '../../logto/served-document.js';
import type { ServedFacts } from '../../logto/served-facts.js';
import type { CatalogPlace, Confirms, ServedArguments } from '../operation-arguments.js';
import type { Tool, ToolManifest } from '../operation-tools.js';
import type { ExtendedOperation } from './extended-operation.js';
import type { UnknownTools } from './unknown-tools.js';

/** Milliseconds after which a document is read again before something is refused: Logto may have been upgraded. */
const RECHECK_MS = 60_000;

const NOTHING: UnknownTools = { tools: [], uncallable: [] };

/** What the running Logto has beside the catalog. */
export interface ServedScope {
  readonly state: ServedState;
  /** The operations that only the document has. */
  readonly tools: readonly Tool[];
  /** Those of them that the configuration permits. */
  readonly permitted: readonly Tool[];
  /** Routes that only the document has and that cannot be called by its facts alone. */
  readonly uncallable: readonly string[];
}

export interface ServedCatalogOptions {
  readonly document: ServedDocument;
  /** Loads the catalog. */
  readonly load: () => Promise<Catalog>;
  /** The operations of the catalog. */
  readonly manifest: readonly ToolManifest[];
  /** The names of the built-in tools, which no operation can have. */
  readonly builtIn: readonly string[];
  /** Which operations can ask first. */
  readonly confirms: Confirms;
  /** Whether the configuration permits an operation. */
  readonly permits: (tool: Tool) => boolean;
}

export class ServedCatalog implements ServedArguments {
  readonly #options: ServedCatalogOptions;
  #facts: ServedFacts | undefined;
  #unknown: UnknownTools = NOTHING;
  #tools: readonly Tool[] = [];
  #permitted: readonly Tool[] = [];
  /** Operations of the catalog with new arguments that a call has used, by name. */
  readonly #extended = new Map<string, CatalogPlace>();
  #merged: Catalog | undefined;

  constructor(options: ServedCatalogOptions) {
    this.#options = options;
  }

  get document(): ServedDocument {
    return this.#options.document;
  }

  /** The catalog with all parts of the document that are in use. A new object whenever that changes. */
  readonly load = async (): Promise<Catalog> => {
    const catalog = await this.#options.load();
    if (this.#unknown.tools.length === 0 && this.#extended.size === 0) {
      return catalog;
    }
    this.#merged ??= this.#merge(catalog);
    return this.#merged;
  };

  #merge(catalog: Catalog): Catalog {
    const merged = new Map(Object.entries(catalog));
    const add = (domain: string, key: string, operation: Operation): void => {
      const current = merged.get(domain) ?? { title: domain, about: '', operations: {} };
      merged.set(domain, { ...current, operations: { ...current.operations, [key]: operation } });
    };
    for (const { tool, key, operation } of this.#unknown.tools) {
      add(tool.domain, key, operation);
    }
    for (const { domain, key, operation } of this.#extended.values()) {
      add(domain, key, operation);
    }
    return Object.fromEntries(merged);
  }

  /** An operation that only the document has, if the document was read. */
  toolNamed(name: string): Tool | undefined {
    return this.#unknown.tools.find(({ tool }) => tool.name === name)?.tool;
  }

  /** Whether an operation that only the document has may be run. */
  readonly permitsServed = (name: string): boolean =>
    this.#permitted.some((tool) => tool.name === name);

  /** What the running Logto has beside the catalog, by a document that is read if necessary. */
  async scope(signal: AbortSignal): Promise<ServedScope> {
    const state = await this.document.read(signal);
    const facts = state.kind === 'known' ? state.facts : undefined;
    if (facts !== this.#facts) {
      const { manifest, builtIn, confirms, permits } = this.#options;
      const unknown =
        facts === undefined
          ? NOTHING
          : (await import('./unknown-tools.js')).unknownTools(facts, manifest, confirms, builtIn);
      this.#facts = facts;
      this.#unknown = unknown;
      this.#tools = unknown.tools.map(({ tool }) => tool);
      this.#permitted = this.#tools.filter(permits);
      this.#extended.clear();
      this.#merged = undefined;
    }
    return {
      state,
      tools: this.#tools,
      permitted: this.#permitted,
      uncallable: this.#unknown.uncallable,
    };
  }

  async extensionOf(
    { operation }: CatalogPlace,
    signal: AbortSignal,
  ): Promise<ExtendedOperation | undefined> {
    const { state } = await this.scope(signal);
    const served =
      state.kind === 'known' ? state.facts.at(operation.method, operation.url) : undefined;
    return served === undefined
      ? undefined
      : (await import('./extended-operation.js')).extendOperation(operation, served);
  }

  useExtension(place: CatalogPlace, { operation }: ExtendedOperation): void {
    this.#extended.set(place.name, { ...place, operation });
    this.#merged = undefined;
  }

  async reviewOpenParts(
    { name, operation }: CatalogPlace,
    values: Values,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const parts = (await import('./open-parts.js')).openPartsOf(operation, values);
    if (parts.length === 0) {
      return [];
    }
    for (const maxAgeMs of [undefined, RECHECK_MS]) {
      const state = await this.document.read(signal, maxAgeMs);
      const presences = parts.map(({ what, probe }) => ({
        what,
        presence: state.kind === 'known' ? state.facts.presenceOf(probe) : 'unknown',
      }));
      const missing = presences.find(({ presence }) => presence === 'absent');
      if (missing === undefined) {
        return presences.map(({ what, presence }) =>
          presence === 'present'
            ? `Not in the catalog, but this Logto has it: ${what}.`
            : `Not in the catalog, and it is not known whether this Logto has it: ${what}.`,
        );
      }
      if (maxAgeMs !== undefined) {
        throw new LogtoError({
          kind: 'input',
          code: 'not_known_here',
          message: `This Logto does not know ${missing.what} in ${name}, and the catalog does not either. Nothing was sent.`,
          hint: 'Check its spelling, or leave it out.',
        });
      }
    }
    return [];
  }
}

/** The parts of operations that not every release has, by the routes of the catalog. */
export function newerPartsIn(manifest: readonly ToolManifest[]) {
  const parts = new Map<string, NewerParts>();
  for (const { name, operation, newer = [] } of manifest) {
    if (newer.length > 0) {
      parts.set(`${operation.method} ${operation.url}`, { name, features: newer });
    }
  }
  return ({ method, url }: Pick<Operation, 'method' | 'url'>): NewerParts | undefined =>
    parts.get(`${method} ${url}`);
}
