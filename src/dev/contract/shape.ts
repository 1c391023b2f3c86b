/** The shape of a value, reduced to what can be compared: no descriptions, no formats, no defaults. */

import { isObject, type JsonObject } from '../../json.js';

export type Type = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array' | 'any';

export interface Shape {
  readonly type: Type;
  readonly nullable?: true;
  readonly enum?: readonly (string | number | boolean)[];
  /** Limits of a number, of the length of a text, of the number of items. */
  readonly min?: number;
  readonly max?: number;
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** What each value of a map is, where the keys are free. */
  readonly values?: Shape;
  /** Of a member that is reported by itself: whether it may be left out. */
  readonly optional?: true;
  /** The forms of a value that has several. */
  readonly options?: readonly Shape[];
}

const numberIn = (schema: JsonObject, ...names: string[]): number | undefined =>
  names
    .map((name) => schema[name])
    .find(
      (value): value is number =>
        typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER,
    );

const typeOf = (name: unknown): Type => {
  switch (name) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
    case 'object':
    case 'array':
      return name;
    default:
      return 'any';
  }
};

const literals = (values: readonly unknown[]) =>
  values.filter(
    (value): value is string | number | boolean =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  );

const withoutUndefined = (shape: Record<string, unknown>): Shape =>
  // Only members of Shape are put in, and only under their own names.
  Object.fromEntries(
    Object.entries(shape).filter(([, value]) => value !== undefined),
  ) as unknown as Shape;

/** Brings the forms of a union together: `null` becomes `nullable`, forms of one scalar type become one. */
function unite(options: readonly Shape[]): Shape {
  const flat = options.flatMap((option) => option.options ?? [option]);
  const real = flat.filter((option) => option.type !== 'null');
  const nullable =
    flat.length > real.length || flat.some((option) => option.nullable) ? true : undefined;
  const [first] = real;
  if (first === undefined) {
    return withoutUndefined({ type: 'null' });
  }
  const scalar =
    real.every((option) => option.type === first.type) && !['object', 'array'].includes(first.type);
  if (real.length === 1 || scalar) {
    const enums = real.every((option) => option.enum)
      ? real.flatMap((option) => option.enum ?? [])
      : undefined;
    return withoutUndefined({
      ...first,
      nullable,
      enum: enums && [...new Set(enums)],
      // A limit holds for the union when each form has one.
      min: real.length === 1 ? first.min : undefined,
      max:
        real.length === 1 || real.every((option) => option.max === first.max)
          ? first.max
          : undefined,
    });
  }
  const distinct = [...new Map(real.map((option) => [JSON.stringify(option), option])).values()];
  return distinct.length === 1
    ? withoutUndefined({ ...first, nullable })
    : withoutUndefined({ type: 'any', nullable, options: distinct });
}

/** The properties of a map whose keys come from a list. */
function namedKeys(schema: Record<string, unknown>): Record<string, unknown> {
  const names = isObject(schema['propertyNames']) ? schema['propertyNames']['enum'] : undefined;
  return Array.isArray(names)
    ? Object.fromEntries(names.map((name) => [String(name), schema['additionalProperties']]))
    : {};
}

/** Reads a JSON Schema, or the dialect of it that OpenAPI 3.0 has. `resolve` follows a `$ref`. */
export function shapeOf(schema: unknown, resolve: (ref: string) => unknown): Shape {
  if (!isObject(schema)) {
    return { type: 'any' };
  }
  if (typeof schema['$ref'] === 'string') {
    return shapeOf(resolve(schema['$ref']), resolve);
  }
  const union = schema['oneOf'] ?? schema['anyOf'];
  if (Array.isArray(union)) {
    const united = unite(union.map((option) => shapeOf(option, resolve)));
    return schema['nullable'] === true ? { ...united, nullable: true } : united;
  }
  if (Array.isArray(schema['allOf'])) {
    return shapeOf(Object.assign({}, ...schema['allOf'], { allOf: undefined }), resolve);
  }
  if (Array.isArray(schema['type'])) {
    return unite(schema['type'].map((type) => shapeOf({ ...schema, type }, resolve)));
  }
  const properties = isObject(schema['properties']) ? schema['properties'] : namedKeys(schema);
  const hasProperties = Object.keys(properties).length > 0;
  // The document leaves the type of some objects out, and calls one of them a text.
  const type = hasProperties ? 'object' : typeOf(schema['type']);
  const map = schema['additionalProperties'];
  // The document writes a literal as a format: a text in quotation marks, true and false bare.
  const format = String(schema['format'] ?? '');
  const literal =
    type === 'boolean' && (format === 'true' || format === 'false')
      ? format === 'true'
      : /^"(.*)"$/.exec(format)?.[1];
  const constant = schema['const'] ?? literal;
  return withoutUndefined({
    type,
    nullable: schema['nullable'] === true ? true : undefined,
    enum:
      constant !== undefined
        ? literals([constant])
        : Array.isArray(schema['enum'])
          ? literals(schema['enum'])
          : undefined,
    min: numberIn(schema, 'minimum', 'minLength', 'minItems'),
    max: numberIn(schema, 'maximum', 'maxLength', 'maxItems'),
    items: type === 'array' ? shapeOf(schema['items'], resolve) : undefined,
    values:
      type === 'object' && !hasProperties && isObject(map) && Object.keys(map).length > 0
        ? shapeOf(map, resolve)
        : undefined,
    properties: hasProperties
      ? Object.fromEntries(
          Object.entries(properties).map(([name, property]) => [name, shapeOf(property, resolve)]),
        )
      : undefined,
    required:
      type === 'object' && Array.isArray(schema['required']) && schema['required'].length > 0
        ? schema['required'].filter((name) => typeof name === 'string').sort()
        : undefined,
  });
}
