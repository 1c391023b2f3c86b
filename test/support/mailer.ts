/** An e-mail connector that the sandbox accepts. */
export const mailer = {
  connectorId: 'simple-mail-transfer-protocol',
  config: {
    host: 'mail.example',
    port: 25,
    auth: { type: 'login', user: 'u', pass: 'p' },
    fromEmail: 'a@b.example',
    templates: ['Register', 'SignIn', 'ForgotPassword', 'Generic'].map((usageType) => ({
      usageType,
      contentType: 'text/plain',
      subject: 's',
      content: '{{code}}',
    })),
  },
};
