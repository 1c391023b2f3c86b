/** The catalog against the facts of the Management API, in both directions. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { judge } from '../../src/dev/contract/check.js';
import { compareFacts } from '../../src/dev/contract/compare.js';
import { exceptions } from '../../src/dev/contract/exceptions.js';
import { type Facts, factsOfCatalog } from '../../src/dev/contract/facts.js';

const pinned: Facts = JSON.parse(
  readFileSync(new URL('./management-api.json', import.meta.url), 'utf8'),
);
const ours = factsOfCatalog(catalog);

describe('the contract', () => {
  const verdict = judge(compareFacts(ours, pinned));

  it('has no difference that is not meant', () => {
    expect(verdict.unexplained).toEqual([]);
  });

  it('has no exception that nothing needs', () => {
    expect(verdict.idle).toEqual([]);
  });

  it('gives a reason for each exception', () => {
    expect(exceptions.filter(({ reason }) => reason.length < 15)).toEqual([]);
  });

  it('sees what it is meant to see', () => {
    const { ListRoles: role } = ours;
    if (role === undefined) {
      expect.fail('ListRoles is not in the catalog');
    }
    const seen = (changed: typeof role) =>
      compareFacts({ ListRoles: changed }, { ListRoles: role }).map(({ what }) => what);
    expect(seen(role)).toEqual([]);
    expect(seen({ ...role, method: 'POST' })).toHaveLength(1);
    expect(seen({ ...role, paged: false })).toEqual(['paged in the document alone']);
    expect(seen({ ...role, searched: false })).toEqual(['searched in the document alone']);
    expect(seen({ ...role, query: { type: 'object' } })).toHaveLength(3);
    expect(compareFacts({}, { ListRoles: role })).toHaveLength(1);
    expect(compareFacts({ ListRoles: role }, {})).toHaveLength(1);
  });
});
