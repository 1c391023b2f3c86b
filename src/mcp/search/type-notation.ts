/** Writes a JSON Schema as a TypeScript-like type: names and types without descriptions, for schemas too long to show. */
import { isObject } from '../../json.js';

/** Enums with more values than this are written as their type. */
const MAX_ENUM_VALUES = 8;

function objectType(schema: Readonly<Record<string, unknown>>, depth: number): string {
  const { properties, required } = schema;
  if (!isObject(properties) || depth === 0) {
    return 'object';
  }
  const members = Object.entries(properties).map(([name, member]) => {
    const isRequired = Array.isArray(required) && required.includes(name);
    return `${name}${isRequired ? '' : '?'}: ${typeNotation(member, depth - 1)}`;
  });
  return `{ ${members.join('; ')} }`;
}

/**
 * The type that a schema describes, for example `{ name: string; tags?: string[] }`.
 *
 * @param depth how many levels of object members are written; deeper ones are `object`
 */
export function typeNotation(schema: unknown, depth: number): string {
  if (!isObject(schema)) {
    return 'unknown';
  }
  const { type, enum: values, anyOf, items } = schema;
  if (Array.isArray(anyOf)) {
    return [...new Set(anyOf.map((option) => typeNotation(option, depth)))].join(' | ');
  }
  if (Array.isArray(values) && values.length <= MAX_ENUM_VALUES) {
    return values.map((value) => JSON.stringify(value).replaceAll('"', "'")).join(' | ');
  }
  if (Array.isArray(type)) {
    return type.map((option) => typeNotation({ ...schema, type: option }, depth)).join(' | ');
  }
  if (type === 'array') {
    const item = typeNotation(items, depth);
    return / \| /.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  return type === 'object' ? objectType(schema, depth) : String(type ?? 'unknown');
}

/** The most detailed notation of at most `maxBytes` bytes; the shallowest one if none is. */
export function typeNotationWithin(schema: unknown, maxBytes: number): string {
  const MAX_DEPTH = 6;
  for (let depth = MAX_DEPTH; depth > 1; depth -= 1) {
    const notation = typeNotation(schema, depth);
    if (Buffer.byteLength(notation) <= maxBytes) {
      return notation;
    }
  }
  return typeNotation(schema, 1);
}
