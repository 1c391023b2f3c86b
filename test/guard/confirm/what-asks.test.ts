/** Without any policy nothing is removed, overwritten for good or changed for everybody on one call. */
import { describe, expect, it } from 'vitest';
import { OperationGraph } from '../../../src/guard/operation-graph.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { readPolicy } from '../../../src/guard/policy/policy-file.js';
import { connectSandbox, tools } from '../../support/client.js';

const policy = defaultPolicy();
const routes = new OperationGraph(tools);

/**
 * Every write that does not ask, with the reason. A new operation belongs into one of these lists, or asks: until then
 * this test fails.
 */
const onlyAdds = [
  'create_user',
  'create_user_identity',
  'create_user_mfa_verification',
  'create_user_personal_access_token',
  'assign_user_roles',
  'create_role',
  'create_role_user',
  'create_role_application',
  'create_role_scope',
  'create_resource',
  'create_resource_scope',
  'create_application',
  'assign_application_roles',
  'create_application_secret',
  'create_application_user_consent_scope',
  'create_application_consent_organization',
  'create_protected_app_custom_domain',
  'create_organization',
  'add_organization_users',
  'assign_organization_roles_to_users',
  'assign_organization_roles_to_user',
  'add_organization_applications',
  'assign_organization_roles_to_applications',
  'assign_organization_roles_to_application',
  'create_organization_jit_email_domain',
  'create_organization_jit_role',
  'create_organization_jit_sso_connector',
  'create_organization_role',
  'create_organization_role_scope',
  'create_organization_role_resource_scope',
  'create_organization_scope',
  'create_organization_invitation',
  // Not shown to anybody until update_sign_in_exp names it, which asks.
  'upload_custom_ui_assets',
  // Users of its domains are sent there from then on, until delete_sso_connector takes it back.
  'create_sso_connector',
  'create_saml_application',
  // Not active until update_saml_application_secret makes it so, which asks.
  'create_saml_application_secret',
  'create_hook',
  'create_domain',
  'create_custom_profile_field',
  'create_custom_profile_fields_batch',
  'add_one_time_tokens',
  'assign_cimd_user_consent_scopes',
];

/** The former values are read before and kept in the journal, and undo_change puts them back. */
const keptInTheJournal = [
  'update_user',
  'update_user_custom_data',
  'update_user_profile',
  'update_user_logto_configs',
  'update_role',
  'update_resource',
  'update_resource_scope',
  'update_application',
  'update_application_custom_data',
  'replace_application_sign_in_experience',
  'update_organization',
  'update_organization_role',
  'update_organization_scope',
  'update_saml_application',
  'update_hook',
  'update_email_template_details',
  // What the console remembers of its own hints.
  'update_admin_console_config',
];

/** The same operation sets it back, and nothing is lost in between. */
const setBackByItself = [
  'update_user_password_expiration',
  'update_user_personal_access_token',
  'update_personal_access_token_name',
  'update_application_secret',
  'update_custom_profile_fields_order',
];

/** Stores nothing: sends one message, posts to an address, runs a script, or takes part in a sign-in. */
const storesNothing = [
  'create_organization_invitation_message',
  'create_connector_test',
  'create_verification_code',
  'create_hook_test',
  'test_jwt_customizer',
  'test_action',
  'verify_user_password',
  // Uses up the code that was sent to be verified.
  'verify_verification_code',
  'assert_saml',
  'assert_single_sign_on_saml',
  'create_saml_authn',
];

const byName = new Map(tools.map((tool) => [tool.name, tool]));
const of = (name: string) => byName.get(name) ?? expect.fail(`there is no ${name}`);

describe('without any policy', () => {
  it('every operation reads, asks, or is harmless for a reason that is written down', () => {
    const free = tools.filter(
      (tool) => tool.operation.effect !== 'reads' && !policy.confirms(tool),
    );
    const listed = [...onlyAdds, ...keptInTheJournal, ...setBackByItself, ...storesNothing];
    expect(new Set(listed).size).toBe(listed.length);
    expect(free.map(({ name }) => name).sort()).toEqual(listed.sort());
    expect(tools.length).toBeGreaterThan(270);
  });

  it('the reasons hold as far as the routes can tell', () => {
    for (const name of onlyAdds) {
      expect(of(name).operation, name).toMatchObject({ method: 'POST', effect: 'adds' });
    }
    for (const name of keptInTheJournal) {
      expect(routes.changeOf(of(name)).kind, name).toBe('update');
    }
    for (const name of setBackByItself) {
      expect(of(name).operation.effect, name).toBe('changes');
    }
  });

  it('what reads is a GET, or only computes', () => {
    const others = tools.filter(
      ({ operation: { effect, method, reaches } }) =>
        effect === 'reads' && (method !== 'GET' || reaches !== undefined),
    );
    expect(others.map(({ name }) => name)).toEqual([
      'create_connector_authorization_uri',
      'check_password_policy',
    ]);
  });

  it.each([
    ['create_connector', { connectorId: 'mailgun-email', config: { apiKey: 'x', domain: 'y' } }],
    ['update_connector', { id: 'mail', config: {} }],
    ['update_account_center_settings', { enabled: false }],
    ['update_oidc_session_config', { ttl: 60 }],
    ['upsert_id_token_config', { enabledExtendedClaims: [] }],
    ['update_jwt_customizer', { tokenTypePath: 'access-token', script: 'x' }],
    ['update_action', { actionType: 'PostSignIn', enabled: false }],
    ['replace_custom_phrase', { languageTag: 'en', translation: {} }],
    ['replace_email_templates', { templates: [] }],
    ['update_saml_application_secret', { id: 'x', secretId: 'y', active: true }],
    ['update_sso_connector_signing_key', { id: 'x', keyId: 'y', active: true }],
    ['replace_user_identity', { id: 'x', target: 'google', userId: 'y' }],
    ['update_user_is_suspended', { userId: 'x', isSuspended: true }],
    ['update_sign_in_exp', { signInMode: 'SignIn' }],
  ])('%s does nothing on one call', async (tool, values) => {
    const { call, close } = await connectSandbox({ policy: defaultPolicy() });
    const connectors = await call('list_connectors', {});
    const outcome = await call(tool, values);
    if (outcome.ok) {
      expect(outcome.answer.result).toHaveProperty('plan');
    }
    expect(await call('list_connectors', {})).toEqual(connectors);
    expect(await call('list_changes', {})).toMatchObject({ answer: { items: [] } });
    await close();
  });
});

describe('read-only mode', () => {
  it.each([
    'create_hook_test',
    'create_connector_test',
    'test_jwt_customizer',
    'test_action',
    'verify_user_password',
    'create_verification_code',
  ])('has no %s, which acts', async (operation) => {
    const { call, close } = await connectSandbox({
      policy: readPolicy('{"read_only": true}', undefined, tools),
    });
    for (const outcome of [
      await call(operation, {}),
      await call('run_read_operation', { operation }),
    ]) {
      expect(outcome).toMatchObject({
        ok: false,
        error: { message: expect.stringContaining('(read_only)') },
      });
    }
    await close();
  });

  it('has what only computes', async () => {
    const { call, close } = await connectSandbox({
      policy: readPolicy('{"read_only": true}', undefined, tools),
    });
    const values = { connectorId: 'github', state: 's', redirectUri: 'https://a.example/back' };
    expect((await call('create_connector_authorization_uri', values)).ok).toBe(true);
    await close();
  });
});
