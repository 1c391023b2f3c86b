/**
 * The facts of the document of each release, derived from those of one real document by what the catalog says is newer. So
 * there is no second list of what a release has.
 */
import { MAX_USER_ID_CHARS } from '../../catalog/fields.js';
import type { Domain } from '../../catalog/operation.js';
import { CATALOG_RELEASE, isIn, type Release } from '../../catalog/release-names.js';
import { isEqual, isObject } from '../../json.js';
import { managementDocument } from '../../sandbox/document.js';
import { type Facts, factsOfDocument, operationIdOf } from './facts.js';
import type { Shape } from './shape.js';

/** The release of the real document, whose facts are pinned. */
export const PINNED_RELEASE: Release = '1.43';

/** What names the form of a union: its literals. */
const nameOf = (form: unknown): string =>
  JSON.stringify(
    isObject(form) && isObject(form['properties'])
      ? Object.entries(form['properties']).flatMap(([name, member]) =>
          isObject(member) && Array.isArray(member['enum']) && member['enum'].length === 1
            ? [`${name}=${String(member['enum'][0])}`]
            : [],
        )
      : form,
  );

/** Applies to `base` what changed between two lists: items that came and went, and forms of a union that changed. */
function changedList(
  base: readonly unknown[],
  before: readonly unknown[],
  after: readonly unknown[],
): readonly unknown[] {
  const names = new Map(before.map((item) => [nameOf(item), item]));
  const left = new Set(after.map(nameOf));
  const retained = base
    .filter((item) => !names.has(nameOf(item)) || left.has(nameOf(item)))
    .map((item) => {
      const next = after.find((other) => nameOf(other) === nameOf(item));
      const previous = names.get(nameOf(item));
      return next === undefined || previous === undefined ? item : changed(item, previous, next);
    });
  const came = after.filter(
    (item) => !names.has(nameOf(item)) && !base.some((other) => nameOf(other) === nameOf(item)),
  );
  return [...retained, ...came];
}

/** Applies to `base` what changed between two values. What `base` does not have at all stays away. */
function changed(base: unknown, before: unknown, after: unknown): unknown {
  if (base === undefined || isEqual(before, after)) {
    return base;
  }
  if (Array.isArray(base) && Array.isArray(before) && Array.isArray(after)) {
    return changedList(base, before, after);
  }
  if (!isObject(base) || !isObject(before) || !isObject(after)) {
    return after;
  }
  const names = [...new Set([...Object.keys(base), ...Object.keys(after)])];
  return Object.fromEntries(
    names.flatMap((name): [string, unknown][] => {
      const isNew = after[name] !== undefined && before[name] === undefined;
      const isGone = after[name] === undefined && before[name] !== undefined;
      const value =
        isNew && base[name] === undefined
          ? after[name]
          : isGone
            ? undefined
            : changed(base[name], before[name], after[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The release since which user ids have up to 128 characters. */
const LONG_USER_IDS: Release = '1.44';

/** Body members with the ids of users whose length a document limits. */
const limitedUserIds = (catalog: Readonly<Record<string, Domain>>) => [
  ...Object.values(catalog).flatMap(({ operations }) =>
    Object.entries(operations).flatMap(([key, operation]) =>
      operation.entities
        .filter(({ kind, by, inPath }) => kind === 'user' && by === 'id' && inPath !== true)
        .map(({ path }) => ({ id: operationIdOf(key), path: path.split('.') })),
    ),
  ),
  // A sample, which names no user of the tenant.
  { id: 'TestJwtCustomizer', path: ['context', 'user', 'id'] },
];

/** Raises the limit of a text at a path, in every form of a union. */
function raiseLimit(shape: Shape, path: readonly string[]): Shape {
  const [name, ...rest] = path;
  if (shape.options !== undefined) {
    return { ...shape, options: shape.options.map((option) => raiseLimit(option, path)) };
  }
  if (name === undefined) {
    return shape.max === undefined ? shape : { ...shape, max: MAX_USER_ID_CHARS };
  }
  const member = shape.properties?.[name];
  return member === undefined
    ? shape
    : { ...shape, properties: { ...shape.properties, [name]: raiseLimit(member, rest) } };
}

/** Raises the limits of user ids in bodies. */
function withLongUserIds(facts: Facts, catalog: Readonly<Record<string, Domain>>): Facts {
  const raised = new Map(Object.entries(facts));
  for (const { id, path } of limitedUserIds(catalog)) {
    const operation = raised.get(id);
    if (operation?.body !== undefined) {
      raised.set(id, { ...operation, body: raiseLimit(operation.body, path) });
    }
  }
  return Object.fromEntries(raised);
}

/** The facts with a member for the parameters of every query, also where there are none. */
const withOpenQueries = (facts: Facts): Facts =>
  Object.fromEntries(
    Object.entries(facts).map(([id, operation]) => [
      id,
      { ...operation, query: { properties: {}, ...operation.query } },
    ]),
  );

/** The facts without what `withOpenQueries` added. */
const withoutEmptyQueries = (facts: Facts): Facts =>
  Object.fromEntries(
    Object.entries(facts).map(([id, operation]) => {
      const { properties = {}, ...query } = operation.query;
      return [id, Object.keys(properties).length === 0 ? { ...operation, query } : operation];
    }),
  );

const factsOfSandbox = (release: Release): Facts =>
  factsOfDocument(managementDocument({ release, developmentFeatures: false }));

/**
 * The facts of the document of a release.
 *
 * @param pinned those of the real document
 */
export function factsAt(
  pinned: Facts,
  release: Release,
  catalog: Readonly<Record<string, Domain>>,
): Facts {
  // What `changed` returns has the form of its first argument.
  const facts = withoutEmptyQueries(
    changed(
      withOpenQueries(pinned),
      withOpenQueries(factsOfSandbox(PINNED_RELEASE)),
      withOpenQueries(factsOfSandbox(release)),
    ) as Facts,
  );
  return isIn(release, LONG_USER_IDS) ? withLongUserIds(facts, catalog) : facts;
}

/** What a release has otherwise than the pinned document: changed and new operations, and null for missing ones. */
export type ReleaseFixture = Readonly<Record<string, Facts[string] | null>>;

/** The fixture of facts, as the difference from the pinned ones. */
export const fixtureOf = (pinned: Facts, facts: Facts): ReleaseFixture =>
  Object.fromEntries([
    ...Object.entries(facts).filter(([id, operation]) => !isEqual(operation, pinned[id])),
    ...Object.keys(pinned)
      .filter((id) => facts[id] === undefined)
      .map((id) => [id, null] as const),
  ]);

/** The facts that a fixture stands for. */
export const factsOfFixture = (pinned: Facts, fixture: ReleaseFixture): Facts =>
  Object.fromEntries(
    Object.entries({ ...pinned, ...fixture }).flatMap(([id, operation]) =>
      operation === null ? [] : [[id, operation]],
    ),
  );

/** The releases that have a fixture: all but the pinned one. */
export const fixtureReleases: readonly Release[] = ['1.42', '1.44', '1.45', CATALOG_RELEASE];
