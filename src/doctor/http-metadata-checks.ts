/**
 * Checks of what clients discover: the metadata of the protected resource (RFC 9728), that of the issuer (RFC 8414, OpenID
 * Connect discovery), and its keys.
 */
import { isObject, textsIn } from '../json.js';
import { type Ask, forwarded, isProtected } from './http-question.js';
import { type Finding, fail, passed, warn } from './runner.js';

/** What the protected-resource metadata says. */
export interface ResourceMetadata {
  readonly resource: string;
  readonly issuer: string;
}

/** The protected-resource metadata (RFC 9728). */
export async function checkMetadata(
  ask: Ask,
  metadataUrl: string,
  path: string,
): Promise<{ readonly finding: Finding; readonly metadata?: ResourceMetadata }> {
  const answer = await ask(metadataUrl, { headers: { origin: 'https://client.example' } });
  const { json } = answer;
  const resource = isObject(json) ? json['resource'] : undefined;
  const [issuer] = isObject(json) ? textsIn(json['authorization_servers']) : [];
  if (answer.status !== 200 || typeof resource !== 'string' || issuer === undefined) {
    return {
      finding: fail(
        `${metadataUrl} answered ${answer.status} without the metadata of a protected resource.`,
        forwarded(path),
      ),
    };
  }
  return {
    metadata: { resource, issuer },
    finding:
      answer.header('access-control-allow-origin') === null
        ? warn(
            `${metadataUrl} cannot be read by clients in a browser: Access-Control-Allow-Origin is missing.`,
            'Let the reverse proxy pass the headers of the server on.',
          )
        : passed(`${metadataUrl} names ${issuer}.`),
  };
}

/** The difference between two addresses that should be the same. */
function differenceOf(address: string, resource: string): string {
  if (!URL.canParse(resource)) {
    return 'it is not a URL';
  }
  const [typed, advertised] = [new URL(address), new URL(resource)];
  if (address.replace(/\/+$/, '') === resource.replace(/\/+$/, '')) {
    return 'a slash at the end';
  }
  if (address.toLowerCase() === resource.toLowerCase()) {
    return 'upper and lower case';
  }
  const parts = [
    ...(typed.protocol === advertised.protocol ? [] : ['http or https']),
    ...(typed.hostname === advertised.hostname ? [] : ['the host']),
    ...(typed.port === advertised.port ? [] : ['the port']),
    ...(typed.pathname === advertised.pathname ? [] : ['the path']),
  ];
  return parts.join(', ') || 'the way in which it is written';
}

/** The advertised resource against the address that people type, to the letter. */
export function checkResource(address: string, resource: string): Finding {
  // The URL of an origin ends with a slash, and clients write it with one.
  if (address === resource || (address === new URL(address).origin && resource === `${address}/`)) {
    return passed(`${resource}, to the letter.`);
  }
  const { origin, pathname } = new URL(address);
  return fail(
    `The server calls itself ${resource}, but you reach it at ${address}. They differ in ${differenceOf(address, resource)}, and Logto compares to the letter.`,
    `Type ${resource} into clients, or start the server with --base-url ${origin} --base-path ${pathname} and run setup-http with the same.`,
  );
}

/** What the metadata of the issuer says. */
export interface IssuerMetadata {
  readonly keysUrl: string;
  readonly hasDynamicClients: boolean;
}

/** The addresses of the metadata of an issuer, in the order in which clients look (MCP specification, authorization). */
export function metadataUrlsOf(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return path === ''
    ? [
        `${origin}/.well-known/oauth-authorization-server`,
        `${origin}/.well-known/openid-configuration`,
      ]
    : [
        `${origin}/.well-known/oauth-authorization-server${path}`,
        `${origin}/.well-known/openid-configuration${path}`,
        `${origin}${path}/.well-known/openid-configuration`,
      ];
}

/** The metadata of the issuer (RFC 8414, OpenID Connect discovery). */
export async function checkIssuer(
  ask: Ask,
  issuer: string,
): Promise<{ readonly finding: Finding; readonly metadata?: IssuerMetadata }> {
  if (!URL.canParse(issuer) || !isProtected(new URL(issuer))) {
    return {
      finding: fail(
        `The issuer ${issuer} is neither https nor on this machine.`,
        'Give the https issuer of Logto to --issuer, such as https://auth.example.com/oidc.',
      ),
    };
  }
  const urls = metadataUrlsOf(issuer);
  let document: Readonly<Record<string, unknown>> | undefined;
  for (const url of urls) {
    const { status, json } = await ask(url);
    if (status === 200 && isObject(json) && typeof json['issuer'] === 'string') {
      document = json;
      break;
    }
  }
  if (document === undefined) {
    return {
      finding: fail(
        `The issuer ${issuer} has no metadata: not at ${urls.join(', ')}.`,
        'Check --issuer, which ends in /oidc for Logto. Clients must reach it too: the reverse proxy of Logto must forward /oidc.',
      ),
    };
  }
  const named = document['issuer'];
  if (named !== issuer) {
    return {
      finding: fail(
        `The server names the issuer ${issuer}, but that calls itself ${String(named)}.`,
        `Start the server with --issuer ${String(named)}: it is compared to the letter.`,
      ),
    };
  }
  const missing = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'].filter(
    (name) => typeof document[name] !== 'string',
  );
  if (missing.length > 0) {
    return {
      finding: fail(
        `The metadata of the issuer lacks ${missing.join(', ')}.`,
        'Check that --issuer is Logto, such as https://auth.example.com/oidc.',
      ),
    };
  }
  const metadata = {
    keysUrl: String(document['jwks_uri']),
    hasDynamicClients: document['client_id_metadata_document_supported'] === true,
  };
  if (!textsIn(document['code_challenge_methods_supported']).includes('S256')) {
    return {
      metadata,
      finding: fail(
        'The issuer does not offer PKCE with S256, so clients refuse to sign in.',
        'Check that --issuer is Logto, which offers it.',
      ),
    };
  }
  return {
    metadata,
    finding: metadata.hasDynamicClients
      ? passed(`${issuer}; dynamic clients are allowed.`)
      : warn(
          `${issuer} does not allow dynamic clients (CIMD): Claude, ChatGPT, VS Code and Codex cannot sign in by themselves.`,
          'Run setup-http, which switches them on; a self-hosted Logto must run without OIDC_PROVIDER_SSRF_PROTECTION_DISABLED. Or register each client: setup-http --register.',
        ),
  };
}

/** The keys of the issuer. */
export async function checkKeys(ask: Ask, keysUrl: string): Promise<Finding> {
  const { status, json } = await ask(keysUrl);
  const keys = isObject(json) ? json['keys'] : undefined;
  return status === 200 && Array.isArray(keys) && keys.length > 0
    ? passed(`${keys.length} key${keys.length === 1 ? '' : 's'}.`)
    : fail(
        `${keysUrl} answered ${status} without keys, so no token can be verified.`,
        'The reverse proxy of Logto must forward /oidc/jwks.',
      );
}
