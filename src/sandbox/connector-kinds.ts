/** The connector kinds of the sandbox: ten of those that Logto has. */
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
  /** Required settings, for kinds that have a template instead of a form. */
  readonly template?: Json;
  readonly form?: readonly FormItem[];
  /** A protocol rather than a provider: each connector has its own target. */
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
    description: 'Accepts e-mails and discards them.',
    template: mail,
  },
  {
    id: 'mock-email-service-alternative',
    type: 'Email',
    target: 'mock-mail-alternative',
    name: 'Mock e-mail, another one',
    description: 'Accepts e-mails and discards them.',
    template: mail,
  },
  {
    id: 'mock-short-message-service',
    type: 'Sms',
    target: 'mock-sms',
    name: 'Mock text messages',
    description: 'Accepts text messages and discards them.',
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
    description: 'Signs in any user that a test names.',
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

/** The settings that a kind requires. */
export const requiredSettings = ({ template, form = [] }: ConnectorKind): string[] =>
  template === undefined
    ? form.filter(({ required }) => required).map(({ key }) => key)
    : Object.keys(template);

type SettingType = 'string' | 'array' | 'object';

/** The type of one setting, where the kind fixes it. */
function settingType({ template, form = [] }: ConnectorKind, key: string): SettingType | undefined {
  if (key === 'templates') {
    return 'array';
  }
  const input = form.find((row) => row.key === key)?.type;
  const isText =
    typeof template?.[key] === 'string' || input === 'Text' || input === 'MultilineText';
  return isText ? 'string' : input === 'Json' ? 'object' : undefined;
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

/** A message template has a use and either content or, for some kinds, another text; Logto checks the two texts. */
const isTemplate = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'usageType') === 'string' &&
  (!('content' in value) || typeof value.content === 'string');

/** The names of the settings that Logto refuses: required and missing, or of the wrong type. */
export function invalidSettings(kind: ConnectorKind, config: Json): string[] {
  const names = new Set([...requiredSettings(kind), ...Object.keys(config)]);
  return [...names].filter((name) => {
    const value = config[name];
    if (value === undefined) {
      return requiredSettings(kind).includes(name);
    }
    const type = settingType(kind, name);
    return (
      (type !== undefined && (value === null || typeOf(value) !== type)) ||
      (name === 'templates' && Array.isArray(value) && !value.every(isTemplate))
    );
  });
}

/** What all connectors of a kind have in common in Logto's responses. */
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
