/** The token endpoint: client credentials, validated against the applications and roles of the tenant. */
import {
  applicationSecrets,
  applications,
  applicationsRoles,
  logs,
  managementApi,
  resources,
  rolesScopes,
  scopes,
  tenantId,
} from './entities.js';
import { ok, type SandboxReply } from './reply.js';
import type { Tenant } from './tenant.js';

/** Seconds. */
const lifetime = 3600;

export interface IssuedToken {
  readonly applicationId: string;
  readonly scope: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const oauthError = (status: number, error: string, description: string): SandboxReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ error, error_description: description }),
});

/** The tokens of one sandbox. As in Logto, a token stays valid after its application is deleted. */
export class Tokens {
  readonly #issued = new Map<string, IssuedToken>();
  #count = 0;

  constructor(private readonly tenant: Tenant) {}

  /** The issued token, or undefined when it is unknown or has expired. */
  read(token: string): IssuedToken | undefined {
    const issued = this.#issued.get(token);
    return issued !== undefined && this.tenant.now() < issued.expiresAt ? issued : undefined;
  }

  /** Invalidates every token, as rotating and deleting a signing key does. */
  revokeAll(): void {
    this.#issued.clear();
  }

  /** Answers `POST /oidc/token`. */
  issue(authorization: string, body: string): SandboxReply {
    const form = new URLSearchParams(body);
    const [id, secret] = /^Basic /i.test(authorization)
      ? Buffer.from(authorization.slice(6), 'base64')
          .toString('utf8')
          .split(':')
          .map(decodeURIComponent)
      : [form.get('client_id'), form.get('client_secret')];
    const application = this.tenant.table(applications).get(id ?? '');
    const secretRow = this.tenant
      .table(applicationSecrets)
      .find((row) => row.applicationId === id && row.value === secret);
    if (application === undefined) {
      return oauthError(400, 'invalid_client', `invalid client ${id ?? ''}`);
    }
    if (secretRow === undefined) {
      return oauthError(401, 'invalid_client', 'client authentication failed');
    }
    if (secretRow.expiresAt !== null && secretRow.expiresAt <= this.tenant.now()) {
      return oauthError(400, 'invalid_request', 'client secret has expired');
    }
    if (form.get('grant_type') !== 'client_credentials') {
      return oauthError(400, 'unsupported_grant_type', 'unsupported grant_type requested');
    }
    if (application.type !== 'MachineToMachine') {
      return oauthError(
        400,
        'invalid_request',
        'requested grant type is not allowed for this client',
      );
    }
    const resource = this.tenant
      .table(resources)
      .find((row) => row.indicator === form.get('resource'));
    if (resource === undefined) {
      return oauthError(400, 'invalid_target', 'resource indicator is missing, or unknown');
    }
    const granted = new Set(
      this.tenant
        .relation(applicationsRoles)
        .rightsOf(application.id)
        .flatMap((role) => this.tenant.relation(rolesScopes).rightsOf(role)),
    );
    const scope = this.tenant
      .table(scopes)
      .filter((row) => row.resourceId === resource.id && granted.has(row.id))
      .map((row) => row.name)
      .filter((name) => (form.get('scope') ?? '').split(' ').includes(name))
      .join(' ');
    this.tenant.table(logs).insert({
      tenantId,
      id: this.tenant.newId(),
      key: 'ExchangeTokenBy.ClientCredentials',
      payload: {
        key: 'ExchangeTokenBy.ClientCredentials',
        result: 'Success',
        applicationId: application.id,
        scope,
        applicationSecret: { name: secretRow.name },
        tokenTypes: ['AccessToken'],
      },
      createdAt: this.tenant.now(),
    });
    this.#count += 1;
    const token = `sandbox-token-${this.#count}`;
    this.#issued.set(token, {
      applicationId: application.id,
      scope: resource.indicator === managementApi.indicator ? scope : '',
      expiresAt: this.tenant.now() + lifetime * 1000,
    });
    return ok({
      access_token: token,
      expires_in: lifetime,
      token_type: 'Bearer',
      ...(scope !== '' && { scope }),
    });
  }
}
