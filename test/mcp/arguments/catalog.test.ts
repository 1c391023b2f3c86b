/** Arguments as clients send them, over every operation of the catalog: what would be sent must be what was meant. */
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { catalog } from '../../../src/catalog/index.js';
import { toolName } from '../../../src/catalog/operation.js';
import { unwrapped } from '../../../src/catalog/schemas.js';
import { LogtoError } from '../../../src/logto/errors.js';
import { encodeRequest } from '../../../src/logto/request.js';
import {
  accepts,
  allowsText,
  elementOf,
  isOptional,
  membersOf,
  optionsOf,
} from '../../../src/mcp/arguments/schema.js';
import { schemaOf } from '../../../src/mcp/operation-schemas.js';
import { propertiesOf } from '../../../src/mcp/operation-tools.js';
import { tools } from '../../support/client.js';

type Schema = z.core.$ZodType;
type Values = Readonly<Record<string, unknown>>;

/** Texts of every form that the catalog knows. */
const TEXTS = [
  'sample',
  'ann@example.com',
  'https://app.example.com/callback',
  '15550100057',
  '#112233',
  'en',
  '2026-01-01',
  'read:orders',
  'app.example.com',
  'a'.repeat(20),
  '{"a":1}',
  '0123456789abcdef0123456789abcdef',
];

/** A value that a schema accepts. */
function sampleOf(schema: Schema): unknown {
  const core = unwrapped(schema);
  const { def } = core._zod;
  const options = optionsOf(core);
  if (options !== undefined) {
    return sampleOf(options.find((option) => unwrapped(option)._zod.def.type !== 'null') ?? core);
  }
  switch (def.type) {
    case 'string':
      return TEXTS.find((text) => accepts(schema, text)) ?? 'sample';
    case 'number':
      return (
        [5, 1, 100, 2000, Date.parse('2030-01-01')].find((value) => accepts(schema, value)) ?? 1
      );
    case 'boolean':
      return true;
    case 'enum':
      return Object.values(Reflect.get(def, 'entries') ?? {})[0];
    case 'literal': {
      const values: unknown = Reflect.get(def, 'values');
      return Array.isArray(values) ? values[0] : undefined;
    }
    case 'array': {
      const element = elementOf(core);
      return element === undefined ? [] : [sampleOf(element)];
    }
    case 'record': {
      const element = elementOf(core);
      return element === undefined ? {} : { a: sampleOf(element) };
    }
    case 'object':
      return Object.fromEntries(
        Object.entries(membersOf(core) ?? {})
          .filter(([, member]) => !isOptional(member))
          .map(([name, member]) => [name, sampleOf(member)]),
      );
    default:
      return 'sample';
  }
}

const operations = Object.values(catalog)
  .flatMap((domain) => Object.entries(domain.operations))
  .map(([key, operation]) => {
    const name = toolName(key, operation);
    const listing = tools.find((tool) => tool.name === name)?.listing;
    const asks = Object.hasOwn(propertiesOf(listing?.inputSchema ?? {}), 'plan');
    const members = membersOf(schemaOf(operation, asks)) ?? {};
    const names = Object.keys(members);
    const optional = names.filter((name) => isOptional(members[name] as Schema));
    const required = Object.fromEntries(
      names
        .filter((name) => !optional.includes(name))
        .map((name) => [name, sampleOf(members[name] as Schema)]),
    );
    return { name, operation, members, optional, required };
  });

/** The request that a call would send; the code of the refusal where it sends none. */
async function requestOf(name: string, values: Values): Promise<unknown> {
  const tool = tools.find((item) => item.name === name);
  if (tool === undefined) {
    return expect.fail(`There is no ${name}.`);
  }
  try {
    const checked = await tool.check(values);
    return {
      ...encodeRequest(tool.operation, checked.values),
      plan: checked.plan,
      fields: checked.fields,
      replaceWhole: checked.replaceWhole,
    };
  } catch (error) {
    if (error instanceof LogtoError) {
      return `${error.failure.code}: ${error.failure.details?.join(' ') ?? error.failure.message}`;
    }
    throw error;
  }
}

const filled = (names: readonly string[], value: unknown): Values =>
  Object.fromEntries(names.map((name) => [name, value]));

/** The first optional argument of a write that can be given alone. */
async function oneArgument(index: number): Promise<Values> {
  const { name, optional, members, required } = operations[index] as (typeof operations)[number];
  for (const argument of optional.filter((item) => item !== 'plan' && item !== 'replace_whole')) {
    const values = { [argument]: sampleOf(members[argument] as Schema) };
    if (typeof (await requestOf(name, { ...required, ...values })) === 'object') {
      return values;
    }
  }
  return {};
}

/** What differs between a call and the same call with every other optional argument filled. */
async function differencesWith(filler: unknown): Promise<string[]> {
  const differences: string[] = [];
  for (const [index, { name, optional, required }] of operations.entries()) {
    const expected = { ...required, ...(await oneArgument(index)) };
    const plain = await requestOf(name, expected);
    const full = await requestOf(name, { ...filled(optional, filler), ...expected });
    if (JSON.stringify(plain) !== JSON.stringify(full)) {
      differences.push(`${name}: ${JSON.stringify(plain)} became ${JSON.stringify(full)}`);
    }
  }
  return differences;
}

describe('a client that fills every optional argument', () => {
  it('with null sends the same as without them', async () => {
    expect(await differencesWith(null)).toEqual([]);
  });

  it('with an empty text sends the same as without them', async () => {
    expect(await differencesWith('')).toEqual([]);
  });

  it('with an empty list can do every read', async () => {
    const differences: string[] = [];
    for (const { name, operation, members, optional, required } of operations) {
      const lists = optional.filter(
        (item) => unwrapped(members[item] as Schema)._zod.def.type === 'array',
      );
      if (operation.effect === 'reads') {
        const plain = await requestOf(name, required);
        const full = await requestOf(name, { ...filled(lists, []), ...required });
        if (JSON.stringify(plain) !== JSON.stringify(full)) {
          differences.push(`${name}: ${JSON.stringify(full)}`);
        }
      }
    }
    expect(differences).toEqual([]);
  });
});

describe('a client that turns everything into text', () => {
  it('is accepted for every argument that is not a text', async () => {
    const misread: string[] = [];
    let read = 0;
    for (const { name, members, required } of operations) {
      for (const [argument, schema] of Object.entries(members)) {
        const value = sampleOf(schema);
        const plain = await requestOf(name, { ...required, [argument]: value });
        if (allowsText(schema) || typeof plain === 'string') {
          continue;
        }
        read += 1;
        const asText = await requestOf(name, { ...required, [argument]: JSON.stringify(value) });
        if (JSON.stringify(asText) !== JSON.stringify(plain)) {
          misread.push(`${name} ${argument}: ${JSON.stringify(asText)}`);
        }
      }
    }
    expect(misread).toEqual([]);
    expect(read).toBeGreaterThan(300);
  });

  it('keeps a text that looks like JSON where a text is allowed', async () => {
    const changed: string[] = [];
    for (const { name, members, required } of operations) {
      for (const [argument, schema] of Object.entries(members)) {
        if (unwrapped(schema)._zod.def.type === 'string' && accepts(schema, '[1]')) {
          const sent = await requestOf(name, { ...required, [argument]: '[1]' });
          if (
            typeof sent === 'object' &&
            !JSON.stringify(sent).includes('[1]') &&
            !JSON.stringify(sent).includes('%5B1%5D')
          ) {
            changed.push(`${name} ${argument}: ${JSON.stringify(sent)}`);
          }
        }
      }
    }
    expect(changed).toEqual([]);
  });
});
