/**
 * The schemas that validate calls of operations. A start does not load this file: it lists the tools from their manifest
 * (`tool-manifest.ts`), and the first call builds the schema of its tool.
 */

import * as z from 'zod';
import { paging, searching } from '../catalog/fields.js';
import { type Fields, type Operation, type Outline, Whole } from '../catalog/operation.js';
import type { Values } from '../guard/operation-graph.js';
import { LogtoError } from '../logto/errors.js';
import { fieldsArgument } from './fields.js';
import {
  type CatalogPlace,
  type Confirms,
  canProject,
  isListTool,
  mergedFields,
  type OperationCheck,
  type ServedArguments,
  type ValidatedArguments,
} from './operation-arguments.js';
import { readArguments } from './validate-arguments.js';

/** The arguments that this server adds to those of Logto. */
const ADDED_ARGUMENTS = {
  fields: fieldsArgument,
  plan: z.string().optional().describe('from first call'),
  replace_whole: z.boolean().optional(),
} as const;

type AddedArgument = keyof typeof ADDED_ARGUMENTS;

/** All arguments of a call, side by side under Logto's wire names. */
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

/** The names of all arguments of a call. */
export function argumentsOf({ path, query, body, paging: paged, search }: Outline): string[] {
  return [
    ...Object.keys(path),
    ...(search !== undefined ? Object.keys(searching([])) : []),
    ...Object.keys(query ?? {}),
    ...(body instanceof Whole ? [body.argument] : Object.keys(body ?? {})),
    ...(paged !== undefined ? Object.keys(paging) : []),
  ];
}

/**
 * Whether lists among the arguments can also be given as additions and removals: in updates of entities that can be read.
 */
export const editsLists = ({ method, effect, body }: Outline): boolean =>
  method === 'PATCH' && effect === 'changes' && body !== undefined && !(body instanceof Whole);

/** Which of the added arguments an operation takes; the one for the plan if it can ask first. */
function addedArgumentsOf(operation: Outline, asks: boolean): readonly AddedArgument[] {
  const writes = operation.effect !== 'reads';
  return [
    ...(canProject(operation) ? (['fields'] as const) : []),
    ...(writes && asks ? (['plan'] as const) : []),
    ...(writes && mergedFields(operation).length > 0 ? (['replace_whole'] as const) : []),
  ];
}

const schemas = {
  asking: new WeakMap<Operation, ReturnType<typeof buildSchema>>(),
  never: new WeakMap<Operation, ReturnType<typeof buildSchema>>(),
};

/**
 * The schema that validates a call; with the argument for the plan if the operation can ask first. It is built once, because
 * zod compiles a schema by its first use.
 */
export function schemaOf(operation: Operation, asks: boolean): ReturnType<typeof buildSchema> {
  const built = asks ? schemas.asking : schemas.never;
  const schema = built.get(operation) ?? buildSchema(operation, asks);
  built.set(operation, schema);
  return schema;
}

function buildSchema(operation: Operation, asks: boolean) {
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

/** Validates a call with the schema of an operation. */
function checkWith(
  { name, operation }: Pick<CatalogPlace, 'name' | 'operation'>,
  schema: ReturnType<typeof schemaOf>,
  asks: boolean,
  sent: unknown,
  inside: string | undefined,
): ValidatedArguments {
  const { edited, notes } = readArguments(name, schema, sent, {
    inside,
    reads: operation.effect === 'reads',
    isList: isListTool({ operation, name }),
    editsLists: editsLists(operation),
  });
  return separateAdded(edited, addedArgumentsOf(operation, asks), notes);
}

const withNotes = (checked: ValidatedArguments, notes: readonly string[]): ValidatedArguments =>
  notes.length === 0 ? checked : { ...checked, notes: [...(checked.notes ?? []), ...notes] };

const isInvalid = (error: unknown): boolean =>
  error instanceof LogtoError && error.failure.code === 'invalid_arguments';

/**
 * Validates a call that the catalog refuses with the arguments of the served document in addition.
 *
 * @throws `refusal` if the document adds nothing that the call uses
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
  const extended = { name: place.name, operation };
  const checked = checkWith(extended, schemaOf(operation, asks), asks, sent, inside);
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

/** Makes the validation of one operation's calls. */
export function operationCheck(
  place: CatalogPlace,
  confirms: Confirms,
  served: ServedArguments | undefined,
): OperationCheck {
  const asks = confirms(place.operation);
  const schema = schemaOf(place.operation, asks);
  return async (sent, inside) => {
    let checked: ValidatedArguments;
    try {
      checked = checkWith(place, schema, asks, sent, inside);
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
  };
}
