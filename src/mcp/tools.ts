/** The catalog as tools: name, description, input, annotations, and the schema that checks a call. */
import * as z from 'zod';
import { paging, searching } from '../catalog/fields.js';
import { type Domain, type Fields, type Operation, toolName, Whole } from '../catalog/operation.js';
import { checkArguments, type Values } from './arguments.js';
import { fieldsArgument } from './projection.js';
import { inputSchema, type JsonSchema } from './schema.js';

/** A tool as `tools/list` shows it. */
export interface Listing {
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
  readonly operation: Operation;
  readonly listing: Listing;
  /** @throws LogtoError of kind `input` */
  check(sent: unknown): Checked;
}

/** The arguments of a call, once the tool's schema has accepted them. */
export interface Checked {
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
export type Confirms = (operation: Operation) => boolean;

/** The arguments of a call that are ours, and not Logto's. */
const own = {
  fields: fieldsArgument,
  plan: z.string().optional().describe('id from the first call'),
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

/** Whether a call takes away something that cannot be put back: a removal, or a write that the catalog calls irreversible. */
export const isDestructive = ({ effect, irreversible }: Operation): boolean =>
  effect === 'removes' || irreversible !== undefined;

/** The hints of an effect. Only what leaves the tenant (a message, a fetched address) is open to the world. */
function annotationsOf(operation: Operation): Annotations {
  const { effect, method, reaches } = operation;
  return {
    readOnlyHint: effect === 'reads',
    destructiveHint: effect !== 'reads' && isDestructive(operation),
    idempotentHint: effect === 'reads' || method === 'PUT' || method === 'DELETE',
    openWorldHint: reaches !== undefined,
  };
}

const sentence = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

/** The summary, and behind it what the catalog's keys say about a call, in as few words as will do. */
function descriptionOf(operation: Operation): string {
  const { summary, notes, replaces, irreversible, reaches, secrets, needs } = operation;
  return [
    summary,
    replaces &&
      `Merged unless replace_whole: ${replaces.length > 6 ? 'nested settings' : replaces.join(', ')}.`,
    irreversible && `Not to be undone: ${irreversible}.`,
    reaches && sentence(reaches),
    needs && `Needs ${needs}.`,
    secrets && `The answer holds secrets (${secrets.join(', ')}).`,
    notes,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Whether `fields` can choose among what the operation answers. */
export const canProject = ({ method, answer }: Operation): boolean =>
  method === 'GET' && answer === undefined;

function compileOne(key: string, domain: string, operation: Operation, confirms: Confirms): Tool {
  const writes = operation.effect !== 'reads';
  const taken: Readonly<Record<Own, boolean>> = {
    fields: canProject(operation),
    plan: writes,
    replace_whole: writes && operation.replaces !== undefined,
  };
  const names = (Object.keys(own) as Own[]).filter((name) => taken[name]);
  const fields = fieldsOf(operation);
  const schemaWith = (chosen: readonly Own[]) =>
    z.strictObject({ ...fields, ...Object.fromEntries(chosen.map((name) => [name, own[name]])) });
  const schema = schemaWith(names);
  const name = toolName(key, operation);
  const asks = confirms(operation);
  return {
    name,
    key,
    domain,
    operation,
    listing: {
      name,
      description: descriptionOf(operation),
      inputSchema: inputSchema(schemaWith(names.filter((one) => one !== 'plan' || asks))),
      annotations: annotationsOf(operation),
    },
    check(sent) {
      const accepted: Values = checkArguments(name, schema, sent);
      const values = Object.fromEntries(
        Object.entries(accepted).filter(([one]) => !names.some((mine) => mine === one)),
      );
      // The schema has just accepted each of them, where the tool takes it.
      const {
        fields: chosen,
        plan,
        replace_whole: replaceWhole,
      } = accepted as {
        fields?: readonly string[];
        plan?: string;
        replace_whole?: boolean;
      };
      return {
        values,
        ...(taken.fields && chosen !== undefined && { fields: chosen }),
        ...(taken.plan && plan !== undefined && { plan }),
        ...(taken.replace_whole && replaceWhole !== undefined && { replaceWhole }),
      };
    },
  };
}

/** Every operation of the catalog as a tool, in the catalog's order. Once per process: it takes some 100 ms. */
export const compile = (
  catalog: Readonly<Record<string, Domain>>,
  confirms: Confirms = isDestructive,
): readonly Tool[] =>
  Object.entries(catalog).flatMap(([name, { operations }]) =>
    Object.entries(operations).map(([key, operation]) =>
      compileOne(key, name, operation, confirms),
    ),
  );
