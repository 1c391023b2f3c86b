/**
 * How well the finder finds, on everyday phrasings with their right operation. Nobody tunes for two of the lists:
 * `heldout` was written before the index was tuned at first, `unseen` before it was tuned anew, and of both nothing but
 * their shares has been looked at since. Each list has its own figures, because a total that the tuned one carries says
 * nothing. The goal is 85 % first and 97 % among five; what is asserted is no more than what is reached.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { phrases, synonyms } from '../../../src/mcp/search/phrases.js';
import { createRanking } from '../../../src/mcp/search/ranking.js';
import { spoken } from '../../../src/mcp/search/tokenizer.js';
import { tools } from '../../support/client.js';

interface Row {
  readonly words: string;
  readonly operation: string | readonly string[];
}

const read = (half: string): Row[] =>
  JSON.parse(readFileSync(new URL(`../../finder/phrasings-${half}.json`, import.meta.url), 'utf8'));

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
const unseen = read('unseen');

/** A phrasing without what makes no difference: case, articles and punctuation. */
const bare = (text: string): string =>
  text
    .toLowerCase()
    .replace(/['’]/g, '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !['a', 'an', 'the'].includes(word))
    .join(' ');

describe('the finder', () => {
  const all = [...tuning, ...heldout, ...unseen];

  it('is measured on at least 120 phrasings, none twice, 400 of them never tuned for', () => {
    expect(new Set(all.map(({ words }) => bare(words))).size).toBe(all.length);
    expect(heldout.length).toBeGreaterThanOrEqual(200);
    expect(unseen.length).toBeGreaterThanOrEqual(200);
    expect(tuning.length).toBeGreaterThanOrEqual(200);
    expect(all.flatMap(({ operation }) => operation).filter((name) => !names.has(name))).toEqual(
      [],
    );
  });

  it.each([
    ['tuned', tuning, 0.88, 0.97],
    ['held-out', heldout, 0.85, 0.97],
    ['unseen', unseen, 0.85, 0.97],
  ])('finds what the %s list asks for', (_, rows, first, five) => {
    expect(shareOf(rows, 1)).toBeGreaterThanOrEqual(first);
    expect(shareOf(rows, 5)).toBeGreaterThanOrEqual(five);
  });

  it('finds each operation by its name as a sentence, article and all', () => {
    const rows = tools.flatMap(({ name }) => {
      const [verb = '', ...nouns] = name.split('_');
      const noun = nouns.join(' ');
      const article = verb === 'list' ? 'the' : /^[aeio]/.test(noun) ? 'an' : 'a';
      return noun === '' ? [] : [{ words: `${verb} ${article} ${noun}`, operation: name }];
    });
    expect(rows.length).toBeGreaterThan(250);
    expect(rows.filter((row) => placeOf(row) > 0).map(({ words }) => words)).toEqual([]);
  });

  it.each([
    ['remove an org', 'delete_organization'],
    ['add a company', 'create_organization'],
    ['users', 'list_users'],
    ['organizations', 'list_organizations'],
    ['webhooks', 'list_hooks'],
    ['roles of a user', 'list_user_roles'],
    ['users of a role', 'list_role_users'],
    ['the secret of an application', 'list_application_secrets'],
  ])('takes %s for what it plainly says', (words, operation) => {
    expect(placeOf({ words, operation })).toBe(0);
  });

  it.each([
    ['suspend', 'update_user_is_suspended'],
    ['block user', 'update_user_is_suspended'],
    ['MFA', 'update_sign_in_exp'],
    ['SSO', 'list_sso_connectors'],
    ['invite', 'create_organization_invitation'],
    ['rotate keys', 'rotate_oidc_keys'],
    ['branding', 'get_sign_in_exp'],
    ['API permission', 'list_resource_scopes'],
  ])('knows what %s means', (words, operation) => {
    expect(placeOf({ words, operation })).toBeLessThan(3);
  });

  it.each([
    ['suspend', 'update_user_is_suspended'],
    ['unblock user', 'update_user_is_suspended'],
    ['enable MFA', 'update_sign_in_exp'],
    ['set up SSO', 'create_sso_connector'],
    ['invite user', 'create_organization_invitation'],
    ['rotate signing keys', 'rotate_oidc_keys'],
    ['change branding', 'update_sign_in_exp'],
    ['add API permission', 'create_resource_scope'],
  ])('puts first what an administrator means by %s', (words, operation) => {
    expect(placeOf({ words, operation })).toBe(0);
  });

  it.each([
    ['delte user', 'delete_user'],
    ['orgnizations', 'list_organizations'],
    ['create aplication', 'create_application'],
  ])('reads the mistyped %s', (words, operation) => {
    expect(placeOf({ words, operation })).toBe(0);
  });

  it('knows no phrasing of a list that nobody tunes for word by word', () => {
    const known = new Set(Object.values(phrases).flat().map(bare));
    // A count alone: a failure must not show the phrasings.
    const met = [...heldout, ...unseen].filter(({ words }) => known.has(bare(words))).length;
    expect(met).toBe(0);
  });

  it('has words for operations that exist, some for every one', () => {
    expect(Object.keys(phrases).toSorted()).toEqual([...names].toSorted());
    expect(Object.values(phrases).filter((said) => said.length < 2)).toEqual([]);
  });

  it('takes nothing that people say in two meanings', () => {
    const said = Object.values(synonyms).flatMap((words) =>
      words.split(', ').map((phrase) => spoken(phrase)),
    );
    const meanings = Object.entries(synonyms).flatMap(([meant, words]) =>
      [...new Set(words.split(', ').map((phrase) => spoken(phrase)))].map(
        (phrase) => `${phrase}: ${meant}`,
      ),
    );
    expect(meanings.length).toBe(new Set(said).size);
  });
});
