/** The table of kinds: every kind has what the engine needs, and the order of the table is possible. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalog } from '../../src/catalog/index.js';
import { pages } from '../../src/dev/docs-pages.js';
import { kinds, referencesOf, topLevelKinds } from '../../src/manifest/kinds.js';
import { KindTable } from '../../src/manifest/members.js';
import { fullManifest, fullText, values } from './full.js';
import { exportOf, tenantOf } from './harness.js';

const table = new KindTable(catalog);
const names = kinds.map(({ name }) => name);

describe.each(kinds.map((kind) => [kind.name, kind] as const))('the kind %s', (name, kind) => {
  it('refers only to kinds above it', () => {
    for (const other of referencesOf(kind)) {
      expect(names.indexOf(other), other).toBeLessThan(names.indexOf(name));
    }
  });

  it('is read, and created, changed or fixed by operations of the catalog', () => {
    const { operations, members } = table.facts(name);
    const { within, of, form, grants = [] } = kind;
    expect(operations.list !== undefined || within !== undefined || of !== undefined).toBe(true);
    expect(operations.update !== undefined || grants.length > 0).toBe(true);
    expect(form === 'one' || of !== undefined || operations.create !== undefined).toBe(true);
    expect(form === 'one' || of !== undefined || operations.remove !== undefined).toBe(true);
    expect(members.size).toBeGreaterThan(0);
    for (const { add, remove, list } of grants) {
      for (const key of [add.operation, remove.operation, ...(list === undefined ? [] : [list])]) {
        expect(table.graph.keyed(key).key).toBe(key);
      }
    }
  });

  it('has its key among its members', () => {
    const { members } = table.facts(name);
    for (const path of kind.key) {
      expect(members.has(path.split('.')[0] ?? ''), path).toBe(true);
    }
  });

  it('has an example in the full manifest', () => {
    const manifest: unknown = parse(fullText);
    expect(JSON.stringify(manifest)).toContain(`"${kind.within?.member ?? name}":`);
  });
});

describe('manifest.schema.json', () => {
  const text = pages().get('docs/manifest.schema.json') ?? '';
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(text));

  it('accepts the full manifest and every export', async () => {
    expect(validate(parse(fullText)), JSON.stringify(validate.errors)).toBe(true);
    const tenant = tenantOf({ content: 'empty', ...values });
    await tenant.apply(await fullManifest());
    for (const tested of [tenant, tenantOf()]) {
      expect(validate((await exportOf(tested)).manifest), JSON.stringify(validate.errors)).toBe(
        true,
      );
    }
  });

  it.each([
    ['an unknown kind', { rolls: [] }],
    ['an unknown member', { roles: [{ name: 'a', typ: 'User' }] }],
    ['a thing without its key', { roles: [{ description: 'a' }] }],
    ['a wrong word', { roles: [{ name: 'a', type: 'Robot' }] }],
    ['a wrong type', { signInExperience: { hideLogtoBranding: 'no' } }],
    ['a secret of another form', { captcha: { config: { secretKey: { $secret: 'x' } } } }],
  ])('refuses %s', (_, manifest) => {
    expect(validate(manifest)).toBe(false);
  });

  it('has every kind and every member', () => {
    const { properties } = JSON.parse(text) as { properties: Record<string, object> };
    for (const { name } of topLevelKinds) {
      const schema = JSON.stringify(properties[name]);
      for (const member of table.facts(name).members.keys()) {
        expect(schema, name).toContain(`"${member}":`);
      }
    }
  });
});
