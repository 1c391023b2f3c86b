/**
 * Where the catalog differs from Logto's document on purpose. Every row says why; a row that no difference needs any more
 * fails the contract test.
 */
export interface Exception {
  /** An operationId, or its beginning followed by `*`. */
  readonly operation: string;
  /** The place of the difference, or its beginning followed by `*`. */
  readonly place: string;
  readonly reason: string;
}

const noNull = 'null says no more than leaving it out when something is created';
const idLimits = 'an id is taken from a list; its length is not for an agent to count';
const uris = 'the server takes texts; the document calls them objects';
const acsUrl = 'the server takes an object; the document calls it a text with properties';
const sameName = 'the body has a field of the same name; a path name never travels';

export const exceptions: readonly Exception[] = [
  { operation: 'CreateApplication', place: 'body.oidcClientMetadata.redirectUris[]', reason: uris },
  {
    operation: 'CreateApplication',
    place: 'body.oidcClientMetadata.postLogoutRedirectUris[]',
    reason: uris,
  },
  { operation: 'UpdateApplication', place: 'body.oidcClientMetadata.redirectUris[]', reason: uris },
  {
    operation: 'UpdateApplication',
    place: 'body.oidcClientMetadata.postLogoutRedirectUris[]',
    reason: uris,
  },
  { operation: 'UpdateApplicationSecret', place: 'path', reason: sameName },
  { operation: 'ReplaceUserIdentity', place: 'path', reason: sameName },
  { operation: 'UpdateUserPersonalAccessToken', place: 'path', reason: sameName },
  {
    operation: 'ReplaceApplicationSignInExperience',
    place: 'body.termsOfUseUrl',
    reason: 'the server behaves as with a PATCH and does not ask for it',
  },
  {
    operation: 'ReplaceApplicationSignInExperience',
    place: 'body.privacyPolicyUrl',
    reason: 'the server behaves as with a PATCH and does not ask for it',
  },
  { operation: 'CreateResourceScope', place: 'body.description', reason: noNull },
  { operation: 'CreateUser', place: 'body.avatar', reason: noNull },
  {
    operation: 'ListUsers',
    place: 'query.excludeRoleId',
    reason: 'the server takes it; the document does not know it',
  },
  {
    operation: 'ListUsers',
    place: 'query.excludeOrganizationId',
    reason: 'the server takes it; the document does not know it',
  },
  {
    operation: 'UpdatePersonalAccessTokenName',
    place: 'body.currentName',
    reason: 'without it the server cannot know which token is meant',
  },
  {
    operation: 'ReplaceCustomPhrase',
    place: 'body',
    reason: 'the document names one literal property, [translationKey]; the server takes a map',
  },
  { operation: 'CreateOrganizationRole', place: 'body.description', reason: noNull },
  {
    operation: 'CreateOrganizationRole',
    place: 'body.organizationScopeIds',
    reason: 'the server takes none for an empty list',
  },
  {
    operation: 'CreateOrganizationRole',
    place: 'body.resourceScopeIds',
    reason: 'the server takes none for an empty list',
  },
  { operation: 'CreateOrganizationScope', place: 'body.description', reason: noNull },
  {
    operation: 'CreateOrganizationInvitation',
    place: 'body.inviterId',
    reason: `${noNull}; ${idLimits}`,
  },
  { operation: 'CreateOrganizationInvitation', place: 'body.organizationId', reason: idLimits },
  {
    operation: 'CreateOrganizationInvitation',
    place: 'body.messagePayload',
    reason: 'the server sends nothing when it is left out',
  },
  {
    operation: 'ReplaceOrganizationInvitationStatus',
    place: 'body.acceptedUserId',
    reason: `${noNull}; ${idLimits}`,
  },
  {
    operation: 'CreateOrganization',
    place: 'body.createdAt',
    reason: 'the server ignores it when creating',
  },
  { operation: 'CreateOrganization', place: 'body.description', reason: noNull },
  { operation: 'CreateOrganization', place: 'body.customCss', reason: noNull },
  {
    operation: 'ReplaceOneTimeTokenStatus',
    place: 'body.status',
    reason: 'the server never lets a token become active again',
  },
  {
    operation: 'TestAction',
    place: 'body.event',
    reason: 'the document allows any JSON value; what a script is told is an object',
  },
  {
    operation: 'UpsertAction',
    place: 'body.contextSample',
    reason: 'the document allows any JSON value; what a script is told is an object',
  },
  {
    operation: 'UpdateAction',
    place: 'body.contextSample',
    reason: 'the document allows any JSON value; what a script is told is an object',
  },
  {
    operation: 'UpdateSignInExp',
    place: 'body.languageInfo.fallbackLanguage',
    reason: 'the list of some hundred tags would cost more than the refusal of a wrong one',
  },
  {
    operation: 'UpdateSignInExp',
    place: 'body.passwordPolicy.*',
    reason: 'the server completes what is left out with its defaults',
  },
  {
    operation: 'GetUsernameCaseSensitivityConflicts',
    place: 'query.limit',
    reason: 'the server has a default of 20',
  },
  {
    operation: 'CreateHook',
    place: 'body.createdAt',
    reason: 'the server ignores it when creating',
  },
  {
    operation: 'ReplaceDomainVerificationFiles',
    place: 'body.verificationFiles',
    reason: 'the server takes a list; the document calls it an object',
  },
  {
    operation: 'CreateSsoConnectorSigningKey',
    place: 'body.active',
    reason: 'the server takes false for it when it is left out',
  },
  {
    operation: 'UpdateAccountCenterSettings',
    place: 'body.deleteAccountUrl',
    reason: 'the server takes a text; the document calls it an object',
  },
  { operation: 'CreateSamlApplication', place: 'body.description', reason: noNull },
  { operation: 'CreateSamlApplication', place: 'body.acsUrl', reason: acsUrl },
  { operation: 'UpdateSamlApplication', place: 'body.acsUrl', reason: acsUrl },
  {
    operation: 'CreateSamlApplication',
    place: 'body.nameIdFormat',
    reason: 'the server takes the persistent form when it is left out',
  },
  { operation: 'CreateSamlAuthn', place: 'body.RelayState', reason: noNull },
];
