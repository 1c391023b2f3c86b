/**
 * Members that make the items of a list long and are rarely needed in a list. They are left out of each item unless
 * `fields` names them; the operations that get one entity answer them.
 */
export const longMembersOf = {
  user: ['avatar', 'customData', 'identities', 'profile', 'ssoIdentities'],
  application: ['customData', 'customClientMetadata', 'protectedAppMetadata'],
  organization: ['customData', 'branding', 'color', 'customCss'],
  log: ['payload.params', 'payload.interaction', 'payload.session', 'payload.userAgentParsed'],
} as const;
