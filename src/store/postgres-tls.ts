/**
 * TLS to PostgreSQL, by the parameters that connection strings of libpq have: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`.
 * The driver knows `sslmode` alone, and compares the certificate of a server that is named by its IP address with `localhost`.
 *
 * Source: https://www.postgresql.org/docs/current/libpq-ssl.html
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { LogtoError } from '../logto/errors.js';

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

type TlsMode = (typeof modes)[number];

/** Options of the driver and of Node's TLS. */
export type PostgresTls =
  | false
  | 'prefer'
  | {
      readonly rejectUnauthorized: boolean;
      readonly ca?: Buffer;
      readonly cert?: Buffer;
      readonly key?: Buffer;
      /** The name in the certificate, where the driver does not know it. */
      readonly host?: string;
      readonly checkServerIdentity?: () => undefined;
    };

const problem = (message: string, hint: string, cause?: unknown): LogtoError =>
  new LogtoError({ kind: 'configuration', code: 'store_unavailable', message, hint }, { cause });

function fileOf(parameters: URLSearchParams, name: string): Buffer | undefined {
  const path = parameters.get(name);
  if (path === null) {
    return undefined;
  }
  try {
    return readFileSync(path);
  } catch (error) {
    throw problem(
      `The file of ${name} in LOGTO_MCP_DATABASE_URL cannot be read.`,
      'Give the path of a PEM file that the user of this process may read.',
      error,
    );
  }
}

/** Whether a database is on this machine: a socket, or an address that cannot be reached from elsewhere. */
const isLocal = (host: string): boolean =>
  host === '' ||
  host === 'localhost' ||
  host === '[::1]' ||
  /^127(\.\d+){3}$/.test(host) ||
  /^(\/|%2f)/i.test(host);

function modeOf(parameters: URLSearchParams, host: string): TlsMode {
  const value = parameters.get('sslmode');
  if (value === null) {
    if (!isLocal(host)) {
      throw problem(
        'LOGTO_MCP_DATABASE_URL does not say whether the connection is encrypted.',
        'Add sslmode=verify-full, with sslrootcert=<file> for a certificate authority of your own; or sslmode=disable in a private network.',
      );
    }
    return 'disable';
  }
  const mode = modes.find((knownMode) => knownMode === value);
  if (mode === undefined) {
    throw problem(
      'The sslmode in LOGTO_MCP_DATABASE_URL does not exist.',
      `It is one of ${modes.join(', ')}.`,
    );
  }
  return mode;
}

/**
 * Reads how a connection is encrypted.
 *
 * @returns the connection string without what the server would not know, and the options for the driver
 * @throws LogtoError of kind `configuration` for a mode that does not exist, for none beyond this machine, and for a file that
 *   cannot be read
 */
export function readTls(connectionString: string): {
  readonly url: string;
  readonly ssl: PostgresTls;
} {
  const [base = ''] = connectionString.split('?', 1);
  const query = connectionString.slice(base.length + 1);
  const parameters = new URLSearchParams(query);
  const authority = base.replace(/^\w+:\/\//, '').split('/')[0] ?? '';
  const host = (authority.split('@').at(-1) ?? '').replace(/:\d+$/, '');
  const mode = modeOf(parameters, parameters.get('host') ?? host);
  const isSystem = parameters.get('sslrootcert') === 'system';
  const ca = isSystem ? undefined : fileOf(parameters, 'sslrootcert');
  const cert = fileOf(parameters, 'sslcert');
  const key = fileOf(parameters, 'sslkey');
  for (const name of ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']) {
    parameters.delete(name);
  }
  const rest = parameters.toString();
  const url = rest === '' ? base : `${base}?${rest}`;
  if (mode === 'disable') {
    return { url, ssl: false };
  }
  if (mode === 'allow' || mode === 'prefer') {
    return { url, ssl: 'prefer' };
  }
  const address = host.replace(/^\[|\]$/g, '');
  return {
    url,
    ssl: {
      // With a certificate authority, `require` verifies the chain, as with libpq.
      rejectUnauthorized: mode !== 'require' || ca !== undefined || isSystem,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(isIP(address) !== 0 && { host: address }),
      ...(mode !== 'verify-full' && !isSystem && { checkServerIdentity: () => undefined }),
    },
  };
}
