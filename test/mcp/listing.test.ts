/** What a list costs, and whether every client can read it. */
import { describe, expect, it } from 'vitest';
import { listingsOf, pages, tokensOf } from '../../src/dev/pages.js';
import { tools } from '../support/client.js';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every schema inside a schema, itself included, with its place. */
function* schemasIn(schema: Json, place: string): Generator<readonly [string, Json]> {
  yield [place, schema];
  const { properties, items, anyOf, additionalProperties } = schema;
  for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
    if (isObject(property)) {
      yield* schemasIn(property, `${place}.${name}`);
    }
  }
  for (const inner of [items, additionalProperties, ...(Array.isArray(anyOf) ? anyOf : [])]) {
    if (isObject(inner)) {
      yield* schemasIn(inner, `${place}[]`);
    }
  }
}

const everything = listingsOf('all');

describe('a list of tools', () => {
  it.each([
    ['default', 9000],
    ['none', 2000],
    ['all', 55_000],
  ])('%s costs at most %i tokens', (selection, budget) => {
    expect(tokensOf(listingsOf(selection))).toBeLessThanOrEqual(budget);
  });

  it('has no tool over 1,500 tokens', () => {
    const sizes = everything.map((listing) => [listing.name, tokensOf(listing)] as const);
    expect(sizes.filter(([, tokens]) => tokens > 1500)).toEqual([]);
  });

  it.each(['default', 'all', 'none'])('%s can be read by every client', (selection) => {
    for (const { name, inputSchema, description } of listingsOf(selection)) {
      expect(name).toMatch(/^[a-z][a-z0-9_]{2,44}$/);
      expect(description.length, name).toBeGreaterThan(20);
      expect(inputSchema['type'], name).toBe('object');
      expect(Object.keys(inputSchema), name).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/anyOf|oneOf|allOf|not/)]),
      );
      for (const [place, schema] of schemasIn(inputSchema, name)) {
        const { $ref, $schema, $defs, oneOf, allOf, const: literal, format, pattern } = schema;
        expect([$ref, $schema, $defs, oneOf, allOf, literal], place).toEqual(
          Array.from({ length: 6 }),
        );
        if ([schema['type']].flat().includes('array')) {
          expect(isObject(schema['items']), `${place} has items`).toBe(true);
        }
        for (const property of Object.keys(Object(schema['properties']))) {
          expect(property, place).toMatch(/^[a-zA-Z_][\w.-]{0,63}$/);
        }
        expect([undefined, 'uri']).toContain(format);
        expect(String(pattern ?? '').length, place).toBeLessThanOrEqual(80);
        for (const bound of [schema['minimum'], schema['maximum']]) {
          expect(Math.abs(Number(bound ?? 0)), place).toBeLessThan(Number.MAX_SAFE_INTEGER);
        }
      }
    }
  });

  it('carries search hints for clients that load tools on demand', () => {
    const hinted = everything.filter(({ _meta }) => _meta?.['anthropic/searchHint'] !== undefined);
    expect(hinted.length).toBeGreaterThan(200);
    for (const selection of ['default', 'none']) {
      const finder = listingsOf(selection).find(({ name }) => name === 'find_operations');
      expect(finder?._meta?.['anthropic/searchHint']).toMatch(/webhook.*signing keys/);
    }
  });
});

describe('the listings', () => {
  it('are what the snapshot says', async () => {
    await expect(`${JSON.stringify(everything, null, 1)}\n`).toMatchFileSnapshot(
      '../snapshots/tools.json',
    );
  });
});

describe('the pages that follow from the code', () => {
  it.each([...pages()])('%s is what `npm run docs` writes', async (path, text) => {
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });

  it('name every tool', () => {
    const all = [...pages().values()].join('\n');
    for (const { name } of tools) {
      expect(all).toContain(`## ${name}\n`);
    }
  });
});
