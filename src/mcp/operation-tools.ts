/** The catalog as tools: name, description, input schema, annotations, and the validation of a call. */
import * as z from 'zod';
import { paging, searching } from '../catalog/fields.js';
import {
  type Domain,
  type Fields,
  type Operation,
  type Outline,
  Whole,
} from '../catalog/operation.js';
import { outlined, type Stored } from '../catalog/serialize.js';
import { defaultPolicy, type Policy } from '../guard/policy/policy.js';
import { isObject } from '../json.js';
import { fieldsArgument } from './fields.js';
import type { JsonSchema } from './json-schema.js';
import { readArguments, type Values } from './validate-arguments.js';

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
  readonly listing: ToolListing;
  /** Words that people use for it, for clients that load tools on demand. */
  readonly hint: string | undefined;
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
}

/** The arguments of a call, once the tool's schema has accepted them. */
export interface ValidatedArguments {
  /** What the operation takes. */
  readonly values: Values;
  /** The only members of the answer to keep; of reads alone, since a write may have a field of this name. */
  readonly fields?: readonly string[];
  /** The id of a plan from the first call. */
  readonly plan?: string;
  /** Send nested objects as they are given, instead of merging them into the current value. */
  readonly replaceWhole?: boolean;
  /** What was ignored, in sentences. */
  readonly notes?: readonly string[];
}

/** Which operations ask first; it decides whether a tool shows the argument for the plan. */
export type Confirms = (operation: Outline) => boolean;

/** The operations that ask under a policy, some of them not at every call. */
export const confirmationsFor =
  (policy: Policy): Confirms =>
  (operation) =>
    policy.mayAsk(operation);

/** Those that ask where the configuration names no policy. */
export const defaultConfirmations: Confirms = confirmationsFor(defaultPolicy());

/** The arguments that this server adds to those of Logto. */
const ADDED_ARGUMENTS = {
  fields: fieldsArgument,
  plan: z.string().optional().describe('from first call'),
  replace_whole: z.boolean().optional(),
} as const;

type AddedArgument = keyof typeof ADDED_ARGUMENTS;

/** Everything that a call can give, side by side under Logto's wire names. */
export function fieldsOf(operation: Operation): Fields {
  const { path, query, body, paging: paged, search } = operation;
  return {
    ...path,
    ...(search !== undefined && searching(search)),
    ...query,
    ...(body instanceof Whole ? { [body.argument]: body.schema } : body),
    ...(paged !== undefined && paging),
  };
}

/** The names of everything that a call can give. */
export function argumentsOf({ path, query, body, paging: paged, search }: Outline): string[] {
  return [
    ...Object.keys(path),
    ...(search !== undefined ? Object.keys(searching([])) : []),
    ...Object.keys(query ?? {}),
    ...(body instanceof Whole ? [body.argument] : Object.keys(body ?? {})),
    ...(paged !== undefined ? Object.keys(paging) : []),
  ];
}

/** Whether a call can remove or lose something for good, by the risk rules of the operation. */
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

/** The fields that an update merges into the current value, unless `replace_whole` is true. */
export const mergedFields = ({ replaces = [], joins = [] }: Outline): readonly string[] => [
  ...replaces,
  ...joins,
];

/** Whether lists among the arguments can also be given as additions and removals: in updates of what can be read. */
export const editsLists = ({ method, effect, body }: Outline): boolean =>
  method === 'PATCH' && effect === 'changes' && body !== undefined && !(body instanceof Whole);

/** Whether `fields` can choose among what the operation answers. */
export const canProject = ({ method, answer }: Outline): boolean =>
  method === 'GET' && answer === undefined;

/** Whether an operation answers a list that collect_pages can read to its end. */
export const isListTool = ({
  operation: { paging: paged, items, method },
  name,
}: Pick<Tool, 'operation' | 'name'>): boolean =>
  method === 'GET' && (paged !== undefined || items !== undefined || name.startsWith('list_'));

/** Which of the added arguments an operation takes; the one for the plan if it can ask first. */
function addedArgumentsOf(operation: Outline, asks: boolean): readonly AddedArgument[] {
  const writes = operation.effect !== 'reads';
  return [
    ...(canProject(operation) ? (['fields'] as const) : []),
    ...(writes && asks ? (['plan'] as const) : []),
    ...(writes && mergedFields(operation).length > 0 ? (['replace_whole'] as const) : []),
  ];
}

/** The schema that validates a call; with the argument for the plan if the operation can ask first. */
export function schemaOf(operation: Operation, asks: boolean) {
  const { refuses } = operation;
  const schema = z.strictObject({
    ...fieldsOf(operation),
    ...Object.fromEntries(
      addedArgumentsOf(operation, asks).map((name) => [name, ADDED_ARGUMENTS[name]]),
    ),
  });
  return refuses === undefined
    ? schema
    : schema.superRefine((values, { addIssue }) => {
        const message = refuses(values);
        if (message !== undefined) {
          addIssue({ code: 'custom', message });
        }
      });
}

export type Catalog = Readonly<Record<string, Domain>>;

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

/** Separates the arguments of Logto from those that this server adds. */
function separateAdded(
  accepted: Values,
  added: readonly AddedArgument[],
  notes: readonly string[],
): ValidatedArguments {
  const values = Object.fromEntries(
    Object.entries(accepted).filter(([name]) => !added.some((argument) => argument === name)),
  );
  const acceptedValue = (name: AddedArgument) =>
    added.includes(name) ? accepted[name] : undefined;
  const [fields, plan, replaceWhole] = [
    acceptedValue('fields'),
    acceptedValue('plan'),
    acceptedValue('replace_whole'),
  ];
  return {
    values,
    ...(Array.isArray(fields) && { fields: fields.map(String) }),
    ...(typeof plan === 'string' && { plan }),
    ...(typeof replaceWhole === 'boolean' && { replaceWhole }),
    ...(notes.length > 0 && { notes }),
  };
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
    operation: outlineOf(entry),
  }));

function toolOf(entry: ToolManifest, load: () => Promise<Catalog>, confirms: Confirms): Tool {
  const { name, key, domain, description, hint } = entry;
  const operation = outlineOf(entry);
  const asks = confirms(operation);
  const added = addedArgumentsOf(operation, asks);
  const reads = operation.effect === 'reads';
  const isList = isListTool({ operation, name });
  let loading: Promise<ReturnType<typeof schemaOf>> | undefined;
  const loadSchema = async () => {
    const full = (await load())[domain]?.operations[key];
    if (full === undefined) {
      throw new Error(`The catalog has no ${name}.`);
    }
    return schemaOf(full, asks);
  };
  return {
    name,
    key,
    domain,
    operation,
    listing: {
      name,
      description,
      inputSchema: asks ? entry.inputSchema : withoutPlan(entry.inputSchema),
      annotations: annotationsOf(operation),
    },
    hint,
    async check(sent, inside) {
      loading ??= loadSchema();
      const frame = { inside, reads, isList, editsLists: editsLists(operation) };
      const { edited, notes } = readArguments(name, await loading, sent, frame);
      return separateAdded(edited, added, notes);
    },
  };
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
 */
export const toolsOf = (
  manifest: readonly ToolManifest[],
  load: () => Promise<Catalog>,
  confirms: Confirms = defaultConfirmations,
): readonly Tool[] => manifest.map((entry) => toolOf(entry, load, confirms));
