/**
 * Deliberate differences: one for every member of every kind, at every depth that the catalog knows, made from its schemas.
 * Each is found, and nothing else.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import type { Schema } from '../../src/catalog/operation.js';
import { definitionOf, unwrapped } from '../../src/catalog/schemas.js';
import { isEqual, isObject } from '../../src/json.js';
import { LogtoError } from '../../src/logto/errors.js';
import type { KindName } from '../../src/manifest/kind.js';
import { kindOf, kinds, topLevelKinds } from '../../src/manifest/kinds.js';
import { declaredMembersOf, KindTable } from '../../src/manifest/members.js';
import { inlineFile } from '../../src/manifest/source.js';
import { isObstacle, type Step } from '../../src/manifest/steps.js';
import { validate } from '../../src/manifest/validation.js';
import { fullManifest, values } from './full.js';
import { exportOf, signal, type TenantUnderTest, tenantOf } from './harness.js';
import { proveDifferences } from './proofs.js';

type Json = Record<string, unknown>;

const table = new KindTable(catalog);

/** Texts of every form that a schema of the catalog asks for. */
const texts = ['changed', 'https://changed.example/path', '#abcdef', 'a@changed.example', 'xx'];

/** A value of a schema that differs from the present one; undefined where there is none. */
function otherValue(schema: Schema, current: unknown): unknown {
  const definition = definitionOf(unwrapped(schema));
  const candidates: readonly unknown[] = (() => {
    switch (definition.type) {
      case 'string':
        return texts;
      case 'enum':
        return Object.values(definition.entries);
      case 'literal':
        return [...definition.values];
      case 'boolean':
        return [current !== true];
      case 'number':
        return [typeof current === 'number' ? current + 1 : 2, 3, 1];
      case 'array': {
        const item = otherValue(definition.element, undefined);
        return [[...(Array.isArray(current) ? current : []), item], [item], []];
      }
      case 'record':
        return [
          {
            ...(isObject(current) ? current : {}),
            changed: otherValue(definition.valueType, undefined),
          },
        ];
      case 'unknown':
        return ['changed'];
      case 'union':
        return definition.options.map((option) => otherValue(option, current));
      case 'object':
        return [
          Object.fromEntries(
            Object.entries(definition.shape).map(([name, member]) => [
              name,
              otherValue(member, undefined),
            ]),
          ),
        ];
      default:
        return [];
    }
  })();
  return candidates.find(
    (candidate) =>
      candidate !== undefined &&
      !isEqual(candidate, current) &&
      validate(schema, candidate).length === 0,
  );
}

interface Mutation {
  readonly kind: KindName;
  readonly path: readonly (string | number)[];
  /** Dotted, from the thing on. */
  readonly member: string;
  readonly value: unknown;
}

/** A manifest that differs from the tenant in one place. */
interface Difference {
  /** The place of the thing in the manifest. */
  readonly thing: readonly (string | number)[];
  readonly path: readonly (string | number)[];
  change(manifest: unknown): unknown;
  /** Whether a step is about this difference. */
  isStep(step: Step): boolean;
  /** A change of a key part is another thing: a new one, and one that is not in the manifest any more. */
  readonly isKey: boolean;
  /** Whether Logto may refuse it, which then counts as found. */
  readonly mayBeRefused: boolean;
}

/** The mutations of one value and of the members inside it. */
function* mutationsOf(
  schema: Schema,
  current: unknown,
  place: Omit<Mutation, 'value'>,
): Generator<Mutation> {
  const shape = declaredMembersOf(schema);
  if (
    shape !== undefined &&
    definitionOf(unwrapped(schema)).type === 'object' &&
    (isObject(current) || current === undefined)
  ) {
    for (const [name, inner] of Object.entries(shape)) {
      const path = [...place.path, name];
      const member = `${place.member}.${name}`;
      yield* mutationsOf(inner, isObject(current) ? current[name] : undefined, {
        ...place,
        path,
        member,
      });
    }
    return;
  }
  const { secrets } = table.facts(place.kind);
  const value = secrets.includes(place.member)
    ? { $secret: 'env:OTHER' }
    : otherValue(schema, current);
  if (value !== undefined) {
    yield { ...place, value };
  }
}

/** The things of a manifest with their places; those inside of another one after it. */
function* itemsOf(manifest: Json): Generator<readonly [KindName, Json, (string | number)[]]> {
  for (const kind of topLevelKinds) {
    const value = manifest[kind.name];
    for (const [index, item] of (Array.isArray(value) ? value : [value]).entries()) {
      if (!isObject(item)) {
        continue;
      }
      const path = [kind.name, ...(kind.form === 'one' ? [] : [index])];
      yield [kind.name, item, path];
      for (const { name, within } of kinds.filter((child) => child.within?.kind === kind.name)) {
        const inner = item[within?.member ?? ''];
        for (const [place, child] of (Array.isArray(inner) ? inner : []).entries()) {
          yield [name, child, [...path, within?.member ?? '', place]];
        }
      }
    }
  }
}

function withValue(value: unknown, path: readonly (string | number)[], next: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) {
    return next;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === first ? withValue(item, rest, next) : item));
  }
  const object = isObject(value) ? value : {};
  return { ...object, [first]: withValue(object[String(first)], rest, next) };
}

function withoutMember(value: unknown, path: readonly (string | number)[]): unknown {
  const [first, ...rest] = path;
  if (rest.length === 0 && isObject(value)) {
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== first));
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === first ? withoutMember(item, rest) : item));
  }
  return isObject(value)
    ? { ...value, [String(first)]: withoutMember(value[String(first)], rest) }
    : value;
}

describe('deliberate differences', () => {
  let tenant: TenantUnderTest;
  let manifest: Json;
  const mutations: Mutation[] = [];

  beforeAll(async () => {
    const secrets = { ...values.secrets, OTHER: 'another-secret' };
    tenant = tenantOf({ content: 'empty', ...values, secrets });
    await tenant.apply(await fullManifest());
    manifest = { ...(await exportOf(tenant)).manifest };
    for (const [name, item, path] of itemsOf(manifest)) {
      const { kind, members } = table.facts(name);
      for (const { name: member, schema } of members.values()) {
        if (schema !== undefined && !kind.key.includes(member) && kind.create?.wrap === undefined) {
          const place = { kind: name, path: [...path, member], member };
          mutations.push(...mutationsOf(schema, item[member], place));
        }
      }
    }
  });

  const stepsOf = async (changed: unknown): Promise<readonly Step[]> =>
    (await tenant.configuration.compare({ files: [inlineFile(changed)] }, signal())).steps;

  /** The steps of a changed manifest; undefined where Logto would refuse it, which the message says with the place. */
  const stepsUnlessRefused = (changed: unknown, path: readonly (string | number)[]) =>
    stepsOf(changed).catch((error: unknown) => {
      const isRefusal =
        error instanceof LogtoError &&
        [path[0], path.at(-1)].every((part) => error.message.includes(String(part)));
      if (!isRefusal) {
        throw error;
      }
      return undefined;
    });

  /** Whether each difference has a step in the comparison of all of them, and there is no other step. */
  const areFoundTogether = async (together: readonly Difference[]): Promise<boolean> => {
    const changed = together.reduce<unknown>((value, { change }) => change(value), manifest);
    const left = [...((await stepsOf(changed).catch(() => undefined)) ?? [])];
    for (const { isStep } of together) {
      const index = left.findIndex(isStep);
      if (index < 0) {
        return false;
      }
      left.splice(index, 1);
    }
    return left.length === 0;
  };

  /** The differences that are not found, or with another step. Where some are not found together, halves tell which. */
  const missedAmong = async (together: readonly Difference[]): Promise<readonly unknown[]> => {
    const [difference, ...others] = together;
    if (difference === undefined || (others.length > 0 && (await areFoundTogether(together)))) {
      return [];
    }
    if (others.length > 0) {
      const half = Math.ceil(together.length / 2);
      const first = await missedAmong(together.slice(0, half));
      return [...first, ...(await missedAmong(together.slice(half)))];
    }
    const { path, change, isStep, isKey, mayBeRefused } = difference;
    const changed = change(manifest);
    const steps = await (mayBeRefused ? stepsUnlessRefused(changed, path) : stepsOf(changed));
    const isFound = steps === undefined || isKey || (steps.length === 1 && steps.every(isStep));
    return isFound ? [] : [{ path: path.join('.'), steps }];
  };

  /** `missedAmong` for any differences: at most one of each thing is compared at a time. */
  const missedOf = async (differences: readonly Difference[]): Promise<readonly unknown[]> => {
    const groups: Difference[][] = differences.filter(({ isKey }) => isKey).map((one) => [one]);
    const alone = groups.length;
    const counts = new Map<string, number>();
    for (const difference of differences.filter(({ isKey }) => !isKey)) {
      const thing = JSON.stringify(difference.thing);
      const index = counts.get(thing) ?? alone;
      counts.set(thing, index + 1);
      groups[index] = [...(groups[index] ?? []), difference];
    }
    const missed: unknown[] = [];
    for (const group of groups) {
      missed.push(...(await missedAmong(group)));
    }
    return missed;
  };

  it('are found, and nothing else', async () => {
    expect(mutations.length).toBeGreaterThanOrEqual(60);
    const differences = mutations.map(
      ({ kind, path, member, value }): Difference => ({
        thing: path.slice(0, -member.split('.').length),
        path,
        change: (manifest) => withValue(manifest, path, value),
        isStep: (step) =>
          step.kind === kind &&
          (isObstacle(step)
            ? step.because?.includes(member.split('.')[0] ?? '') === true
            : step.fields?.every(
                (field) => field.member === member || field.member.startsWith(`${member}.`),
              ) === true),
        isKey: kindOf(kind).key.includes(member),
        mayBeRefused: true,
      }),
    );
    expect(await missedOf(differences)).toEqual([]);
  });

  it('cover every kind with members of its own', () => {
    const covered = new Set(mutations.map(({ kind }) => kind));
    const wrapped = kinds.filter(
      ({ create, of }) => create?.wrap !== undefined || of !== undefined,
    );
    expect(
      kinds.filter(({ name }) => !covered.has(name) && !wrapped.some((kind) => kind.name === name)),
    ).toEqual([]);
  });

  it('are found if a complete manifest no longer states a member', async () => {
    const differences: Difference[] = [];
    for (const [name, item, path] of itemsOf(manifest)) {
      const { kind, members } = table.facts(name);
      for (const member of Object.keys(item).filter(
        (item) => members.has(item) && !kind.key.includes(item),
      )) {
        const value = item[member];
        const isNothing =
          kind.key.some((key) => key.startsWith(`${member}.`)) ||
          value === false ||
          isEqual(value, kind.defaults?.[member]) ||
          kind.settings?.some((item) => item.member === member && item.isAssigned === true) ||
          (Array.isArray(value) && value.length === 0) ||
          members.get(member)?.canChange === false;
        if (isNothing || JSON.stringify(value).match(/^\{(".*":(\[\]|false),?)*\}$/)) {
          continue;
        }
        differences.push({
          thing: path,
          path: [...path, member],
          change: (manifest) => withoutMember(manifest, [...path, member]),
          isStep: ({ kind }) => kind === name,
          isKey: false,
          mayBeRefused: false,
        });
      }
    }
    expect(await missedOf(differences)).toEqual([]);
    expect(differences.length).toBeGreaterThanOrEqual(60);
  });

  it('are found in the references of every kind', async () => {
    const missed: unknown[] = [];
    let count = 0;
    for (const [name, item, path] of itemsOf(manifest)) {
      for (const { member } of kindOf(name).grants ?? []) {
        const keys = item[member];
        if (Array.isArray(keys) && keys.length > 0) {
          const steps = await stepsOf(withValue(manifest, [...path, member], keys.slice(1)));
          count += 1;
          if (!isEqual(steps[0]?.fields, [{ member, removed: [keys[0]] }]) || steps.length !== 1) {
            missed.push({ name, member, steps });
          }
        }
      }
    }
    expect(missed).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(8);
  });

  it('made directly in a tenant are found, and nothing else', async () => {
    const changed = tenantOf({ content: 'empty', ...values });
    await changed.apply(await fullManifest());
    await proveDifferences(changed);
  });

  it('ignore the order of sets, and include the order of ordered lists', async () => {
    const [first] = (manifest['applications'] as Json[]).filter(({ name }) => name === 'Bike shop');
    const place = (manifest['applications'] as Json[]).indexOf(first ?? {});
    const path = ['applications', place, 'oidcClientMetadata', 'redirectUris'];
    const { redirectUris: uris } = { ...first }['oidcClientMetadata'] as { redirectUris: string[] };
    expect(await stepsOf(withValue(manifest, path, [...uris].reverse()))).toEqual([]);
    const targets = ['signInExperience', 'socialSignInConnectorTargets'];
    expect(await stepsOf(withValue(manifest, targets, ['google', 'acme']))).toMatchObject([
      { action: 'change', kind: 'signInExperience' },
    ]);
  });
});
