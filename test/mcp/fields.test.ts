import { describe, expect, it } from 'vitest';
import { project, requireMembers, withoutPictures } from '../../src/mcp/fields.js';

const users = [
  {
    id: 'a',
    name: 'Ann',
    profile: { address: { country: 'NL', locality: 'Delft' } },
    customData: { plan: 'trial' },
  },
  { id: 'b', name: null, profile: {}, customData: {} },
];

describe('fields', () => {
  it.each([
    [['id'], [{ id: 'a' }, { id: 'b' }]],
    [
      ['id', 'profile.address.country'],
      [
        { id: 'a', profile: { address: { country: 'NL' } } },
        { id: 'b', profile: {} },
      ],
    ],
    [
      ['profile', 'profile.address'],
      [{ profile: users[0]?.profile }, { profile: {} }],
    ],
    [
      ['profile.address', 'profile'],
      [{ profile: users[0]?.profile }, { profile: {} }],
    ],
    [['customData.plan'], [{ customData: { plan: 'trial' } }, { customData: {} }]],
    [['customData.nobodyHasIt'], [{ customData: {} }, { customData: {} }]],
  ])('%j keeps only those members', (fields, expected) => {
    expect(project(users, fields)).toEqual(expected);
  });

  it('apply to items of lists', () => {
    expect(project([{ roles: [{ id: 1, name: 'x' }] }], ['roles.name'])).toEqual([
      { roles: [{ name: 'x' }] },
    ]);
  });

  it('that no item has are refused with the existing names', () => {
    expect(() => requireMembers(users, ['nmae'])).toThrow('no member "nmae"');
    expect(() => requireMembers(users, ['nmae'])).toThrowError(
      expect.objectContaining({
        failure: expect.objectContaining({ hint: expect.stringContaining('Did you mean name?') }),
      }),
    );
  });

  it('that no item has are all reported at once', () => {
    expect(() => requireMembers(users, ['nmae', 'id', 'foo.bar'])).toThrowError(
      expect.objectContaining({
        failure: expect.objectContaining({
          message: 'The answer has no member "nmae", "foo.bar".',
          details: [
            expect.stringContaining('Did you mean name?'),
            expect.stringContaining('foo.bar: It has'),
          ],
        }),
      }),
    );
  });

  it('that no item has inside a member get a note with the existing names', () => {
    expect(requireMembers(users, ['customData.paln', 'profile.address.country'])).toEqual([
      'No item has customData.paln; members seen there: plan.',
    ]);
    expect(requireMembers(users, ['name.first'])).toEqual([
      'No item has name.first; nothing was seen there.',
    ]);
    expect(project([{ name: 'Ann' }], ['name.first'])).toEqual([{}]);
  });

  it('are not validated on an empty list', () => {
    expect(() => requireMembers([], ['nmae'])).not.toThrow();
  });
});

describe('a picture inside an answer', () => {
  it('is replaced by a marker', () => {
    const logo = `data:image/svg+xml;base64,${'A'.repeat(5000)}`;
    expect(withoutPictures([{ logo, name: 'x' }])).toEqual([
      { logo: 'data:image/svg+xml;base64,[5026 characters left out]', name: 'x' },
    ]);
    expect(withoutPictures('data:short')).toBe('data:short');
  });
});
