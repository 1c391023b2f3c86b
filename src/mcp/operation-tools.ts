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
import type { Feature } from '../catalog/probes.js';
import { outlined, type Stored } from '../catalog/serialize.js';
import { defaultPolicy, type Policy } from '../guard/policy/policy.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { fieldsArgument } from './fields.js';
import type { JsonSchema } from './json-schema.js';
import type { ExtendedOperation } from './served/extended-operation.js';
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
  readonly newer?: readonly Feature[];
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
  /** The operation with arguments that only the served document has, where the call gives some. */
  readonly operation?: Outline;
}

/** An operation of the catalog with its place there. */
export interface CatalogPlace {
  readonly name: string;
  readonly domain: string;
  readonly key: string;
  readonly operation: Operation;
}

/** What the running Logto takes beside the catalog. */
export interface ServedArguments {
  /** What its document adds to an operation; undefined where it adds nothing, or there is none. */
  extensionOf(place: CatalogPlace, signal: AbortSignal): Promise<ExtendedOperation | undefined>;
  /** Lets the guard know the new arguments of an operation, of which a call uses some. */
  useExtension(place: CatalogPlace, extension: ExtendedOperation): void;
  /**
   * Notes on what a call leaves to Logto: values of open lists and members of open objects that are not in the catalog.
   *
   * @throws LogtoError of kind `input` for those that the running Logto does not know either
   */
  reviewOpenParts(
    place: CatalogPlace,
    values: Values,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
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

/** Validates a call with the schema of an operation. */
function checkWith(
  name: string,
  operation: Operation,
  schema: ReturnType<typeof schemaOf>,
  asks: boolean,
  sent: unknown,
  inside: string | undefined,
): ValidatedArguments {
  const frame = {
    inside,
    reads: operation.effect === 'reads',
    isList: isListTool({ operation, name }),
  };
  const { values, notes } = readArguments(name, schema, sent, frame);
  return separateAdded(values, addedArgumentsOf(operation, asks), notes);
}

const withNotes = (checked: ValidatedArguments, notes: readonly string[]): ValidatedArguments =>
  notes.length === 0 ? checked : { ...checked, notes: [...(checked.notes ?? []), ...notes] };

const isInvalid = (error: unknown): boolean =>
  error instanceof LogtoError && error.failure.code === 'invalid_arguments';

/**
 * Validates a call that the catalog refuses with the arguments of the served document in addition.
 *
 * @throws `refusal` where the document adds nothing that the call uses
 */
async function checkExtended(
  place: CatalogPlace,
  served: ServedArguments,
  confirms: Confirms,
  sent: unknown,
  inside: string | undefined,
  refusal: unknown,
): Promise<ValidatedArguments> {
  const extension = await served.extensionOf(place, new AbortController().signal);
  if (extension === undefined) {
    throw refusal;
  }
  const { operation } = extension;
  const asks = confirms(operation);
  const schema = schemaOf(operation, asks);
  const checked = checkWith(place.name, operation, schema, asks, sent, inside);
  const { newArgumentsIn } = await import('./served/extended-operation.js');
  const names = newArgumentsIn(extension, checked.values).map((path) => path.replaceAll('.*', ''));
  if (names.length === 0) {
    throw refusal;
  }
  served.useExtension(place, extension);
  return withNotes({ ...checked, operation }, [
    `Not in the catalog, but this Logto has it: ${names.join(', ')}.`,
  ]);
}

function toolOf(
  entry: ToolManifest,
  load: () => Promise<Catalog>,
  confirms: Confirms,
  served: ServedArguments | undefined,
): Tool {
  const { name, key, domain, description, hint, newer = [] } = entry;
  const operation = outlineOf(entry);
  const asks = confirms(operation);
  let loading: Promise<CatalogPlace & { readonly schema: ReturnType<typeof schemaOf> }> | undefined;
  const loadSchema = async () => {
    const full = (await load())[domain]?.operations[key];
    if (full === undefined) {
      throw new Error(`The catalog has no ${name}.`);
    }
    return { name, domain, key, operation: full, schema: schemaOf(full, asks) };
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
    newer,
    async check(sent, inside) {
      loading ??= loadSchema();
      const place = await loading;
      let checked: ValidatedArguments;
      try {
        checked = checkWith(name, place.operation, place.schema, asks, sent, inside);
      } catch (error) {
        if (served === undefined || !isInvalid(error)) {
          throw error;
        }
        checked = await checkExtended(place, served, confirms, sent, inside, error);
      }
      const notes =
        served === undefined
          ? []
          : await served.reviewOpenParts(place, checked.values, new AbortController().signal);
      return withNotes(checked, notes);
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
 * @param served what the running Logto has beside the catalog; without it the catalog alone decides
 */
export const toolsOf = (
  manifest: readonly ToolManifest[],
  load: () => Promise<Catalog>,
  confirms: Confirms = defaultConfirmations,
  served?: ServedArguments,
): readonly Tool[] => manifest.map((entry) => toolOf(entry, load, confirms, served));
