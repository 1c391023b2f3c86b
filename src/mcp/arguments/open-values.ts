/** Values of lists that grow with Logto's releases and that the catalog does not know. Validation accepts them. */
import { CATALOG_RELEASE } from '../../catalog/release-names.js';
import { isOpenObject, knownValuesOf } from '../../catalog/releases.js';
import { isObject, valueAt } from '../../json.js';
import { type ArgumentPath, placeOf } from './place.js';
import { elementOf, membersOf, optionsOf, type Schema } from './schema.js';

/** The paths of unknown values and members. */
function* unknownIn(schema: Schema, value: unknown, path: ArgumentPath): Generator<ArgumentPath> {
  if (typeof value === 'string') {
    if (knownValuesOf(schema)?.has(value) === false) {
      yield path;
    }
    return;
  }
  for (const option of optionsOf(schema) ?? []) {
    yield* unknownIn(option, value, path);
  }
  const members = membersOf(schema);
  const element = elementOf(schema);
  for (const [name, inner] of isObject(value) ? Object.entries(value) : []) {
    const member = members !== undefined && Object.hasOwn(members, name) ? members[name] : element;
    if (member !== undefined) {
      yield* unknownIn(member, inner, [...path, name]);
    } else if (isOpenObject(schema)) {
      yield [...path, name];
    }
  }
  for (const [index, item] of Array.isArray(value) ? value.entries() : []) {
    if (element !== undefined) {
      yield* unknownIn(element, item, [...path, index]);
    }
  }
}

/** Longest value that a note repeats, in characters. */
const MAX_QUOTED_CHARS = 60;

/**
 * Notes on values that the catalog does not know.
 *
 * @param root the argument of another tool that contains the values; empty if there is none
 */
export function openValueNotes(
  schema: Schema,
  values: Readonly<Record<string, unknown>>,
  root: string,
): readonly string[] {
  const unknown = [
    ...new Map([...unknownIn(schema, values, [])].map((path) => [placeOf(path, root), path])),
  ];
  return unknown.map(([place, path]) => {
    const value = valueAt(values, path);
    const quoted =
      typeof value === 'string' && value.length <= MAX_QUOTED_CHARS
        ? ` ${JSON.stringify(value)}`
        : '';
    return `${place}${quoted} is not known to this catalog (Logto ${CATALOG_RELEASE}); a Logto that does not know it either refuses or ignores it, so check the result.`;
  });
}
