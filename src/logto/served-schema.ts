/**
 * Reduces the schemas of a served OpenAPI document to the facts that calls are checked with: types, limits, members and
 * values. The document is untrusted data: texts are dropped, names and values must have a plain form, and counts are
 * bounded.
 */
import { isObject, listIn, textsIn } from '../json.js';

/** A reduced JSON Schema. It has no descriptions and no patterns: a pattern could take forever. */
export interface ServedSchema {
  readonly type?: ServedType;
  readonly nullable?: true;
  readonly enum?: readonly (string | number | boolean)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: ServedSchema;
  readonly properties?: Readonly<Record<string, ServedSchema>>;
  readonly required?: readonly string[];
  /** The schema of undeclared members; absent if the document does not say that there can be any. */
  readonly additionalProperties?: ServedSchema;
  readonly anyOf?: readonly ServedSchema[];
}

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array'] as const;

export type ServedType = (typeof TYPES)[number];

/** Levels of a schema; deeper values are free. Those of Logto have about twelve. */
const MAX_DEPTH = 24;

/** Schemas of one document, references followed. Logto's has about 2,500. */
const MAX_SCHEMAS = 40_000;

/** Members of one object, forms of one union, and values of one list. */
const MAX_MEMBERS = 300;
const MAX_FORMS = 60;
const MAX_VALUES = 600;

/** A document that is larger than any of Logto's. */
export class DocumentTooLarge extends Error {
  override readonly name = 'DocumentTooLarge';
}

const NAME = /^[A-Za-z_$@][\w.:$@-]{0,127}$/;

/** Whether a member or a parameter may have this name. Names of `Object.prototype` are refused. */
export const isPlainName = (name: unknown): name is string =>
  typeof name === 'string' && NAME.test(name) && !(name in Object.prototype);

/** A value without blanks, so that no sentence can be one. */
const VALUE = /^[\w.:/+@#*-]{1,128}$/;

const isPlainValue = (value: unknown): value is string | number | boolean =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && VALUE.test(value));

const isType = (name: unknown): name is ServedType => TYPES.some((type) => type === name);

const BOUNDS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;

/** Bounds beyond 2^53 are those of the number format. */
const boundsOf = (schema: Readonly<Record<string, unknown>>): Partial<ServedSchema> =>
  Object.fromEntries(
    BOUNDS.flatMap((name) => {
      const value = schema[name];
      return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER
        ? [[name, value]]
        : [];
    }),
  );

/** The values that a schema allows; undefined for any. A list with a value that is not plain counts as open. */
function valuesOf(schema: Readonly<Record<string, unknown>>): ServedSchema['enum'] {
  const { type, format, const: constant } = schema;
  // Logto's document writes a literal as a format: a text in quotation marks, true and false bare.
  const literal =
    type === 'boolean' && (format === 'true' || format === 'false')
      ? format === 'true'
      : typeof format === 'string'
        ? /^"(.*)"$/.exec(format)?.[1]
        : undefined;
  const only = constant ?? literal;
  const values = only === undefined ? schema['enum'] : [only];
  return Array.isArray(values) &&
    values.length > 0 &&
    values.length <= MAX_VALUES &&
    values.every(isPlainValue)
    ? values
    : undefined;
}

/** Reduces the schemas of one document. */
export class SchemaReducer {
  #left = MAX_SCHEMAS;

  /** @param document where references point to */
  constructor(private readonly document: unknown) {}

  /** The target of a reference; the value itself if it is no reference. */
  resolve(value: unknown): unknown {
    let target = value;
    for (let step = 0; step < MAX_DEPTH && isObject(target); step += 1) {
      const { $ref: reference } = target;
      if (typeof reference !== 'string') {
        return target;
      }
      target = reference
        .replace(/^#\//, '')
        .split('/')
        .reduce<unknown>(
          (inner, name) =>
            isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined,
          this.document,
        );
    }
    return isObject(target) && '$ref' in target ? undefined : target;
  }

  /**
   * Reduces a schema. A schema that cannot be read becomes a free value.
   *
   * @throws DocumentTooLarge for a document with more schemas than Logto could have
   */
  reduce(input: unknown, depth = 0): ServedSchema {
    this.#left -= 1;
    if (this.#left < 0) {
      throw new DocumentTooLarge('The document has too many schemas.');
    }
    const schema = this.resolve(input);
    if (!isObject(schema) || depth > MAX_DEPTH) {
      return {};
    }
    const forms = schema['oneOf'] ?? schema['anyOf'];
    const isNullable = schema['nullable'] === true;
    if (Array.isArray(forms)) {
      return this.#union(forms, depth, isNullable);
    }
    if (Array.isArray(schema['allOf'])) {
      return this.#intersection(schema['allOf'], depth, isNullable);
    }
    if (Array.isArray(schema['type'])) {
      const types = schema['type'].map((type: unknown) => ({ ...schema, type }));
      return this.#union(types, depth, isNullable);
    }
    return { ...this.#plain(schema, depth), ...(isNullable && { nullable: true }) };
  }

  #union(forms: readonly unknown[], depth: number, isNullable: boolean): ServedSchema {
    if (forms.length > MAX_FORMS) {
      return {};
    }
    const resolved = forms.map((form) => this.resolve(form));
    const isNull = (form: unknown): boolean => isObject(form) && form['type'] === 'null';
    const nullable = isNullable || resolved.some(isNull);
    const [first, ...others] = resolved
      .filter((form) => !isNull(form))
      .map((form) => this.reduce(form, depth + 1));
    return {
      ...(first !== undefined && (others.length === 0 ? first : { anyOf: [first, ...others] })),
      ...(nullable && { nullable: true }),
    };
  }

  /** The members of all parts together. */
  #intersection(parts: readonly unknown[], depth: number, isNullable: boolean): ServedSchema {
    const reduced = parts.slice(0, MAX_FORMS).map((part) => this.reduce(part, depth + 1));
    return {
      ...Object.assign({}, ...reduced),
      ...(reduced.some(({ properties }) => properties !== undefined) && {
        properties: Object.assign({}, ...reduced.map(({ properties }) => properties)),
        required: reduced.flatMap(({ required = [] }) => required),
      }),
      ...(isNullable && { nullable: true }),
    };
  }

  #plain(schema: Readonly<Record<string, unknown>>, depth: number): ServedSchema {
    const declared = isObject(schema['properties']) ? schema['properties'] : {};
    const members = Object.entries(declared).filter(([name]) => isPlainName(name));
    // The document leaves the type of some objects out, and calls one of them a text.
    const type =
      members.length > 0 ? 'object' : isType(schema['type']) ? schema['type'] : undefined;
    const values = valuesOf(schema);
    const free = schema['additionalProperties'];
    return {
      ...(type !== undefined && { type }),
      ...(values !== undefined && { enum: values }),
      ...boundsOf(schema),
      ...(type === 'array' && { items: this.reduce(schema['items'], depth + 1) }),
      ...(members.length > 0 &&
        members.length <= MAX_MEMBERS && {
          properties: Object.fromEntries(
            members.map(([name, member]) => [name, this.reduce(member, depth + 1)]),
          ),
          required: textsIn(listIn(schema['required'])).filter(isPlainName),
        }),
      ...((free === true || isObject(free)) && {
        additionalProperties: free === true ? {} : this.reduce(free, depth + 1),
      }),
    };
  }
}

/** The forms that a value can have: the schema itself, or the options of its union, at every depth. */
export const formsOf = (schema: ServedSchema): readonly ServedSchema[] =>
  schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(formsOf);

/** Whether a value is not described further: any value, or an object without declared members. */
export const isFree = ({ type, properties, anyOf, items }: ServedSchema): boolean =>
  anyOf === undefined &&
  properties === undefined &&
  (type === undefined || type === 'object') &&
  items === undefined;

/** The schemas at a dotted path, in every form; `*` stands for the items of a list or the values of a map. */
export function schemasAt(
  schema: ServedSchema,
  path: readonly string[],
): { readonly schemas: readonly ServedSchema[]; readonly isFree: boolean } {
  let current = formsOf(schema);
  let free = false;
  for (const name of path) {
    free ||= current.some((form) => isFree(form) || form.additionalProperties !== undefined);
    current = current
      .flatMap(({ properties, items, additionalProperties }) =>
        name === '*'
          ? [items, additionalProperties]
          : properties !== undefined && Object.hasOwn(properties, name)
            ? [properties[name]]
            : [],
      )
      .filter((next) => next !== undefined)
      .flatMap(formsOf);
  }
  return { schemas: current, isFree: free };
}
