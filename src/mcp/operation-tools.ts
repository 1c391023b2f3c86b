/** The catalog as tools: name, description, input, annotations, and the schema that checks a call. */
import * as z from 'zod';
import { paging, searching } from '../catalog/fields.js';
import {
  type Domain,
  type Fields,
  type Operation,
  type Outline,
  Whole,
} from '../catalog/operation.js';
import { outlined } from '../catalog/serialize.js';
import { defaultPolicy, type Policy } from '../guard/policy/policy.js';
import type { ToolManifest } from './build-manifest.js';
import { fieldsArgument } from './fields.js';
import type { JsonSchema } from './json-schema.js';
import { type Values, validateArguments } from './validate-arguments.js';

/** A tool as `tools/list` shows it. */
export interface ToolListing {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly annotations: Annotations;
  /** For the client, not for its model. */
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** All four, always: what is left out counts as destructive and as open to the world. */
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
  /** What people say when they mean it, for clients that load tools on demand. */
  readonly hint: string | undefined;
  /**
   * Holds arguments against the schema.
   *
   * @param inside the argument of another tool that they stand in
   * @throws LogtoError of kind `input`
   */
  check(sent: unknown, inside?: string): Promise<ValidatedArguments>;
}

/** The arguments of a call, once the tool's schema has accepted them. */
export interface ValidatedArguments {
  /** What the operation takes. */
  readonly values: Values;
  /** The only members of the answer that are asked for; of reads alone, since a write may have a field of this name. */
  readonly fields?: readonly string[];
  /** The id of a plan from the first call. */
  readonly plan?: string;
  /** Send nested objects as they are given. */
  readonly replaceWhole?: boolean;
}

/** Which operations ask first; it decides whether a tool shows the argument for the plan. */
export type Confirms = (operation: Outline) => boolean;

/** The operations that ask under a policy, some of them not at every call. */
export const confirmationsFor =
  (policy: Policy): Confirms =>
  (operation) =>
    policy.mayAsk(operation);

/** Those that ask where nobody has given a policy. */
export const defaultConfirmations: Confirms = confirmationsFor(defaultPolicy());

/** The arguments of a call that are ours, and not Logto's. */
const own = {
  fields: fieldsArgument,
  plan: z.string().optional().describe('from first call'),
  replace_whole: z.boolean().optional(),
} as const;

type Own = keyof typeof own;

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

/** The fields that an update lays over what is there, unless it is told not to. */
export const mergedFields = ({ replaces = [], joins = [] }: Outline): readonly string[] => [
  ...replaces,
  ...joins,
];

/** Whether `fields` can choose among what the operation answers. */
export const canProject = ({ method, answer }: Outline): boolean =>
  method === 'GET' && answer === undefined;

/** Which of our own arguments an operation takes; the one for the plan if it can ask first. */
const ownOf = (operation: Outline, asks: boolean): readonly Own[] => {
  const writes = operation.effect !== 'reads';
  const taken: Readonly<Record<Own, boolean>> = {
    fields: canProject(operation),
    plan: writes && asks,
    replace_whole: writes && mergedFields(operation).length > 0,
  };
  return (Object.keys(own) as Own[]).filter((name) => taken[name]);
};

/** The schema that checks a call; with the argument for the plan if it `asks`. */
export function schemaOf(operation: Operation, asks: boolean) {
  const { refuses } = operation;
  const schema = z.strictObject({
    ...fieldsOf(operation),
    ...Object.fromEntries(ownOf(operation, asks).map((name) => [name, own[name]])),
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

/** The schema of what never asks first: without the argument for the plan. */
export function withoutPlan(schema: JsonSchema): JsonSchema {
  const { plan: _, ...properties } = Object(schema['properties']);
  return { ...schema, properties };
}

function toolOf(prepared: ToolManifest, load: () => Promise<Catalog>, confirms: Confirms): Tool {
  const { name, key, domain, description } = prepared;
  const operation = outlined(prepared.operation);
  const asks = confirms(operation);
  const names = ownOf(operation, asks);
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
      inputSchema: asks ? prepared.inputSchema : withoutPlan(prepared.inputSchema),
      annotations: annotationsOf(operation),
    },
    hint: prepared.hint,
    async check(sent, inside) {
      loading ??= loadSchema();
      const accepted: Values = validateArguments(
        name,
        await loading,
        sent,
        inside === undefined ? {} : { inside },
      );
      const values = Object.fromEntries(
        Object.entries(accepted).filter(([one]) => !names.some((mine) => mine === one)),
      );
      // The schema has just accepted each of them, where the tool takes it.
      const taken = Object.fromEntries(names.map((one) => [one, accepted[one]])) as {
        fields?: readonly string[];
        plan?: string;
        replace_whole?: boolean;
      };
      return {
        values,
        ...(taken.fields !== undefined && { fields: taken.fields }),
        ...(taken.plan !== undefined && { plan: taken.plan }),
        ...(taken.replace_whole !== undefined && { replaceWhole: taken.replace_whole }),
      };
    },
  };
}

/** For a tool that takes the arguments of an operation in its own `arguments`: whether a name left outside is one of them. */
export const belongsTo =
  (tools: ReadonlyMap<string, Tool>) =>
  (name: string, { operation }: Values): boolean => {
    const tool = typeof operation === 'string' ? tools.get(operation) : undefined;
    return (
      tool !== undefined && Object.hasOwn(Object(tool.listing.inputSchema['properties']), name)
    );
  };

/**
 * The tools over what was prepared.
 *
 * @param load brings the catalog, when the first call needs its schemas
 */
export const toolsOf = (
  prepared: readonly ToolManifest[],
  load: () => Promise<Catalog>,
  confirms: Confirms = defaultConfirmations,
): readonly Tool[] => prepared.map((one) => toolOf(one, load, confirms));
