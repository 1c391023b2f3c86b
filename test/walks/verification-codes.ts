import { expect } from 'vitest';
import type { Walk, Walker } from './walk.js';

const mocks = {
  Email: {
    connectorId: 'mock-email-service',
    config: {
      apiKey: 'none',
      fromEmail: 'noreply@example.com',
      templates: [
        {
          usageType: 'Generic',
          type: 'text/plain',
          subject: 'Code',
          content: 'Your code is {{code}}',
        },
        {
          usageType: 'OrganizationInvitation',
          type: 'text/plain',
          subject: 'Invitation',
          content: 'Join at {{link}}',
        },
      ],
    },
  },
  Sms: {
    connectorId: 'mock-short-message-service',
    config: {
      accountSID: 'none',
      authToken: 'none',
      fromMessagingServiceSID: 'none',
      templates: [{ usageType: 'Generic', content: 'Your code is {{code}}' }],
    },
  },
} as const;

/**
 * Sets up a mock connector, so that messages of a kind can be sent and reach no one. An existing real connector is not
 * replaced, because a tenant has only one of a kind.
 *
 * @returns why nothing may be sent, or undefined
 */
export async function mockSender(
  walker: Walker,
  kind: keyof typeof mocks,
): Promise<string | undefined> {
  const mock = mocks[kind];
  const { items: connectors = [] } = await walker.call('list_connectors');
  const present = connectors.find(({ type }) => type === kind);
  if (present !== undefined) {
    return present['connectorId'] === mock.connectorId
      ? undefined
      : `the tenant has a real ${kind} connector, which would send messages`;
  }
  const { items: factories = [] } = await walker.call('list_connector_factories', {
    fields: ['id'],
  });
  if (!factories.some(({ id }) => id === mock.connectorId)) {
    return `the tenant has no ${kind} connector, nor the mock one to set up`;
  }
  await walker.create('create_connector', mock, ({ id }) => ['delete_connector', { id }]);
  return undefined;
}

/** The code that every recipient in the sandbox is sent. */
const sandboxCode = '123456';

export const verificationCodesWalk: Walk = async (walker) => {
  const email = `${walker.name('ann')}@example.com`;
  await walker.refused(
    'verify_verification_code',
    { verification: { email, verificationCode: '000000' } },
    { status: 400, code: 'verification_code.not_found' },
  );

  const obstacle = await mockSender(walker, 'Email');
  if (obstacle !== undefined) {
    walker.skip('create_verification_code', obstacle);
    return;
  }
  expect(await walker.call('create_verification_code', { recipient: { email } })).toMatchObject({
    done: true,
  });
  const wrong = await walker.refused(
    'verify_verification_code',
    { verification: { email, verificationCode: 'wrong' } },
    { status: 400, code: 'verification_code.code_mismatch' },
  );
  expect(wrong.message).not.toBe('');
  if (walker.place === 'sandbox') {
    const verification = { email, verificationCode: sandboxCode };
    await walker.call('verify_verification_code', { verification });
    await walker.refused(
      'verify_verification_code',
      { verification },
      { code: 'verification_code.not_found' },
    );
  }

  // The limit is ten messages in ten minutes; the recipient does not exist.
  for (let count = 2; count <= 10; count += 1) {
    await walker.call('create_verification_code', { recipient: { email } });
  }
  await walker.refused(
    'create_verification_code',
    { recipient: { email: email.toUpperCase() } },
    { status: 429, code: 'request.message_rate_limited' },
  );
  await walker.call('delete_sentinel_activities', {
    targetType: 'User',
    targets: [email.toLowerCase()],
  });
  await walker.call('create_verification_code', { recipient: { email } });

  if ((await mockSender(walker, 'Sms')) === undefined) {
    const recipient = { phone: `1555${String(Date.now()).slice(-7)}` };
    await walker.call('create_verification_code', { recipient });
    await walker.refused(
      'verify_verification_code',
      { verification: { ...recipient, verificationCode: 'wrong' } },
      { code: 'verification_code.code_mismatch' },
    );
  }
};
