import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const ssoConnectorsWalk: Walk = async (walker) => {
  const domain = `${walker.name('sso').replaceAll('_', '-')}.example`;
  const name = walker.name('Connector');
  const saml = await walker.create(
    'create_sso_connector',
    { providerName: 'SAML', connectorName: name, domains: [domain.toUpperCase()] },
    ({ id }) => ['delete_sso_connector', { id }],
  );
  const id = textOf(saml);
  expect(saml).toMatchObject({ providerName: 'SAML', domains: [domain], syncProfile: false });
  await walker.refused(
    'create_sso_connector',
    { providerName: 'OIDC', connectorName: name },
    { status: 409, code: 'single_sign_on.duplicate_connector_name', kind: 'conflict' },
  );
  await walker.refused(
    'create_sso_connector',
    { providerName: 'Nope', connectorName: walker.name('x') },
    { status: 422, code: 'connector.not_found' },
  );
  await walker.refused(
    'create_sso_connector',
    { providerName: 'OIDC', connectorName: walker.name('x'), config: { clientId: 'a' } },
    { status: 400, code: 'connector.invalid_config' },
  );
  await walker.refused(
    'create_sso_connector',
    { providerName: 'OIDC', connectorName: walker.name('x'), domains: ['gmail.com'] },
    { status: 422, code: 'single_sign_on.forbidden_domains' },
  );
  await walker.refused(
    'create_sso_connector',
    {
      providerName: 'SAML',
      connectorName: walker.name('x'),
      domains: [domain, domain.toUpperCase()],
    },
    { status: 422, code: 'single_sign_on.duplicated_domains' },
  );
  // Incomplete settings are refused, and all that can be validated is validated at once.
  const nowhere = { clientId: 'a', clientSecret: 'b', issuer: 'nowhere' };
  for (const [providerName, config, code] of [
    ['SAML', {}, 'connector.invalid_config'],
    ['SAML', { metadataUrl: 'nowhere' }, 'connector.invalid_metadata'],
    ['SAML', { metadata: 'no XML' }, 'connector.invalid_certificate'],
    ['OIDC', nowhere, 'connector.invalid_config'],
  ] as const) {
    const connectorName = walker.name('x');
    await walker.refused(
      'create_sso_connector',
      { providerName, connectorName, config },
      { status: 400, code },
    );
  }
  const oidc = await walker.create(
    'create_sso_connector',
    { providerName: 'OIDC', connectorName: walker.name('Other') },
    (created) => ['delete_sso_connector', { id: created.id }],
  );

  const listed = await walker.call('list_sso_connectors', { page_size: 1, fields: ['id'] });
  expect(listed.items).toHaveLength(1);
  expect(listed.page).toMatchObject({ page: 1, has_more: true, next_page: 2 });
  const { result: got } = await walker.call('get_sso_connector', { id });
  expect(got).toMatchObject({
    id,
    providerType: 'saml',
    providerConfig: { serviceProvider: { entityId: expect.stringContaining(id) } },
  });
  await walker.call('update_sso_connector', { id, branding: { displayName: 'Northwind' } });
  const { result: changed } = await walker.call('update_sso_connector', {
    id,
    branding: { logo: 'https://img.example/sso.png' },
    replace_whole: true,
  });
  // The branding is replaced as a whole.
  expect(changed?.['branding']).toEqual({ logo: 'https://img.example/sso.png' });

  const keyTools = [
    'create_sso_connector_signing_key',
    'list_sso_connector_signing_keys',
    'update_sso_connector_signing_key',
    'delete_sso_connector_signing_key',
  ];
  if (await walker.serves('list_sso_connector_signing_keys', { id }, keyTools)) {
    const { result: first } = await walker.call('create_sso_connector_signing_key', { id });
    const keyId = textOf(first);
    expect(first).toMatchObject({ active: false, expiresAt: expect.stringMatching(/Z$/) });
    const active = await walker.call('update_sso_connector_signing_key', {
      id,
      keyId,
      active: true,
    });
    expect(active.result).toMatchObject({ id: keyId, active: true });
    const { items: keys } = await walker.call('list_sso_connector_signing_keys', { id });
    expect(keys).toMatchObject([{ id: keyId, active: true }]);
    await walker.refused(
      'delete_sso_connector_signing_key',
      { id, keyId },
      { status: 400, code: 'single_sign_on.can_not_delete_active_signing_key' },
    );
    await walker.call('update_sso_connector_signing_key', { id, keyId, active: false });
    expect(await walker.call('delete_sso_connector_signing_key', { id, keyId })).toMatchObject({
      done: true,
    });
    await walker.refused(
      'create_sso_connector_signing_key',
      { id: oidc.id },
      { status: 404, code: 'connector.not_found' },
    );
  }

  expect(await walker.call('delete_sso_connector', { id })).toMatchObject({ done: true });
  await walker.refused('get_sso_connector', { id }, { status: 404 });
  await walker.refused(
    'delete_sso_connector',
    { id },
    { status: 404, code: 'entity.not_exists_with_id' },
  );
};
