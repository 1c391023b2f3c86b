/**
 * The server over HTTP: the time that the verification of a token adds, and calls a second of several processes. Every
 * process of the built program listens on loopback, on a stub of Logto; people sign in with an issuer in this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { serveSandboxSignIn } from '../../cli/sandbox-sign-in.js';
import { freePort } from '../../http/compose.js';
import { format, interleave, type Spread } from './statistics.js';

const ROUNDS = 5;

/** Calls of one round, one after another, to measure the time of one. */
const SINGLE_CALLS = 200;

/** Calls of one round, and how many of them are in flight. */
const CALLS = 600;
const IN_FLIGHT = 100;

/** Milliseconds that the stub takes for an answer. */
const UPSTREAM_MS = 10;

/** Milliseconds that verification may add, and calls a second of two processes relative to one. */
const MAX_ADDED_MS = 0.3;
const MIN_RATIO = 1.7;

interface Listening {
  readonly child: ChildProcess;
  readonly url: string;
}

async function stub(
  delayMs: number,
): Promise<{ readonly child: ChildProcess; readonly origin: string }> {
  const child = spawn('npx', ['tsx', 'src/dev/bench/stub.ts', String(delayMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, origin: line };
  }
  throw new Error('The stub does not start.');
}

/** One process, as one of several under one address: it accepts tokens for the resource, not for its own port. */
async function serveOne(
  upstream: string,
  resource: URL,
  issuer: string | undefined,
): Promise<Listening> {
  const port = issuer === undefined ? Number(resource.port) : await freePort('127.0.0.1');
  const child = spawn(
    process.execPath,
    [
      ...['dist/main.js', 'http', '--port', String(port), '--base-url', resource.origin],
      ...(issuer === undefined ? [] : ['--issuer', issuer]),
    ],
    {
      env: {
        ...process.env,
        LOGTO_ENDPOINT: upstream,
        LOGTO_APP_ID: 'bench',
        LOGTO_APP_SECRET: 'bench-secret',
        LOGTO_MCP_CALLS_PER_MINUTE: '1000000',
        LOGTO_MCP_LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes('serving MCP')) {
      break;
    }
  }
  // What else it says is not read, and must not fill the pipe.
  child.stderr.resume();
  return { child, url: `http://127.0.0.1:${port}/mcp` };
}

const dispatcher = new Agent({ connections: IN_FLIGHT });
let lastId = 0;

async function call(url: string, host: string, token: string, message: object): Promise<void> {
  lastId += 1;
  const { statusCode, body } = await request(url, {
    dispatcher,
    method: 'POST',
    headers: {
      host,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: lastId, ...message }),
  });
  const text = await body.text();
  if (statusCode !== 200 || text.includes('"isError":true')) {
    throw new Error(`The server answered ${statusCode}: ${text.slice(0, 200)}`);
  }
}

const ping = { method: 'ping' };
const list = { method: 'tools/call', params: { name: 'list_roles', arguments: {} } };

/** Milliseconds of one call, one after another. */
async function latency({ url }: Listening, host: string, token: string): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < SINGLE_CALLS; count += 1) {
    const begin = performance.now();
    await call(url, host, token, ping);
    times.push(performance.now() - begin);
  }
  return times.sort((left, right) => left - right)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** Calls a second to processes in turns. */
async function throughput(
  processes: readonly Listening[],
  host: string,
  token: string,
): Promise<number> {
  let next = 0;
  const begin = performance.now();
  const worker = async (): Promise<void> => {
    while (next < CALLS) {
      const process = processes[next % processes.length];
      next += 1;
      if (process !== undefined) {
        await call(process.url, host, token, list);
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return CALLS / ((performance.now() - begin) / 1000);
}

export interface HttpTimes {
  readonly verified: Spread;
  readonly open: Spread;
  /** Calls a second of one, two and four processes. */
  readonly one: Spread;
  readonly two: Spread;
  readonly four: Spread;
}

/** Measures both, each in turns. The program must have been built. */
export async function measureHttp(): Promise<HttpTimes> {
  const children: ChildProcess[] = [];
  const resource = new URL(`http://127.0.0.1:${await freePort('127.0.0.1')}/mcp`);
  const bare = new URL(`http://127.0.0.1:${await freePort('127.0.0.1')}/mcp`);
  const issuer = `http://127.0.0.1:${await freePort('127.0.0.1')}/oidc`;
  const signIn = await serveSandboxSignIn(issuer, resource.href, [], () =>
    Promise.reject(new Error('No client has a document here.')),
  );
  const iat = Math.floor(Date.now() / 1000);
  const token = signIn.server.key.sign(
    {
      iss: issuer,
      aud: resource.href,
      sub: 'bench',
      client_id: 'bench-client',
      scope: 'logto:read',
      iat,
      exp: iat + 3600,
    },
    'at+jwt',
  );
  try {
    const upstream = await stub(UPSTREAM_MS);
    children.push(upstream.child);
    const open = await serveOne(upstream.origin, bare, undefined);
    children.push(open.child);
    const processes: Listening[] = [];
    for (let count = 0; count < 4; count += 1) {
      const listening = await serveOne(upstream.origin, resource, issuer);
      processes.push(listening);
      children.push(listening.child);
    }
    const [first] = processes;
    if (first === undefined) {
      throw new Error('No process was started.');
    }
    const single = {
      verified: () => latency(first, resource.host, token),
      open: () => latency(open, bare.host, token),
    };
    const parallel = {
      one: () => throughput(processes.slice(0, 1), resource.host, token),
      two: () => throughput(processes.slice(0, 2), resource.host, token),
      four: () => throughput(processes, resource.host, token),
    };
    // Both servers must have served as much before they are compared.
    await interleave(2, {
      ...parallel,
      open: () => throughput([open], bare.host, token),
    });
    await interleave(1, single);
    return {
      ...(await interleave(ROUNDS, single)),
      ...(await interleave(ROUNDS, parallel)),
    };
  } finally {
    for (const child of children) {
      child.stdin?.end();
      child.kill('SIGTERM');
    }
    signIn.close();
    await dispatcher.close();
  }
}

/** The rows of the page. */
export async function httpRows() {
  const { verified, open, one, two, four } = await measureHttp();
  const added = verified.median - open.median;
  const ratio = two.median / one.median;
  const cores = cpus().length;
  return [
    {
      what: 'time that a verified token, its account and its scopes add to a request over HTTP, against the same server without sign-in',
      goal: `median under ${MAX_ADDED_MS} ms`,
      ratio: `${added.toFixed(2)} ms`,
      met: added < MAX_ADDED_MS,
      figures: `${format(verified, 'ms', 2)} against ${format(open, 'ms', 2)}`,
    },
    {
      what: `calls per second over HTTP of 2 processes, relative to 1, with ${IN_FLIGHT} in flight, where Logto takes ${UPSTREAM_MS} ms`,
      goal: `at least ${MIN_RATIO} where the cores allow it`,
      ratio: ratio.toFixed(2),
      met: ratio >= MIN_RATIO,
      figures: `${format(one, '/s')} of 1, ${format(two, '/s')} of 2, ${format(four, '/s')} of 4 processes; ${cores} cores serve them, the client and the stub`,
    },
  ];
}
