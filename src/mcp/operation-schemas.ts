/**
 * The schemas that validate calls of operations. A start does not load this file: it lists the tools from their manifest
 * (`tool-manifest.ts`), and the first call builds the schema of its tool.
 */
import * as z from 'zod';
import { paging, searching } from '../catalog/fields.js';
import { type Fields, type Operation, type Outline, Whole } from '../catalog/operation.js';
import { fieldsArgument } from './fields.js';
import {
  type ArgumentsFrame,
  canProject,
  mergedFields,
  type ValidatedArguments,
} from './operation-tools.js';
import { readArguments, type Values } from './validate-arguments.js';

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

/** Whether lists among the arguments can also be given as additions and removals: in updates of what can be read. */
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

/** Makes the validation of one operation's calls. @param asks whether some of its calls ask first */
export function argumentsCheck(
  name: string,
  operation: Operation,
  asks: boolean,
): (sent: unknown, frame: ArgumentsFrame) => ValidatedArguments {
  const schema = schemaOf(operation, asks);
  const added = addedArgumentsOf(operation, asks);
  const takesEdits = editsLists(operation);
  return (sent, frame) => {
    const { edited, notes } = readArguments(name, schema, sent, {
      ...frame,
      editsLists: takesEdits,
    });
    return separateAdded(edited, added, notes);
  };
}
