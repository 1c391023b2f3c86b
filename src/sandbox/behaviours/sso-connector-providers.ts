import { type Behaviours, list } from '../call.js';

/** One logo for all providers; the name tells them apart. */
const logo = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="8" r="5"/><path d="M11 13h2v9h-2z"/></svg>',
).toString('base64')}`;

export interface Provider {
  readonly providerName: string;
  readonly providerType: 'oidc' | 'saml';
  readonly name: string;
  readonly description: string;
  /** Settings that are required as soon as any is set. */
  readonly required: readonly string[];
}

const oidc = ['issuer', 'clientId', 'clientSecret'];

const providers: readonly Provider[] = [
  {
    providerName: 'OIDC',
    providerType: 'oidc',
    name: 'OIDC',
    description: 'Any provider that speaks OpenID Connect.',
    required: oidc,
  },
  {
    providerName: 'SAML',
    providerType: 'saml',
    name: 'SAML',
    description: 'Any provider that speaks SAML 2.0.',
    required: [],
  },
  {
    providerName: 'AzureAD',
    providerType: 'saml',
    name: 'Microsoft Entra ID (SAML)',
    description: "Microsoft's directory, by SAML.",
    required: [],
  },
  {
    providerName: 'AzureAdOidc',
    providerType: 'oidc',
    name: 'Microsoft Entra ID (OIDC)',
    description: "Microsoft's directory, by OpenID Connect.",
    required: oidc,
  },
  {
    providerName: 'GoogleWorkspace',
    providerType: 'oidc',
    name: 'Google Workspace',
    description: 'Accounts of a company at Google.',
    required: ['clientId', 'clientSecret'],
  },
  {
    providerName: 'Okta',
    providerType: 'oidc',
    name: 'Okta',
    description: "Okta's directory, by OpenID Connect.",
    required: oidc,
  },
];

export const providerOf = (providerName: string): Provider | undefined =>
  providers.find((provider) => provider.providerName === providerName);

/** The description of the provider in every answer about a connector. */
export const describeProvider = (providerName: string) => {
  const { name = providerName, providerType } = providerOf(providerName) ?? {};
  return { name, providerType, providerLogo: logo, providerLogoDark: logo };
};

export const ssoConnectorProviderBehaviours: Behaviours = {
  listSsoConnectorProviders: (call) =>
    list(
      call,
      providers.map(({ providerName, providerType, name, description }) => ({
        providerName,
        providerType,
        logo,
        logoDark: logo,
        description,
        name,
      })),
    ),
};
