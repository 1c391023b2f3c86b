/** What this server needs in Logto to let people sign in, as a manifest: API resource, scopes, roles and clients. Pure. */
import { tokenScopes } from '../catalog/token-scopes.js';
import { type JsonObject, memberOf, objectsIn, textsIn } from '../json.js';
import type { McpScope } from './scopes.js';

/** The name of the API resource that stands for this server. */
export const RESOURCE_NAME = 'MCP server';

/** What the consent page says of each scope. */
const SCOPE_DESCRIPTIONS: Readonly<Record<McpScope, string>> = {
  'logto:read': 'Read users, applications and settings',
  'logto:write': 'Add and change users, applications and settings',
  'logto:remove': 'Remove users, applications and settings',
  'logto:secrets': 'Make and set passwords, secrets and keys',
};

/** A role of people, with the scopes that it grants. */
export interface SignInRole {
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly McpScope[];
}

export const readerRole: SignInRole = {
  name: 'MCP reader',
  description: 'Reads through the MCP server',
  scopes: ['logto:read'],
};

export const operatorRole: SignInRole = {
  name: 'MCP operator',
  description: 'Reads, adds and changes through the MCP server',
  scopes: ['logto:read', 'logto:write'],
};

export const administratorRole: SignInRole = {
  name: 'MCP administrator',
  description: 'Does everything through the MCP server',
  scopes: tokenScopes,
};

export const signInRoles: readonly SignInRole[] = [readerRole, operatorRole, administratorRole];

/** The scopes of the API resource, with their descriptions. */
export const describedScopes = tokenScopes.map((name) => ({
  name,
  description: SCOPE_DESCRIPTIONS[name],
}));

/** A client that is made as an application, because it does not describe itself by a metadata document. */
export interface RegisteredClient {
  readonly name: string;
  readonly redirectUris: readonly string[];
}

export interface SetupRequest {
  /** The address of the MCP endpoint, which becomes the resource indicator to the letter. */
  readonly resource: string;
  readonly clients: readonly RegisteredClient[];
  /** How dynamic clients are set; undefined leaves them as they are. */
  readonly dynamicClients:
    | {
        /** Whether this Logto can ask for consent by itself where a client wants a refresh token. */
        readonly canAddConsentPrompt: boolean;
      }
    | undefined;
}

/** The key of a registered client among applications. The prefix keeps it apart from applications of the same name. */
export const applicationName = ({ name }: RegisteredClient): string => `MCP client: ${name}`;

/** The kinds that the manifest states, which `setupManifest` reads the present configuration of. */
export const SETUP_KINDS = [
  'resources',
  'roles',
  'applications',
  'consentScopes',
  'dynamicClients',
] as const;

/** The thing of a kind with this key; an empty object where there is none. */
const presentItem = (
  present: JsonObject,
  kind: (typeof SETUP_KINDS)[number],
  key: string,
  value: string,
): JsonObject => objectsIn(present[kind]).find((item) => item[key] === value) ?? {};

const union = (required: readonly string[], present: unknown): readonly string[] => [
  ...new Set([...textsIn(present), ...required]),
];

/**
 * The manifest. It only adds: lists contain what is present too, changed names and descriptions stay, and
 * what it does not state is left as it is.
 *
 * @param present the configuration of the tenant, as an export of `SETUP_KINDS`
 */
export function setupManifest(
  { resource, clients, dynamicClients }: SetupRequest,
  present: JsonObject,
): JsonObject {
  const references = (scopes: readonly McpScope[]) => scopes.map((scope) => `${resource} ${scope}`);
  const presentResource = presentItem(present, 'resources', 'indicator', resource);
  return {
    version: 1,
    resources: [
      {
        name: presentResource['name'] ?? RESOURCE_NAME,
        indicator: resource,
        scopes: describedScopes.map(({ name, description }) => ({
          name,
          description:
            objectsIn(presentResource['scopes']).find((scope) => scope['name'] === name)?.[
              'description'
            ] ?? description,
        })),
      },
    ],
    roles: signInRoles.map(({ name, description, scopes }) => {
      const role = presentItem(present, 'roles', 'name', name);
      return {
        name,
        description: role['description'] ?? description,
        type: 'User',
        scopes: union(references(scopes), role['scopes']),
      };
    }),
    ...(clients.length > 0 && {
      // Native: a public client, whose redirect URIs on loopback fit with any port (RFC 8252, 7.3). Third-party: people are
      // asked for their consent.
      applications: clients.map((client) => {
        const name = applicationName(client);
        const metadata = presentItem(present, 'applications', 'name', name)['oidcClientMetadata'];
        return {
          name,
          type: 'Native',
          isThirdParty: true,
          oidcClientMetadata: {
            redirectUris: union(client.redirectUris, memberOf(metadata, 'redirectUris')),
            postLogoutRedirectUris: union([], memberOf(metadata, 'postLogoutRedirectUris')),
          },
        };
      }),
      consentScopes: clients.map((client) => {
        const application = applicationName(client);
        const consent = presentItem(present, 'consentScopes', 'application', application);
        return {
          application,
          resourceScopes: union(references(tokenScopes), consent['resourceScopes']),
        };
      }),
    }),
    ...(dynamicClients !== undefined && {
      dynamicClients: {
        enabled: true,
        ...(dynamicClients.canAddConsentPrompt && { addConsentPromptForOfflineAccess: true }),
        resourceScopes: union(
          references(tokenScopes),
          memberOf(present['dynamicClients'], 'resourceScopes'),
        ),
      },
    }),
  };
}
