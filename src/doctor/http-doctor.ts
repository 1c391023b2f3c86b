/**
 * The doctor for the server over HTTP: fetches everything as a client would, from the challenge to the keys of the issuer,
 * tries tokens that must be refused, and compares with Logto where the settings name the tenant. It changes nothing.
 */
import { tokenScopes } from '../catalog/token-scopes.js';
import type { Credentials } from '../logto/credentials.js';
import type { Session } from '../logto/session.js';
import type { Transport } from '../logto/transport.js';
import type { Tool } from '../mcp/operation-tools.js';
import {
  checkAddress,
  checkChallenge,
  checkHealth,
  checkReadiness,
  post,
  refusalOf,
} from './http-endpoint-checks.js';
import {
  checkIssuer,
  checkKeys,
  checkMetadata,
  checkResource,
  type IssuerMetadata,
  type ResourceMetadata,
} from './http-metadata-checks.js';
import { createAsk } from './http-question.js';
import {
  checkApiResource,
  checkDynamicClients,
  checkRoles,
  createRead,
  harmlessToken,
} from './http-tenant-checks.js';
import {
  type Check,
  type DoctorStep,
  passed,
  presentCheck,
  runSteps,
  skipped,
  warn,
} from './runner.js';

/** The tenant that the server works on. */
export interface HttpTenant {
  readonly credentials: Credentials;
  readonly session: Session;
}

export interface HttpDoctorOptions {
  /** The address of the MCP endpoint, as it was typed. */
  readonly address: string;
  readonly fetch: Transport;
  /** Undefined where the settings name none: the endpoint alone is checked. */
  readonly tenant: HttpTenant | undefined;
  /** Why the settings name no tenant; undefined where they are simply not set. */
  readonly settingsProblem?: string | undefined;
  readonly tools: readonly Tool[];
  /** Milliseconds for one request. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 15_000;

/** The scope that every request needs. */
const [LEAST_SCOPE] = tokenScopes;

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An unsigned token, with the claims of a good one. */
function unsignedToken(resource: string, issuer: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer,
    aud: resource,
    sub: 'doctor',
    client_id: 'doctor',
    scope: tokenScopes.join(' '),
    iat: now,
    exp: now + 60,
  };
  return `${base64({ alg: 'none', typ: 'at+jwt' })}.${base64(claims)}.`;
}

/** The result of an earlier step. */
function required<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('A step of the doctor ran before the one that it needs.');
  }
  return value;
}

function stepsFor(options: HttpDoctorOptions): readonly DoctorStep[] {
  const { address, fetch, tenant, settingsProblem, tools } = options;
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const ask = createAsk(fetch, timeoutMs);
  const url = (): URL => new URL(address);
  let metadataUrl: string | undefined;
  let resource: ResourceMetadata | undefined;
  let issuer: IssuerMetadata | undefined;
  let resourceId: string | undefined;
  const endpointSteps: readonly DoctorStep[] = [
    { id: 'address', title: 'Address', needs: [], run: () => checkAddress(address) },
    { id: 'health', title: 'Health', needs: ['address'], run: () => checkHealth(ask, url()) },
    {
      id: 'readiness',
      title: 'Readiness',
      needs: ['health'],
      run: () => checkReadiness(ask, url()),
    },
    {
      id: 'challenge',
      title: 'Challenge',
      needs: ['health'],
      async run() {
        const result = await checkChallenge(ask, url(), LEAST_SCOPE);
        metadataUrl = result.metadataUrl;
        return result.finding;
      },
    },
    {
      id: 'metadata',
      title: 'Resource metadata',
      needs: ['challenge'],
      async run() {
        const result = await checkMetadata(ask, required(metadataUrl), url().pathname);
        resource = result.metadata;
        return result.finding;
      },
    },
    {
      id: 'resource',
      title: 'Resource indicator',
      needs: ['metadata'],
      run: () => checkResource(address, required(resource).resource),
    },
    {
      id: 'issuer',
      title: 'Issuer',
      needs: ['metadata'],
      async run() {
        const result = await checkIssuer(ask, required(resource).issuer);
        issuer = result.metadata;
        return result.finding;
      },
    },
    {
      id: 'keys',
      title: 'Keys',
      needs: ['issuer'],
      run: () => checkKeys(ask, required(issuer).keysUrl),
    },
    {
      id: 'unsigned-token',
      title: 'Unsigned token',
      needs: ['metadata'],
      async run() {
        const { resource: audience, issuer: from } = required(resource);
        const answer = await post(ask, url(), unsignedToken(audience, from));
        return refusalOf(answer, 'An unsigned token');
      },
    },
  ];
  if (tenant === undefined) {
    const reason =
      settingsProblem === undefined
        ? skipped(
            'Skipped: set LOGTO_ENDPOINT, LOGTO_APP_ID and LOGTO_APP_SECRET as for the server, to compare with Logto and to try a token of another audience.',
          )
        : warn(settingsProblem, 'Correct it to compare with Logto.');
    return [...endpointSteps, { id: 'tenant', title: 'Tenant', needs: [], run: () => reason }];
  }
  const { credentials, session } = tenant;
  const read = createRead(session, tools);
  const metadata = (): ResourceMetadata => required(resource);
  return [
    ...endpointSteps,
    {
      id: 'tenant',
      title: 'Tenant',
      needs: ['issuer'],
      run() {
        const expected = `${credentials.endpoint}/oidc`;
        return metadata().issuer === expected
          ? passed(`${credentials.endpoint}, the same as people sign in with.`)
          : warn(
              `People sign in at ${metadata().issuer}, but the settings here are for ${credentials.endpoint}.`,
              'That is right for a custom domain of the same tenant. Otherwise give the doctor the environment of the server, or the server the --issuer of this tenant.',
            );
      },
    },
    {
      id: 'other-audience',
      title: 'Other audience',
      needs: ['tenant', 'keys'],
      async run() {
        const token = await harmlessToken(ask, credentials);
        return token === undefined
          ? skipped('Skipped: Logto issues no token without a scope, and any other is not sent.')
          : refusalOf(await post(ask, url(), token), 'A token of the same issuer for another API');
      },
    },
    {
      id: 'api-resource',
      title: 'API resource',
      needs: ['tenant'],
      async run() {
        const result = await checkApiResource(read, metadata().resource);
        resourceId = result.resourceId;
        return result.finding;
      },
    },
    {
      id: 'roles',
      title: 'Roles',
      needs: ['api-resource'],
      run: () => checkRoles(read, metadata().resource, required(resourceId), LEAST_SCOPE),
    },
    {
      id: 'dynamic-clients',
      title: 'Dynamic clients',
      needs: ['api-resource'],
      run: () => checkDynamicClients(read, metadata().resource),
    },
  ];
}

/**
 * Runs all checks of an MCP endpoint.
 *
 * @param emit takes each check as soon as it is done
 */
export async function runHttpDoctor(
  options: HttpDoctorOptions,
  emit: (check: Check) => void | Promise<void>,
): Promise<void> {
  const { tenant } = options;
  const redact = (text: string): string =>
    tenant === undefined ? text : tenant.session.redact(text);
  await runSteps(stepsFor(options), (check) => emit(presentCheck(check, redact)));
}
