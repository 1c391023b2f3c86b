/** The settings of a session with the sandbox. The address is invalid on purpose: no request leaves the process. */
export const sandboxSettings = {
  endpoint: 'http://sandbox.invalid',
  appId: 'sandbox',
  appSecret: 'sandbox-secret',
  resource: 'https://default.logto.app/api',
} as const;
