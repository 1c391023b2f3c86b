/** Holds what an agent sent against a tool's schema, and says everything that is wrong with it at once. */
import leven from 'leven';
import * as z from 'zod';
// By their names: `z.core` as a value would bring everything that zod has into the program.
import {
  $ZodArray,
  $ZodLiteral,
  $ZodObject,
  $ZodRecord,
  $ZodType,
  $ZodUnion,
  globalRegistry,
} from 'zod/v4/core';
import { type Failure, LogtoError } from '../logto/errors.js';

export type Values = Readonly<Record<string, unknown>>;

type Issue = z.core.$ZodIssue;

/** One client adds this to every call and does not know that it is none of ours. */
const injected = 'wait_for_previous';

/** The names among `known` that `wrong` was probably meant to be, the nearest first; at most three. */
export function nearest(wrong: string, known: Iterable<string>): string[] {
  const written = wrong.toLowerCase();
  return [...known]
    .map((name) => ({ name, distance: leven(written, name.toLowerCase()) }))
    .filter(
      ({ name, distance }) =>
        distance <= Math.max(2, Math.floor(wrong.length / 3)) ||
        (written.length > 2 && name.toLowerCase().includes(written)) ||
        (name.length > 2 && written.includes(name.toLowerCase())),
    )
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The question after names that were probably meant; undefined where there are none. */
export const didYouMean = (meant: readonly string[]): string | undefined =>
  meant.length > 0 ? `Did you mean ${meant.join(', ')}?` : undefined;

const quoted = (names: readonly string[]): string =>
  names.map((name) => `"${name}"`).join(names.length === 2 ? ' or ' : ', ');

/** Where the values that are checked stand, and what else belongs elsewhere. */
export interface Frame {
  /** The argument of another tool that holds them all: `arguments` of a runner. */
  readonly inside?: string;
  /** Whether a name that is not declared belongs into `arguments`, as one of the operation that the values name. */
  readonly belongs?: (name: string, values: Values) => boolean;
}

/** The place of an issue as a person would write it: `searchFields[0].mode`. */
const placeOf = (path: readonly PropertyKey[], { inside = '' }: Frame): string =>
  path.reduce<string>(
    (place, part) =>
      typeof part === 'number'
        ? `${place}[${part}]`
        : place === ''
          ? String(part)
          : `${place}.${String(part)}`,
    inside,
  );

const valueAt = (values: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined,
    values,
  );

/** What was given, short and without the value of anything that may be a secret. */
function givenAs(value: unknown): string {
  if (value === undefined) {
    return 'nothing was given';
  }
  if (value === null) {
    return 'null was given';
  }
  if (Array.isArray(value)) {
    return `a list of ${value.length} was given`;
  }
  if (typeof value === 'object') {
    return 'an object was given';
  }
  if (typeof value === 'string') {
    return value.length <= 40
      ? `"${value}" was given`
      : `a text of ${value.length} characters was given`;
  }
  return `${String(value)} was given`;
}

const secretName = /password|secret|token|digest|code|key|config/i;

const kindNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const isoDate = /^\d{4}-\d{2}-\d{2}(?:[T ].*)?$/;

/** The epoch milliseconds of a date as ISO 8601 writes it; undefined for anything else. */
export function timeIn(text: string): number | undefined {
  const time = isoDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** Descriptions longer than this are for reading in the list, and would bury the mistake. */
const longestWords = 120;

/** What the schema says in words about the value at `path`: where it comes from, and its limits. */
function wordsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string | undefined {
  const { def } = schema._zod;
  const words = path.length === 0 ? globalRegistry.get(schema)?.description : undefined;
  if (words !== undefined) {
    return words.length <= longestWords ? words : undefined;
  }
  const inner = Reflect.get(def, 'innerType') ?? Reflect.get(def, 'in');
  if (inner instanceof $ZodType) {
    return wordsAt(inner, path);
  }
  if (schema instanceof $ZodUnion) {
    const [first] = schema._zod.def.options.flatMap((option) => wordsAt(option, path) ?? []);
    return first;
  }
  const [first, ...rest] = path;
  const member =
    first === undefined
      ? undefined
      : schema instanceof $ZodObject
        ? schema._zod.def.shape[String(first)]
        : schema instanceof $ZodArray
          ? schema._zod.def.element
          : schema instanceof $ZodRecord
            ? schema._zod.def.valueType
            : undefined;
  return member === undefined ? undefined : wordsAt(member, rest);
}

/** One form that the object at a place may have. */
interface Form {
  readonly keys: readonly string[];
  /** What tells it from the others, as `type "Select"`; empty where nothing does. */
  readonly mark: string;
  /** Whether everything that tells forms apart is as this form wants it. */
  readonly fits: boolean;
}

/** The members of an object that can have one value only, with that value. */
const marksOf = (schema: z.core.$ZodType): [string, unknown][] =>
  schema instanceof $ZodObject
    ? Object.entries(schema._zod.def.shape).flatMap(([name, member]): [string, unknown][] =>
        member instanceof $ZodLiteral ? [[name, member._zod.def.values[0]]] : [],
      )
    : [];

/** The forms of the object at `path`. Looks through the wrappers and into every branch of a union. */
function formsAt(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
  value: unknown,
  sofar: Omit<Form, 'keys'> = { mark: '', fits: true },
): Form[] {
  const { def } = schema._zod;
  const inner = Reflect.get(def, 'innerType') ?? Reflect.get(def, 'in');
  if (inner instanceof $ZodType) {
    return formsAt(inner, path, value, sofar);
  }
  if (schema instanceof $ZodUnion) {
    return schema._zod.def.options.flatMap((option) => {
      const marks = marksOf(option);
      return formsAt(option, path, value, {
        mark: marks.map(([name, one]) => `${name} ${JSON.stringify(one)}`)[0] ?? sofar.mark,
        fits: sofar.fits && marks.every(([name, one]) => valueAt(value, [name]) === one),
      });
    });
  }
  const [first, ...rest] = path;
  if (first === undefined) {
    return schema instanceof $ZodObject
      ? [{ keys: Object.keys(schema._zod.def.shape), ...sofar }]
      : [];
  }
  const member =
    schema instanceof $ZodObject
      ? schema._zod.def.shape[String(first)]
      : schema instanceof $ZodArray
        ? schema._zod.def.element
        : undefined;
  return member === undefined ? [] : formsAt(member, rest, valueAt(value, [first]), sofar);
}

/** What other APIs call the text that is looked for, or the member that it is looked for in; and what it is called here. */
const seeking = /^(?:q|query|search|filter|keywords?|term|text|e?mail|name|user_?name|phone)$/i;
const finders: ReadonlySet<string> = new Set(['search', 'q']);

/** The argument of the object at `path` whose inside has a member of this name: what was written one level too high. */
function holderOf(
  key: string,
  path: readonly PropertyKey[],
  declared: readonly string[],
  schema: z.core.$ZodType,
  values: Values,
): string | undefined {
  return declared.find((name) =>
    formsAt(schema, [...path, name], values).some(({ keys }) => keys.includes(key)),
  );
}

/** What is wrong with a key that the object at `path` does not take, and which it takes instead. */
function unknownKey(
  key: string,
  path: readonly PropertyKey[],
  schema: z.core.$ZodType,
  values: Values,
  frame: Frame,
): string {
  if (path.length === 0 && frame.belongs?.(key, values) === true) {
    return `"${key}" belongs into arguments.`;
  }
  const place = placeOf(path, frame);
  const inside = place === '' ? '' : ` inside ${place}`;
  const forms = formsAt(schema, path, values);
  const fitting = forms.filter(({ fits }) => fits);
  const own = fitting.length > 0 ? fitting : forms;
  const having = forms.filter(({ keys }) => keys.includes(key));
  if (own.some(({ keys }) => keys.includes(key))) {
    const each = own.map(({ keys }) => keys.join(', ')).join('; or ');
    return `"${key}"${inside} cannot stand beside the rest: give one form whole, either ${each}.`;
  }
  const declared = [...new Set(own.flatMap(({ keys }) => keys))];
  if (having.length > 0) {
    const marks = [...new Set(having.map(({ mark }) => mark))].join(' or ');
    const with_ = [...new Set(own.map(({ mark }) => mark))].join(' or ');
    return `"${key}"${inside} goes with ${marks} only; with ${with_} it takes: ${declared.join(', ')}.`;
  }
  const holder = holderOf(key, path, declared, schema, values);
  if (holder !== undefined) {
    return `There is no argument "${key}"${inside}: it stands inside ${placeOf([...path, holder], frame)}.`;
  }
  const alike = nearest(key, declared);
  const meant =
    alike.length === 0 && seeking.test(key) ? declared.filter((name) => finders.has(name)) : alike;
  const instead =
    meant.length > 0
      ? ` Did you mean ${quoted(meant)}?`
      : declared.length > 0
        ? ` It takes: ${declared.join(', ')}.`
        : ' It takes no arguments.';
  return `There is no argument "${key}"${inside}.${instead}`;
}

/** How far a branch of a union is from what was given: a wrong mark weighs more than unknown keys, these more than values. */
const distanceOf = (issues: readonly Issue[]): number =>
  issues.reduce(
    (sum, { code, path }) =>
      sum +
      (code === 'invalid_value' && path.length === 1 ? 1e6 : 0) +
      (code === 'invalid_type' && path.length === 0 ? 1e6 : 0) +
      (code === 'unrecognized_keys' ? 1e3 : 0) +
      1,
    0,
  );

function sentences(issue: Issue, schema: z.core.$ZodType, values: Values, frame: Frame): string[] {
  const place = placeOf(issue.path, frame);
  const value = valueAt(values, issue.path);
  const given =
    (typeof value === 'string' || typeof value === 'number') && secretName.test(place)
      ? `another ${typeof value === 'string' ? 'text' : 'number'} was given`
      : givenAs(value);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, issue.path, schema, values, frame));
    case 'invalid_type': {
      const words = wordsAt(schema, issue.path);
      const kind = `${kindNames[issue.expected] ?? issue.expected}${words === undefined ? '' : ` (${words})`}`;
      // Dates are what a person says; which number that is, nobody should have to work out.
      const time =
        typeof value === 'string' && words?.includes('epoch') ? timeIn(value) : undefined;
      return [
        value === undefined
          ? `${place} is required: ${kind}.`
          : `${place} must be ${kind}; ${given}${time === undefined ? '' : `, which is ${time}`}.`,
      ];
    }
    case 'invalid_value': {
      const options = issue.values.map((option) => JSON.stringify(option)).join(', ');
      const meant =
        typeof value === 'string'
          ? nearest(
              value,
              issue.values.filter((option) => typeof option === 'string'),
            )
          : [];
      const hint = meant[0] === undefined ? '' : ` Did you mean "${meant[0]}"?`;
      return [
        `${place} must be ${issue.values.length > 1 ? 'one of ' : ''}${options}; ${given}.${hint}`,
      ];
    }
    case 'too_small':
    case 'too_big': {
      const bound =
        issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      const unit =
        issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : '';
      return [`${place} must ${unit === '' ? 'be' : 'have'} ${bound}${unit}; ${given}.`];
    }
    case 'invalid_format':
      // The rule of each text of a certain form says itself in words; a test holds the catalog to that.
      return [`${place} ${issue.message}; ${given}.`];
    case 'invalid_union': {
      // Where the key that tells the branches apart is right, or one branch alone fits best, its issues say what to do.
      const branches = [...issue.errors].sort((a, b) => distanceOf(a) - distanceOf(b));
      const best = branches[0];
      const reasons = (best ?? []).flatMap((inner) =>
        sentences({ ...inner, path: [...issue.path, ...inner.path] }, schema, values, frame),
      );
      if (reasons.length > 0) {
        return reasons;
      }
      const discriminator = issue.discriminator;
      const options = Reflect.get(issue, 'options');
      const allowed = Array.isArray(options)
        ? `: ${options.map((option) => JSON.stringify(option)).join(', ')}`
        : '';
      return [
        discriminator === undefined
          ? `${place} has none of the forms that are allowed.`
          : `${place} must be one of those that are allowed${allowed}; ${given}.`,
      ];
    }
    default:
      return [
        place === ''
          ? `${issue.message}.`
          : issue.message.startsWith('must ')
            ? `${place} ${issue.message}; ${given}.`
            : `${place}: ${issue.message}.`,
      ];
  }
}

/** The error for arguments that do not fit: every mistake in a line of its own. */
function misfit(tool: string, lines: readonly string[]): LogtoError {
  const failure: Failure = {
    kind: 'input',
    code: 'invalid_arguments',
    message:
      lines.length === 1
        ? `${lines[0]} Nothing was sent.`
        : `${lines.length} arguments of ${tool} are wrong. Nothing was sent.`,
    hint: `Correct ${lines.length === 1 ? 'it' : 'them'} and call again.`,
    ...(lines.length > 1 && { details: lines }),
  };
  return new LogtoError(failure);
}

/**
 * Checks the arguments of a call.
 *
 * @param frame where the values stand; on their own unless given
 * @returns the values as the schema reads them
 * @throws LogtoError of kind `input` that names each wrong argument, what was given and what is allowed
 */
export function validateArguments<S extends z.core.$ZodType>(
  tool: string,
  schema: S,
  sent: unknown,
  frame: Frame = {},
): z.core.output<S> {
  const values = Object.fromEntries(
    Object.entries(typeof sent === 'object' && sent !== null ? sent : {}).filter(
      ([name]) => name !== injected,
    ),
  );
  const outcome = z.safeParse(schema, values);
  if (!outcome.success) {
    const lines = outcome.error.issues.flatMap((issue) => sentences(issue, schema, values, frame));
    throw misfit(tool, [...new Set(lines)]);
  }
  return outcome.data;
}
