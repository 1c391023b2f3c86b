/**
 * How well the finder finds, on everyday phrasings with their right operation. The half called `heldout` was written
 * before the index was tuned, and nobody has looked at it since: it says how the other half would have done by itself.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRanking } from '../../src/mcp/ranking.js';
import { synonyms, terms } from '../../src/mcp/terms.js';
import { tools } from '../support/client.js';

interface Row {
  readonly words: string;
  readonly operation: string | readonly string[];
}

const read = (half: string): Row[] =>
  JSON.parse(readFileSync(new URL(`../finder/phrasings-${half}.json`, import.meta.url), 'utf8'));

const rank = createRanking(tools);
const names = new Set(tools.map(({ name }) => name));

/** The place of the right operation, from 0; infinite when it is not among the first five. */
const placeOf = ({ words, operation }: Row): number => {
  const right = [operation].flat();
  const place = rank(words)
    .slice(0, 5)
    .findIndex(({ name }) => right.includes(name));
  return place < 0 ? Number.POSITIVE_INFINITY : place;
};

const shareOf = (rows: readonly Row[], places: number): number =>
  rows.filter((row) => placeOf(row) < places).length / rows.length;

const tuning = read('tuning');
const heldout = read('heldout');

describe('the finder', () => {
  const all = [...tuning, ...heldout];

  it('is measured on at least 120 phrasings, none twice, half of them held out', () => {
    expect(all.length).toBeGreaterThanOrEqual(120);
    expect(new Set(all.map(({ words }) => words.toLowerCase())).size).toBe(all.length);
    expect(heldout.length).toBeGreaterThanOrEqual(all.length / 2);
    expect(all.flatMap(({ operation }) => operation).filter((name) => !names.has(name))).toEqual(
      [],
    );
  });

  it('puts the right operation first for at least 85 %', () => {
    expect(shareOf(all, 1)).toBeGreaterThanOrEqual(0.85);
  });

  it('has the right operation among the first five for at least 97 %', () => {
    expect(shareOf(all, 5)).toBeGreaterThanOrEqual(0.97);
  });

  it('does not fall off on what it was not tuned for', () => {
    expect(shareOf(heldout, 1)).toBeGreaterThanOrEqual(0.7);
    expect(shareOf(heldout, 5)).toBeGreaterThanOrEqual(0.93);
  });

  it.each([
    ['suspend', 'update_user_is_suspended'],
    ['block user', 'update_user_is_suspended'],
    ['SSO', 'list_sso_connectors'],
    ['invite', 'create_organization_invitation'],
    ['rotate keys', 'rotate_oidc_keys'],
    ['branding', 'get_sign_in_exp'],
    ['API permission', 'list_resource_scopes'],
  ])('knows what %s means', (words, operation) => {
    expect(placeOf({ words, operation })).toBeLessThan(3);
  });

  it('has words for operations that exist, and no pattern that never matches', () => {
    expect(Object.keys(terms).filter((name) => !names.has(name))).toEqual([]);
    const corpus = [...all.map(({ words }) => words), ...Object.values(terms).flat()]
      .join(' . ')
      .toLowerCase()
      .replace(/[_-]+/g, ' ');
    for (const [said] of synonyms) {
      expect(corpus.match(said), String(said)).not.toBeNull();
    }
  });
});
