/** Routes HTTP requests to behaviours, with Logto's order of checks: route, token, page, query, body. */
import { documents } from '../catalog/documents.js';
import { catalog } from '../catalog/index.js';
import type { Operation } from '../catalog/operation.js';
import { documentBehaviours } from './behaviours/documents.js';
import { behaviours } from './behaviours/index.js';
import { type Behaviour, type Call, Query } from './call.js';
import type { Tokens } from './oidc.js';
import {
  answerByRelease,
  DEFAULT_SANDBOX_RELEASE,
  hasOperation,
  queryByRelease,
  type SandboxRelease,
} from './release.js';
import { notFoundRoute, problem, SandboxRefusal, type SandboxReply, wrongMethod } from './reply.js';
import type { Tenant } from './tenant.js';
import { checkQuery, holdsNul, Rejected, readBody, readPage } from './validation.js';

export interface Incoming {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | object | undefined;
}

interface Route {
  readonly key: string;
  readonly operation: Operation;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly behaviour: Behaviour;
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function routeOf(key: string, operation: Operation): Route {
  const behaviour = behaviours[key] ?? documentBehaviours[key];
  if (behaviour === undefined) {
    throw new Error(`The sandbox has no behaviour for ${key}.`);
  }
  const names: string[] = [];
  const source = operation.url
    .split(/(\{\w+\})/)
    .map((part) => {
      if (!part.startsWith('{')) {
        return escapeRegExp(part);
      }
      names.push(part.slice(1, -1));
      return '([^/]+)';
    })
    .join('');
  // Logto ignores case and accepts a trailing slash.
  return { key, operation, behaviour, names, pattern: new RegExp(`^${source}/?$`, 'i') };
}

/** How many segments a path has, and the first one below `/api`, which no route has as a parameter. */
function routeKey(path: string): string {
  const segments = path.toLowerCase().replace(/\/$/, '').split('/');
  return `${segments.length} ${segments[2] ?? ''}`;
}

/** Routes with fewer parameters come first, so that a literal segment takes precedence over a parameter. */
const routes: readonly Route[] = [
  ...Object.values(catalog).flatMap(({ operations }) => Object.entries(operations)),
  ...documents.map(({ operationId, operation }): [string, Operation] => [
    `${operationId.charAt(0).toLowerCase()}${operationId.slice(1)}`,
    operation,
  ]),
]
  .map(([key, operation]) => routeOf(key, operation))
  .sort((a, b) => a.names.length - b.names.length);

/** The routes by their keys: a request is compared with few of them. */
const routesByKey = new Map<string, Route[]>();
for (const route of routes) {
  const key = routeKey(route.operation.url);
  routesByKey.set(key, [...(routesByKey.get(key) ?? []), route]);
}

/** Operations that Logto answers without a token. */
const isPublic = (url: string): boolean =>
  url === '/api/status' ||
  url === '/api/swagger.json' ||
  url.startsWith('/api/.well-known/') ||
  /^\/api\/saml(-applications\/\{id\}\/(metadata|callback)|\/)/.test(url) ||
  url.startsWith('/api/authn/');

/** The id of the application that the token belongs to. @throws Refusal 401 or 403 */
function authorize(headers: Incoming['headers'], tokens: Tokens): string {
  const authorization = headers['authorization'];
  if (authorization === undefined) {
    throw new SandboxRefusal(
      401,
      'auth.authorization_header_missing',
      'There is no Authorization header.',
    );
  }
  if (!authorization.startsWith('Bearer ')) {
    throw new SandboxRefusal(
      401,
      'auth.authorization_token_type_not_supported',
      'The token must be a Bearer token.',
      {
        supportedTypes: ['Bearer'],
      },
    );
  }
  const token = tokens.read(authorization.slice('Bearer '.length));
  if (token === undefined) {
    throw new SandboxRefusal(401, 'auth.unauthorized', 'The token is not valid.', {
      code: 'ERR_JWT_EXPIRED',
      name: 'JWTExpired',
    });
  }
  if (!token.scope.split(' ').includes('all')) {
    throw new SandboxRefusal(
      403,
      'auth.forbidden',
      'The token has no access to the Management API.',
    );
  }
  return token.applicationId;
}

/** The operations on custom domains and the sign-in page's own checks answer before they read the database. */
const reachesDatabase = ({ url }: Operation): boolean => !url.startsWith('/api/domains');

/** A reply as the release answers it. */
function withoutNewerMembers(reply: SandboxReply, release: SandboxRelease): SandboxReply {
  const isJson = reply.headers['content-type']?.startsWith('application/json') === true;
  if (!isJson || release.release === DEFAULT_SANDBOX_RELEASE.release) {
    return reply;
  }
  return { ...reply, body: JSON.stringify(answerByRelease(release, JSON.parse(reply.body))) };
}

/** Answers one request to `/api`, as a Logto of `release` does. */
export function answer(
  incoming: Incoming,
  tenant: Tenant,
  tokens: Tokens,
  release: SandboxRelease,
): SandboxReply {
  const { method, url, headers } = incoming;
  const matching = (routesByKey.get(routeKey(url.pathname)) ?? []).filter(
    ({ pattern, operation }) => pattern.test(url.pathname) && hasOperation(release, operation),
  );
  if (matching.length === 0) {
    return notFoundRoute();
  }
  const route = matching.find(({ operation }) => operation.method === method);
  if (route === undefined) {
    return wrongMethod();
  }
  const { operation, pattern, names, behaviour } = route;
  try {
    const needsToken = headers['authorization'] !== undefined || !isPublic(operation.url);
    const caller = needsToken ? authorize(headers, tokens) : undefined;
    const query = queryByRelease(release, operation, url.searchParams);
    const page = readPage(operation, query);
    checkQuery(operation, query);
    const type = (headers['content-type'] ?? '').split(';', 1)[0] ?? '';
    const body = readBody(operation, type, incoming.body, release);
    const values = pattern.exec(url.pathname)?.slice(1).map(decodeURIComponent) ?? [];
    if (reachesDatabase(operation) && holdsNul([values, [...query.values()], body])) {
      throw new SandboxRefusal(500, 'internal', 'PostgreSQL stores no NUL.');
    }
    const call: Call = {
      tenant,
      path: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])),
      query: new Query(query),
      release,
      now: tenant.now(),
      caller,
      // Validated by the catalog's schema above.
      body: <B>() => body as B,
      page,
      linkBase: `${url.origin}${url.pathname.replace(/^\/api/i, '')}`,
    };
    return withoutNewerMembers(behaviour(call), release);
  } catch (error) {
    if (error instanceof SandboxRefusal) {
      return error.status === 500
        ? problem(500, { message: 'Internal server error.' })
        : error.reply();
    }
    if (error instanceof Rejected) {
      return error.reply;
    }
    throw error;
  }
}
