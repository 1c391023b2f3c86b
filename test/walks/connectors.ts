import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const connectorsWalk: Walk = async (walker) => {
  const { items: present = [] } = await walker.call('list_connectors');
  const { items: factories = [] } = await walker.call('list_connector_factories', {
    fields: ['id'],
  });
  const has = (id: string) => factories.some((factory) => factory.id === id);
  await walker.refused(
    'create_connector',
    { connectorId: 'nope' },
    { status: 422, code: 'connector.not_found_with_connector_id' },
  );
  await walker.refused('get_connector', { id: 'nope' }, { status: 404, code: 'entity.not_found' });

  const social = 'mock-social-connector';
  if (has(social) && !present.some((connector) => connector['connectorId'] === social)) {
    const connector = await walker.create(
      'create_connector',
      { connectorId: social, config: { clientId: 'a', clientSecret: 'b' } },
      ({ id }) => ['delete_connector', { id }],
    );
    const id = textOf(connector);
    await walker.refused(
      'create_connector',
      { connectorId: social, config: { clientId: 'a', clientSecret: 'b' } },
      { status: 422, code: 'connector.multiple_instances_not_supported' },
    );
    expect((await walker.call('get_connector', { id })).result).toMatchObject({
      connectorId: social,
      target: 'mock-social',
    });
    const filtered = await walker.call('list_connectors', { target: 'mock-social' });
    expect(filtered.items).toMatchObject([{ id }]);
    const changed = await walker.call('update_connector', { id, syncProfile: true });
    expect(changed.result).toMatchObject({ syncProfile: true });
    const { result } = await walker.call('create_connector_authorization_uri', {
      connectorId: id,
      state: 'abc',
      redirectUri: 'https://app.example/callback',
    });
    expect(String(result?.['redirectTo'])).toContain('state=abc');
    await walker.call('delete_connector', { id });
    await walker.refused('get_connector', { id }, { status: 404 });
  } else {
    const reason = 'the mock social connector is not installed, or is in use';
    for (const tool of [
      'create_connector',
      'get_connector',
      'update_connector',
      'create_connector_authorization_uri',
      'delete_connector',
    ]) {
      walker.skip(tool, reason);
    }
  }

  const mail = 'mock-email-service';
  if (has(mail)) {
    await walker.refused(
      'create_connector_test',
      { factoryId: mail, email: 'ann@example.com', config: {} },
      { status: 400, code: 'connector.invalid_config' },
    );
    const config = {
      apiKey: 'key',
      fromEmail: 'no-reply@example.com',
      templates: ['SignIn', 'Register', 'ForgotPassword', 'Generic'].map((usageType) => ({
        usageType,
        type: 'text/plain',
        subject: 'Code',
        content: 'Your code is {{code}}.',
      })),
    };
    const sent = await walker.call('create_connector_test', {
      factoryId: mail,
      email: 'ann@example.com',
      config,
    });
    expect(sent).toMatchObject({ done: true });
  } else {
    walker.skip(
      'create_connector_test',
      'the mock e-mail connector is not installed, and a real one would send a message',
    );
  }
};
