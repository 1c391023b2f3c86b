/** The next step after an error: by operation and code, then by code, then by status. */
import { hintsByCode } from './hints-by-code.js';

/** The hint for an id that names no entity. */
export const LOOK_UP_ID =
  'Look the id up with the list or search tool of that entity, or write name: and its name in place of the id.';

const hintsByStatus: Readonly<Record<number, string>> = {
  400: 'The arguments do not fit: compare them with the schema of the tool and with the message, then call again.',
  401: 'Logto refused the token, and a new one too. Check LOGTO_API_RESOURCE and that the application still exists.',
  403: 'Logto does not allow this to the application, or the tenant has reached a limit.',
  404: LOOK_UP_ID,
  409: 'The current state of the tenant prevents this: read it, resolve the conflict, then call again.',
  413: 'The request is too large: send less in one call.',
  422: 'Logto understood the arguments, but one of its rules forbids them: change them instead of repeating the call.',
  429: 'Wait, then call again.',
  500: 'Logto failed with an internal error. Some wrong arguments cause that too: check search fields, modes and patterns, and values that are already set, before you repeat the call.',
  501: 'This Logto lacks what the operation needs, a connector or a provider: its operator has to set that up.',
  502: 'The proxy in front of Logto gets no answer from it: try again in a minute; after a write read first.',
  503: 'Logto is not ready at the moment: try again in a minute; after a write read first.',
  504: 'Logto took too long for the proxy in front of it: after a write read first, then try again with less.',
};

/**
 * Why Logto refused a token that it has just issued, by the claim or the code that its JWT library names. Seen on a real
 * server: a token for an API resource of one's own is refused for its `aud`.
 */
const hintsByTokenFault: Readonly<Record<string, string>> = {
  aud: 'The token is for another API: LOGTO_API_RESOURCE must be the indicator of the Management API, which is https://default.logto.app/api on a self-hosted Logto and https://<tenant id>.logto.app/api on Logto Cloud. Another API resource cannot replace it.',
  iss: 'The token comes from a Logto with another ENDPOINT than the one that serves the API: all instances behind one address need the same ENDPOINT, and ADMIN_ENDPOINT must differ from it.',
  exp: 'The clock of Logto, or that of its database, is wrong: tokens end before they are used.',
  ERR_JWKS_NO_MATCHING_KEY:
    'The instances of Logto behind this address do not know the same signing keys: after a rotation of keys all of them must be restarted.',
};

/** The hint for a refused token; undefined for a fault without one. */
export const hintForToken = (fault: string | undefined): string | undefined =>
  fault === undefined ? undefined : hintsByTokenFault[fault];

/** Codes that have another meaning for one operation: by its route, a space, and the code. */
const hintsByOperation: Readonly<Record<string, string>> = {
  'PUT /api/applications/{applicationId}/roles entity.invalid_input':
    'No role was added, but the roles that the call did not list have been removed: check with list_application_roles.',
  // Logto creates the role before it looks the scopes up, and does not roll back. Seen on 1.42.
  'POST /api/roles entity.not_exists_with_id':
    'The role was still created, without the scopes: find it with list_roles, then create_role_scope with ids of list_resource_scopes, or delete_role. Do not create it again.',
  // Seen on a server that was started without the protection.
  'PATCH /api/configs/cimd request.invalid_input':
    'Dynamic clients need the SSRF protection of Logto: start it without OIDC_PROVIDER_SSRF_PROTECTION_DISABLED, then call again.',
  'POST /api/sign-in-exp/default/check-password request.invalid_input':
    'While the password policy rejects user information, userId is needed: call again with it.',
};

/**
 * The hint for an error of Logto.
 *
 * @param route method and url of the operation: `GET /api/users/{userId}`
 * @returns undefined when there is none for the code and none for the status
 */
export const hintFor = (
  status: number,
  code: string | undefined,
  route?: string,
): string | undefined =>
  hintsByOperation[`${route} ${code}`] ??
  (code === undefined ? undefined : hintsByCode[code]) ??
  hintsByStatus[status];
