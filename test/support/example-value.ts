/** Example arguments, made from the listed schema of a tool. */
import { isObject } from '../../src/json.js';

/** A value that a schema accepts in most cases. */
export function exampleOf(schema: unknown): unknown {
  if (!isObject(schema)) {
    return undefined;
  }
  const { type, enum: values, items, properties, required, anyOf, pattern, format } = schema;
  if (Array.isArray(values)) {
    return values[0];
  }
  if (Array.isArray(anyOf)) {
    return exampleOf(anyOf[0]);
  }
  switch ([type].flat()[0]) {
    case 'string':
      return format === 'uri' ? 'https://a.example' : pattern === undefined ? 'x' : 'a@b.example:1';
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [exampleOf(items)];
    case 'object': {
      const names: unknown[] = Array.isArray(required) ? required : [];
      const members = isObject(properties) ? properties : {};
      return Object.fromEntries(names.map((name) => [name, exampleOf(members[String(name)])]));
    }
    default:
      return undefined;
  }
}
