/** Validates values of a manifest by the schemas of the catalog, in sentences that quote no value: it may be a secret. */
import * as z from 'zod';
import type { Operation, Schema } from '../catalog/operation.js';
import { Whole } from '../catalog/operation.js';
import { definitionOf, distanceOf, type Issue, TYPE_NAMES, unwrapped } from '../catalog/schemas.js';
import type { Values } from '../guard/operation-graph.js';
import { valueAt } from '../json.js';
import { didYouMean, nearestNames, similarNames } from '../nearest.js';
import { declaredMembersOf, schemaAt } from './members.js';

/** A problem of a value. */
export interface Fault {
  readonly path: readonly (string | number)[];
  /** Whether the last part of the path is an unknown name. */
  readonly isName?: true;
  readonly message: string;
}

/** What to write instead of an unknown name. */
export function suggestion(name: string, names: readonly string[]): string {
  // Letters of other alphabets look like those of the correct name.
  const [foreign] = /[^ -~]/u.exec(name) ?? [];
  const code = foreign?.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  return [
    ...(code === undefined ? [] : [`It contains the character U+${code}.`]),
    didYouMean(nearestNames(name, names)) ??
      didYouMean(similarNames(name, names)) ??
      (names.length === 0 ? 'Leave it out.' : `It takes: ${names.join(', ')}.`),
  ].join(' ');
}

/** The form of a union that a value has, by its discriminator; a schema that is no union is its own form. */
function formOf(schema: Schema, value: unknown): Schema {
  const definition = definitionOf(unwrapped(schema));
  if (definition.type !== 'union') {
    return schema;
  }
  const isMeant = (option: Schema): boolean => {
    const { error } = z.safeParse(option, value);
    return (
      error?.issues.some(({ code, path }) => code === 'invalid_value' && path.length === 1) !== true
    );
  };
  return definition.options.find(isMeant) ?? schema;
}

/** The schema at a path, through the forms that the value has. */
function schemaFor(
  schema: Schema,
  path: readonly PropertyKey[],
  value: unknown,
): Schema | undefined {
  const form = formOf(schema, value);
  const [first, ...rest] = path;
  if (first === undefined) {
    return form;
  }
  const inner = schemaAt(form, [first]);
  return inner && schemaFor(inner, rest, valueAt(value, [first]));
}

function faultsOf(issue: Issue, schema: Schema, value: unknown): readonly Fault[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const at = (message: string): Fault[] => [{ path, message }];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const inside = schemaFor(schema, issue.path, value);
      const names = Object.keys(
        (inside === undefined ? undefined : declaredMembersOf(inside)) ?? {},
      );
      return issue.keys.map((name) => ({
        path: [...path, name],
        isName: true as const,
        message: `there is no member "${name}". ${suggestion(name, names)}`,
      }));
    }
    case 'invalid_type': {
      const type = TYPE_NAMES[issue.expected] ?? issue.expected;
      return at(
        valueAt(value, issue.path) === undefined
          ? `it is missing: ${type}.`
          : `it must be ${type}.`,
      );
    }
    case 'invalid_value': {
      const options = issue.values.map((option) => JSON.stringify(option)).join(', ');
      return at(`it must be ${issue.values.length > 1 ? 'one of ' : ''}${options}.`);
    }
    case 'too_small':
    case 'too_big': {
      const bound =
        issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      const unit =
        issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : '';
      return at(`it must ${unit === '' ? 'be' : 'have'} ${bound}${unit}.`);
    }
    case 'invalid_union': {
      const [best = []] = [...issue.errors].sort((a, b) => distanceOf(a) - distanceOf(b));
      const inner = best.flatMap((inner) =>
        faultsOf({ ...inner, path: [...issue.path, ...inner.path] }, schema, value),
      );
      return inner.length > 0 ? inner : at('it has none of the forms that are allowed.');
    }
    default:
      return at(issue.message.startsWith('must ') ? `it ${issue.message}.` : `${issue.message}.`);
  }
}

/** The problems of a value. */
export function validate(schema: Schema, value: unknown): readonly Fault[] {
  const outcome = z.safeParse(schema, value);
  return outcome.success
    ? []
    : outcome.error.issues.flatMap((issue) => faultsOf(issue, schema, value));
}

const callSchemas = new WeakMap<Operation, Schema>();

/** The schema of all arguments of an operation, made once: zod compiles a schema by its first use. */
function callSchemaOf(operation: Operation): Schema {
  const { path, query, body } = operation;
  const schema =
    callSchemas.get(operation) ??
    z.strictObject({
      ...path,
      ...query,
      ...(body instanceof Whole ? { [body.argument]: body.schema } : body),
    });
  callSchemas.set(operation, schema);
  return schema;
}

/** The problems of the arguments of a write, in the words of the operation's tool. */
export function validateCall(
  operation: Operation,
  values: Values,
  replaceWhole: boolean,
): readonly Fault[] {
  const { refuses } = operation;
  const faults = validate(callSchemaOf(operation), values);
  const refusal =
    faults.length > 0
      ? undefined
      : refuses?.({ ...values, ...(replaceWhole && { replace_whole: true }) });
  return refusal === undefined ? faults : [{ path: [], message: `${refusal}.` }];
}

/** What is wrong with the references of an item; undefined for a list of different names. */
export function referencesFault(value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    return 'it is a list of names.';
  }
  const twice = value.find((item, index) => value.indexOf(item) < index);
  return twice === undefined ? undefined : `it names "${twice}" twice.`;
}
