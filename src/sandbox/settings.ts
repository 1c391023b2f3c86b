/** The settings with which a session reaches the sandbox. The address leads nowhere: nothing leaves the process. */
export const sandboxSettings = {
  endpoint: 'http://sandbox.invalid',
  appId: 'sandbox',
  appSecret: 'sandbox-secret',
  resource: 'https://default.logto.app/api',
} as const;
