/**
 * The sandbox as an older Logto. The facts are those of the catalog: parts that are newer than the release are missing. As
 * with a real Logto, an unknown body member and an unknown query parameter are dropped without an error, an unknown value
 * of a list is refused, and an unknown path is answered with 404.
 */
import type { Operation } from '../catalog/operation.js';
import { type Feature, probesOf, requestMembers } from '../catalog/probes.js';
import {
  CATALOG_RELEASE,
  isIn,
  isOpenObject,
  type KnownValues,
  knownValuesOf,
  type Release,
  type Since,
} from '../catalog/releases.js';
import { isObject, mapInside } from '../json.js';

/** The release that the sandbox simulates. */
export interface SandboxRelease {
  /** `next` has everything that the catalog has. */
  readonly release: Since;
  /**
   * Whether development features are on. In 1.43 they are the trusted devices, which the document then flags; later releases
   * have them anyway.
   */
  readonly developmentFeatures: boolean;
}

export const DEFAULT_SANDBOX_RELEASE: SandboxRelease = {
  release: CATALOG_RELEASE,
  developmentFeatures: false,
};

/** The release that has the development features. */
const DEVELOPMENT_RELEASE: Release = '1.43';

/** Whether a part is a development feature of that release: all of them have the name. */
const isDevelopmentFeature = ({ at, value, probe }: Feature): boolean =>
  /trusted-?device/i.test(`${at?.member ?? ''} ${value ?? ''} ${probe.path}`);

/** Whether a sandbox has a part of an operation. */
export function has(sandbox: SandboxRelease, feature: Feature): boolean {
  const { release, developmentFeatures } = sandbox;
  return (
    release === 'next' ||
    isIn(release, feature.since) ||
    (developmentFeatures &&
      isIn(release, DEVELOPMENT_RELEASE) &&
      feature.since === '1.44' &&
      isDevelopmentFeature(feature))
  );
}

/** Whether the document flags an operation as one of the development features. */
export const isFlagged = (sandbox: SandboxRelease, operation: Operation): boolean =>
  sandbox.release !== 'next' &&
  !isIn(sandbox.release, operation.since) &&
  hasOperation(sandbox, operation);

const featuresOf = new WeakMap<Operation, readonly Feature[]>();

/** The newer parts of an operation, computed once. */
function featuresIn(operation: Operation): readonly Feature[] {
  const features = featuresOf.get(operation) ?? probesOf(operation);
  featuresOf.set(operation, features);
  return features;
}

/** Whether a sandbox serves an operation. */
export const hasOperation = (sandbox: SandboxRelease, operation: Operation): boolean =>
  featuresIn(operation).every((feature) => feature.at !== undefined || has(sandbox, feature));

/** The parts of an operation that a sandbox does not have. */
export const absentFeatures = (sandbox: SandboxRelease, operation: Operation): readonly Feature[] =>
  featuresIn(operation).filter((feature) => !has(sandbox, feature));

/** The values at a dotted path, each with its location; `*` goes into each item or value. */
function placesAt(
  value: unknown,
  path: readonly string[],
  location: readonly PropertyKey[] = [],
): readonly (readonly [place: readonly PropertyKey[], value: unknown])[] {
  const [name, ...rest] = path;
  if (name === undefined) {
    return [[location, value]];
  }
  if (name === '*') {
    return Array.isArray(value)
      ? value.flatMap((item, index) => placesAt(item, rest, [...location, index]))
      : Object.entries(isObject(value) ? value : {}).flatMap(([key, item]) =>
          placesAt(item, rest, [...location, key]),
        );
  }
  return isObject(value) && Object.hasOwn(value, name)
    ? placesAt(value[name], rest, [...location, name])
    : [];
}

/** A copy without the member at a dotted path. */
function withoutMember(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined || typeof value !== 'object' || value === null) {
    return value;
  }
  if (name === '*' || Array.isArray(value)) {
    return mapInside(value as Readonly<Record<string, unknown>>, (item) =>
      withoutMember(item, rest),
    );
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== name || rest.length > 0)
      .map(([key, item]) => [key, key === name ? withoutMember(item, rest) : item]),
  );
}

const partsOf = (member: string): readonly string[] => (member === '' ? [] : member.split('.'));

/** The open lists of an operation's body, computed once. */
interface OpenParts {
  readonly lists: readonly { readonly member: string; readonly known: KnownValues }[];
  readonly objects: readonly { readonly member: string; readonly names: ReadonlySet<string> }[];
}

const openParts = new WeakMap<Operation, OpenParts>();

function openPartsOf(operation: Operation): OpenParts {
  const computed = openParts.get(operation);
  if (computed !== undefined) {
    return computed;
  }
  const members = [...requestMembers(operation)].filter(({ part }) => part === 'body');
  const namesBelow = (member: string) =>
    members
      .map((other) => other.member)
      .filter((other) => other.startsWith(`${member}.`))
      .map((other) => other.slice(member.length + 1).split('.')[0] ?? '');
  const parts: OpenParts = {
    lists: members.flatMap(({ member, schema }) => {
      const known = knownValuesOf(schema);
      return known === undefined ? [] : [{ member, known }];
    }),
    objects: members
      .filter(({ schema }) => isOpenObject(schema))
      .map(({ member }) => ({ member, names: new Set(namesBelow(member)) })),
  };
  openParts.set(operation, parts);
  return parts;
}

/** A value that the sandbox does not know, with its location. */
export interface UnknownValue {
  readonly path: readonly PropertyKey[];
  readonly value: string;
}

/**
 * A body as the sandbox reads it: without members that its release does not have.
 *
 * @returns the values of lists that it does not know as well, which Logto refuses
 */
export function readByRelease(
  sandbox: SandboxRelease,
  operation: Operation,
  body: unknown,
): { readonly body: unknown; readonly unknown: readonly UnknownValue[] } {
  const { lists, objects } = openPartsOf(operation);
  const absent = absentFeatures(sandbox, operation).filter(({ at }) => at?.part === 'body');
  let reduced = body;
  for (const { at, value } of absent) {
    if (at !== undefined && value === undefined) {
      reduced = withoutMember(reduced, partsOf(at.member));
    }
  }
  for (const { member, names } of objects) {
    for (const [, object] of placesAt(reduced, partsOf(member))) {
      for (const name of Object.keys(isObject(object) ? object : {})) {
        if (!names.has(name)) {
          reduced = withoutMember(reduced, [...partsOf(member), name]);
        }
      }
    }
  }
  const absentValues = new Set(absent.map(({ at, value }) => `${at?.member} ${value}`));
  const unknown = lists.flatMap(({ member, known: values }) =>
    placesAt(reduced, partsOf(member)).flatMap(([path, value]): UnknownValue[] =>
      typeof value === 'string' && (!values.has(value) || absentValues.has(`${member} ${value}`))
        ? [{ path, value }]
        : [],
    ),
  );
  return { body: reduced, unknown };
}

/** The query as the sandbox reads it: without parameters that its release does not have. */
export function queryByRelease(
  sandbox: SandboxRelease,
  operation: Operation,
  query: URLSearchParams,
): URLSearchParams {
  const names = absentFeatures(sandbox, operation).flatMap(({ at }) =>
    at?.part === 'query' ? [at.member] : [],
  );
  const reduced = new URLSearchParams(query);
  for (const name of names) {
    reduced.delete(name);
  }
  return reduced;
}

/** Members of answers that came with a release, beside those that are answered because they were set. */
const ANSWERED_SINCE: Readonly<Record<string, Feature>> = Object.fromEntries(
  (
    [
      ['cimdClientId', '1.43'],
      ['isTrustedDeviceAllowed', '1.44'],
      ['trustedDevice', '1.44'],
      ['authnRequestConfig', '1.44'],
      ['staticAttributes', '1.46'],
    ] as const
  ).map(([member, since]): [string, Feature] => [
    member,
    { since, at: { part: 'body', member }, probe: { kind: 'operation', method: 'GET', path: '' } },
  ]),
);

/** Settings with free members: a release says nothing about them. */
const FREE_SETTINGS = new Set(['customData', 'payload', 'config']);

/** An answer without the members that the release does not have. */
export function answerByRelease(sandbox: SandboxRelease, body: unknown): unknown {
  const absent = Object.entries(ANSWERED_SINCE).filter(([, feature]) => !has(sandbox, feature));
  if (absent.length === 0) {
    return body;
  }
  const names = new Set(absent.map(([name]) => name));
  const reduced = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    if (Array.isArray(value)) {
      return value.map(reduced);
    }
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !names.has(name))
        .map(([name, member]) => [name, FREE_SETTINGS.has(name) ? member : reduced(member)]),
    );
  };
  return reduced(body);
}
