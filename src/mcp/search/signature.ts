/**
 * Writes an operation as a function in TypeScript-like notation: its arguments with their descriptions as comments, and the
 * members of its answer. Agents that write scripts read this instead of a JSON Schema, which is about three times as long.
 */

import { isObject } from '../../json.js';
import type { JsonSchema } from '../json-schema.js';

/** Enums of arguments with more values than this are shortened if there is no space for them. */
const MAX_ENUM_VALUES = 8;

/** Arguments that refine a search and are the same for every list: without comments only their names are written. */
export const SEARCH_REFINEMENTS: ReadonlySet<string> = new Set([
  'searchMode',
  'searchFields',
  'joint',
  'isCaseSensitive',
]);

/** Values that a shortened enum of an argument shows. */
const SAMPLE_VALUES = 2;

/** Values with the same beginning from which on they are written as a group. */
const MIN_GROUPED_VALUES = 2;

/** Enums of answers that are longer than this, in characters, are written as their type. */
const MAX_ANSWER_ENUM_CHARS = 100;

/** Levels of object members that an answer is written with: its own, and those of what is inside. */
const ANSWER_DEPTH = 2;

/** Levels of object members that arguments are written with at most. */
const MAX_ARGUMENT_DEPTH = 6;

const literal = (value: unknown): string => JSON.stringify(value).replaceAll('"', "'");

const listOf = (item: string): string =>
  item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;

const schemasIn = (value: unknown): readonly JsonSchema[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** The named members of an object. Logto's document writes a free key as a name in brackets, which is none. */
const propertiesIn = ({ properties }: JsonSchema): Readonly<Record<string, unknown>> =>
  isObject(properties) && !Object.keys(properties).some((name) => name.startsWith('['))
    ? properties
    : {};

const isRequiredIn = ({ required }: JsonSchema, name: string): boolean =>
  Array.isArray(required) && required.includes(name);

/** A description as a comment, on one line and without the end of a comment. */
const commentOf = (schema: unknown): string => {
  const description = isObject(schema) ? schema['description'] : undefined;
  return typeof description === 'string' && description !== ''
    ? ` /* ${description.replaceAll('*/', '* /').replace(/\s+/g, ' ')} */`
    : '';
};

/** How enums with many values are written: in full, by their common beginnings, or as a sample. */
type LongEnums = 'all' | 'grouped' | 'sample';

interface NotationOptions {
  /** Levels of object members that are written; deeper ones are `object`. */
  readonly depth: number;
  /** Whether descriptions follow their members as comments. */
  readonly comments: boolean;
  readonly longEnums: LongEnums;
  /** Writes members as answers do: a member without a type is a string, and `null` is left out. */
  readonly isTerse?: boolean;
}

/**
 * Texts by their common beginnings, which end with a dot: `'Role.{Created,Deleted}'`.
 *
 * @returns undefined where that notation saves nothing, or a value has a character of it
 */
function groupedNotation(values: readonly unknown[]): string | undefined {
  const groups = new Map<string, string[]>();
  for (const value of values) {
    if (typeof value !== 'string' || /[{},']/.test(value)) {
      return undefined;
    }
    const dot = value.indexOf('.');
    const beginning = dot < 0 ? value : value.slice(0, dot + 1);
    groups.set(beginning, [...(groups.get(beginning) ?? []), value.slice(beginning.length)]);
  }
  if (groups.size === values.length) {
    return undefined;
  }
  const members = [...groups].map(([beginning, ends]) =>
    ends.length < MIN_GROUPED_VALUES
      ? `'${beginning}${ends.join('')}'`
      : `'${beginning}{${ends.join(',')}}'`,
  );
  return `${members.join(' | ')} /* 'A.{B,C}' is 'A.B' | 'A.C' */`;
}

function enumNotation(values: readonly unknown[], longEnums: LongEnums): string {
  if (values.length > MAX_ENUM_VALUES) {
    const grouped = longEnums === 'grouped' ? groupedNotation(values) : undefined;
    if (grouped !== undefined) {
      return grouped;
    }
    if (longEnums === 'sample') {
      const sample = values.slice(0, SAMPLE_VALUES).map(literal).join(' | ');
      return `${sample} | /* ${values.length - SAMPLE_VALUES} more */`;
    }
  }
  return values.map(literal).join(' | ');
}

/** The type that a JSON Schema of arguments describes, for example `{ name: string; tags?: string[] }`. */
export function typeNotation(schema: unknown, options: NotationOptions): string {
  if (!isObject(schema)) {
    return 'unknown';
  }
  const { type, enum: values, items } = schema;
  const { depth, comments, longEnums, isTerse = false } = options;
  const forms = schemasIn(schema['anyOf'] ?? schema['oneOf']);
  if (forms.length > 0) {
    const types = [...new Set(forms.map((form) => typeNotation(form, options)))];
    return types.filter((form) => !isTerse || form !== 'null').join(' | ');
  }
  if (Array.isArray(values)) {
    return enumNotation(values, longEnums);
  }
  if (Array.isArray(type)) {
    return type.map((form) => typeNotation({ ...schema, type: form }, options)).join(' | ');
  }
  if (type === 'array') {
    return listOf(typeNotation(items, options));
  }
  if (type !== 'object') {
    return String(type ?? 'unknown');
  }
  if (!isObject(schema['properties']) || depth === 0) {
    return 'object';
  }
  const named = Object.entries(propertiesIn(schema));
  const isBrief = !comments && named.some(([name]) => name === 'searchFields');
  const members = named
    .filter(([name]) => !(isBrief && SEARCH_REFINEMENTS.has(name)))
    .map(([name, member]) => {
      const inner = typeNotation(member, { ...options, depth: depth - 1 });
      const key = `${name}${isRequiredIn(schema, name) ? '' : '?'}`;
      return isTerse && inner === 'string'
        ? key
        : `${key}: ${inner}${comments ? commentOf(member) : ''}`;
    });
  if (isTerse) {
    return `{${members.join(', ')}}`;
  }
  const refinements = isBrief ? ` /* ${[...SEARCH_REFINEMENTS].join(', ')} */` : '';
  return members.length === 0 ? '{}' : `{ ${members.join('; ')}${refinements} }`;
}

/** Follows a `$ref`. */
export type ResolveRef = (ref: string) => unknown;

const unresolved: ResolveRef = () => undefined;

/** What a value can be: its forms without references, and whether it can be null. */
interface SchemaForms {
  readonly forms: readonly JsonSchema[];
  readonly isNullable: boolean;
}

function formsOf(schema: unknown, resolve: ResolveRef): SchemaForms {
  if (!isObject(schema)) {
    return { forms: [], isNullable: false };
  }
  if (typeof schema['$ref'] === 'string') {
    return formsOf(resolve(schema['$ref']), resolve);
  }
  const isNullable = schema['nullable'] === true;
  const options = schemasIn(schema['anyOf'] ?? schema['oneOf']);
  if (options.length > 0) {
    const inner = options.map((option) => formsOf(option, resolve));
    return {
      forms: inner.flatMap(({ forms }) => forms),
      isNullable: isNullable || inner.some((option) => option.isNullable),
    };
  }
  const parts = schemasIn(schema['allOf']).flatMap((part) => formsOf(part, resolve).forms);
  if (parts.length > 0) {
    const properties = Object.assign({}, ...parts.map(propertiesIn));
    const required = parts.flatMap((part) =>
      Array.isArray(part['required']) ? part['required'] : [],
    );
    return { forms: [{ type: 'object', properties, required }], isNullable };
  }
  if (Array.isArray(schema['type'])) {
    const types = schema['type'];
    return {
      forms: types.filter((type) => type !== 'null').map((type) => ({ ...schema, type })),
      isNullable: isNullable || types.includes('null'),
    };
  }
  return schema['type'] === 'null'
    ? { forms: [], isNullable: true }
    : { forms: [schema], isNullable };
}

/** A literal, which Logto's document writes as a format: a text in quotation marks, `true` and `false` bare. */
function literalsIn({
  type,
  enum: values,
  const: constant,
  format,
}: JsonSchema): readonly unknown[] {
  if (Array.isArray(values)) {
    return values;
  }
  const quoted = /^"(.*)"$/.exec(String(format ?? ''))?.[1];
  const served =
    type === 'boolean' && ['true', 'false'].includes(String(format)) ? format === 'true' : quoted;
  return [constant ?? served].filter((value) => value !== undefined);
}

/** The scalar type of a form; an object without named members and a list of anything are scalars too. */
function scalarOf(form: JsonSchema): string {
  const { type } = form;
  const literals = literalsIn(form);
  if (type === 'boolean' || literals.length === 0) {
    return type === 'integer' ? 'number' : String(type ?? 'unknown');
  }
  const text = literals.map(literal).join(' | ');
  return text.length <= MAX_ANSWER_ENUM_CHARS ? text : String(type ?? 'string');
}

function membersNotation(forms: readonly JsonSchema[], resolve: ResolveRef, depth: number): string {
  const names = [...new Set(forms.flatMap((form) => Object.keys(propertiesIn(form))))];
  const members = names.map((name) => {
    const having = forms.filter((form) => Object.hasOwn(propertiesIn(form), name));
    const inner = having.map((form) => formsOf(propertiesIn(form)[name], resolve));
    const isCertain =
      having.length === forms.length &&
      having.every((form) => isRequiredIn(form, name)) &&
      !inner.some(({ isNullable }) => isNullable);
    const type = formsNotation(
      inner.flatMap((alternative) => alternative.forms),
      resolve,
      depth - 1,
    );
    return `${name}${isCertain ? '' : '?'}${type === 'string' ? '' : `: ${type}`}`;
  });
  return `{${members.join(', ')}}`;
}

function formsNotation(forms: readonly JsonSchema[], resolve: ResolveRef, depth: number): string {
  const objects = forms.filter((form) => Object.keys(propertiesIn(form)).length > 0);
  const lists = forms.filter(({ type }) => type === 'array');
  const scalars = forms.filter((form) => !objects.includes(form) && !lists.includes(form));
  const itemForms = lists.flatMap(({ items }) => formsOf(items, resolve).forms);
  const types = [
    ...(objects.length > 0
      ? [depth > 0 ? membersNotation(objects, resolve, depth) : 'object']
      : []),
    ...(lists.length > 0 ? [listOf(formsNotation(itemForms, resolve, depth))] : []),
    ...scalars.map(scalarOf),
  ];
  return [...new Set(types)].join(' | ') || 'unknown';
}

/**
 * The members of an answer, from the JSON Schema of its body or the dialect of it that OpenAPI 3.0 has. A name without a type
 * is a text; `?` stands for a member that can be null or absent, `...` for more that are not known. Forms of a union are merged.
 * Example: `{id, name, isDefault: boolean, scopes?: {id, name}[]}`
 */
export const answerNotation = (schema: unknown, resolve: ResolveRef = unresolved): string =>
  formsNotation(formsOf(schema, resolve).forms, resolve, ANSWER_DEPTH);

/** An answer without the members of what is inside it: `{id, scopes: {id, name}[]}` becomes `{id, scopes: object[]}`. */
export function shallowAnswer(answer: string): string {
  let depth = 0;
  let text = '';
  for (const char of answer) {
    depth += char === '{' ? 1 : 0;
    if (depth < 2) {
      text += char;
    } else if (char === '{' && depth === 2) {
      text += 'object';
    }
    depth -= char === '}' ? 1 : 0;
  }
  return text;
}

/** The members of what is in the outermost braces of a notation; undefined where it is not one object or a list of them. */
export function membersOfNotation(notation: string): readonly string[] | undefined {
  const inside = /^\{(.*)\}(?:\[\])?$/s.exec(notation)?.[1];
  if (inside === undefined) {
    return undefined;
  }
  const members: string[] = [];
  let depth = 0;
  let member = '';
  for (const char of inside) {
    depth += '{(['.includes(char) ? 1 : '})]'.includes(char) ? -1 : 0;
    if (depth < 0) {
      return undefined;
    }
    if (char === ',' && depth === 0) {
      members.push(member.trim());
      member = '';
    } else {
      member += char;
    }
  }
  return member.trim() === '' ? members : [...members, member.trim()];
}

/** The inputs of a signature. */
export interface SignatureParts {
  /** What is called, for example `logto.get_user`. */
  readonly callee: string;
  /** The JSON Schema of the arguments: an object. */
  readonly arguments: unknown;
  /** The answer as `answerNotation` writes it; undefined where it is not known. */
  readonly answer?: string | undefined;
}

/** A signature, and whether it is complete. */
export interface Signature {
  readonly text: string;
  /** False where descriptions, values or nested members of arguments did not fit. */
  readonly isComplete: boolean;
  /** Whether the descriptions of arguments are in it. */
  readonly hasComments: boolean;
}

/** A form of a signature. */
interface Variant extends NotationOptions {
  readonly answer: string | undefined;
}

/** Whether an argument has more values than a signature always shows. */
const hasLongEnum = (schema: unknown): boolean =>
  Array.isArray(schema)
    ? schema.some(hasLongEnum)
    : isObject(schema) &&
      ((Array.isArray(schema['enum']) && schema['enum'].length > MAX_ENUM_VALUES) ||
        Object.values(schema).some(hasLongEnum));

/**
 * The most detailed signature of at most `maxBytes` bytes, for example `logto.get_role({ id: string }): {id, name}`. What is
 * inside members of the answer is left out first, then comments, then the answer, then values of long enums, then what is
 * inside nested arguments. The names of all arguments are always there, so the shortest form may be longer than `maxBytes`.
 */
export function signatureOf(parts: SignatureParts, maxBytes: number): Signature {
  const { callee, arguments: schema, answer } = parts;
  const shallow = answer === undefined ? undefined : shallowAnswer(answer);
  const depth = MAX_ARGUMENT_DEPTH;
  const hasEnum = hasLongEnum(schema);
  const withEnums = (longEnums: LongEnums): Variant[] => [
    { depth, longEnums, comments: true, answer },
    { depth, longEnums, comments: true, answer: shallow },
    { depth, longEnums, comments: false, answer },
    { depth, longEnums, comments: false, answer: shallow },
    { depth, longEnums, comments: true, answer: undefined },
    { depth, longEnums, comments: false, answer: undefined },
  ];
  const variants: readonly Variant[] = [
    { depth, longEnums: 'all', comments: true, answer },
    { depth, longEnums: 'all', comments: true, answer: shallow },
    ...(hasEnum ? withEnums('grouped') : []),
    ...withEnums('sample'),
    ...Array.from({ length: MAX_ARGUMENT_DEPTH - 1 }, (_, index) => ({
      depth: MAX_ARGUMENT_DEPTH - 1 - index,
      longEnums: 'sample' as const,
      comments: false,
      answer: undefined,
    })),
  ];
  let text = '';
  for (const variant of variants) {
    const input = typeNotation(schema, variant);
    const output = variant.answer === undefined ? '' : `: ${variant.answer}`;
    text = `${callee}(${input === '{}' ? '' : input})${output}`;
    if (Buffer.byteLength(text) <= maxBytes) {
      const isComplete = variant.comments && !(hasEnum && variant.longEnums === 'sample');
      return { text, isComplete, hasComments: variant.comments };
    }
  }
  return { text, isComplete: false, hasComments: false };
}
