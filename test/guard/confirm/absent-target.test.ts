/** A change of an entity that does not exist is answered at once: no person is asked to confirm it as irreversible. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { type Connected, connectSandbox } from '../../support/client.js';

let connected: Connected;
beforeEach(async () => {
  connected = await connectSandbox({ policy: defaultPolicy() });
});
afterEach(() => connected.close());

const absent = 'not-there';

const notFound = (name: string) => ({
  ok: false,
  error: { kind: 'not_found', hint: expect.stringContaining(name) },
});

it.each([
  ['update_user', { userId: absent, name: 'x' }, 'list_users'],
  ['update_user_custom_data', { userId: absent, customData: { a: 1 } }, 'list_users'],
  ['update_user_is_suspended', { userId: absent, isSuspended: true }, 'list_users'],
  ['update_role', { id: absent, name: 'x' }, 'list_roles'],
  ['update_resource', { id: absent, name: 'x' }, 'list_resources'],
  ['update_application', { id: absent, name: 'x' }, 'list_applications'],
  ['update_organization', { id: absent, name: 'x' }, 'list_organizations'],
  ['update_organization_role', { id: absent, name: 'x' }, 'list_organization_roles'],
  ['update_hook', { id: absent, name: 'x' }, 'list_hooks'],
  ['update_connector', { id: absent, syncProfile: true }, 'list_connectors'],
  ['update_sso_connector', { id: absent, connectorName: 'x' }, 'list_sso_connectors'],
  [
    'update_application_secret',
    { id: 'warehouse-sync', currentName: absent, name: 'x' },
    'list_application_secrets',
  ],
])('%s says that its target does not exist', async (tool, values, list) => {
  expect(await connected.call(tool, values)).toMatchObject(notFound(list));
});

it('names the true cause if the set to be replaced cannot be read', async () => {
  const outcome = await connected.call('replace_organization_user_roles', {
    id: 'alpine-rentals',
    userId: absent,
    organizationRoleIds: [],
  });
  expect(outcome).toMatchObject({ ok: false, error: { code: 'organization.require_membership' } });
});

it('still asks before it creates settings that no operation removes', async () => {
  const application = await connected.call('create_application', {
    name: 'Partner',
    type: 'Traditional',
    isThirdParty: true,
    oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
  });
  const applicationId = application.ok ? application.answer.result?.id : undefined;
  expect(
    await connected.call('replace_application_sign_in_experience', {
      applicationId,
      displayName: 'x',
    }),
  ).toMatchObject({
    answer: { result: { preview: { risks: { irreversible: expect.any(String) } } } },
  });
});
