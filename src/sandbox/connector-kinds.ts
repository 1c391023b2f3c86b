/** The kinds of connectors that the sandbox can set up, a few of those that Logto has. */
import type { Json } from './entities.js';

interface FormItem {
  readonly key: string;
  readonly type: string;
  readonly required: boolean;
}

export interface ConnectorKind {
  readonly id: string;
  readonly type: 'Email' | 'Sms' | 'Social';
  readonly target: string;
  readonly name: string;
  readonly description: string;
  /** Settings that must be there, for the kinds that say so by a template instead of a form. */
  readonly template?: Json;
  readonly form?: readonly FormItem[];
  /** Protocols rather than providers: each instance has a target of its own. */
  readonly isStandard?: true;
}

const item = (key: string, type: string, required = true): FormItem => ({ key, type, required });

const oauthForm = [
  item('clientId', 'Text'),
  item('clientSecret', 'Text'),
  item('scope', 'MultilineText', false),
];

const templates = [
  {
    usageType: 'Generic',
    type: 'text/plain',
    subject: 'Your code',
    content: 'Your code is {{code}}.',
  },
];

const mail = { apiKey: '<api key>', fromEmail: 'no-reply@example.com', templates };

export const connectorKinds: readonly ConnectorKind[] = [
  {
    id: 'github-universal',
    type: 'Social',
    target: 'github',
    name: 'GitHub',
    description: 'Sign in with a GitHub account.',
    form: oauthForm,
  },
  {
    id: 'google-universal',
    type: 'Social',
    target: 'google',
    name: 'Google',
    description: 'Sign in with a Google account.',
    form: [...oauthForm, item('prompts', 'MultiSelect', false)],
  },
  {
    id: 'oidc',
    type: 'Social',
    target: 'oidc',
    name: 'OpenID Connect',
    description: 'Sign in with any OpenID Connect provider.',
    form: [item('authorizationEndpoint', 'Text'), item('tokenEndpoint', 'Text'), ...oauthForm],
    isStandard: true,
  },
  {
    id: 'saml',
    type: 'Social',
    target: 'saml',
    name: 'SAML',
    description: 'Sign in with any SAML provider.',
    form: [item('entityID', 'Text'), item('idpMetadataXml', 'MultilineText', false)],
    isStandard: true,
  },
  {
    id: 'mock-email-service',
    type: 'Email',
    target: 'mock-mail',
    name: 'Mock e-mail',
    description: 'Takes e-mails and throws them away.',
    template: mail,
  },
  {
    id: 'mock-email-service-alternative',
    type: 'Email',
    target: 'mock-mail-alternative',
    name: 'Mock e-mail, another one',
    description: 'Takes e-mails and throws them away.',
    template: mail,
  },
  {
    id: 'mock-short-message-service',
    type: 'Sms',
    target: 'mock-sms',
    name: 'Mock text messages',
    description: 'Takes text messages and throws them away.',
    template: {
      accountSID: '<account id>',
      authToken: '<token>',
      fromMessagingServiceSID: '<service id>',
      templates,
    },
  },
  {
    id: 'mock-social-connector',
    type: 'Social',
    target: 'mock-social',
    name: 'Mock social sign-in',
    description: 'Lets in whoever it is told to.',
    template: { clientId: '<client id>', clientSecret: '<client secret>' },
  },
  {
    id: 'simple-mail-transfer-protocol',
    type: 'Email',
    target: 'smtp',
    name: 'SMTP',
    description: 'Sends e-mail through any SMTP server.',
    form: [
      item('host', 'Text'),
      item('port', 'Number'),
      item('auth', 'Json'),
      item('fromEmail', 'Text'),
      item('templates', 'Json'),
    ],
  },
  {
    id: 'twilio-short-message-service',
    type: 'Sms',
    target: 'twilio-sms',
    name: 'Twilio',
    description: 'Sends text messages through Twilio.',
    form: [
      item('accountSID', 'Text'),
      item('authToken', 'Text'),
      item('fromMessagingServiceSID', 'Text'),
      item('templates', 'Json'),
    ],
  },
];

/** The settings that a kind cannot do without. */
export const requiredSettings = ({ template, form = [] }: ConnectorKind): string[] =>
  template === undefined
    ? form.filter(({ required }) => required).map(({ key }) => key)
    : Object.keys(template);

/** What is the same for every connector of a kind, as Logto answers it. */
export const describeKind = ({
  id,
  type,
  target,
  name,
  description,
  template,
  form,
  isStandard,
}: ConnectorKind) => ({
  type,
  isDemo: false,
  id,
  target,
  name: { en: name },
  description: { en: description },
  logo: 'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E',
  logoDark: null,
  readme: `# ${name}\n\n${description}\n`,
  ...(template !== undefined && { configTemplate: JSON.stringify(template, null, 2) }),
  ...(form !== undefined && {
    formItems: form.map(({ key, type: input, required }) => ({
      key,
      type: input,
      label: key,
      required,
    })),
  }),
  platform: type === 'Social' ? 'Universal' : null,
  ...(isStandard && { isStandard }),
  ...(type === 'Social' && !isStandard && { isTokenStorageSupported: true }),
});
