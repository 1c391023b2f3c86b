/** Databases for tests: PostgreSQL of the machine where it has one, and an embedded one elsewhere. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePort } from '../support/free-port.js';

export interface Database {
  readonly url: string;
  stop(): Promise<void>;
}

const SERVERS = '/usr/lib/postgresql';

/** The programs of a PostgreSQL server; undefined where the machine has none. */
const binaries = (): string | undefined =>
  existsSync(SERVERS)
    ? readdirSync(SERVERS)
        .sort((left, right) => Number(right) - Number(left))
        .map((version) => join(SERVERS, version, 'bin'))
        .find((folder) => existsSync(join(folder, 'initdb')))
    : undefined;

export const hasServer = binaries() !== undefined;

/** A cluster of its own in a temporary folder. @param tls a certificate and its key, as files: then it refuses other connections */
export async function realServer(tls?: {
  readonly certificate: string;
  readonly key: string;
}): Promise<Database> {
  const bin = binaries();
  if (bin === undefined) {
    throw new Error('This machine has no PostgreSQL server.');
  }
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  const data = join(folder, 'data');
  // The server refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const as = (program: string, args: readonly string[]): readonly [string, readonly string[]] =>
    isRoot
      ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]]
      : [program, args];
  if (isRoot) {
    execFileSync('chown', ['postgres', folder]);
  }
  chmodSync(folder, 0o700);
  const [init, initArgs] = as(join(bin, 'initdb'), [
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'postgres',
    '--no-sync',
  ]);
  execFileSync(init, initArgs, { stdio: 'ignore', cwd: folder });
  if (tls !== undefined) {
    for (const [name, file] of [
      ['server.crt', tls.certificate],
      ['server.key', tls.key],
    ] as const) {
      copyFileSync(file, join(data, name));
      chmodSync(join(data, name), 0o600);
      if (isRoot) {
        execFileSync('chown', ['postgres', join(data, name)]);
      }
    }
    writeFileSync(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 trust\n');
  }
  const { child, port } = await onFreePort(async (port) => {
    const [run, runArgs] = as(join(bin, 'postgres'), [
      '-D',
      data,
      '-p',
      String(port),
      '-h',
      '127.0.0.1',
      '-k',
      folder,
      '-c',
      'fsync=off',
      '-c',
      'max_connections=200',
      '-c',
      `ssl=${tls === undefined ? 'off' : 'on'}`,
    ]);
    const child = spawn(run, runArgs, { cwd: folder });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    for (let waited = 0; !output.includes('ready to accept connections'); waited += 50) {
      if (waited > 20_000 || child.exitCode !== null) {
        throw new Error(`PostgreSQL does not start: ${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { child, port };
  });
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The server of this machine, or the embedded database where there is none. The embedded one is not started beside a
 * server: it takes several seconds, and its one session proves less.
 */
export async function anyDatabase(): Promise<Database> {
  if (hasServer) {
    return realServer();
  }
  const { embedded } = await import('./embedded-database.js');
  return embedded();
}
