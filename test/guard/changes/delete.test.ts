/** Deletions: what is recorded before them, what a preview shows, and what their undo sends. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed as succeedBy } from '../../support/client.js';

type Values = Readonly<Record<string, unknown>>;

let connected: Connected;
/** Requests that change something: method and path, and the body where there is one. */
let sent: [request: string, body: unknown][] = [];
beforeAll(async () => {
  const sandbox = createSandbox();
  connected = await connectClient({
    fetch: (url, init) => {
      const { pathname } = new URL(url);
      if (init.method !== 'GET' && pathname.startsWith('/api/')) {
        const body = init.body === undefined ? undefined : JSON.parse(String(init.body));
        sent.push([`${init.method} ${pathname}`, body]);
      }
      return sandbox.fetch(url, init);
    },
  });
});
afterAll(() => connected.close());
beforeEach(() => {
  sent = [];
});

const succeed = (tool: string, values: Values) => succeedBy(connected.call, tool, values);

const lastChange = async () => (await succeed('list_changes', { limit: 1 })).items?.[0]?.['id'];

const stateBefore = async () =>
  (await succeed('list_changes', { change: await lastChange() })).result?.['before'];

const undo = async (change?: unknown) => {
  const id = change ?? (await lastChange());
  sent = [];
  return connected.call('undo_change', { change: id });
};

const CANNOT = { ok: false, error: { code: 'cannot_undo' } };

/** Deletions that a PUT reverses: the call that sets, the deletion, what reads it, and the body that the undo sends. */
const RESTORABLE: readonly (readonly [
  deletion: string,
  path: Values,
  set: string,
  values: Values,
  read: string,
  body: Values,
])[] = [
  [
    'delete_jwt_customizer',
    { tokenTypePath: 'access-token' },
    'upsert_jwt_customizer',
    { script: 'a', contextSample: { a: 1 } },
    'get_jwt_customizer',
    { script: 'a', contextSample: { a: 1 } },
  ],
  [
    'delete_custom_phrase',
    { languageTag: 'ja' },
    'replace_custom_phrase',
    { translation: { description: { or: 'o' } } },
    'get_custom_phrase',
    { description: { or: 'o' } },
  ],
];

describe.each(RESTORABLE)('%s', (deletion, path, set, values, read, body) => {
  it('records what was there, and is undone by the call that sets it', async () => {
    await succeed(set, { ...path, ...values });
    await succeed(deletion, path);
    expect(await stateBefore()).toMatchObject(values);
    expect((await undo()).ok).toBe(true);
    expect(sent).toEqual([[expect.stringMatching(/^PUT /), body]]);
    expect((await succeed(read, path)).result).toMatchObject(values);
  });

  it('is not undone where something is there again', async () => {
    await succeed(deletion, path);
    const change = await lastChange();
    await succeed(set, { ...path, ...values });
    expect(await undo(change)).toMatchObject(CANNOT);
    expect(sent).toEqual([]);
  });
});

describe('the deletion', () => {
  it('of a scope that an application may ask for is not undone where it is there again', async () => {
    const { result } = await succeed('create_application', {
      name: 'Third',
      type: 'Traditional',
      isThirdParty: true,
    });
    const applicationId = result?.['id'];
    const consent = (userScopes: readonly string[]) =>
      succeed('create_application_user_consent_scope', { applicationId, userScopes });
    const remove = () =>
      succeed('delete_application_user_consent_scope', {
        applicationId,
        scopeType: 'user-scopes',
        scopeId: 'email',
      });
    await consent(['email', 'phone']);
    await remove();
    expect((await undo()).ok).toBe(true);
    expect(sent).toEqual([
      [`POST /api/applications/${applicationId}/user-consent-scopes`, { userScopes: ['email'] }],
    ]);
    await remove();
    const change = await lastChange();
    await consent(['email']);
    expect(await undo(change)).toMatchObject(CANNOT);
    expect(sent).toEqual([]);
  });

  it('of one thing that exists once records it, and of a query what it finds', async () => {
    await succeed('update_captcha_provider', {
      config: { type: 'Turnstile', siteKey: 'site', secretKey: 'secret-key-value' },
    });
    await succeed('delete_captcha_provider', {});
    expect(await stateBefore()).toMatchObject({ config: { siteKey: 'site' } });
    const template = (languageTag: string) => ({
      languageTag,
      templateType: 'SignIn',
      details: { subject: 's', content: 'c' },
    });
    await succeed('replace_email_templates', { templates: [template('ja'), template('fr')] });
    await succeed('delete_email_templates', { languageTag: 'ja' });
    expect(await stateBefore()).toMatchObject([{ languageTag: 'ja' }]);
    expect(await stateBefore()).toHaveLength(1);
  });

  it('shows no fields that it changes', async () => {
    const { result } = await succeed('preview_operation', {
      operation: 'delete_role',
      arguments: { id: 'support' },
    });
    expect(result ?? {}).not.toHaveProperty('changes');
  });
});
