/** Values and members that the catalog does not know, in lists that grow with Logto's releases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openEnum, openObject } from '../../../src/catalog/releases.js';
import { openValueNotes } from '../../../src/mcp/arguments/open-values.js';
import { type Connected, connectSandbox } from '../../support/client.js';

const schema = z.object({
  events: z.array(openEnum(['A.B'])).optional(),
  form: z
    .union([
      z.strictObject({ type: z.literal('x'), kind: openEnum(['k']) }),
      z.strictObject({ type: z.literal('y') }),
    ])
    .optional(),
  fields: openObject({ name: z.string().optional() }).optional(),
});

describe('an unknown value', () => {
  it('has a note with its path, also inside lists, unions and another argument', () => {
    const notes = openValueNotes(
      schema,
      { events: ['A.B', 'C.D'], form: { type: 'x', kind: 'new' }, fields: { name: 'a', more: 1 } },
      'arguments',
    );
    expect(notes.map((note) => note.split(' is not known')[0])).toEqual([
      'arguments.events[1] "C.D"',
      'arguments.form.kind "new"',
      'arguments.fields.more',
    ]);
  });

  it('has no note if every value is known', () => {
    expect(openValueNotes(schema, { events: ['A.B'], fields: { name: 'a' } }, '')).toEqual([]);
  });
});

describe('a call without the document of Logto', () => {
  let connected: Connected;
  beforeAll(async () => {
    // With the document of the running Logto they are refused: test/mcp/served/newer-logto.test.ts.
    connected = await connectSandbox({ served: false });
  });
  afterAll(() => connected.close());

  it('with an unknown field of the account center is sent, with a note', async () => {
    const outcome = await connected.call('update_account_center_settings', {
      fields: { name: 'Edit', hologram: 'Edit' },
    });
    expect(outcome.ok && outcome.answer.notes?.join(' ')).toContain(
      'fields.hologram "Edit" is not known to this catalog (Logto 1.46)',
    );
  });

  it('with an unknown event is sent, and refused by Logto', async () => {
    const outcome = await connected.call('create_hook', {
      events: ['Moon.Rose'],
      config: { url: 'https://a.example' },
    });
    expect(outcome.ok ? undefined : outcome.error.code).toBe('guard.invalid_input');
  });

  it('with another spelling of a known event is not sent', async () => {
    const outcome = await connected.call('create_hook', {
      events: ['post_sign_in'],
      config: { url: 'https://a.example' },
    });
    expect(outcome.ok ? undefined : outcome.error).toMatchObject({
      code: 'invalid_arguments',
      message: expect.stringContaining('events[0] must be written "PostSignIn"'),
    });
  });

  it.each(['.', '..', 'a b', 'a/b', 'x'.repeat(129)])('refuses the user id %j', async (id) => {
    const outcome = await connected.call('create_user', { id });
    expect(outcome.ok ? undefined : outcome.error.code).toBe('invalid_arguments');
  });

  it('with a part of an identity is not sent', async () => {
    const outcome = await connected.call('list_users', { identityId: 'google-1001' });
    expect(outcome.ok ? undefined : outcome.error.message).toContain(
      'add identityType and identityProvider',
    );
  });
});
