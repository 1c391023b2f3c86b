/**
 * Which kind of change each write of the catalog is, and what is read before it: by these the journal records it, a preview
 * shows it and an undo reverses it.
 */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { changeOf } from '../../../src/guard/changes/index.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';

const graph = new OperationGraph(catalog);
const writes = graph.operations.filter(({ operation }) => operation.effect !== 'reads');

/** Kind, write, the operation that reads what is there before it, and the field with the members of a set. */
const EXPECTED = `
create create_user
create create_user_personal_access_token
create create_role
create create_resource
create create_resource_scope
create create_application
create create_application_secret
create create_organization
create create_organization_role
create create_organization_scope
create create_organization_invitation
create create_connector
create create_sso_connector
create create_sso_connector_signing_key
create create_saml_application
create create_saml_application_secret
create create_hook
create create_domain
create create_custom_profile_field
create create_custom_profile_fields_batch
create add_one_time_tokens
update update_user get_user
update update_user_custom_data list_user_custom_data
update update_user_profile get_user
update update_user_logto_configs list_user_logto_configs
update update_user_password get_user
update update_user_is_suspended get_user
update replace_user_identity get_user_identity
update update_user_personal_access_token list_user_personal_access_tokens
update update_personal_access_token_name list_user_personal_access_tokens
update update_role get_role
update update_resource get_resource
update update_resource_is_default get_resource
update update_resource_scope list_resource_scopes
update update_application get_application
update update_application_custom_data get_application
update replace_application_access_control get_application_access_control
update update_application_secret list_application_secrets
update replace_application_sign_in_experience get_application_sign_in_experience
update update_organization get_organization
update update_organization_role get_organization_role
update update_organization_scope get_organization_scope
update replace_organization_invitation_status get_organization_invitation
update update_connector get_connector
update update_sign_in_exp get_sign_in_exp
update update_admin_console_config get_admin_console_config
update update_oidc_session_config get_oidc_session_config
update upsert_jwt_customizer get_jwt_customizer
update update_jwt_customizer get_jwt_customizer
update upsert_id_token_config get_id_token_config
update upsert_action get_action
update update_action get_action
update update_cimd_config get_cimd_config
update update_sso_connector get_sso_connector
update update_sso_connector_signing_key list_sso_connector_signing_keys
update update_saml_application get_saml_application
update update_saml_application_secret list_saml_application_secrets
update update_hook get_hook
update replace_domain_verification_files list_domain_verification_files
update update_custom_profile_field_by_name get_custom_profile_field_by_name
update replace_custom_phrase get_custom_phrase
update update_email_template_details get_email_template
update replace_one_time_token_status get_one_time_token
update update_account_center_settings get_account_center_settings
update update_captcha_provider get_captcha_provider
update install_system_license get_system_license
delete delete_user get_user
delete delete_user_identity get_user_identity
delete delete_user_mfa_verification
delete delete_user_trusted_device
delete delete_user_personal_access_token
delete delete_user_session get_user_session
delete delete_user_grant
delete delete_role get_role
delete delete_resource get_resource
delete delete_resource_scope
delete delete_application get_application
delete delete_application_secret
delete delete_application_legacy_secret
delete delete_application_user_consent_scope
delete delete_organization get_organization
delete delete_organization_role get_organization_role
delete delete_organization_scope get_organization_scope
delete delete_organization_invitation get_organization_invitation
delete delete_connector get_connector
delete delete_logs
delete delete_oidc_key
delete delete_jwt_customizer get_jwt_customizer
delete delete_action get_action
delete delete_sso_connector get_sso_connector
delete delete_sso_connector_signing_key
delete delete_saml_application get_saml_application
delete delete_saml_application_secret
delete delete_hook get_hook
delete delete_domain get_domain
delete delete_custom_profile_field_by_name get_custom_profile_field_by_name
delete delete_custom_phrase get_custom_phrase
delete delete_email_template get_email_template
delete delete_email_templates list_email_templates
delete delete_one_time_token get_one_time_token
delete delete_secret
delete delete_captcha_provider get_captcha_provider
delete delete_cimd_user_consent_scope
other update_user_password_expiration
other verify_user_password
other delete_personal_access_token_post
other create_organization_invitation_message
other create_connector_test
other upload_custom_ui_assets
other rotate_oidc_keys
other test_jwt_customizer
other test_action
other create_hook_test
other update_hook_signing_key
other cleanup_domains
other verify_one_time_token
other create_verification_code
other verify_verification_code
other create_subject_token
other delete_sentinel_activities
other create_user_asset
other assert_saml
other assert_single_sign_on_saml
other create_saml_authn
add assign_user_roles list_user_roles roleIds
add create_role_user list_role_users userIds
add create_role_application list_role_applications applicationIds
add create_role_scope list_role_scopes scopeIds
add assign_application_roles list_application_roles roleIds
add create_application_consent_organization list_application_consent_organizations organizationIds
add create_protected_app_custom_domain list_protected_app_custom_domains domain
add add_organization_users list_organization_users userIds
add assign_organization_roles_to_user list_organization_user_roles organizationRoleIds
add add_organization_applications list_organization_applications applicationIds
add assign_organization_roles_to_application list_organization_application_roles organizationRoleIds
add create_organization_jit_email_domain list_organization_jit_email_domains emailDomain
add create_organization_jit_role list_organization_jit_roles organizationRoleIds
add create_organization_jit_sso_connector list_organization_jit_sso_connectors ssoConnectorIds
add create_organization_role_scope list_organization_role_scopes organizationScopeIds
add create_organization_role_resource_scope list_organization_role_resource_scopes scopeIds
replace replace_user_roles list_user_roles roleIds
replace replace_application_roles list_application_roles roleIds
replace replace_application_consent_organizations list_application_consent_organizations organizationIds
replace replace_organization_users list_organization_users userIds
replace replace_organization_user_roles list_organization_user_roles organizationRoleIds
replace replace_organization_applications list_organization_applications applicationIds
replace replace_organization_application_roles list_organization_application_roles organizationRoleIds
replace replace_organization_jit_email_domains list_organization_jit_email_domains emailDomains
replace replace_organization_jit_roles list_organization_jit_roles organizationRoleIds
replace replace_organization_jit_sso_connectors list_organization_jit_sso_connectors ssoConnectorIds
replace replace_organization_role_scopes list_organization_role_scopes organizationScopeIds
replace replace_organization_role_resource_scopes list_organization_role_resource_scopes scopeIds
remove delete_user_role list_user_roles roleIds
remove delete_role_user list_role_users userIds
remove delete_role_application list_role_applications applicationIds
remove delete_role_scope list_role_scopes scopeIds
remove delete_application_role list_application_roles roleIds
remove delete_application_consent_organization list_application_consent_organizations organizationIds
remove delete_protected_app_custom_domain list_protected_app_custom_domains domain
remove delete_organization_user list_organization_users userIds
remove delete_organization_user_role list_organization_user_roles organizationRoleIds
remove delete_organization_application list_organization_applications applicationIds
remove delete_organization_application_role list_organization_application_roles organizationRoleIds
remove delete_organization_jit_email_domain list_organization_jit_email_domains emailDomain
remove delete_organization_jit_role list_organization_jit_roles organizationRoleIds
remove delete_organization_jit_sso_connector list_organization_jit_sso_connectors ssoConnectorIds
remove delete_organization_role_scope list_organization_role_scopes organizationScopeIds
remove delete_organization_role_resource_scope list_organization_role_resource_scopes scopeIds
attach create_user_identity get_user
attach create_user_mfa_verification list_user_mfa_verifications
pair create_application_user_consent_scope list_application_user_consent_scopes
pair assign_organization_roles_to_users list_organization_users
pair assign_organization_roles_to_applications list_organization_applications
pair assign_cimd_user_consent_scopes list_cimd_user_consent_scopes
upsert update_custom_profile_fields_order list_custom_profile_fields
upsert replace_email_templates list_email_templates
`;

describe('every write of the catalog', () => {
  it('is of the kind that its route tells, and is read by the operation nearest to it', () => {
    const lines = writes.map((entry) => {
      const { kind, read, setField = '' } = changeOf(entry, graph);
      return [kind, entry.name, read?.name ?? '', setField].filter((part) => part !== '').join(' ');
    });
    expect(lines.sort(), 'the lines of EXPECTED in this file').toEqual(
      EXPECTED.trim().split('\n').sort(),
    );
  });

  it('that removes an entity or many is a deletion, except of a member of a set', () => {
    for (const entry of writes) {
      const { kind, deletes } = changeOf(entry, graph);
      expect(deletes, entry.name).toBe(entry.operation.effect === 'removes' && kind !== 'remove');
    }
  });

  it('of a set, of pairs or of settings can be told from what is read after it', () => {
    for (const entry of writes) {
      const { kind, verifiable } = changeOf(entry, graph);
      const isReadBack = ['add', 'remove', 'replace', 'pair', 'update'].includes(kind);
      expect(verifiable, entry.name).toBe(isReadBack);
    }
  });
});

it('a write that only the served document has is of no kind', () => {
  for (const entry of writes) {
    const unknown = { ...entry, operation: { ...entry.operation, notInCatalog: true as const } };
    expect(changeOf(unknown, graph).kind, entry.name).toBe('other');
  }
});
