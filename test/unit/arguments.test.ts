/** What an agent is told about arguments that do not fit. */
import { describe, expect, it } from 'vitest';
import { LogtoError } from '../../src/logto/errors.js';
import { tools } from '../support/client.js';

/** Every sentence about the arguments of one tool; none when they fit. */
async function complaints(name: string, sent: unknown): Promise<string[]> {
  const tool = tools.find((one) => one.name === name);
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

  it('may be what get_user and get_application answer', async () => {
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
