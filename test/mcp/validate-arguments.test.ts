/** The messages to an agent about invalid arguments. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { catalog } from '../../src/catalog/index.js';
import { LogtoError } from '../../src/logto/errors.js';
import { fieldsOf } from '../../src/mcp/operation-schemas.js';
import { tools } from '../support/client.js';

/** Every sentence about the arguments of one tool; none when they fit. */
async function complaints(name: string, sent: unknown): Promise<string[]> {
  const tool = tools.find((item) => item.name === name);
  if (tool === undefined) {
    expect.fail(`There is no ${name}.`);
  }
  try {
    await tool.check(sent);
    return [];
  } catch (error) {
    if (!(error instanceof LogtoError)) {
      throw error;
    }
    return [...(error.failure.details ?? [error.failure.message])];
  }
}

const jwt = (context: unknown, more: object = {}) => ({
  test: { tokenType: 'access-token', script: 'x', token: {}, context, ...more },
});

describe('a sample for token claims', () => {
  it('is refused by name where a member is wrong, to its depth', async () => {
    expect(
      await complaints('test_jwt_customizer', jwt({ user: { primaryEmial: 'a@b.c' } })),
    ).toEqual([
      expect.stringContaining(
        '"primaryEmial" inside test.context.user. Did you mean "primaryEmail"',
      ),
    ]);
    expect(
      await complaints(
        'test_jwt_customizer',
        jwt({ user: { profile: { address: { country: 5 } } } }),
      ),
    ).toEqual([
      expect.stringContaining('test.context.user.profile.address.country must be a text'),
    ]);
    expect(
      await complaints('test_jwt_customizer', jwt({ user: {}, application: { type: 'Nativ' } })),
    ).toEqual([expect.stringContaining('Did you mean "Native"')]);
    expect(
      await complaints(
        'test_jwt_customizer',
        jwt({ user: {}, interaction: { verificationRecords: [{ type: 'Totp', id: 'x' }] } }),
      ),
    ).toHaveLength(2);
  });

  it('accepts the answers of get_user and get_application', async () => {
    expect(
      await complaints(
        'test_jwt_customizer',
        jwt({
          user: { id: '5de9w7z0pt6f', username: 'ann', identities: {}, hasPassword: false },
          application: { tenantId: 'default', id: 'a', name: 'n', isAdmin: false },
        }),
      ),
    ).toEqual([]);
  });
});

describe('a text with a format', () => {
  it.each([
    [
      'create_user',
      { primaryPhone: '+1 202' },
      'primaryPhone must be digits only, with the country code and without +; "+1 202" was given.',
    ],
    [
      'update_user',
      { userId: 'u', username: '1st' },
      'username must be letters, digits and _, not beginning with a digit; "1st" was given.',
    ],
    [
      'update_application',
      { id: 'a', oidcClientMetadata: { redirectUris: ['/callback'], postLogoutRedirectUris: [] } },
      'oidcClientMetadata.redirectUris[0] must be a full URI with its scheme, such as https://app.example.com/callback; "/callback" was given.',
    ],
    [
      'create_organization',
      { name: 'a', branding: { logoUrl: 'logo.png' }, color: { primaryColor: 'red' } },
      'branding.logoUrl must be a full URL, such as https://example.com/logo.png; "logo.png" was given.',
    ],
    [
      'create_verification_code',
      { recipient: { phone: '+1' } },
      'recipient.phone must be digits only, with the country code and without +; "+1" was given.',
    ],
  ])('is described in words, not by a pattern: %s %o', async (tool, sent, sentence) => {
    expect((await complaints(tool, sent)).join('\n')).toContain(sentence);
  });

  it('states its form in words for every form in the catalog', () => {
    const unsaid: string[] = [];
    let count = 0;
    const look = (schema: z.core.$ZodType, place: string): void => {
      const { def } = schema._zod;
      const checks = def.checks?.map(({ _zod: { def: check } }) => check) ?? [];
      for (const check of [def, ...checks]) {
        if (Reflect.get(check, 'check') === 'string_format') {
          count += 1;
          const error: unknown = Reflect.get(check, 'error');
          const message: unknown = typeof error === 'function' ? error({}) : undefined;
          if (typeof message !== 'string' || !/^must [^/]/.test(message)) {
            unsaid.push(place);
          }
        }
      }
      for (const member of ['innerType', 'in', 'element', 'valueType', 'options', 'shape']) {
        const inner: unknown = Reflect.get(def, member);
        const several = inner instanceof z.core.$ZodType ? { [member]: inner } : Object(inner);
        for (const [name, one] of Object.entries(several)) {
          if (one instanceof z.core.$ZodType) {
            look(one, `${place}.${name}`);
          }
        }
      }
    };
    for (const [domain, { operations }] of Object.entries(catalog)) {
      for (const [key, operation] of Object.entries(operations)) {
        look(z.strictObject(fieldsOf(operation)), `${domain}.${key}`);
      }
    }
    expect(unsaid).toEqual([]);
    expect(count).toBeGreaterThan(40);
  });
});

describe('a value of the wrong kind', () => {
  it('is refused with its description in the list', async () => {
    expect(await complaints('list_users', { page_size: 'many' })).toEqual([
      'page_size must be a number (1 to 100; default 20); "many" was given. Nothing was sent.',
    ]);
    expect(await complaints('get_user', {})).toEqual([
      'userId is required: a text (from list_users). Nothing was sent.',
    ]);
  });
});

describe('a name for a search in other APIs', () => {
  it.each([
    ['list_users', { email: 'ann@example.com' }, 'Did you mean "search"?'],
    ['list_roles', { query: 'admin' }, 'Did you mean "search"?'],
    ['list_organizations', { search: 'acme' }, 'Did you mean "q"?'],
    ['get_user', { userId: 'a', query: 'x' }, 'It takes: userId'],
  ])('is answered with our name: %s %o', async (tool, sent, words) => {
    expect((await complaints(tool, sent)).join()).toContain(words);
  });
});

describe('a name that is written one level too high', () => {
  it('is answered with the argument that has it', async () => {
    expect(
      await complaints('update_application', { id: 'a', redirectUris: ['https://a.example'] }),
    ).toEqual([
      'There is no argument "redirectUris": it is a member of oidcClientMetadata. Nothing was sent.',
    ]);
    expect(await complaints('update_user', { userId: 'a', givenName: 'Ann' })).toEqual([
      'There is no argument "givenName": it is a member of profile. Nothing was sent.',
    ]);
  });
});

describe('a union with several forms', () => {
  it.each([
    [
      'create_verification_code',
      { recipient: { email: 'ann@example.com', phone: '15550100' } },
      '"phone" inside recipient cannot be combined with the other members: give one form, either email; or phone.',
    ],
    [
      'create_custom_profile_field',
      { field: { name: 'size', type: 'Text', config: { options: [] } } },
      '"options" inside field.config is for type "Select" only; with type "Text" it takes:',
    ],
    [
      'update_captcha_provider',
      { config: { type: 'Turnstile', siteKey: 'a', secretKey: 'b', projectId: 'c' } },
      '"projectId" inside config is for type "RecaptchaEnterprise" only; with type "Turnstile" it takes: type, siteKey, secretKey.',
    ],
    [
      'test_jwt_customizer',
      { test: { tokenType: 'client-credentials', script: 'x', token: {}, context: { user: {} } } },
      '"user" inside test.context is for tokenType "access-token" only; with tokenType "client-credentials" it takes: application.',
    ],
    [
      'create_user_mfa_verification',
      { userId: 'u', verification: { type: 'Totp', secrt: 'x' } },
      'There is no argument "secrt" inside verification. Did you mean "secret"?',
    ],
  ])('is identified by its discriminator: %s %o', async (tool, sent, sentence) => {
    expect((await complaints(tool, sent)).join('\n')).toContain(sentence);
  });
});

describe('a value that Logto refuses', () => {
  const colors = (primaryColor: string) => ({
    color: { primaryColor, isDarkModeEnabled: false, darkPrimaryColor: '#123' },
  });

  it.each([
    ['update_sign_in_exp', colors('#1234')],
    ['update_sign_in_exp', colors('#12345')],
    ['update_sign_in_exp', colors('red')],
    ['update_sign_in_exp', { termsOfUseUrl: 'not a url' }],
    ['update_sign_in_exp', { privacyPolicyUrl: 'ann@example.com' }],
    ['update_sign_in_exp', { supportEmail: 'http://a.example' }],
    ['replace_application_sign_in_experience', { applicationId: 'a', termsOfUseUrl: 'no url' }],
    ['replace_application_sign_in_experience', { applicationId: 'a' }],
    ['list_users', { excludeRoleId: 'a', excludeOrganizationId: 'b' }],
    ['delete_email_templates', {}],
    ['list_logs', { start_time: 2, end_time: 1 }],
    [
      'update_application',
      { id: 'a', replace_whole: true, oidcClientMetadata: { redirectUris: ['https://a.example'] } },
    ],
    ['list_hook_recent_logs', { id: 'a', start_time: 1_795_015_071 }],
    ['list_hook_recent_logs', { id: 'a', start_time: 2, end_time: 1 }],
    ['list_logs', { start_time: 1_795_015_071 }],
    ['create_hook', { config: { url: 'https://a.example' } }],
  ])('is refused before it is sent: %s %o', async (tool, sent) => {
    expect(await complaints(tool, sent)).toHaveLength(1);
  });

  it.each([
    ['update_sign_in_exp', colors('#123')],
    ['update_sign_in_exp', colors('#A1b2C3')],
    ['update_sign_in_exp', { termsOfUseUrl: '', privacyPolicyUrl: null, supportEmail: '' }],
    ['update_sign_in_exp', { supportEmail: 'ann@example.com', supportWebsiteUrl: 'http://a.b' }],
    ['list_users', { excludeRoleId: 'a' }],
    ['delete_email_templates', { languageTag: 'en' }],
    ['list_logs', { start_time: 1, end_time: 2 }],
    // Both bounds are inclusive.
    ['list_logs', { start_time: 2, end_time: 2 }],
    ['list_hook_recent_logs', { id: 'a', start_time: 2, end_time: 2 }],
    [
      'update_application',
      { id: 'a', oidcClientMetadata: { redirectUris: ['https://a.example'] } },
    ],
    ['create_hook', { events: ['PostSignIn'], config: { url: 'https://a.example' } }],
    ['create_resource_scope', { resourceId: 'a', name: 'read:orders' }],
  ])('and a value that it accepts is not: %s %o', async (tool, sent) => {
    expect(await complaints(tool, sent)).toEqual([]);
  });
});
