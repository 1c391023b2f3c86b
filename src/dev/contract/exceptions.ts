/** Where the catalog differs from Logto's document on purpose. */
import { type Exception, meant, within } from './exception.js';

const notNull = 'takes null in the document alone';
const atLeastOne = 'min none in the document, 1 in the catalog';
const notRequired = 'required in the document alone';
const onlyInDocument = 'only in the document';

const uris = 'the server takes texts; the document calls them objects';
const sameName = 'the body has a field of the same name; the name of a path parameter is not sent';
const likePatch = 'the server behaves as with a PATCH and does not ask for it';
const idLimits = 'ids come from lists, so their length is not checked';
const tags = 'the list of some hundred tags would cost more than the refusal of a wrong one';
const anyJson = 'the document allows any JSON value; the input of a script is an object';
const completed = 'the server completes what is left out with its defaults';
const serverLimit = 'the server refuses what lies outside';
const merged = 'an update is merged into what is there, so that the server is sent all of them';
const bothForms =
  'one object has the members of all forms, so that an update needs only those that change';
const looseForms = 'the document has each form a second time, with any text for its type';

export const exceptions: readonly Exception[] = [
  // What the document has wrong
  ...meant(
    uris,
    'object in the document, string in the catalog',
    'CreateApplication body.oidcClientMetadata.redirectUris[]',
    'CreateApplication body.oidcClientMetadata.postLogoutRedirectUris[]',
    'UpdateApplication body.oidcClientMetadata.redirectUris[]',
    'UpdateApplication body.oidcClientMetadata.postLogoutRedirectUris[]',
    'UpdateAccountCenterSettings body.deleteAccountUrl',
    'TestJwtCustomizer body<tokenType=access-token>.context.application.oidcClientMetadata.redirectUris[]',
    'TestJwtCustomizer body<tokenType=access-token>.context.application.oidcClientMetadata.postLogoutRedirectUris[]',
    'TestJwtCustomizer body<tokenType=client-credentials>.context.application.oidcClientMetadata.redirectUris[]',
    'TestJwtCustomizer body<tokenType=client-credentials>.context.application.oidcClientMetadata.postLogoutRedirectUris[]',
  ),
  ...meant(
    'the server takes a list; the document calls it an object',
    'object in the document, array in the catalog',
    'ReplaceDomainVerificationFiles body.verificationFiles',
  ),
  ...meant(
    'the document names one literal property; the server takes a map',
    onlyInDocument,
    'ReplaceCustomPhrase body.[translationKey]',
  ),
  ...meant(
    looseForms,
    onlyInDocument,
    'CreateUserMfaVerification body<secret,type>',
    'CreateUserMfaVerification body<codes,type>',
  ),
  ...meant(
    'the server takes it; the document does not know it',
    'only in the catalog',
    'ListUsers query.excludeRoleId',
    'ListUsers query.excludeOrganizationId',
  ),
  ...meant(
    'the server refuses the redirect binding',
    'values ["urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST","urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"] in the document, ["urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"] in the catalog',
    'CreateSamlApplication body.acsUrl.binding',
    'UpdateSamlApplication body.acsUrl.binding',
  ),
  ...meant(
    'the server never lets a token become active again',
    'values ["active","consumed","expired","revoked"] in the document, ["consumed","expired","revoked"] in the catalog',
    'ReplaceOneTimeTokenStatus body.status',
  ),

  // Names that are not sent
  ...meant(
    sameName,
    '{id,name} in the document, {id,currentName} in the catalog',
    'UpdateApplicationSecret path',
  ),
  ...meant(
    sameName,
    '{userId,target} in the document, {id,target} in the catalog',
    'ReplaceUserIdentity path',
  ),
  ...meant(
    sameName,
    '{userId,name} in the document, {userId,currentName} in the catalog',
    'UpdateUserPersonalAccessToken path',
  ),

  // Required in the document, not by the server
  ...meant(
    likePatch,
    notRequired,
    'ReplaceApplicationSignInExperience body.termsOfUseUrl',
    'ReplaceApplicationSignInExperience body.privacyPolicyUrl',
  ),
  ...meant(
    'the server takes none for an empty list',
    notRequired,
    'CreateOrganizationRole body.organizationScopeIds',
    'CreateOrganizationRole body.resourceScopeIds',
  ),
  ...meant(
    'the server sends nothing when it is left out',
    notRequired,
    'CreateOrganizationInvitation body.messagePayload',
  ),
  ...within(
    { from: '1.43' },
    meant(
      'the server takes false for it when it is left out',
      notRequired,
      'CreateSsoConnectorSigningKey body.active',
    ),
  ),
  ...meant(
    'the server takes the persistent form when it is left out',
    notRequired,
    'CreateSamlApplication body.nameIdFormat',
  ),
  ...meant(
    merged,
    notRequired,
    'UpdateSignInExp body.color.primaryColor',
    'UpdateSignInExp body.color.isDarkModeEnabled',
    'UpdateSignInExp body.color.darkPrimaryColor',
    'UpdateSignInExp body.languageInfo.autoDetect',
    'UpdateSignInExp body.languageInfo.fallbackLanguage',
    'UpdateSignInExp body.signIn.methods',
    'UpdateSignInExp body.signUp.identifiers',
    'UpdateSignInExp body.signUp.password',
    'UpdateSignInExp body.signUp.verify',
    'UpdateHook body.config.url',
    'UpdateSamlApplication body.acsUrl.binding',
    'UpdateSamlApplication body.acsUrl.url',
    'UpdateCaptchaProvider body.config<type=RecaptchaEnterprise>.type',
    'UpdateCaptchaProvider body.config<type=RecaptchaEnterprise>.siteKey',
    'UpdateCaptchaProvider body.config<type=RecaptchaEnterprise>.secretKey',
    'UpdateCaptchaProvider body.config<type=RecaptchaEnterprise>.projectId',
    'UpdateSignInExp body.mfa.factors',
    'UpdateSignInExp body.mfa.policy',
    'UpdateApplication body.oidcClientMetadata.redirectUris',
    'UpdateApplication body.oidcClientMetadata.postLogoutRedirectUris',
  ),
  ...meant(
    bothForms,
    onlyInDocument,
    'UpdateSignInExp body.passwordExpiration<enabled=true>',
    'UpdateCaptchaProvider body.config<type=Turnstile>',
  ),
  ...meant(
    bothForms,
    'only in the catalog',
    'UpdateSignInExp body.passwordExpiration<enabled=false>.validPeriodDays',
    'UpdateSignInExp body.passwordExpiration<enabled=false>.enabledAt',
  ),
  ...meant(
    bothForms,
    'values [false] in the document, [] in the catalog',
    'UpdateSignInExp body.passwordExpiration<enabled=false>.enabled',
  ),
  ...meant(
    bothForms,
    'values ["RecaptchaEnterprise"] in the document, *',
    'UpdateCaptchaProvider body.config<type=RecaptchaEnterprise>.type',
  ),
  ...within({ from: '1.44' }, [
    ...meant(bothForms, onlyInDocument, 'UpdateCaptchaProvider body.config<type=Cap>'),
    ...meant(
      bothForms,
      'only in the catalog',
      'UpdateCaptchaProvider body.config<type=RecaptchaEnterprise>.endpoint',
    ),
  ]),
  ...within(
    { from: '1.46' },
    meant(bothForms, onlyInDocument, 'UpdateCaptchaProvider body.config<type=Geetest>'),
  ),
  ...within(
    { before: '1.44' },
    meant(
      'ids of users grew, and the script may be tried on the id of any of them',
      'max 12 in the document, 128 in the catalog',
      'TestJwtCustomizer body<tokenType=access-token>.context.user.id',
    ),
  ),
  ...meant(
    'the server has a default of 20',
    notRequired,
    'GetUsernameCaseSensitivityConflicts query.limit',
  ),
  ...meant(
    completed,
    notRequired,
    'UpdateSignInExp body.passwordPolicy.length.min',
    'UpdateSignInExp body.passwordPolicy.length.max',
    'UpdateSignInExp body.passwordPolicy.characterTypes.min',
    'UpdateSignInExp body.passwordPolicy.rejects.pwned',
    'UpdateSignInExp body.passwordPolicy.rejects.repetitionAndSequence',
    'UpdateSignInExp body.passwordPolicy.rejects.userInfo',
    'UpdateSignInExp body.passwordPolicy.rejects.words',
  ),

  // Required by the server or by sense, not in the document
  ...meant(
    'the server asks for it, also in the PATCH',
    'required in the catalog alone',
    'UpsertJwtCustomizer body.script',
    'UpdateJwtCustomizer body.script',
  ),
  ...meant(
    'without it the server cannot know which token is meant',
    'required in the catalog alone',
    'UpdatePersonalAccessTokenName body.currentName',
  ),

  // null
  ...meant('a query cannot hold null', notNull, 'GetSamlAuthn query.RelayState'),

  // Where saying less costs less
  ...meant(
    anyJson,
    notNull,
    'TestAction body.event',
    'UpsertAction body.contextSample',
    'UpdateAction body.contextSample',
  ),
  ...meant(
    'any JSON value, which free says too',
    notNull,
    'TestJwtCustomizer body<tokenType=access-token>.context.interaction.verificationRecords[]<type=Social>.socialUserInfo.rawData',
    'TestJwtCustomizer body<tokenType=access-token>.context.interaction.verificationRecords[]<type=EnterpriseSso>.enterpriseSsoUserInfo.rawData',
  ),
  ...meant(
    'any JSON value, which free says too',
    'typed in the document, free in the catalog',
    'TestJwtCustomizer body<tokenType=access-token>.context.interaction.verificationRecords[]<type=Social>.socialUserInfo.rawData',
    'TestJwtCustomizer body<tokenType=access-token>.context.interaction.verificationRecords[]<type=EnterpriseSso>.enterpriseSsoUserInfo.rawData',
  ),
  ...meant(
    anyJson,
    'typed in the document, free in the catalog',
    'TestAction body.event',
    'UpsertAction body.contextSample',
    'UpdateAction body.contextSample',
  ),
  ...meant(
    tags,
    'values ["af-ZA",*] in the document, [] in the catalog',
    'UpdateSignInExp body.languageInfo.fallbackLanguage',
    'GetCustomPhrase path.languageTag',
    'ReplaceCustomPhrase path.languageTag',
    'DeleteCustomPhrase path.languageTag',
  ),
  ...meant(
    idLimits,
    'min 1 in the document, none in the catalog',
    'CreateOrganizationInvitation body.organizationId',
    'ListOrganizationUsers query.organizationRoleId',
  ),
  ...meant(
    idLimits,
    'max * in the document, none in the catalog',
    'CreateOrganizationInvitation body.organizationId',
    'CreateOrganizationInvitation body.inviterId',
    'ReplaceOrganizationInvitationStatus body.acceptedUserId',
  ),
  ...meant(
    'an empty path value is refused for every operation',
    'min 1 in the document, none in the catalog',
    'DeleteOrganizationJitEmailDomain path.emailDomain',
    'GetCustomProfileFieldByName path.name',
    'UpdateCustomProfileFieldByName path.name',
    'DeleteCustomProfileFieldByName path.name',
  ),

  // A query is text; the catalog says what the text must be
  ...meant(
    'a switch, which the server reads from a text',
    'string in the document, boolean in the catalog',
    'ListResources query.includeScopes',
    'UpdateSignInExp query.removeUnusedDemoSocialConnector',
    'GetUser query.includeSsoIdentities',
    'GetUserIdentity query.includeTokenSecret',
    'GetUserSsoIdentity query.includeTokenSecret',
    'ListUserAllIdentities query.includeTokenSecret',
    'ListLogs query.enableCap',
    'ListHooks query.includeExecutionStats',
    'GetHook query.includeExecutionStats',
    'ListHookRecentLogs query.enableCap',
    'ListOrganizations query.showFeatured',
  ),
  ...within(
    { from: '1.45' },
    meant(
      'a switch, which the server reads from a text',
      'string in the document, boolean in the catalog',
      'ListResources query.excludeManagementApis',
    ),
  ),
  ...meant(
    'a time in milliseconds, which the server reads from a text',
    'string in the document, number in the catalog',
    'ListLogs query.start_time',
    'ListLogs query.end_time',
    'ListHookRecentLogs query.start_time',
    'ListHookRecentLogs query.end_time',
  ),

  // Limits that are missing from the document
  ...meant(
    'an empty list asks for nothing, and most operations refuse it',
    atLeastOne,
    'AssignApplicationRoles body.roleIds',
    'CreateApplicationUserConsentOrganization body.organizationIds',
    'CreateRole body.scopeIds',
    'CreateRoleUser body.userIds',
    'CreateRoleApplication body.applicationIds',
    'CreateRoleScope body.scopeIds',
    'CreateHook body.events',
    'CreateOrganizationRoleScope body.organizationScopeIds',
    'CreateOrganizationRoleResourceScope body.scopeIds',
    'AddOrganizationUsers body.userIds',
    'AssignOrganizationRolesToUsers body.userIds',
    'AssignOrganizationRolesToUsers body.organizationRoleIds',
    'AddOrganizationApplications body.applicationIds',
    'AssignOrganizationRolesToApplications body.applicationIds',
    'AssignOrganizationRolesToApplications body.organizationRoleIds',
    'AssignOrganizationRolesToApplication body.organizationRoleIds',
    'ReplaceOrganizationApplicationRoles body.organizationRoleIds',
    'CreateOrganizationJitRole body.organizationRoleIds',
    'CreateOrganizationJitSsoConnector body.ssoConnectorIds',
    'ReplaceEmailTemplates body.templates',
    'DeleteSentinelActivities body.targets',
  ),
  ...meant(
    'an empty text is no id, domain or tag',
    atLeastOne,
    'ReplaceApplicationAccessControl body.userIds[]',
    'ReplaceApplicationAccessControl body.userRoleIds[]',
    'ReplaceApplicationAccessControl body.organizationIds[]',
    'CreateApplicationUserConsentScope body.organizationScopes[]',
    'CreateApplicationUserConsentScope body.resourceScopes[]',
    'CreateApplicationUserConsentScope body.organizationResourceScopes[]',
    'CreateOrganizationRole body.organizationScopeIds[]',
    'CreateOrganizationRole body.resourceScopeIds[]',
    'CreateOrganizationInvitation body.organizationRoleIds[]',
    'ReplaceOrganizationJitEmailDomains body.emailDomains[]',
    'AddOneTimeTokens body.context.jitOrganizationIds[]',
    'DeleteSentinelActivities body.targets[]',
    'GetCustomPhrase path.languageTag',
    'ReplaceCustomPhrase path.languageTag',
    'DeleteCustomPhrase path.languageTag',
  ),
  ...within(
    { from: '1.43' },
    meant(
      'an empty text is no id, domain or tag',
      atLeastOne,
      'AssignCimdUserConsentScopes body.organizationScopes[]',
      'AssignCimdUserConsentScopes body.resourceScopes[]',
      'AssignCimdUserConsentScopes body.organizationResourceScopes[]',
    ),
  ),
  ...within({ development: true }, [
    ...meant(serverLimit, atLeastOne, 'UpdateSignInExp body.trustedDevice.durationDays'),
    ...meant(
      serverLimit,
      'max none in the document, 365 in the catalog',
      'UpdateSignInExp body.trustedDevice.durationDays',
    ),
    ...meant(
      'its pages were removed before the release',
      'paged in the document alone',
      'ListUserTrustedDevices',
    ),
  ]),
  ...meant(
    serverLimit,
    atLeastOne,
    'UpdateOidcSessionConfig body.ttl',
    'AddOneTimeTokens body.expiresIn',
    'GetUsernameCaseSensitivityConflicts query.limit',
  ),
  ...meant(
    serverLimit,
    'min none in the document, 0 in the catalog',
    'RotateOidcKeys body.rotationGracePeriod',
    'CreateHook body.config.retries',
    'UpdateHook body.config.retries',
    'CreateHookTest body.config.retries',
  ),
  ...meant(
    serverLimit,
    'max none in the document, 3 in the catalog',
    'CreateHook body.config.retries',
    'UpdateHook body.config.retries',
    'CreateHookTest body.config.retries',
  ),
  ...meant(
    serverLimit,
    'max none in the document, 31536000 in the catalog',
    'UpdateOidcSessionConfig body.ttl',
  ),
  ...meant(
    serverLimit,
    'max none in the document, 100 in the catalog',
    'GetUsernameCaseSensitivityConflicts query.limit',
  ),
  ...meant(
    'the server refuses more than that in one call',
    'max none in the document, 20 in the catalog',
    'CreateCustomProfileFieldsBatch body',
  ),
  ...meant(
    'its column in the database ends there',
    'max none in the document, 128 in the catalog',
    'CreateUser body.name',
    'UpdateUser body.name',
    'CreateOrganizationJitEmailDomain body.emailDomain',
    'ReplaceOrganizationJitEmailDomains body.emailDomains[]',
  ),
  ...meant(
    'its column in the database ends there',
    'max none in the document, 2048 in the catalog',
    'ReplaceApplicationSignInExperience body.termsOfUseUrl',
    'ReplaceApplicationSignInExperience body.privacyPolicyUrl',
  ),
];
