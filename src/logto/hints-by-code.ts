/**
 * The next step after each of Logto's error codes, as data.
 *
 * A hint is true for every operation that can answer its code, names only tools that the catalog has, and does not rely on
 * what the message or the details of one answer say.
 */

const cloudflare =
  "Cloudflare, which serves the tenant's own domains, failed or refused: try again in some minutes. If it happens again, the operator of Logto has to look into it.";

const freshSocialCode =
  'The social provider did not accept connectorData: a code works once and only for a short time. Let the user sign in again by create_connector_authorization_uri.';

const onlyThatBrowser =
  'Only the browser that began the sign-in can finish it; this cannot be done through a tool. Start again at the service or the application.';

const newSamlCertificate =
  'The SAML application lacks a usable signing certificate: make one with create_saml_application_secret, then update_saml_application_secret with active=true.';

const newOneTimeToken =
  'The token cannot be used any more (see status and expiresAt in list_one_time_tokens): make a new one with add_one_time_tokens.';

const newCode =
  'The code is no longer valid: send a new one with create_verification_code, which replaces it, and ask the recipient for it.';

const emailCodeTwice =
  'Codes by e-mail are either for sign-in or for MFA: remove EmailVerificationCode from mfa.factors, or set verificationCode false for email in signIn.methods.';

const phoneCodeTwice =
  'Codes by SMS are either for sign-in or for MFA: remove PhoneVerificationCode from mfa.factors, or set verificationCode false for phone in signIn.methods.';

const idOfList =
  'Nothing has that id, or it is not below that parent: take each id from the list tool of its kind.';

/** The hints by Logto's code. */
export const hintsByCode: Readonly<Record<string, string>> = {
  // Actions (scripts at sign-in)
  'action.general':
    'The script failed, or it does not define runAction: correct it and try it again with test_action before upsert_action.',

  // Applications
  'application.consent_management_api_scopes_not_allowed':
    'resourceScopes or organizationResourceScopes holds a scope of the Management API, which no user may grant: leave it out.',
  'application.custom_domain_not_found':
    'The application does not have this domain: see list_protected_app_custom_domains.',
  'application.device_flow_native_only':
    'customClientMetadata.isDeviceFlow is for type Native only: leave it out, or create a Native application.',
  'application.device_flow_not_changeable':
    'isDeviceFlow is fixed at creation: in customClientMetadata send it as get_application shows it (left out counts as false), or create another application.',
  'application.invalid_role_type':
    'roleIds holds a role for users: applications take those of type MachineToMachine only (list_roles with type=MachineToMachine).',
  'application.invalid_subdomain':
    'protectedAppMetadata.subDomain is one label: lower-case letters, digits and inner hyphens, at most 63, no dots.',
  'application.invalid_third_party_application_type':
    'isThirdParty is for type Traditional, SPA or Native only: leave it out, or change type.',
  'application.invalid_type':
    'Only applications of type MachineToMachine hold roles (type in get_application): choose one of those.',
  'application.no_legacy_secret_found':
    'Only applications made by an older Logto have a legacy secret. The secrets of this one: list_application_secrets, delete_application_secret.',
  'application.protected_app_metadata_is_required':
    'type Protected needs protectedAppMetadata {subDomain, origin}: add it, or take another type.',
  'application.protected_app_not_configured':
    'This Logto does not support protected applications (open source never does): create one of type Traditional instead.',
  'application.protected_application_only':
    'Only applications of type Protected have protectedAppMetadata and custom domains: see type in get_application.',
  'application.protected_application_subdomain_exists':
    'Another application has this protectedAppMetadata.subDomain: choose another.',
  'application.saml.acs_url_binding_not_supported':
    'acsUrl.binding must be urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST.',
  'application.saml.acs_url_required':
    'The SAML application has no acsUrl: set it with update_saml_application.',
  'application.saml.auth_request_issuer_not_match':
    'The issuer in SAMLRequest is not the entityId of the application: make them equal with update_saml_application or at the service.',
  'application.saml.can_not_delete_active_secret':
    'Make another certificate active first, or this one inactive: update_saml_application_secret.',
  'application.saml.certificate_required': newSamlCertificate,
  'application.saml.entity_id_required':
    'The SAML application has no entityId: set that of the service with update_saml_application.',
  'application.saml.invalid_saml_request':
    'Logto cannot read SAMLRequest: it must be a SAML authentication request, base64, as the service has just made it.',
  'application.saml.private_key_required': newSamlCertificate,
  'application.saml.reach_oss_limit':
    'Open-source Logto holds three SAML applications (list_applications with types SAML): change one with update_saml_application, or delete one first.',
  'application.saml.saml_application_only':
    'The id is not that of a SAML application: take update_application or delete_application for it, or find the right id in list_applications with types SAML.',
  'application.saml.sp_initiated_saml_sso_session_not_found': onlyThatBrowser,
  'application.saml.state_mismatch': onlyThatBrowser,
  'application.saml.use_saml_app_api':
    'SAML applications have separate tools: create_saml_application, update_saml_application, delete_saml_application.',
  'application.secret_name_exists':
    'The application has a secret of this name (list_application_secrets): take another name.',
  'application.should_delete_custom_domains_first':
    'Remove its domains first: delete_protected_app_custom_domain for each in list_protected_app_custom_domains.',
  'application.sync_application_secret_failed':
    'The provider of protected applications was not updated, so the secret is unchanged: try again in some minutes.',
  'application.third_party_application_cannot_enable_token_exchange':
    'The application is third-party: leave customClientMetadata.allowTokenExchange out, or false.',
  'application.third_party_application_only':
    'Consent is asked for third-party applications only (isThirdParty in get_application, fixed at creation): list_applications with isThirdParty=true.',
  'application.user_consent_scopes_not_found':
    'A scope id is wrong: organizationScopes takes ids of list_organization_scopes, resourceScopes and organizationResourceScopes ids of list_resource_scopes.',

  // Access to the Management API
  'auth.authorization_header_missing':
    'Logto did not get the token: a proxy in front of it removes the Authorization header. LOGTO_ENDPOINT must be the address of Logto itself.',
  'auth.authorization_token_type_not_supported':
    'The Authorization header was changed on the way, probably by a proxy with its own password. LOGTO_ENDPOINT must be the address of Logto itself.',
  'auth.forbidden':
    'The machine-to-machine application lacks the Management API role. In the Logto console open the application, then Machine-to-machine roles, and assign "Logto Management API access".',
  'auth.unauthorized':
    'Logto refused the token, and a new one too: LOGTO_ENDPOINT and LOGTO_API_RESOURCE must belong to the same tenant, and the application must still exist there.',

  // Connectors: social, e-mail, SMS; some of these codes come from SSO connectors too
  'connector.authorization_failed': freshSocialCode,
  'connector.can_not_modify_target':
    'metadata.target is fixed: whenever you send metadata, put into it the target that get_connector shows. For another target create_connector.',
  'connector.cannot_overwrite_metadata_for_non_standard_connector':
    'Leave metadata out: only standard connectors take it (isStandard in get_connector_factory).',
  'connector.email_connector.bulk_deletion_no_filter':
    'Give languageTag or templateType, so that not everything goes; for a single template take delete_email_template.',
  'connector.general':
    'The provider behind the connector refused or failed. Check config in get_connector; try messages with create_connector_test.',
  'connector.invalid_certificate':
    'x509Certificate in config, or that in the metadata of the SAML provider, must be PEM text: correct it with update_sso_connector.',
  'connector.invalid_config':
    'config does not fit: see formItems of get_connector_factory, or for SSO the fields of that providerName (issuer or metadataUrl must be reachable from Logto). An update keeps what it leaves out.',
  'connector.invalid_metadata':
    'Logto cannot read the metadata of the provider: correct metadata in config, or check that metadataUrl answers SAML metadata XML.',
  'connector.invalid_response':
    'The provider answered something that Logto cannot use: check the addresses and credentials in config of the connector.',
  'connector.invalid_type_for_syncing_profile':
    'Leave syncProfile out: only social connectors have a profile to take.',
  'connector.multiple_instances_not_supported':
    'There can be one connector of this factory, and there is one: change it with update_connector (list_connectors), or delete it first.',
  'connector.multiple_target_with_same_platform':
    'Another social connector has this target on the same platform (list_connectors): change that one with update_connector, or give another metadata.target.',
  'connector.not_found':
    'Logto has none of that kind. For messages set up an e-mail or SMS connector (create_connector), take providerName from list_sso_connector_providers; only SAML SSO has signing keys.',
  'connector.not_found_with_connector_id':
    'connectorId is the id of a factory, from list_connector_factories, not that of a connector.',
  'connector.not_implemented':
    'This connector cannot do that outside the sign-in page; simple OAuth ones, such as Google and GitHub, can.',
  'connector.rate_limit_exceeded':
    'The message provider behind the connector limits how much it sends: wait some minutes, then call again once.',
  'connector.should_specify_target':
    'This factory has no fixed provider: set your own name for it in metadata.target.',
  'connector.social_auth_code_invalid': freshSocialCode,
  'connector.template_not_found':
    'config of the connector has no template for this kind of message: add it with update_connector (configTemplate in get_connector_factory).',
  'connector.token_storage_not_supported':
    'Leave enableTokenStorage out: OIDC SSO connectors have it, and social ones with isTokenStorageSupported (list_connector_factories).',
  'connector.unexpected_type':
    'The connector is of another type than this call needs: see type in list_connectors.',
  'connector.usage_limit_exceeded':
    'The quota of the message service is used up: waiting a little does not help. Set up another provider with create_connector.',

  // Custom profile fields
  'custom_profile_fields.entity_not_exists_with_names':
    'A name in the list is not that of a field: take them from list_custom_profile_fields, letter by letter.',
  'custom_profile_fields.invalid_address_components':
    'config.parts of an Address is empty: name at least one part, such as streetAddress.',
  'custom_profile_fields.invalid_default_value':
    'A Checkbox needs config.defaultValue "true" or "false".',
  'custom_profile_fields.invalid_fullname_components':
    'config.parts of a Fullname is empty: name at least one part, such as givenName.',
  'custom_profile_fields.invalid_min_max_input':
    'In config the lower bound is above the upper one: swap minLength and maxLength, or minValue and maxValue.',
  'custom_profile_fields.invalid_name': 'name may hold letters A to Z and digits only.',
  'custom_profile_fields.invalid_options': 'A Select needs at least one entry in config.options.',
  'custom_profile_fields.invalid_regex_format':
    'config.format is not a regular expression that JavaScript can read.',
  'custom_profile_fields.invalid_sub_component_type':
    'A part in config.parts cannot be an Address or a Fullname itself: give it a simple type, such as Text.',
  'custom_profile_fields.name_conflict_built_in_prop':
    'Logto keeps this name for a standard claim of the profile, which update_user_profile sets: take another name for the field.',
  'custom_profile_fields.name_conflict_sign_in_identifier':
    'A field cannot be called after an identifier (username, email, phone...): take another name; identifiers are asked by signUp in update_sign_in_exp.',
  'custom_profile_fields.name_exists':
    'A field of this name exists: change it with update_custom_profile_field_by_name, or take another name.',

  // Custom domains
  'domain.cloudflare_response_error': cloudflare,
  'domain.cloudflare_unknown_error': cloudflare,
  'domain.domain_in_use': 'The tenant has this domain already: find it with list_domains.',
  'domain.domain_is_not_allowed':
    'Domains of the provider itself are not allowed: use one that belongs to the customer.',
  'domain.exceed_domain_limit':
    'The tenant has as many domains as it may: delete_domain one of list_domains first.',
  'domain.hostname_already_exists':
    'Some tenant or application has this domain already: take another, or remove it there first.',
  'domain.limit_to_one_domain':
    'There can be one custom domain and there is one: remove it first (delete_protected_app_custom_domain).',
  'domain.not_configured':
    'This Logto manages no custom domains (only Logto Cloud does): here a domain is set up in DNS and at the proxy, outside these tools.',

  // Any entity
  'entity.db_constraint_violated':
    'A type does not fit: User roles go to users, MachineToMachine roles to MachineToMachine applications. Only those applications join organizations; SPA and Native ones have no secrets.',
  'entity.invalid_input':
    'Logto found nothing to write, or a value of the wrong kind: read the thing again, see what has changed, and send only what is to be different.',
  'entity.not_exists': idOfList,
  'entity.not_exists_with_id': idOfList,
  'entity.not_found': idOfList,
  'entity.relation_foreign_key_not_found':
    'One of the ids does not exist: look each of them up before you call again.',
  'entity.unique_integrity_violation':
    'The same one is there already (same name, domain or invitee): read it with the list tool of that kind instead of creating it.',
  'entity.value_too_long':
    'One of the texts is longer than the database takes: shorten it; many names end at 128 characters.',

  // Requests as such
  'guard.file_size_exceeded': 'The file is too large: 20 MB at most.',
  'guard.invalid_input': 'Correct the arguments named in details.',
  'guard.invalid_pagination': 'page starts at 1; the largest page is page_size=100.',
  'guard.mime_type_not_allowed':
    'Wrong kind of file: upload_custom_ui_assets takes a .zip, create_user_asset the types that get_user_asset_service_status lists.',
  'request.feature_not_supported':
    'enableTokenStorage needs a key that the operator of Logto sets (SECRET_VAULT_KEK): leave it out until then.',
  'sandbox.not_available':
    'Only a running Logto can do that. The sandbox is set up correctly; nothing has to be repaired. Try it on a real tenant.',

  'request.invalid_input':
    'Logto refused a value: compare the arguments with the message, the details and the description of the tool, then call again.',
  'request.message_rate_limited':
    'At most ten messages go to one recipient in ten minutes: wait that long. Only if the person wants it, delete_sentinel_activities lifts it (targetType User, lower-case address).',

  // Webhooks
  'hook.endpoint_responded_with_error':
    'The receiver at config.url got the test and answered an error: fix the receiver, or correct config.url and headers.',
  'hook.missing_events': 'Give events with at least one name, such as User.Created.',
  'hook.send_test_payload_failed':
    'Logto cannot reach the receiver: check host, port and certificate of config.url, as seen from the Logto server.',

  // Claims of tokens
  'jwt_customizer.general':
    'The script failed, or it does not define getCustomJwtClaims or answer an object: correct it and try it again with test_jwt_customizer.',

  // Languages
  'localization.cannot_delete_default_language':
    'It is the fallback language: set another in languageInfo.fallbackLanguage with update_sign_in_exp first.',
  'localization.invalid_translation_structure':
    'A section or key is unknown to Logto: take them from translation in get_sign_in_experience_phrases.',

  // Audit logs
  'log.invalid_time_window':
    'The window ends before it begins: both times are epoch milliseconds, the end after the start.',

  // Signing keys, sessions and grants
  'oidc.invalid_grant':
    'The user has no such grant, or it has ended: take the id from list_user_grants of this user.',
  'oidc.invalid_request':
    'rotate_oidc_keys: rotationGracePeriod is for private-keys only, and no key may be pending (status Next in get_oidc_keys). In a SAML callback: the sign-in failed.',
  'oidc.invalid_session_account_id':
    'The session belongs to another user: take userId and sessionId from the same list_user_sessions.',
  'oidc.key_not_found': 'No key has this id: take it from get_oidc_keys with the same keyType.',
  'oidc.key_required':
    'It is the only key, and one must stay: rotate_oidc_keys first, then delete the old one.',
  'oidc.only_previous_key_can_be_deleted':
    'Only a key of status Previous can be deleted (get_oidc_keys): rotate_oidc_keys makes the current one Previous.',
  'oidc.session_not_found':
    'The session has ended or never was: take sessionId from list_user_sessions.',

  // One-time tokens
  'one_time_token.email_mismatch':
    'The token was made for another e-mail: give the email that list_one_time_tokens shows for it, in the same spelling.',
  'one_time_token.token_consumed': newOneTimeToken,
  'one_time_token.token_expired': newOneTimeToken,
  'one_time_token.token_not_found':
    'token is the token itself, not its id: compare it with list_one_time_tokens, or make one with add_one_time_tokens.',
  'one_time_token.token_revoked': newOneTimeToken,

  // Organizations
  'organization.require_membership':
    'The user or application is not in the organization: add_organization_users or add_organization_applications first.',
  'organization.role_names_not_found':
    'organizationRoleNames holds an unknown name: take them from list_organization_roles, or create_organization_role first.',

  // Passwords
  'password.invalid_legacy_password_format':
    'With passwordAlgorithm Legacy, passwordDigest is JSON text ["sha256", ["salt", "@"], "hash"], where "@" stands for the password; pbkdf2: salt, iterations, length, digest, "@".',
  'password.unsupported_legacy_hash_algorithm':
    'The first entry of passwordDigest names no hash that Logto has: take one of OpenSSL, such as sha256 or md5, or pbkdf2, firebase-scrypt.',

  // Resources, roles and scopes
  'resource.cannot_delete_management_api':
    'The Management API itself cannot be deleted: choose another resource of list_resources.',
  'resource.cannot_modify_management_api':
    'The Management API and its scopes cannot be changed: create another resource with create_resource.',
  'resource.resource_identifier_in_use':
    'A resource with this indicator exists: find it with list_resources.',
  'role.application_exists':
    'The role was assigned to no application. Leave out those that hold it already (list_role_applications).',
  'role.default_role_missing':
    'USER_DEFAULT_ROLE_NAMES on the Logto server names a role that does not exist, so no user was created: create_role of that name first.',
  'role.internal_role_violation':
    'Roles whose name begins with #internal: belong to Logto and stay as they are: take another role or name.',
  'role.management_api_scopes_not_assignable_to_user_role':
    'Scopes of the Management API go only into roles of type MachineToMachine: leave them out, or create_role of that type.',
  'role.name_in_use': 'Take another name, or use the role that has it (list_roles).',
  'role.scope_exists':
    'Nothing was added. Leave out the scopes that the role has already (list_role_scopes).',
  'role.user_exists':
    'The role was assigned to no user. Leave out the users who hold it already (list_role_users), or use assign_user_roles, which accepts repetition.',
  'scope.name_exists':
    'The resource has a scope of this name (list_resource_scopes): use it, or take another name.',
  'scope.name_with_space':
    'Scope names hold no spaces: write read:orders or similar; for several scopes call once for each.',

  // Codes of the sign-in page that operations answer as well
  'session.connector_validation_session_not_found': onlyThatBrowser,
  'session.insufficient_info': 'state and redirectUri must both be given and not be empty.',
  'session.invalid_connector_id':
    'connectorId must be the id of a connector of the right type, not of a factory: see id and type in list_connectors.',
  'session.invalid_credentials':
    'The password is wrong, or the user has none (get_user_has_password). Nothing was changed; do not try others.',
  'session.mfa.backup_code_can_not_be_alone':
    'Backup codes need another factor beside them: create_user_mfa_verification with type Totp first (list_user_mfa_verifications).',

  // Sign-in experience
  'sign_in_experiences.adaptive_mfa_requires_mfa':
    'Adaptive MFA needs factors: send mfa with factors and policy PromptOnlyAtSignInMandatory in the same call.',
  'sign_in_experiences.adaptive_mfa_requires_non_skippable_policy':
    'With adaptiveMfa on, mfa.policy must be PromptOnlyAtSignInMandatory or PromptAtSignInAndSignUpMandatory: send both in one call.',
  'sign_in_experiences.at_least_one_authentication_factor':
    'Each entry of signIn.methods needs password or verificationCode true.',
  'sign_in_experiences.backup_code_cannot_be_enabled_alone':
    'BackupCode goes only with another factor: add Totp or WebAuthn to mfa.factors, or leave it out.',
  'sign_in_experiences.code_sign_in_must_be_enabled':
    'signUp asks no password, so email and phone in signIn.methods need verificationCode true; or set signUp.password true.',
  'sign_in_experiences.duplicated_mfa_factors': 'mfa.factors names a factor twice: name it once.',
  'sign_in_experiences.duplicated_sign_up_identifiers':
    'signUp names an identifier twice, in identifiers and secondaryIdentifiers together; emailOrPhone counts as both.',
  'sign_in_experiences.email_verification_code_cannot_be_used_for_mfa': emailCodeTwice,
  'sign_in_experiences.email_verification_code_cannot_be_used_for_sign_in': emailCodeTwice,
  'sign_in_experiences.enabled_connector_not_found':
    'email needs an e-mail connector, phone an SMS one (list_connectors): create_connector first, or leave the identifier or verificationCode out.',
  'sign_in_experiences.forgot_password_method_requires_connector':
    'forgotPasswordMethods needs the connector that sends the code (list_connectors): create_connector first, or leave the method out.',
  'sign_in_experiences.invalid_custom_email_blocklist_format':
    'An entry of customBlocklist or customAllowlist is neither an address nor a domain with @ in front: foo@example.com, @example.com.',
  'sign_in_experiences.missing_sign_up_identifiers':
    'signUp.secondaryIdentifiers needs signUp.identifiers: move one of them there.',
  'sign_in_experiences.non_adaptive_mfa_requires_skippable_policy':
    'Without adaptive MFA take mfa.policy Mandatory, PromptOnlyAtSignIn, PromptAtSignInAndSignUp, NoPrompt or UserControlled; or send adaptiveMfa {enabled: true} in the same call.',
  'sign_in_experiences.password_expiration_invalid_period_days':
    'passwordExpiration {enabled: true} needs validPeriodDays, a whole number from 1.',
  'sign_in_experiences.password_expiration_not_enabled':
    'Expiration is off: first update_sign_in_exp with passwordExpiration {enabled: true, validPeriodDays}.',
  'sign_in_experiences.password_expiration_requires_forgot_password':
    'Passwords that expire need a way to reset them: keep forgotPasswordMethods and their connector, or first set passwordExpiration {enabled: false}.',
  'sign_in_experiences.passwordless_requires_verify':
    'With email or phone in signUp, verify must be true, in each of secondaryIdentifiers too.',
  'sign_in_experiences.phone_verification_code_cannot_be_used_for_mfa': phoneCodeTwice,
  'sign_in_experiences.phone_verification_code_cannot_be_used_for_sign_in': phoneCodeTwice,
  'sign_in_experiences.unsupported_default_language':
    'languageInfo.fallbackLanguage has no texts here: take one that Logto has, or add it with replace_custom_phrase first.',
  'sign_in_experiences.username_policy_case_conflicts_exist':
    'Some usernames differ by case alone: get_username_case_conflicts lists them; rename those with update_user, then set caseSensitive false.',

  // Enterprise SSO
  'single_sign_on.active_signing_key_required':
    'config.signAuthnRequest needs an active key: create_sso_connector_signing_key with active=true first.',
  'single_sign_on.can_not_deactivate_signing_key_in_use':
    'The key signs requests: set config.signAuthnRequest false with update_sso_connector first, or make another key active.',
  'single_sign_on.can_not_delete_active_signing_key':
    'Make another key active first, or this one inactive: update_sso_connector_signing_key.',
  'single_sign_on.duplicate_connector_name':
    'connectorName is taken (list_sso_connectors): choose another, or change that connector with update_sso_connector.',
  'single_sign_on.duplicated_domains': 'domains names a domain twice: name each once.',
  'single_sign_on.forbidden_domains':
    'Leave public mail services such as gmail.com out of domains: only domains of the organization itself.',

  // Files and plans
  'storage.not_configured':
    'This Logto has nowhere to store files, which its operator has to set up (get_user_asset_service_status): give the URL of a file hosted elsewhere.',
  'storage.upload_error':
    'The storage did not take the file: check that it is whole, and a .zip not damaged, then try once more.',
  'subscription.limit_exceeded':
    'The plan of the tenant does not include this, or not one more: remove something of that kind, or let the owner change the plan in the Logto console.',
  'system_limit.limit_exceeded':
    'The tenant has as many of these as Logto allows: remove some first; only Logto can raise the limit.',

  // Users
  'user.backup_code_already_in_use':
    'The user still has unused backup codes: delete_user_mfa_verification on them first (list_user_mfa_verifications).',
  'user.email_already_in_use':
    'Another user has this address, perhaps in another case: find them with list_users.',
  'user.enterprise_sso_identity_not_exists':
    'The user is not linked through this SSO connector: see ssoIdentities in list_user_all_identities.',
  'user.identity_already_in_use':
    'Another user is linked to this social account: find them (collect_pages over list_users, identities) and let the person decide who keeps it before delete_user_identity.',
  'user.identity_not_exist':
    'The user has no social account of this target: see the keys of identities in get_user.',
  'user.invalid_role_type':
    'roleIds holds a role for machines: users take those of type User only (list_roles with type=User).',
  'user.password_algorithm_required':
    'passwordDigest needs passwordAlgorithm, the hash it was made with; for plain text give password instead.',
  'user.password_and_digest':
    'Give either password (plain text) or passwordDigest with passwordAlgorithm, not both.',
  'user.personal_access_token_name_exists':
    'The user has a token of this name (list_user_personal_access_tokens): take another name.',
  'user.phone_already_in_use': 'Another user has this number: find them with list_users.',
  'user.totp_already_in_use':
    'The user already has an authenticator, and can have only one: delete_user_mfa_verification first (list_user_mfa_verifications).',
  'user.totp_secret_invalid':
    'secret must be base32 of 16, 24 or 32 characters (A to Z, 2 to 7): leave it out and Logto makes one.',
  'user.username_already_in_use':
    'Take another username, or find the user who has it (list_users).',
  'user.wrong_backup_code_format':
    'codes must be ten, each of ten characters 0 to 9 or a to f: leave codes out and Logto makes them.',

  // Verification codes
  'verification_code.code_mismatch':
    'The code is wrong: ask the recipient to read it again. Do not guess: each wrong one counts against it.',
  'verification_code.exceed_max_try': newCode,
  'verification_code.expired': newCode,
  'verification_code.not_found':
    'No unused code went to this recipient, or it has been used: create_verification_code with the same email or phone first.',
};
