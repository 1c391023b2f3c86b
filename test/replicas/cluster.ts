/** Processes of the built program behind nginx, on one PostgreSQL and one tenant, with an issuer on loopback. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { createSandboxPeople } from '../../src/cli/sandbox-people.js';
import { serveSandboxSignIn } from '../../src/cli/sandbox-sign-in.js';
import { freePort } from '../../src/http/compose.js';
import { isObject, memberOf } from '../../src/json.js';
import { createSession } from '../../src/logto/session.js';
import { createUndiciTransport } from '../../src/logto/undici-transport.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { clientHeaders, operations } from '../http/serve.js';
import { realServer } from '../store/databases.js';
import { type RunningHttp, startHttp } from '../support/http-program.js';
import { listeningTenant, type Received } from '../support/tenant.js';

/** Where Debian has nginx; it need not be on the path of a user. */
const NGINX = ['nginx', '/usr/sbin/nginx'].find((path) => {
  try {
    execFileSync(path, ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** Connections of the client to nginx. */
const MAX_SOCKETS = 64;

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

export interface Cluster {
  readonly processes: readonly RunningHttp[];
  /** Requests that reached the tenant. */
  readonly received: readonly Received[];
  token(person: string): string;
  /** Calls a tool through nginx, or at one process. */
  call(token: string, tool: string, input: unknown, port?: number): Promise<Answer>;
  /** Calls a tool several times with one request through nginx. @returns the answers, in order */
  callBatch(token: string, tool: string, inputs: readonly unknown[]): Promise<readonly Answer[]>;
  /** Makes roles in the tenant, past the processes. @returns their ids */
  makeRoles(count: number): Promise<readonly string[]>;
  /** The lines of the journal, in order. */
  journal(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

export const resultOf = ({ json }: Answer): unknown =>
  memberOf(memberOf(memberOf(json, 'result'), 'structuredContent'), 'result');

/** The code of the error; undefined where the call succeeded. */
export const codeOf = ({ json }: Answer): unknown =>
  memberOf(memberOf(memberOf(memberOf(json, 'result'), 'structuredContent'), 'error'), 'code');

/** The messages in an answer: of an event stream, or a JSON body. */
function messagesIn(text: string): readonly unknown[] {
  const events = text.split('\n').filter((line) => line.startsWith('data: '));
  const texts = events.length > 0 ? events.map((line) => line.slice('data: '.length)) : [text];
  return texts.flatMap((item): readonly unknown[] => {
    try {
      const message: unknown = JSON.parse(item);
      return Array.isArray(message) ? message : [message];
    } catch {
      return [];
    }
  });
}

/** Starts nginx, which takes the processes in turns. */
async function startNginx(folder: string, port: number, ports: readonly number[]) {
  if (NGINX === undefined) {
    throw new Error('This machine has no nginx. Debian has it in the package nginx-light.');
  }
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) {
    mkdirSync(join(folder, name));
  }
  const isRoot = process.getuid?.() === 0;
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${isRoot ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name.replace('client_', '')};`)
    .join('\n  ')}
  upstream replicas {
    ${ports.map((item) => `server 127.0.0.1:${item} max_fails=1 fail_timeout=1s;`).join('\n    ')}
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_buffering off;
      proxy_read_timeout 75s;
    }
  }
}
`,
  );
  const child = spawn(NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  return child;
}

const stopped = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      });

let lastId = 0;

interface PostAnswer {
  readonly status: number;
  readonly messages: readonly unknown[];
}

/** Waits until something listens at a port. */
async function answering(port: number): Promise<void> {
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (isOpen) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * @param count processes
 * @param policy of the operator, as JSON
 * @param before runs before the tenant processes a request
 */
export async function startCluster(
  count: number,
  policy: object,
  before?: (received: Received) => Promise<void>,
): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'replicas-'));
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) {
      await closer();
    }
  };
  try {
    const database = await realServer();
    closers.push(() => database.stop());
    const tenant = await listeningTenant(before);
    closers.push(() => tenant.close());
    const [port, issuerPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    const resource = `http://127.0.0.1:${port}/mcp`;
    const transport = createUndiciTransport(undefined);
    const session = createSession({
      ...sandboxSettings,
      endpoint: tenant.origin,
      fetch: transport,
    });
    const people = await createSandboxPeople(session, operations, resource);
    const issuer = `http://127.0.0.1:${issuerPort}/oidc`;
    const signIn = await serveSandboxSignIn(issuer, resource, people, transport);
    closers.push(() => signIn.close());
    const policyFile = join(folder, 'policy.json');
    writeFileSync(policyFile, JSON.stringify(policy));
    const processes = await Promise.all(
      Array.from({ length: count }, async () => {
        const running = await startHttp(
          [
            ...['--base-url', `http://127.0.0.1:${port}`, '--issuer', issuer],
            ...['--policy', policyFile, '--tools', 'all'],
          ],
          {
            LOGTO_ENDPOINT: tenant.origin,
            LOGTO_APP_ID: sandboxSettings.appId,
            LOGTO_APP_SECRET: sandboxSettings.appSecret,
            LOGTO_MCP_STATE_KEY: 'ab'.repeat(32),
            LOGTO_MCP_DATABASE_URL: database.url,
            LOGTO_MCP_CALLS_PER_MINUTE: '1000000',
            LOGTO_MCP_LOG_LEVEL: 'error',
          },
        );
        closers.push(() => stopped(running.child));
        return running;
      }),
    );
    const nginx = await startNginx(
      folder,
      port,
      processes.map((item) => item.port),
    );
    closers.push(() => stopped(nginx));
    const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
    closers.push(() => agent.destroy());
    const sql = postgres(database.url, { max: 1 });
    closers.push(() => sql.end());
    const post = (token: string, body: string, at: number): Promise<PostAnswer> =>
      new Promise((resolve, reject) => {
        const outgoing = httpRequest(
          {
            host: '127.0.0.1',
            port: at,
            method: 'POST',
            path: '/mcp',
            headers: { ...clientHeaders(token), host: `127.0.0.1:${port}` },
            agent,
          },
          (incoming) => {
            const chunks: Buffer[] = [];
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
            incoming.on('error', reject);
            incoming.on('end', () =>
              resolve({
                status: incoming.statusCode ?? 0,
                messages: messagesIn(Buffer.concat(chunks).toString()),
              }),
            );
          },
        );
        outgoing.on('error', reject);
        outgoing.end(body);
      });
    const callMessage = (tool: string, input: unknown) => {
      lastId += 1;
      const params = { name: tool, arguments: input };
      return { jsonrpc: '2.0', id: lastId, method: 'tools/call', params };
    };
    await answering(port);
    return {
      processes,
      received: tenant.received,
      token(name) {
        const person = people.find((known) => known.name.startsWith(name));
        const iat = Math.floor(Date.now() / 1000);
        return signIn.server.key.sign(
          {
            iss: issuer,
            aud: resource,
            sub: person?.id,
            client_id: 'test-client',
            scope: person?.scopes.join(' '),
            iat,
            exp: iat + 600,
          },
          'at+jwt',
        );
      },
      async call(token, tool, input, at = port) {
        const answer = await post(token, JSON.stringify(callMessage(tool, input)), at);
        return { status: answer.status, json: answer.messages[0] };
      },
      async callBatch(token, tool, inputs) {
        const batch = inputs.map((input) => callMessage(tool, input));
        const { status, messages } = await post(token, JSON.stringify(batch), port);
        return batch.map(({ id }) => ({
          status,
          json: messages.find((message) => memberOf(message, 'id') === id),
        }));
      },
      async makeRoles(count) {
        const entry = operations.get('create_role');
        const ids: string[] = [];
        for (let index = 0; entry !== undefined && index < count; index += 1) {
          const values = { name: `Role ${index}`, description: 'x' };
          const signal = AbortSignal.timeout(30_000);
          ids.push(
            String(memberOf((await session.send(entry.operation, values, signal)).body, 'id')),
          );
        }
        return ids;
      },
      async journal() {
        const rows = await sql<{ line: string }[]>`select line from logto_mcp.journal order by id`;
        return rows.map(({ line }) => JSON.parse(line)).filter(isObject);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
