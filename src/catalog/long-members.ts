/**
 * Members that make the items of a list long and are seldom what a list is read for. Of each item they are left out unless
 * `fields` names them; the operations that get one thing answer them.
 */
export const longMembersOf = {
  user: ['avatar', 'customData', 'identities', 'profile', 'ssoIdentities'],
  application: ['customData', 'customClientMetadata', 'protectedAppMetadata'],
  organization: ['customData', 'branding', 'color', 'customCss'],
  log: ['payload.params', 'payload.interaction', 'payload.session', 'payload.userAgentParsed'],
} as const;
