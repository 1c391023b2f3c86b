import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';

export const samlApplicationsWalk: Walk = async (walker) => {
  const entityId = `https://${walker.name('sp')}.example`;
  const application = await walker.create(
    'create_saml_application',
    {
      name: walker.name('SAML'),
      customData: { a: 1 },
      entityId,
      acsUrl: { binding: post, url: `${entityId}/acs` },
      attributeMapping: { email: 'mail', name: 'cn' },
    },
    ({ id }) => ['delete_saml_application', { id }],
  );
  const id = textOf(application);
  expect(application).toMatchObject({ type: 'SAML', entityId, acsUrl: { binding: post } });
  const { result: changed } = await walker.call('update_saml_application', {
    id,
    customData: { b: 2 },
    attributeMapping: { name: 'displayName' },
    replace_whole: true,
  });
  // customData is merged, the mapping replaced.
  expect(changed).toMatchObject({ customData: { a: 1, b: 2 } });
  expect(changed?.['attributeMapping']).toEqual({ name: 'displayName' });
  const { result: got } = await walker.call('get_saml_application', { id });
  expect(got).toMatchObject({ id, customData: { a: 1, b: 2 } });
  await walker.refused('get_saml_application', { id: 'nope' }, { status: 404 });
  // The operations of other applications refuse it.
  await walker.refused(
    'delete_application',
    { id },
    { status: 400, code: 'application.saml.use_saml_app_api' },
  );

  const { result: secret } = await walker.call('create_saml_application_secret', {
    id,
    lifeSpanInYears: 1,
  });
  const secretId = textOf(secret);
  expect(secret).toMatchObject({ active: false, expiresAt: expect.stringMatching(/Z$/) });
  const { items: secrets = [] } = await walker.call('list_saml_application_secrets', { id });
  expect(secrets).toHaveLength(2);
  const former = secrets.find((secret) => secret['active'] === true);
  const { result: active } = await walker.call('update_saml_application_secret', {
    id,
    secretId,
    active: true,
  });
  expect(active).toMatchObject({ id: secretId, active: true });
  await walker.refused(
    'delete_saml_application_secret',
    { id, secretId },
    { status: 400, code: 'application.saml.can_not_delete_active_secret' },
  );
  await walker.call('delete_saml_application_secret', { id, secretId: former?.id });
  expect((await walker.call('list_saml_application_secrets', { id: 'nope' })).items).toEqual([]);

  const { result: metadata } = await walker.call('list_saml_application_metadata', { id });
  expect(metadata).toContain('<EntityDescriptor');
  // A connector with this metadata makes Logto its own identity provider.
  const connector = await walker.create(
    'create_sso_connector',
    { providerName: 'SAML', connectorName: walker.name('Own'), config: { metadata } },
    (created) => ['delete_sso_connector', { id: created.id }],
  );
  expect(connector['config']).toEqual({ metadata });
  await walker.refused(
    'list_saml_application_metadata',
    { id: 'nope' },
    { status: 404, code: 'entity.not_found' },
  );
  await walker.refused(
    'update_saml_application',
    { id, encryption: { encryptAssertion: true } },
    { status: 400, code: 'guard.invalid_input' },
  );
  await walker.refused('get_saml_application_callback', { id }, { status: 400 });
  await walker.refused(
    'get_saml_application_callback',
    { id, error: 'access_denied' },
    { status: 400, code: 'oidc.invalid_request' },
  );
  expect(await walker.call('delete_saml_application', { id })).toMatchObject({ done: true });
  await walker.refused('get_saml_application', { id }, { status: 404 });
};
