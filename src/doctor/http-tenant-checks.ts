/** Checks of what people sign in with in Logto: the API resource of the MCP server, its scopes, roles and dynamic clients. */

import { tokenScopes } from '../catalog/token-scopes.js';
import { isSimilarAddress } from '../config/http-settings.js';
import { isObject, memberOf, objectsIn } from '../json.js';
import { basic, type Credentials } from '../logto/credentials.js';
import { LogtoError } from '../logto/errors.js';
import type { Session } from '../logto/session.js';
import type { Tool } from '../mcp/operation-tools.js';
import type { Ask } from './http-question.js';
import { type Finding, fail, passed, skipped, warn } from './runner.js';

/** Milliseconds for one read, retries included. */
const TIMEOUT_MS = 30_000;

const PAGE_SIZE = 100;

/** Pages of one list that are read, so that a tenant of any size is checked in a moment. */
const MAX_PAGES = 5;

/** Sends reads by the names of their tools. */
export type Read = (
  name: string,
  values?: Readonly<Record<string, unknown>>,
) => Promise<readonly unknown[]>;

/** @returns a reader that answers the items of a list, or the one object that there is */
export const createRead = (session: Session, tools: readonly Tool[]): Read => {
  const byName = new Map(tools.map((tool) => [tool.name, tool.operation]));
  return async (name, values = {}) => {
    const operation = byName.get(name);
    if (operation === undefined) {
      throw new Error(`The catalog has no ${name}.`);
    }
    const send = (more: Readonly<Record<string, unknown>>) =>
      session.send(operation, { ...values, ...more }, AbortSignal.timeout(TIMEOUT_MS));
    if (operation.paging === undefined) {
      const { body } = await send({});
      return Array.isArray(body) ? body : [body];
    }
    const items: unknown[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const reply = await send({ page, page_size: PAGE_SIZE });
      items.push(...(Array.isArray(reply.body) ? reply.body : []));
      if (reply.page?.has_more !== true) {
        break;
      }
    }
    return items;
  };
};

/** The command that creates what is missing, for this resource. */
function setupCommand(resource: string): string {
  const { origin, pathname } = new URL(resource);
  const path = pathname === '/mcp' ? '' : ` --base-path ${pathname}`;
  return `setup-http --base-url ${origin}${path}`;
}

/** Whether the tenant has an API resource with this indicator, to the letter, and with the four scopes. */
export async function checkApiResource(
  read: Read,
  resource: string,
): Promise<{ readonly finding: Finding; readonly resourceId?: string }> {
  const resources = objectsIn(await read('list_resources', { includeScopes: true }));
  const match = resources.find(({ indicator }) => indicator === resource);
  if (match === undefined) {
    const similar = resources
      .map(({ indicator }) => String(indicator))
      .filter((indicator) => isSimilarAddress(indicator, resource));
    const finding = fail(
      `Logto has no API resource with the indicator ${resource}${
        similar.length === 0
          ? ''
          : `, only ${similar.join(' and ')}, which is not the same to the letter`
      }: it refuses the sign-in with invalid_target.`,
      `Run ${setupCommand(resource)}. An indicator cannot be changed, so a similar resource cannot be corrected.`,
    );
    return { finding };
  }
  const names = objectsIn(match['scopes']).map(({ name }) => name);
  const missing = tokenScopes.filter((scope) => !names.includes(scope));
  return {
    resourceId: String(match['id']),
    finding:
      missing.length === 0
        ? passed(`${resource}, with its four scopes.`)
        : fail(
            `The API resource ${resource} lacks the scopes ${missing.join(', ')}, so no token has them.`,
            `Run ${setupCommand(resource)}, which adds them.`,
          ),
  };
}

/** Roles whose scopes are looked at. */
const MAX_ROLES = 40;

/** Whether people can get a token with the least scope: a role that grants it, and a user who has the role. */
export async function checkRoles(
  read: Read,
  resource: string,
  resourceId: string,
  leastScope: string,
): Promise<Finding> {
  const roles = objectsIn(await read('list_roles')).filter(
    ({ type }) => type === undefined || type === 'User',
  );
  const granting: Readonly<Record<string, unknown>>[] = [];
  for (const role of roles.slice(0, MAX_ROLES)) {
    const scopes = objectsIn(await read('list_role_scopes', { id: role['id'] }));
    if (
      scopes.some((scope) => scope['name'] === leastScope && scope['resourceId'] === resourceId)
    ) {
      granting.push(role);
    }
  }
  if (granting.length === 0) {
    return roles.length > MAX_ROLES
      ? skipped(`Skipped: the tenant has ${roles.length} roles, too many to look through.`)
      : fail(
          `No role of people grants ${leastScope}, so every token is refused.`,
          `Run ${setupCommand(resource)}, which makes three roles, and assign one to each person.`,
        );
  }
  const names = granting.map(({ name }) => String(name)).join(', ');
  const hasPeople = granting.some(
    ({ usersCount }) => typeof usersCount !== 'number' || usersCount > 0,
  );
  return hasPeople
    ? passed(`${names}.`)
    : warn(
        `No user has a role that grants ${leastScope} (${names}), so every sign-in ends in a refusal.`,
        'Assign one of them to a person: in the console under User management, or with assign_user_roles.',
      );
}

/** Whether the error says that this Logto lacks the operation or the entity. */
const isUnserved = (error: unknown): boolean =>
  error instanceof LogtoError && error.failure.code === 'operation_not_served';

/** Whether dynamic clients (CIMD) are on, and whether they may ask for the scopes. */
export async function checkDynamicClients(read: Read, resource: string): Promise<Finding> {
  let settings: unknown;
  let allowed: unknown;
  try {
    [settings] = await read('get_cimd_config');
    [allowed] = await read('list_cimd_user_consent_scopes');
  } catch (error) {
    if (isUnserved(error)) {
      return warn(
        'This Logto has no dynamic clients (CIMD), which came with 1.43.',
        `Register each client: ${setupCommand(resource)} --register cursor, and type the App ID that it prints into the client.`,
      );
    }
    throw error;
  }
  if (memberOf(settings, 'enabled') !== true) {
    return warn(
      'Dynamic clients (CIMD) are switched off, so only registered clients can sign in.',
      `Run ${setupCommand(resource)}, or register each client with --register.`,
    );
  }
  const scopes = objectsIn(memberOf(allowed, 'resourceScopes'))
    .filter((entry) => memberOf(entry['resource'], 'indicator') === resource)
    .flatMap((entry) => objectsIn(entry['scopes']).map(({ name }) => name));
  const missing = tokenScopes.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0) {
    return fail(
      `Dynamic clients may not ask for ${missing.join(', ')}: Logto leaves them out of the token without an error.`,
      `Run ${setupCommand(resource)}, which allows them.`,
    );
  }
  return memberOf(settings, 'addConsentPromptForOfflineAccess') === false
    ? warn(
        'Dynamic clients that do not ask for consent themselves, such as ChatGPT and Codex, get no refresh token: people sign in again whenever a token expires.',
        `Run ${setupCommand(resource)}, or switch "add consent prompt for offline access" on in the console.`,
      )
    : passed('They are on, and may ask for the four scopes.');
}

/**
 * A token of the same issuer for another audience, which the MCP server must refuse: for the Management API, without a
 * scope. Logto answers 403 to it everywhere, so it is safe to send. Seen on 1.42.
 *
 * @returns undefined where Logto issues none, or one that has a scope
 */
export async function harmlessToken(
  ask: Ask,
  credentials: Credentials,
): Promise<string | undefined> {
  const { status, json } = await ask(`${credentials.endpoint}/oidc/token`, {
    method: 'POST',
    headers: {
      authorization: basic(credentials),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      resource: credentials.resource,
    }).toString(),
  });
  const scope = memberOf(json, 'scope');
  const token = memberOf(json, 'access_token');
  return status === 200 &&
    (scope === undefined || scope === '') &&
    typeof token === 'string' &&
    isScopeless(token)
    ? token
    : undefined;
}

/** Whether a JWT carries no scope by its own claims. */
function isScopeless(token: string): boolean {
  try {
    const [, payload = ''] = token.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return isObject(claims) && (claims['scope'] === undefined || claims['scope'] === '');
  } catch {
    return false;
  }
}
