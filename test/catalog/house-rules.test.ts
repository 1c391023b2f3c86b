/** Rules for every operation and every tool. Schemas: provider-schemas.test.ts. */
import { describe, expect, it } from 'vitest';
import { $ZodArray, $ZodObject, globalRegistry } from 'zod/v4/core';
import { catalog } from '../../src/catalog/index.js';
import { type Operation, type Schema, toolName, Whole } from '../../src/catalog/operation.js';
import { unwrapped, wrappedSchema } from '../../src/catalog/schemas.js';
import { fieldsOf } from '../../src/mcp/operation-schemas.js';
import { tools } from '../support/client.js';

const operations = Object.entries(catalog).flatMap(([domain, { operations: byKey }]) =>
  Object.entries(byKey).map(([key, operation]) => ({ domain, key, operation })),
);

const declared = ({ path, query, body }: Operation): string[] => [
  ...Object.keys(path),
  ...Object.keys(query ?? {}),
  ...(body instanceof Whole ? [body.argument] : Object.keys(body ?? {})),
];

/** The schemas inside of a schema, and itself. */
function* schemasIn(schema: Schema, path: string): Generator<readonly [string, Schema]> {
  yield [path, schema];
  const inner = wrappedSchema(schema);
  if (inner !== undefined) {
    yield* schemasIn(inner, path);
  } else if (schema instanceof $ZodObject) {
    for (const [name, member] of Object.entries<Schema>(schema._zod.def.shape)) {
      yield* schemasIn(member, `${path}.${name}`);
    }
  } else if (schema instanceof $ZodArray) {
    yield* schemasIn(schema._zod.def.element, `${path}[]`);
  }
}

/** The objects whose members a description stands for, with the members that it does not name. */
const unnamedMembers = (schema: Schema, path: string): readonly (readonly [string, string[]])[] =>
  [...schemasIn(schema, path)].flatMap(([place, item]) => {
    const { brief, description = '' } = globalRegistry.get(item) ?? {};
    const core = unwrapped(item);
    if (brief !== true || !(core instanceof $ZodObject)) {
      return [];
    }
    const members = Object.keys(core._zod.def.shape);
    return [[place, members.filter((name) => !new RegExp(`\\b${name}\\b`).test(description))]];
  });

const MAX_SUMMARY_CHARACTERS = 160;
const MAX_NAME_CHARACTERS = 45;

describe.each(operations)('$key', ({ key, operation }) => {
  it('has a name that every client accepts', () => {
    const name = toolName(key, operation);
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(name.length).toBeLessThanOrEqual(MAX_NAME_CHARACTERS);
  });

  it('declares no argument twice', () => {
    const names = declared(operation);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    const added = Object.keys(fieldsOf(operation)).length;
    const extra = (operation.search ? 5 : 0) + (operation.paging ? 2 : 0);
    expect(added, 'a field hides a search or page argument').toBe(names.length + extra);
  });

  it('has a summary of one imperative sentence', () => {
    const { summary, notes } = operation;
    expect(summary).toMatch(/^[A-Z][^\n]*[.]$/);
    expect(summary.length).toBeLessThanOrEqual(MAX_SUMMARY_CHARACTERS);
    expect(summary).not.toMatch(/^(This|The|It|Gets|Lists|Creates|Updates|Deletes)\b/);
    expect(notes ?? '').not.toMatch(/\n/);
  });

  it('has the effect that its verb suggests', () => {
    if (operation.method === 'GET') {
      expect(operation.effect).toBe('reads');
    }
    if (operation.method === 'DELETE') {
      expect(operation.effect).toBe('removes');
    }
  });

  it('offers no argument that must not be sent', () => {
    expect(declared(operation)).not.toContain('tenantId');
    expect(declared(operation)).not.toContain('includePasswordHash');
    expect(declared(operation)).not.toContain('search_params');
  });
});

it('a description that stands for the members of an object names each of them', () => {
  const briefs = operations.flatMap(({ key, operation }) =>
    Object.entries(fieldsOf(operation)).flatMap(([name, schema]) =>
      unnamedMembers(schema, `${key}.${name}`),
    ),
  );
  expect(briefs.length).toBeGreaterThan(5);
  expect(briefs.filter(([, unnamed]) => unnamed.length > 0)).toEqual([]);
});

describe.each(tools.map((tool) => ({ name: tool.name, tool })))('$name', ({ tool }) => {
  const { annotations } = tool.listing;

  it('states all four hints', () => {
    const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = annotations;
    expect(
      [readOnlyHint, destructiveHint, idempotentHint, openWorldHint].map((hint) => typeof hint),
    ).toEqual(Array.from({ length: 4 }, () => 'boolean'));
    expect(readOnlyHint && destructiveHint).toBe(false);
    expect(readOnlyHint).toBe(tool.operation.effect === 'reads');
    expect(destructiveHint).toBe(
      tool.operation.risks.some((risk) => risk === 'destructive' || risk === 'irreversible'),
    );
    expect(openWorldHint).toBe(
      tool.operation.reaches !== undefined || tool.operation.risks.includes('egress'),
    );
  });
});

it('has no duplicate tool name', () => {
  const names = tools.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
