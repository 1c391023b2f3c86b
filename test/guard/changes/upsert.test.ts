/** Writes that set items of a collection: what is recorded and shown before, and what their undo sends. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed as succeedBy } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const JSON_TYPE = { 'content-type': 'application/json' };

type Values = Readonly<Record<string, unknown>>;

let connected: Connected;
/** Requests that change something: method and path, and the body where there is one. */
let sent: [request: string, body: unknown][] = [];
/** The method of requests that Logto refuses. */
let refused: string | undefined;
beforeAll(async () => {
  const sandbox = createSandbox();
  connected = await connectClient({
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      if (init.method !== 'GET' && pathname.startsWith('/api/')) {
        const body = init.body === undefined ? undefined : JSON.parse(String(init.body));
        sent.push([`${init.method} ${pathname}`, body]);
      }
      return init.method === refused
        ? answerOf(403, '{"code":"auth.forbidden","message":"no"}', JSON_TYPE)
        : sandbox.fetch(url, init);
    },
  });
});
afterAll(() => connected.close());
beforeEach(() => {
  sent = [];
});

const succeed = (tool: string, values: Values) => succeedBy(connected.call, tool, values);

const lastChange = async () => (await succeed('list_changes', { limit: 1 })).items?.[0]?.['id'];

const changeWithState = async () =>
  (await succeed('list_changes', { change: await lastChange() })).result ?? {};

const undo = async () => {
  const change = await lastChange();
  sent = [];
  return connected.call('undo_change', { change });
};

const template = (languageTag: string, templateType: string, subject: string) => ({
  languageTag,
  templateType,
  details: { subject, content: 'c' },
});

const templatesOf = async (languageTag: string) =>
  (await succeed('list_email_templates', { languageTag })).items ?? [];

describe('templates', () => {
  it('are told apart by every plain member: the language and the type', async () => {
    const others = [template('fr', 'SignIn', 'other'), template('es', 'Register', 'other')];
    await succeed('replace_email_templates', { templates: others });
    await succeed('replace_email_templates', { templates: [template('fr', 'Register', 'old')] });
    await succeed('replace_email_templates', { templates: [template('fr', 'Register', 'new')] });
    expect(await changeWithState()).toMatchObject({
      before: [{ languageTag: 'fr', templateType: 'Register', details: { subject: 'old' } }],
    });
    expect((await changeWithState())['before']).toHaveLength(1);
    expect((await undo()).ok).toBe(true);
    expect(sent).toEqual([
      ['PUT /api/email-templates', { templates: [template('fr', 'Register', 'old')] }],
    ]);
  });

  it('that were not there are deleted by the undo, and nothing else is sent', async () => {
    await succeed('replace_email_templates', {
      templates: [template('it', 'SignIn', 'a'), template('it', 'Register', 'b')],
    });
    const ids = (await templatesOf('it')).map(({ id }) => id);
    expect((await undo()).ok).toBe(true);
    expect(sent.map(([request]) => request).sort()).toEqual(
      ids.map((id) => `DELETE /api/email-templates/${id}`).sort(),
    );
    expect(await templatesOf('it')).toEqual([]);
  });

  it('of which one is gone are not restored, and the others are left', async () => {
    await succeed('replace_email_templates', {
      templates: [template('pt', 'SignIn', 'a'), template('pt', 'Register', 'b')],
    });
    const change = await lastChange();
    const [first] = await templatesOf('pt');
    await succeed('delete_email_template', { id: first?.id });
    sent = [];
    expect(await connected.call('undo_change', { change })).toMatchObject({
      ok: false,
      error: { code: 'cannot_undo' },
    });
    expect(sent).toEqual([]);
  });

  it('of which an undo has restored a part are not compared again by the next one', async () => {
    await succeed('replace_email_templates', { templates: [template('sv', 'SignIn', 'old')] });
    await succeed('replace_email_templates', {
      templates: [template('sv', 'SignIn', 'new'), template('sv', 'Register', 'more')],
    });
    const change = await lastChange();
    refused = 'DELETE';
    expect((await connected.call('undo_change', { change })).ok).toBe(false);
    refused = undefined;
    sent = [];
    expect((await connected.call('undo_change', { change })).ok).toBe(true);
    expect(sent.map(([request]) => request)).toEqual([expect.stringMatching(/^DELETE /)]);
    expect(await templatesOf('sv')).toMatchObject([{ details: { subject: 'old' } }]);
  });

  it('are shown as they are and as they would be', async () => {
    const values = { templates: [template('nl', 'SignIn', 'new')] };
    await succeed('replace_email_templates', { templates: [template('nl', 'SignIn', 'old')] });
    const { result } = await succeed('preview_operation', {
      operation: 'replace_email_templates',
      arguments: values,
    });
    expect(result?.['changes']).toMatchObject([
      {
        field: 'templates',
        before: [{ languageTag: 'nl', details: { subject: 'old' } }],
        after: values.templates,
      },
    ]);
  });
});

describe('the order of profile fields', () => {
  it('is shown field by field, and its undo sets the former places of these', async () => {
    for (const name of ['a', 'b', 'c']) {
      await succeed('create_custom_profile_field', {
        field: { name, type: 'Text', label: name, required: false },
      });
    }
    const places = async () =>
      Object.fromEntries(
        ((await succeed('list_custom_profile_fields', {})).items ?? []).map((item) => [
          item['name'],
          item['sieOrder'],
        ]),
      );
    const former = await places();
    const order = [
      { name: 'a', sieOrder: 8 },
      { name: 'c', sieOrder: 7 },
    ];
    const { result } = await succeed('preview_operation', {
      operation: 'update_custom_profile_fields_order',
      arguments: { order },
    });
    expect(result?.['changes']).toEqual([
      { field: 'order.a', before: { name: 'a', sieOrder: former['a'] }, after: order[0] },
      { field: 'order.c', before: { name: 'c', sieOrder: former['c'] }, after: order[1] },
    ]);
    await succeed('update_custom_profile_fields_order', { order });
    expect((await undo()).ok).toBe(true);
    expect(sent).toEqual([
      [
        'POST /api/custom-profile-fields/properties/sie-order',
        {
          order: [
            { name: 'a', sieOrder: former['a'] },
            { name: 'c', sieOrder: former['c'] },
          ],
        },
      ],
    ]);
    expect(await places()).toEqual(former);
  });
});
