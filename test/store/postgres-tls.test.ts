/** Encrypted connections to PostgreSQL: whose certificate is accepted. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/store/postgres.js';
import { readTls } from '../../src/store/postgres-tls.js';
import { type Database, hasServer, realServer } from './databases.js';

const key = new Uint8Array(32).fill(5);

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** A certificate authority, and the certificate of a server that it has signed. */
function certificates(folder: string, name: string, subject: string) {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const short = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...short,
    '-keyout',
    `${name}-ca.key`,
    '-out',
    `${name}-ca.crt`,
    '-days',
    '2',
    '-subj',
    `/CN=${name} authority`,
  );
  openssl(
    'req',
    ...short,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    '/CN=database',
  );
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${subject}\n`);
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${name}-ca.crt`,
    '-CAkey',
    `${name}-ca.key`,
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.crt`,
  );
  return {
    authority: join(folder, `${name}-ca.crt`),
    certificate: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key`),
  };
}

describe('the parameters of a connection string', () => {
  it('are read as libpq reads them, and are not sent to the server', () => {
    const tls = (query: string, host = 'db.example.com') =>
      readTls(`postgres://u@${host}/d${query}`);
    expect(tls('?sslmode=disable')).toEqual({ url: 'postgres://u@db.example.com/d', ssl: false });
    expect(tls('?sslmode=prefer&options=-c').url).toBe('postgres://u@db.example.com/d?options=-c');
    expect(tls('?sslmode=require').ssl).toMatchObject({ rejectUnauthorized: false });
    expect(tls('?sslmode=verify-full').ssl).toEqual({ rejectUnauthorized: true });
    expect(tls('?sslmode=verify-full', '10.0.0.7:5432').ssl).toMatchObject({ host: '10.0.0.7' });
    expect(tls('', '127.0.0.1').ssl).toBe(false);
    expect(tls('', '%2Fvar%2Frun%2Fpostgresql').ssl).toBe(false);
  });
});

const canRun = hasServer && hasOpenssl;

describe.skipIf(!canRun)(
  canRun
    ? 'a server with a certificate of its own authority'
    : 'a server with a certificate: skipped, since this machine has no PostgreSQL or no openssl',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-'));
    let trusted: ReturnType<typeof certificates>;
    let other: ReturnType<typeof certificates>;
    let database: Database;

    beforeAll(async () => {
      trusted = certificates(folder, 'own', 'DNS:localhost');
      other = certificates(folder, 'other', 'DNS:localhost');
      database = await realServer(trusted);
    }, 60_000);

    afterAll(async () => {
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Opens a store, and looks whether its connection is encrypted. */
    const connect = async (host: string, parameters: string): Promise<void> => {
      const { port } = new URL(database.url);
      const url = `postgres://postgres@${host}:${port}/postgres?${parameters}`;
      const store = await openPostgres({ url, tenant: 'tls', key });
      await store.ready();
      await store.close();
    };

    it('a server is accepted by name with its authority, and refused without it or with another one', async () => {
      await connect('localhost', `sslmode=verify-full&sslrootcert=${trusted.authority}`);
      for (const parameters of [
        'sslmode=verify-full',
        'sslmode=verify-ca',
        `sslmode=verify-full&sslrootcert=${other.authority}`,
        `sslmode=require&sslrootcert=${other.authority}`,
      ]) {
        await expect(connect('localhost', parameters), parameters).rejects.toThrow(
          /LOGTO_MCP_DATABASE_URL cannot be used/,
        );
      }
    });

    it('a server is refused under an address that is not in the certificate, unless only the authority is verified', async () => {
      const authority = `sslrootcert=${trusted.authority}`;
      await expect(connect('127.0.0.1', `sslmode=verify-full&${authority}`)).rejects.toThrow(
        /cannot be used/,
      );
      await connect('127.0.0.1', `sslmode=verify-ca&${authority}`);
      await connect('127.0.0.1', 'sslmode=require');
    });

    it('an unencrypted connection is refused', async () => {
      await expect(connect('127.0.0.1', 'sslmode=disable')).rejects.toThrow(/cannot be used/);
    });
  },
);
