/** The newer parts of the catalog, and which of them a document has. */
import { type Domain, toolName } from '../../catalog/operation.js';
import { barePath, type Feature, type Probe, probesOf } from '../../catalog/probes.js';
import { isIn, type Release, releases } from '../../catalog/release-names.js';
import { type Facts, type OperationFacts, operationIdOf } from './facts.js';
import type { Shape } from './shape.js';

/** A newer part, with the operation that has it. */
export interface CatalogFeature extends Feature {
  /** The name of the domain, which is that of its file. */
  readonly domain: string;
  readonly key: string;
  readonly tool: string;
}

/** The newer parts of all operations, in the order of the catalog. */
export const featuresOf = (catalog: Readonly<Record<string, Domain>>): readonly CatalogFeature[] =>
  Object.entries(catalog).flatMap(([domain, { operations }]) =>
    Object.entries(operations).flatMap(([key, operation]) =>
      probesOf(operation).map((feature) => ({
        ...feature,
        domain,
        key,
        tool: toolName(key, operation),
      })),
    ),
  );

/** The shapes at a dotted path, one for each form of a union on the way. */
function shapesAt(shape: Shape | undefined, path: readonly string[]): readonly Shape[] {
  if (shape === undefined) {
    return [];
  }
  if (shape.options !== undefined) {
    return shape.options.flatMap((option) => shapesAt(option, path));
  }
  const [name, ...rest] = path;
  if (name === undefined) {
    return [shape];
  }
  return name === '*'
    ? [...shapesAt(shape.items, rest), ...shapesAt(shape.values, rest)]
    : shapesAt(shape.properties?.[name], rest);
}

const partsOf = (member: string): readonly string[] => (member === '' ? [] : member.split('.'));

/** A parameter by its name, in the query or in the path. */
const parameterOf = (facts: OperationFacts, name: string): Shape | undefined =>
  facts.query.properties?.[name] ?? facts.segments[facts.parameters.indexOf(name)];

/** Whether a document has what a probe looks for. */
export function isServed(facts: Facts, probe: Probe): boolean {
  const route = `${probe.method} ${probe.path}`;
  const operation = Object.values(facts).find(
    ({ method, path }) => `${method} ${barePath(path)}` === route,
  );
  if (operation === undefined || probe.kind === 'operation') {
    return operation !== undefined;
  }
  if (probe.kind === 'parameter') {
    return parameterOf(operation, probe.name) !== undefined;
  }
  if (probe.kind === 'member') {
    return shapesAt(operation.body, partsOf(probe.member)).length > 0;
  }
  const shapes =
    'member' in probe.of
      ? shapesAt(operation.body, partsOf(probe.of.member))
      : shapesAt(parameterOf(operation, probe.of.parameter), []);
  return shapes.some((shape) => shape.enum?.includes(probe.value) === true);
}

/** A shape without a member, or without one of its values. */
function without(shape: Shape | undefined, path: readonly string[], value?: string): Shape {
  if (shape === undefined) {
    return { type: 'any' };
  }
  if (shape.options !== undefined) {
    return { ...shape, options: shape.options.map((option) => without(option, path, value)) };
  }
  const [name, ...rest] = path;
  if (name === undefined) {
    return shape.enum === undefined
      ? shape
      : { ...shape, enum: shape.enum.filter((item) => item !== value) };
  }
  if (name === '*') {
    return {
      ...shape,
      ...(shape.items !== undefined && { items: without(shape.items, rest, value) }),
      ...(shape.values !== undefined && { values: without(shape.values, rest, value) }),
    };
  }
  const member = shape.properties?.[name];
  if (member === undefined) {
    return shape;
  }
  if (rest.length > 0 || value !== undefined) {
    return {
      ...shape,
      properties: { ...shape.properties, [name]: without(member, rest, value) },
    };
  }
  const { [name]: _, ...properties } = shape.properties ?? {};
  const { properties: _all, required, ...others } = shape;
  const needed = required?.filter((item) => item !== name) ?? [];
  return {
    ...others,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(needed.length > 0 && { required: needed }),
  };
}

/** The facts of the catalog without some of its newer parts. */
export function withoutFeatures(facts: Facts, absent: readonly CatalogFeature[]): Facts {
  const reduced = new Map(Object.entries(facts));
  for (const { key, at, value } of absent) {
    const id = operationIdOf(key);
    const operation = reduced.get(id);
    if (at === undefined) {
      reduced.delete(id);
    } else if (operation !== undefined && at.part !== 'path') {
      reduced.set(id, {
        ...operation,
        [at.part]: without(operation[at.part], partsOf(at.member), value),
      });
    }
  }
  return Object.fromEntries(reduced);
}

/** The newer parts that a Logto of a release does not have. */
export const absentIn = (
  features: readonly CatalogFeature[],
  release: Release,
): readonly CatalogFeature[] => features.filter(({ since }) => !isIn(release, since));

/** The newest release of which a document has every part; the base where it lacks one of each. */
export function releaseOfFacts(facts: Facts, features: readonly CatalogFeature[]): Release {
  const [base, ...later] = releases;
  return (
    later.findLast((release) =>
      features
        .filter(({ since }) => since === release)
        .every(({ probe }) => isServed(facts, probe)),
    ) ?? base
  );
}
