/** Everything of the catalog that can be configured is in a kind of a manifest, or named with the reason why not. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { parametersOf } from '../../src/guard/operation-graph.js';
import { kinds } from '../../src/manifest/kinds.js';
import { KindTable, writeFieldsOf } from '../../src/manifest/members.js';
import { domainsWithoutConfiguration, writesNotCovered } from './not-covered.js';

const table = new KindTable(catalog);

/** The operations that a kind writes with. */
const writtenBy = new Set(
  kinds.flatMap(({ create, update, remove, settings = [], grants = [] }) => [
    create?.operation,
    update?.operation,
    remove,
    ...settings.map(({ operation }) => operation),
    ...grants.flatMap(({ add, remove: take }) => [add.operation, take.operation]),
  ]),
);

const writes = Object.entries(catalog).flatMap(([domain, { operations }]) =>
  Object.entries(operations)
    .filter(([, { method }]) => method !== 'GET')
    .map(([key]) => ({ domain, key })),
);

describe('every write of the catalog', () => {
  it('is used by a kind, or has a reason why not', () => {
    const unexplained = writes.filter(
      ({ domain, key }) =>
        !writtenBy.has(key) &&
        !Object.hasOwn(writesNotCovered, key) &&
        !Object.hasOwn(domainsWithoutConfiguration, domain),
    );
    expect(unexplained).toEqual([]);
  });

  it('with a reason exists, and no kind uses it', () => {
    const known = new Set(writes.map(({ key }) => key));
    const stale = Object.keys(writesNotCovered).filter(
      (key) => !known.has(key) || writtenBy.has(key),
    );
    expect(stale).toEqual([]);
    const domains = new Set(Object.keys(catalog));
    const staleDomains = Object.keys(domainsWithoutConfiguration).filter(
      (domain) =>
        !domains.has(domain) ||
        writes.some((write) => write.domain === domain && writtenBy.has(write.key)),
    );
    expect(staleDomains).toEqual([]);
  });
});

describe('every field of the operations of a kind', () => {
  it.each(kinds.map((kind) => [kind.name, kind] as const))(
    'is a member, takes references, or has a reason why it is omitted: %s',
    (name, kind) => {
      const { members, operations } = table.facts(name);
      const { create, update, omit = {}, grants = [] } = kind;
      const fieldsBy = (entry: typeof operations.create, facts: typeof create) =>
        entry === undefined || facts === undefined ? [] : Object.keys(writeFieldsOf(entry, facts));
      const fields = [
        ...fieldsBy(operations.create, create),
        ...fieldsBy(operations.update, update),
      ];
      const inPath = [operations.create, operations.update].flatMap((entry) =>
        entry === undefined ? [] : parametersOf(entry.operation.url),
      );
      const unexplained = fields.filter(
        (field) =>
          !members.has(field) &&
          !Object.hasOwn(omit, field) &&
          !inPath.includes(field) &&
          !grants.some(({ onCreate }) => onCreate === field),
      );
      expect(unexplained).toEqual([]);
      expect(Object.keys(omit).filter((field) => !fields.includes(field))).toEqual([]);
    },
  );
});
