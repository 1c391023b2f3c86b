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

  it('that is suspended cannot sign in', () => {
    const verdict = explainSignIn(facts({ user: { ...facts().user, isSuspended: true } }));
    expect(verdict.can_sign_in).toBe(false);
    expect(verdict.blockers).toEqual(['the account is suspended']);
    expect(verdict.ways[0]).toEqual({
      way: 'username and password',
      works: false,
      because: 'the account is suspended; there is no other reason',
    });
  });

  it('that is locked can still sign in by a social account', () => {
    const locked = {
      user: { ...facts().user, identities: { google: { userId: '1' } } },
      ...settings({ socialSignInConnectorTargets: ['google'] }),
      lockedUntil: 1_800_000_000_000,
    };
    const verdict = explainSignIn(
      facts({ ...locked, connectors: [{ id: 'g', type: 'Social', target: 'google' }] }),
    );
    expect(verdict).toMatchObject({ can_sign_in: true, blockers: [] });
    expect(verdict.ways.filter(({ works }) => works === true)).toHaveLength(1);
    expect(verdict.ways[0]?.because).toMatch(/^too many attempts .*; there is no other reason$/);
    expect(explainSignIn(facts({ lockedUntil: 1_800_000_000_000 }))).toMatchObject({
      can_sign_in: false,
      blockers: [expect.stringContaining('locked until 2027-')],
    });
  });

  it('is never reported as blocked and also as able to sign in', () => {
    const social = { google: { userId: '1' } };
    const choices = {
      user: [
        facts().user,
        { ...facts().user, isSuspended: true },
        { id: 'u', identities: social },
        { ...facts().user, identities: social, ssoIdentities: [{ ssoConnectorId: 's' }] },
      ],
      hasPassword: [true, false, undefined],
      settings: [
        facts().settings,
        undefined,
        { ...facts().settings, signInMode: 'Register' },
        {
          ...facts().settings,
          singleSignOnEnabled: true,
          socialSignInConnectorTargets: ['google'],
        },
      ],
      connectors: [
        facts().connectors,
        undefined,
        [],
        [{ id: 'g', type: 'Social', target: 'google' }],
      ],
      ssoConnectors: [
        [],
        undefined,
        [{ id: 's', connectorName: 'Okta', domains: ['example.com'] }],
      ],
      lockedUntil: [undefined, 1_800_000_000_000],
      factors: [[], undefined, [{ type: 'Totp' }]],
    };
    let all: Partial<SignInFacts>[] = [{}];
    for (const [name, values] of Object.entries(choices)) {
      all = all.flatMap((item) => values.map((value) => ({ ...item, [name]: value })));
    }
    expect(all.length).toBeGreaterThan(1000);
    const contradictions = all.filter((item) => {
      const { can_sign_in: can, blockers, ways } = explainSignIn(facts(item));
      const works = ways.some((way) => way.works === true);
      return (
        (can === true) !== works ||
        (can === false) !== blockers.length > 0 ||
        ways.some((way) => (way.because === undefined) !== (way.works === true)) ||
        (blockers.length > 0 && ways.some((way) => way.works !== false))
      );
    });
    expect(contradictions).toEqual([]);
  });

  it('without a password, in a tenant without codes, cannot sign in', () => {
    const verdict = explainSignIn(
      facts({
        hasPassword: false,
        ...settings({ signIn: { methods: [{ identifier: 'username', password: true }] } }),
      }),
    );
    expect(verdict.can_sign_in).toBe(false);
    expect(verdict.ways[0]?.because).toBe('no password is set');
  });

  it('without the identifier that the tenant requires cannot sign in', () => {
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

  it('gets no code if no connector sends it', () => {
    const { ways } = explainSignIn(facts({ connectors: [] }));
    expect(ways.at(-1)?.because).toBe('no email connector sends the code');
  });

  it('whose address belongs to an SSO connector signs in there', () => {
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

  it('in a tenant that only registers users cannot sign in', () => {
    expect(explainSignIn(facts(settings({ signInMode: 'Register' }))).blockers).toHaveLength(1);
  });

  it.each([
    [[{ type: 'Totp' }], 'is asked for one of Totp'],
    [[{ type: 'WebAuthn' }], 'has WebAuthn, which the tenant does not offer'],
    [[], undefined],
  ])('with the factors %j', (factors, expected) => {
    expect(explainSignIn(facts({ factors })).second_factor).toBe(expected);
  });

  it('without a factor must set one up if MFA is mandatory', () => {
    const { second_factor: secondFactor } = explainSignIn(
      facts(settings({ mfa: { policy: 'Mandatory', factors: ['Totp'] } })),
    );
    expect(secondFactor).toContain('MFA is mandatory');
  });

  it('of a tenant whose settings could not be read has an unknown result', () => {
    expect(explainSignIn(facts({ settings: undefined })).can_sign_in).toBe('not known');
  });
});
