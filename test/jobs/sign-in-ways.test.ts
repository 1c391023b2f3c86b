/** What keeps an account out, case by case. */
import { describe, expect, it } from 'vitest';
import { explainSignIn, type SignInFacts } from '../../src/jobs/sign-in-ways.js';

const facts = (changes: Partial<SignInFacts> = {}): SignInFacts => ({
  user: { id: 'u', username: 'olga', primaryEmail: 'olga@example.com', isSuspended: false },
  hasPassword: true,
  factors: [],
  settings: {
    signInMode: 'SignInAndRegister',
    signIn: {
      methods: [
        { identifier: 'username', password: true, verificationCode: false },
        { identifier: 'email', password: true, verificationCode: true },
      ],
    },
    socialSignInConnectorTargets: [],
    singleSignOnEnabled: false,
    mfa: { policy: 'UserControlled', factors: ['Totp'] },
  },
  connectors: [{ id: 'c', type: 'Email' }],
  ssoConnectors: [],
  ...changes,
});

const settings = (changes: object) => ({ settings: { ...facts().settings, ...changes } });

describe('an account', () => {
  it('with a password and an identifier can sign in', () => {
    const verdict = explainSignIn(facts());
    expect(verdict.can_sign_in).toBe(true);
    expect(verdict.ways.map(({ way, works }) => [way, works])).toEqual([
      ['username and password', true],
      ['email and password', true],
      ['email and verification code', true],
    ]);
  });

  it('that is suspended is kept out', () => {
    const verdict = explainSignIn(facts({ user: { ...facts().user, isSuspended: true } }));
    expect(verdict.can_sign_in).toBe(false);
    expect(verdict.blockers).toEqual(['the account is suspended']);
  });

  it('without a password, in a tenant without codes, is kept out', () => {
    const verdict = explainSignIn(
      facts({
        hasPassword: false,
        ...settings({ signIn: { methods: [{ identifier: 'username', password: true }] } }),
      }),
    );
    expect(verdict.can_sign_in).toBe(false);
    expect(verdict.ways[0]?.because).toBe('no password is set');
  });

  it('without the identifier that the tenant asks for is kept out', () => {
    const verdict = explainSignIn(
      facts({
        user: { id: 'u', username: 'olga' },
        ...settings({ signIn: { methods: [{ identifier: 'email', password: true }] } }),
      }),
    );
    expect(verdict.ways).toEqual([
      { way: 'email and password', works: false, because: 'the account has no email' },
    ]);
    expect(verdict.can_sign_in).toBe(false);
  });

  it('gets no code where no connector sends it', () => {
    const { ways } = explainSignIn(facts({ connectors: [] }));
    expect(ways.at(-1)?.because).toBe('no email connector sends the code');
  });

  it('whose address belongs to an SSO connector is sent there', () => {
    const { ways } = explainSignIn(
      facts({
        ...settings({ singleSignOnEnabled: true }),
        ssoConnectors: [{ id: 's', connectorName: 'Okta', domains: ['Example.com'] }],
      }),
    );
    expect(ways.filter(({ works }) => works).map(({ way }) => way)).toEqual([
      'username and password',
      'SSO: Okta',
    ]);
  });

  it.each([
    [
      'not offered',
      [],
      [{ id: 'g', type: 'Social', target: 'google' }],
      'it is not offered on the sign-in page',
    ],
    ['without its connector', ['google'], [], 'its connector no longer exists'],
    ['offered', ['google'], [{ id: 'g', type: 'Social', target: 'google' }], undefined],
  ])('with a social identity that is %s', (_, targets, connectors, because) => {
    const { ways } = explainSignIn(
      facts({
        user: { ...facts().user, identities: { google: { userId: '1' } } },
        ...settings({ socialSignInConnectorTargets: targets }),
        connectors,
      }),
    );
    expect(ways.find(({ way }) => way === 'social: google')?.because).toBe(because);
  });

  it('in a tenant that only registers is kept out', () => {
    expect(explainSignIn(facts(settings({ signInMode: 'Register' }))).blockers).toHaveLength(1);
  });

  it.each([
    [[{ type: 'Totp' }], 'is asked for one of Totp'],
    [[{ type: 'WebAuthn' }], 'has WebAuthn, which the tenant no longer offers'],
    [[], undefined],
  ])('with the factors %j', (factors, said) => {
    expect(explainSignIn(facts({ factors })).second_factor).toBe(said);
  });

  it('without a factor where MFA is mandatory must set one up', () => {
    const { second_factor: said } = explainSignIn(
      facts(settings({ mfa: { policy: 'Mandatory', factors: ['Totp'] } })),
    );
    expect(said).toContain('MFA is mandatory');
  });

  it('of a tenant whose settings could not be read is not judged', () => {
    expect(explainSignIn(facts({ settings: undefined })).can_sign_in).toBe('not known');
  });
});
