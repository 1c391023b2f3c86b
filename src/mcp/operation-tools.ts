/**
 * The catalog as tools: name, description, input schema, annotations, and the validation of a call. A start creates all of
 * them and lists some, so what a tool shows is computed when it is read, and its schema by its first call.
 */

import type { Outline } from '../catalog/operation.js';
import type { Feature } from '../catalog/probes.js';
import { outlined, type Stored } from '../catalog/serialize.js';
import type { Catalog, Values } from '../guard/operation-graph.js';
import { defaultPolicy, type Policy } from '../guard/policy/policy.js';
import { isObject } from '../json.js';
import type { JsonSchema } from './json-schema.js';
import type {
  Confirms,
  OperationCheck,
  ServedArguments,
  ValidatedArguments,
} from './operation-arguments.js';

/** A tool as `tools/list` shows it. */
export interface ToolListing {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly annotations: Annotations;
  /** For the client, not for its model. */
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** All four hints are always present: clients read a missing one as "destructive" and "open world". */
export interface Annotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

export interface Tool {
  readonly name: string;
  /** The operation's key in its domain, which is Logto's operationId in lowerCamel. */
  readonly key: string;
  /** The domain's name, as `--tools` takes it. */
  readonly domain: string;
  readonly operation: Outline;
  /** Whether some of its calls ask first, so that it takes a plan. */
  readonly asks: boolean;
  readonly listing: ToolListing;
  /** Words that people use for it, for clients that load tools on demand. */
  readonly hint: string | undefined;
  /** The parts of it that not every release of Logto has. */
  readonly newer: readonly Feature[];
  /**
   * Reads and validates arguments.
   *
   * @param inside the argument of another tool that holds them
   * @throws LogtoError of kind `input`
   */
  check(sent: unknown, inside?: string): Promise<ValidatedArguments>;
}

/** One operation as the build stores it: enough to list it and to say what it does, without its schemas. Plain JSON. */
export interface ToolManifest {
  readonly name: string;
  readonly key: string;
  readonly domain: string;
  readonly operation: Stored;
  readonly description: string;
  /** With every argument of this server that the operation can take. */
  readonly inputSchema: JsonSchema;
  readonly hint?: string | undefined;
  /** The parts of it that not every release of Logto has, and how they are recognised. */
  readonly newer?: readonly Feature[] | undefined;
}

/** The operations that ask under a policy, some of them not at every call. */
export const confirmationsFor =
  (policy: Policy): Confirms =>
  (operation) =>
    policy.mayAsk(operation);

/** Those that ask where the configuration names no policy. */
export const defaultConfirmations: Confirms = confirmationsFor(defaultPolicy());

/** Whether a call can irreversibly remove or lose something, by the risk rules of the operation. */
export const isDestructive = ({ risks }: Outline): boolean =>
  risks.includes('destructive') || risks.includes('irreversible');

/** The hints of an effect. Only what leaves the tenant (a message, a fetched address) is open to the world. */
function annotationsOf(operation: Outline): Annotations {
  const { effect, method, reaches, risks } = operation;
  return {
    readOnlyHint: effect === 'reads',
    destructiveHint: isDestructive(operation),
    idempotentHint: effect === 'reads' || method === 'PUT' || method === 'DELETE',
    openWorldHint: reaches !== undefined || risks.includes('egress'),
  };
}

/** The properties of an input schema, by name. */
export const propertiesOf = (schema: JsonSchema): Readonly<Record<string, unknown>> => {
  const { properties } = schema;
  return isObject(properties) ? properties : {};
};

/** A schema without the argument for the plan, for operations that never ask. */
export function withoutPlan(schema: JsonSchema): JsonSchema {
  const { plan: _, ...properties } = propertiesOf(schema);
  return { ...schema, properties };
}

const outlines = new WeakMap<ToolManifest, Outline>();

/** The operation of an entry, restored once. */
function outlineOf(entry: ToolManifest): Outline {
  const outline = outlines.get(entry) ?? outlined(entry.operation);
  outlines.set(entry, outline);
  return outline;
}

/** The operations of a manifest, for a policy that is read before the tools can be built. */
export const operationsOf = (
  manifest: readonly ToolManifest[],
): readonly Pick<Tool, 'name' | 'domain' | 'operation'>[] =>
  manifest.map((entry) => ({
    name: entry.name,
    domain: entry.domain,
    get operation() {
      return outlineOf(entry);
    },
  }));

/** A tool over its entry in the manifest. */
class OperationTool implements Tool {
  readonly name: string;
  readonly key: string;
  readonly domain: string;
  readonly #entry: ToolManifest;
  readonly #load: () => Promise<Catalog>;
  readonly #confirms: Confirms;
  readonly #served: ServedArguments | undefined;
  #listing: ToolListing | undefined;
  #check: Promise<OperationCheck> | undefined;

  constructor(
    entry: ToolManifest,
    load: () => Promise<Catalog>,
    confirms: Confirms,
    served: ServedArguments | undefined,
  ) {
    this.name = entry.name;
    this.key = entry.key;
    this.domain = entry.domain;
    this.#entry = entry;
    this.#load = load;
    this.#confirms = confirms;
    this.#served = served;
  }

  get operation(): Outline {
    return outlineOf(this.#entry);
  }

  get asks(): boolean {
    return this.#confirms(this.operation);
  }

  get hint(): string | undefined {
    return this.#entry.hint;
  }

  get newer(): readonly Feature[] {
    return this.#entry.newer ?? [];
  }

  get listing(): ToolListing {
    const { name, description, inputSchema } = this.#entry;
    this.#listing ??= {
      name,
      description,
      inputSchema: this.asks ? inputSchema : withoutPlan(inputSchema),
      annotations: annotationsOf(this.operation),
    };
    return this.#listing;
  }

  /** Builds the validation, from the catalog. */
  async #loadCheck(): Promise<OperationCheck> {
    const [{ operationCheck }, catalog] = await Promise.all([
      import('./operation-schemas.js'),
      this.#load(),
    ]);
    const operation = catalog[this.domain]?.operations[this.key];
    if (operation === undefined) {
      throw new Error(`The catalog has no ${this.name}.`);
    }
    const { name, domain, key } = this;
    return operationCheck({ name, domain, key, operation }, this.#confirms, this.#served);
  }

  async check(sent: unknown, inside?: string): Promise<ValidatedArguments> {
    this.#check ??= this.#loadCheck();
    const check = await this.#check;
    return check(sent, inside);
  }
}

/** For a tool that takes the arguments of an operation in its own `arguments`: whether an undeclared name is one of them. */
export const belongsTo =
  (tools: ReadonlyMap<string, Tool>) =>
  (name: string, { operation }: Values): boolean => {
    const tool = typeof operation === 'string' ? tools.get(operation) : undefined;
    return tool !== undefined && Object.hasOwn(propertiesOf(tool.listing.inputSchema), name);
  };

/**
 * The tools over a manifest.
 *
 * @param load loads the catalog, when the first call needs its schemas
 * @param confirms which operations can ask first
 * @param served what the running Logto has beside the catalog; without it the catalog alone decides
 */
export const toolsOf = (
  manifest: readonly ToolManifest[],
  load: () => Promise<Catalog>,
  confirms: Confirms = defaultConfirmations,
  served?: ServedArguments,
): readonly Tool[] => manifest.map((entry) => new OperationTool(entry, load, confirms, served));
