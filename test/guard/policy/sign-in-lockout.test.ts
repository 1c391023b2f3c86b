/** The last way to sign in is not removed, through any of its parts. */
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { listIn } from '../../../src/json.js';
import { connectSandbox, succeed } from '../../support/client.js';
import { mailer } from '../../support/mailer.js';

const refused = {
  ok: false,
  error: { code: 'own_access', message: expect.stringContaining('sign in') },
};
const none = {
  signIn: { methods: [] },
  signUp: { identifiers: [], password: false, verify: false },
};
const closed = { ...none, socialSignInConnectorTargets: [], singleSignOnEnabled: false };
const code = (identifier: string) => ({
  ...closed,
  signIn: {
    methods: [{ identifier, password: false, verificationCode: true, isPasswordPrimary: false }],
  },
  signUp: { identifiers: [identifier], password: false, verify: true },
});

describe('the last way to sign in', () => {
  it.each([
    ['registration alone', { signInMode: 'Register' }],
    ['nothing', closed],
    ['a social target without a connector', { ...closed, socialSignInConnectorTargets: ['none'] }],
    ['SSO without a connector', { ...closed, singleSignOnEnabled: true }],
    [
      'a method without password and code',
      {
        ...closed,
        signIn: {
          methods: [
            {
              identifier: 'username',
              password: false,
              verificationCode: false,
              isPasswordPrimary: false,
            },
          ],
        },
      },
    ],
  ])('is not replaced by %s', async (_, settings) => {
    const { call, close } = await connectSandbox();
    const before = await call('get_sign_in_exp', {});
    expect(await call('update_sign_in_exp', settings)).toMatchObject(refused);
    expect(await call('get_sign_in_exp', {})).toEqual(before);
    await close();
  });

  it('may be a social connector, which then stays', async () => {
    const { call, close } = await connectSandbox();
    const only = { ...closed, socialSignInConnectorTargets: ['github'] };
    expect((await call('update_sign_in_exp', only)).ok).toBe(true);
    expect(await call('delete_connector', { id: 'github' })).toMatchObject(refused);
    expect((await call('delete_connector', { id: 'mail' })).ok).toBe(true);
    await close();
  });

  it('stays when the last two are removed at once', async () => {
    const { call, close } = await connectSandbox();
    const only = { ...closed, socialSignInConnectorTargets: ['github', 'google'] };
    expect((await call('update_sign_in_exp', only)).ok).toBe(true);
    const outcomes = await Promise.all([
      call('delete_connector', { id: 'github' }),
      call('delete_connector', { id: 'google' }),
    ]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(outcomes.find(({ ok }) => !ok)).toMatchObject(refused);
    await close();
  });

  it('stays when the settings change at the same time, in whichever order the calls are sent', async () => {
    const { call, close } = await connectSandbox();
    const only = { ...closed, socialSignInConnectorTargets: ['github', 'google'] };
    expect((await call('update_sign_in_exp', only)).ok).toBe(true);
    const outcomes = await Promise.all([
      call('delete_connector', { id: 'github' }),
      call('delete_connector', { id: 'google' }),
      call('update_sign_in_exp', { socialSignInConnectorTargets: ['github'] }),
    ]);
    const failed = outcomes.filter(({ ok }) => !ok);
    expect(failed.length).toBeGreaterThan(0);
    for (const outcome of failed) {
      expect(outcome).toMatchObject(refused);
    }
    const { result } = await succeed(call, 'get_sign_in_exp', {});
    const { items = [] } = await succeed(call, 'list_connectors', {});
    const targets = items.map(({ target }) => target);
    expect(
      listIn(result?.['socialSignInConnectorTargets']).filter((target) => targets.includes(target)),
    ).not.toEqual([]);
    await close();
  });

  it('may be a code by e-mail, whose connector is neither deleted nor replaced', async () => {
    const { call, close } = await connectSandbox();
    expect((await call('update_sign_in_exp', code('email'))).ok).toBe(true);
    expect(await call('delete_connector', { id: 'mail' })).toMatchObject(refused);
    expect(await call('create_connector', mailer)).toMatchObject(refused);
    expect(JSON.stringify(await call('list_connectors', {}))).toContain('"mail"');
    expect((await call('delete_connector', { id: 'github' })).ok).toBe(true);
    await close();
  });

  it('is not a code if nothing can send it', async () => {
    const { call, close } = await connectSandbox();
    const listed = await call('list_connectors', {});
    const sms = (listed.ok ? (listed.answer.items ?? []) : []).filter(
      ({ type }) => String(type) === 'Sms',
    );
    for (const { id } of sms) {
      await call('delete_connector', { id });
    }
    const outcome = await call('update_sign_in_exp', code('phone'));
    expect(outcome.ok).toBe(false);
    await close();
  });

  it('may be enterprise SSO, whose last connector keeps its domains', async () => {
    const { call, close } = await connectSandbox();
    const created = await call('create_sso_connector', {
      providerName: 'OIDC',
      connectorName: 'Northwind staff',
      domains: ['northwind.example'],
    });
    const id = created.ok ? created.answer.result?.id : undefined;
    expect(id).toBeDefined();
    const only = { ...closed, singleSignOnEnabled: true };
    expect((await call('update_sign_in_exp', only)).ok).toBe(true);
    expect(await call('update_sso_connector', { id, domains: [] })).toMatchObject(refused);
    expect(await call('delete_sso_connector', { id })).toMatchObject(refused);
    expect((await call('update_sso_connector', { id, domains: ['staff.example'] })).ok).toBe(true);
    await close();
  });

  it('can be removed if the policy names the operation, and a spare one can always be removed', async () => {
    const { call, close } = await connectSandbox({
      policy: defaultPolicy({ confirm: 'never', allow_against_self: ['update_sign_in_exp'] }),
    });
    expect((await call('create_connector', mailer)).ok).toBe(true);
    expect((await call('update_sign_in_exp', { signInMode: 'Register' })).ok).toBe(true);
    expect((await call('delete_connector', { id: 'github' })).ok).toBe(true);
    await close();
  });
});
