/** Which members contain a secret: by their names, by the object around them, and in addresses and pages. */
import { describe, expect, it } from 'vitest';
import {
  isSignificant,
  lacksSecrets,
  leadsToSecret,
  partsOf,
  REDACTED,
  replaceSecrets,
  secretRedactor,
  withoutSecrets,
} from '../../../src/guard/secrets/detection.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { connectSandbox, succeed } from '../../support/client.js';

const SECRET = 'hush-hush-hush';

/** An answer as it is shown: only members that are secret everywhere. */
const shown = (value: unknown, paths: readonly string[] = []): string =>
  JSON.stringify(
    replaceSecrets(value, { paths: paths.map(partsOf), alsoPrivate: false, hide: () => REDACTED }),
  );

/** Names of OAuth, OIDC, SAML and HTTP that mean a secret in any data. */
const anywhere = [
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'id_token',
  'idToken',
  'id_token_hint',
  'idTokenHint',
  'authToken',
  'subject_token',
  'actorToken',
  'one_time_token',
  'oneTimeToken',
  'client_secret',
  'clientSecret',
  'client_assertion',
  'private_key',
  'privateKey',
  'secretKey',
  'signingKey',
  'api_key',
  'apiKey',
  'code_verifier',
  'codeVerifier',
  'password_hash',
  'passwordDigest',
  'secretQrCode',
  'SAMLResponse',
  'saml_response',
  'Authorization',
  'Cookie',
  'Set-Cookie',
];

/** Names that mean a secret in what a caller gives. */
const inArguments = [
  'password',
  'oldPassword',
  'passwd',
  'pass',
  'passphrase',
  'token',
  'sessionToken',
  'code',
  'codes',
  'verificationCode',
  'secret',
  'appSecret',
  'credential',
  'credentials',
];

const harmless = [
  'tokenEndpoint',
  'passwordPolicy',
  'secretName',
  'keyId',
  'codeLength',
  'authorizationEndpoint',
  'cookieConsent',
  'idTokens',
  'name',
];

describe('a member is a secret', () => {
  it.each(anywhere)('in answers and in arguments when its name is %s', async (name) => {
    expect(shown({ customData: { [name]: SECRET } })).not.toContain(SECRET);
    expect(shown({ [name]: [SECRET, SECRET] })).not.toContain(SECRET);
    expect(JSON.stringify(withoutSecrets({ [name]: SECRET }))).not.toContain(SECRET);
    expect(leadsToSecret(`customData.${name}`, [])).toBe(true);
    // An object of that name is looked into.
    expect(shown({ [name]: { inside: 'kept' } })).toContain('kept');
  });

  it.each(inArguments)('only in arguments when its name is %s', (name) => {
    expect(shown({ [name]: 'kept' })).toContain('kept');
    expect(leadsToSecret(name, [])).toBe(false);
    expect(withoutSecrets({ [name]: SECRET })).toEqual({ [name]: REDACTED });
    expect(withoutSecrets([{ deep: { [name]: SECRET } }])).toEqual([
      { deep: { [name]: REDACTED } },
    ]);
  });

  it.each(harmless)('not when its name is %s', (name) => {
    expect(withoutSecrets({ [name]: 'kept' })).toEqual({ [name]: 'kept' });
    expect(leadsToSecret(name, [])).toBe(false);
  });

  it.each([
    ['params', 'code'],
    ['query', 'token'],
    ['rawData', 'password'],
    ['connectorData', 'assertion'],
    ['assertion', 'someCredential'],
    ['headers', 'X-Auth'],
    ['headers', 'x-api-key'],
    ['headers', 'X-Signature'],
  ])('because of the object that contains it: %s.%s', (parent, name) => {
    expect(shown({ [parent]: { [name]: SECRET } })).not.toContain(SECRET);
    expect(leadsToSecret(`${parent}.${name}`, [])).toBe(true);
    expect(shown({ elsewhere: { [name]: 'kept' } })).toContain('kept');
    expect(shown({ [parent]: { 'content-type': 'kept' } })).toContain('kept');
  });

  it('with all its members, if it is the answer of a token endpoint or the variables of a script', () => {
    expect(shown({ tokenResponse: { scope: SECRET } })).not.toContain(SECRET);
    expect(shown({ token_response: [SECRET] })).not.toContain(SECRET);
    expect(leadsToSecret('tokenResponse.scope', [])).toBe(true);
    expect(withoutSecrets({ environmentVariables: { A: SECRET } })).toEqual({
      environmentVariables: REDACTED,
    });
    expect(shown({ environmentVariables: { A: 'kept' } })).toContain('kept');
  });

  it('at the paths of the catalog, in which * is any one name', () => {
    const details = { identities: { github: { details: { a: SECRET }, userId: 'kept' } } };
    expect(shown(details, ['identities.*.details'])).not.toContain(SECRET);
    expect(shown(details, ['identities.*.details'])).toContain('kept');
    expect(shown(details, ['identities.details'])).toContain(SECRET);
    expect(leadsToSecret('identities.github.details.a', [partsOf('identities.*.details')])).toBe(
      true,
    );
    expect(leadsToSecret('identities.github.userId', [partsOf('identities.*.details')])).toBe(
      false,
    );
  });

  it.each([undefined, null, '', true, false, '****', {}, []])(
    'not when its value is %j, which is empty',
    (value) => {
      expect(isSignificant(value)).toBe(false);
      expect(withoutSecrets({ accessToken: value })).toEqual({ accessToken: value });
    },
  );

  it.each([0, 7, 'x', '***x', { a: null }, ['']])(
    'when its value is %j, which is not empty',
    (value) => {
      expect(isSignificant(value)).toBe(true);
    },
  );
});

describe('a secret in a text', () => {
  it.each([
    [`https://a.example/?one_time_token=${SECRET}&x=1`, 'x=1'],
    [`https://a.example/#id_token=${SECRET}`, 'https://a.example/#id_token='],
    [`https://a.example/?a=b&client_secret=${SECRET}`, 'a=b'],
    [`https://a.example/hook?key=${SECRET}`, 'https://a.example/hook'],
    [`https://a.example/?SIG=${SECRET} and more`, ' and more'],
    [`smtp://mailer:${SECRET}@mail.example:587`, '@mail.example:587'],
    [`<input name="SAMLResponse" value="${SECRET}">`, 'SAMLResponse'],
    [`<input value="${SECRET}" name="SAMLResponse">`, 'SAMLResponse'],
  ])('of an address or a page is redacted: %s', (text, rest) => {
    expect(shown({ text })).not.toContain(SECRET);
    expect(JSON.parse(shown({ text })).text).toContain(rest);
  });

  it.each(['https://a.example/?page=2&keys=3', 'a@b.example', 'https://a.example:8080/x@y'])(
    'is not detected in %s',
    (text) => {
      expect(JSON.parse(shown({ text })).text).toBe(text);
    },
  );
});

describe('a message that quotes arguments', () => {
  it('contains none of their secrets: the longest is replaced first, and very short ones are ignored', () => {
    const redact = secretRedactor(
      { password: 'abcd', config: { key: 'abcd-longer' }, code: 123456, token: 'abc' },
      ['config.key'],
    );
    expect(redact('abcd-longer, abcd, 123456 and abc')).toBe(
      `${REDACTED}, ${REDACTED}, ${REDACTED} and abc`,
    );
    const nested = secretRedactor({ credentials: ['first-one', 'second'] }, []);
    expect(nested('first-one second')).toBe(`${REDACTED} ${REDACTED}`);
  });

  it('is redacted by the values that were redacted in the image', () => {
    expect(lacksSecrets(withoutSecrets({ a: { token: 'x' } }))).toBe(true);
    expect(lacksSecrets(withoutSecrets({ a: { b: 'x' } }))).toBe(false);
    expect(lacksSecrets(undefined)).toBe(false);
  });
});

it('no such member of the custom data of a user is in an answer', async () => {
  const { call, close } = await connectSandbox({ secrets: new Secrets(false, undefined) });
  const customData = Object.fromEntries(anywhere.map((name) => [name, `${SECRET}-${name}`]));
  const { result } = await succeed(call, 'create_user', { username: 'holder', customData });
  const read = await succeed(call, 'get_user', { userId: result?.id });
  expect(JSON.stringify([result, read])).not.toContain(SECRET);
  expect(JSON.stringify(read)).toContain('idTokenHint');
  await close();
});

describe('the replacement of a secret', () => {
  const places = (value: unknown, paths: readonly string[] = []) => {
    const members: object[] = [];
    replaceSecrets(value, {
      paths: paths.map(partsOf),
      alsoPrivate: false,
      hide: (secret, place) => {
        members.push({ secret, ...place });
        return REDACTED;
      },
    });
    return members;
  };

  it('gets the member, the nearest id around it, and whether the catalog declares it', () => {
    const value = {
      id: 'app',
      list: [
        { id: 'one', value: 'v1' },
        { id: 7, value: 'v2' },
      ],
    };
    expect(places(value, ['list.value'])).toEqual([
      { secret: 'v1', declared: true, member: 'value', owner: 'one' },
      { secret: 'v2', declared: true, member: 'value', owner: 'app' },
    ]);
    expect(places({ clientSecret: 'x' })).toEqual([
      { secret: 'x', declared: false, member: 'clientSecret', owner: '' },
    ]);
    expect(places({ id: 'a', link: 'https://x.example/?token=abc' })).toEqual([
      { secret: 'abc', declared: false, member: 'link', owner: 'a' },
    ]);
  });

  it('applies to a list of texts as a whole, and to the members of objects in a list', () => {
    expect(places({ apiKey: ['a', 'b'] })).toMatchObject([{ secret: ['a', 'b'] }]);
    expect(places({ apiKey: ['a', { clientSecret: 'x' }] })).toMatchObject([{ secret: 'x' }]);
  });

  it('does not apply to a text of asterisks, and applies to any other', () => {
    expect(places({ apiKey: '***' })).toEqual([]);
    expect(places({ apiKey: 'a***' })).toMatchObject([{ secret: 'a***' }]);
    expect(places({ apiKey: ['***'] })).toMatchObject([{ secret: ['***'] }]);
  });
});

it('numbers and texts inside a secret are redacted in a message, and empty ones are ignored', () => {
  const values = { tokenResponse: { id: 1234567, empty: null, list: ['abcdef', undefined, true] } };
  expect(secretRedactor(values, [])('1234567 and abcdef, true')).toBe(
    '[secret] and [secret], true',
  );
});
