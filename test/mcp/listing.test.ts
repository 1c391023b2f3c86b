/** The token cost of a list, and its compatibility with clients. */
import { describe, expect, it } from 'vitest';
import { listingsOf, pages, tokensOf } from '../../src/dev/docs-pages.js';
import { isObject } from '../../src/json.js';
import { phrases } from '../../src/mcp/search/phrases.js';
import { defaultTools } from '../../src/mcp/tool-selection.js';
import { findOperationsSchemas } from '../../src/mcp/tools/find-operations.js';
import { tools } from '../support/client.js';

type Json = Readonly<Record<string, unknown>>;

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

/** Each text of a certain form that a schema asks for, with what its words have to hold. */
const forms: Readonly<Record<string, RegExp>> = {
  uri: /\bfull\b.*\bURLs?\b/,
  [String.raw`^\S+:\S+$`]: /\bfull URIs\b/,
  [String.raw`^\S+@\S+\.\S+$`]: /\be-mail address\b/,
  [String.raw`^\d+$`]: /\bdigits only, with country code, no \+/,
  [String.raw`^[A-Za-z_]\w*$`]: /\bletters, digits (and )?_/,
  [String.raw`^#([\da-fA-F]{3}){1,2}$`]: /#rgb or #rrggbb/,
  [String.raw`^\d{4}(-\d{2}){2}$`]: /YYYY-MM-DD/,
};

const bounds = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'];

/** Whether words speak of a number: by itself, and not as a part of another one. */
const speaksOf = (words: string, bound: number): boolean =>
  new RegExp(`(?<![\\d.])${bound}(?!\\d|\\.\\d)`).test(
    words.replaceAll(/(?<=\d),(?=\d{3})/g, ''),
  ) ||
  // A time since the epoch is not negative, and at least one is not none.
  (bound === 0 && /\bepoch\b/.test(words)) ||
  (bound === 1 && /\bat least one\b/.test(words));

/** The bounds inside a schema of which neither its own description nor that of what it is in says anything. */
function* unspoken(schema: Json, place: string, above: readonly string[]): Generator<string> {
  const { description, properties, items, anyOf, additionalProperties, format, pattern } = schema;
  const descriptions = typeof description === 'string' ? [description, ...above] : above;
  const words = descriptions.slice(0, 2).join('; ');
  for (const form of [format, pattern].filter((item) => item !== undefined)) {
    if (forms[String(form)]?.test(words) !== true) {
      yield `${place}: ${String(form)}`;
    }
  }
  for (const keyword of bounds) {
    const bound = schema[keyword];
    if (bound !== undefined && !speaksOf(words, Number(bound))) {
      yield `${place}: ${keyword} ${String(bound)}`;
    }
  }
  for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
    if (isObject(property)) {
      yield* unspoken(property, `${place}.${name}`, descriptions.slice(0, 1));
    }
  }
  for (const inner of [items, additionalProperties, ...(Array.isArray(anyOf) ? anyOf : [])]) {
    if (isObject(inner)) {
      // The description of a list covers its items.
      yield* unspoken(inner, `${place}[]`, descriptions);
    }
  }
}

describe('a list of tools', () => {
  it.each([
    ['default', 9000],
    ['none', 2000],
    ['script', 1600],
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
      expect(inputSchema['additionalProperties'], name).toBe(false);
      expect(Object.keys(inputSchema), name).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/anyOf|oneOf|allOf|not/)]),
      );
      for (const [place, schema] of schemasIn(inputSchema, name)) {
        const { $ref, $schema, $defs, oneOf, allOf, const: literal, format, pattern } = schema;
        expect([$ref, $schema, $defs, oneOf, allOf, literal], place).toEqual(
          Array.from({ length: 6 }),
        );
        expect(Array.isArray(schema['type']), `${place} has one type`).toBe(false);
        if (schema['type'] === 'array') {
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

  it.each([
    ['default', false],
    ['default', true],
    ['none', false],
    ['users,roles', false],
    ['all', true],
    ['all', false],
  ])('%s (read-only: %s) states every limit in words too', (selection, readOnly) => {
    expect(
      listingsOf(selection, readOnly).flatMap(({ name, inputSchema }) => [
        ...unspoken(inputSchema, name, []),
      ]),
    ).toEqual([]);
  });

  it('carries search hints for clients that load tools on demand', () => {
    const hintsOf = (selection: string) =>
      new Map(
        listingsOf(selection).flatMap(({ name, _meta }) => {
          const hint = _meta?.['anthropic/searchHint'];
          return typeof hint === 'string' ? [[name, hint] as const] : [];
        }),
      );
    expect(hintsOf('all').size).toBeGreaterThan(150);
    for (const selection of ['default', 'none', 'all']) {
      const hints = hintsOf(selection);
      expect(hints.get('find_operations')).toMatch(/webhook.*signing keys/);
      for (const name of [...Object.keys(findOperationsSchemas), 'collect_pages']) {
        expect(hints.has(name), `${name} in ${selection}`).toBe(true);
      }
    }
    const everydayHints = [...hintsOf('default').keys()].filter((name) =>
      defaultTools.includes(name),
    );
    expect(everydayHints.length).toBeGreaterThanOrEqual(12);
  });

  it('has no hint that says only what a name and a description say', () => {
    for (const { name, description, _meta } of everything) {
      const text = `${name.replaceAll('_', ' ')} ${description}`.toLowerCase();
      const hint = String(_meta?.['anthropic/searchHint'] ?? '');
      expect(
        hint === '' || hint.split(/[ ,]+/).some((word) => !text.includes(word.toLowerCase())),
        `${name}: ${hint}`,
      ).toBe(true);
    }
  });

  it('has a hint for each operation whose first phrase has a word that its name lacks', () => {
    const hinted = new Set(
      everything.flatMap(({ name, _meta }) => (_meta === undefined ? [] : [name])),
    );
    const withoutHint = tools.filter(
      ({ name }) => !hinted.has(name) && !defaultTools.includes(name),
    );
    for (const { name, listing } of withoutHint) {
      const text = `${name} ${listing.description}`.toLowerCase();
      const words = (phrases[name]?.[0] ?? '').toLowerCase().split(/[^a-z0-9]+/);
      // The first letters: "roles" is in "role", "removed" in "remove".
      const fresh = words.filter((word) => word.length > 2 && !text.includes(word.slice(0, 3)));
      expect(fresh, name).toEqual([]);
    }
  });

  it('has no hint of an everyday tool that repeats a name or a description', () => {
    for (const { name, description, _meta } of listingsOf('default')) {
      const text = `${name.replaceAll('_', ' ')} ${description}`.toLowerCase();
      for (const words of String(_meta?.['anthropic/searchHint'] ?? '').split(', ')) {
        expect(words === '' || !text.includes(words.toLowerCase()), `${name}: ${words}`).toBe(true);
      }
    }
  });

  it('has at most 40 tools by default, including those of an onboarding', () => {
    expect(listingsOf('default').length).toBeLessThanOrEqual(40);
    expect(defaultTools).toEqual(
      expect.arrayContaining(['create_user', 'create_organization', 'add_organization_users']),
    );
  });
});

describe('the generated pages', () => {
  const generated = pages();

  it.each([...generated])('%s is what `npm run docs` writes', async (path, text) => {
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });

  it('name every tool', () => {
    const all = [...generated.values()].join('\n');
    for (const { name } of tools) {
      expect(all).toContain(`## ${name}\n`);
    }
  });
});
