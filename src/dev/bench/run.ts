/**
 * Measures 500 writes of a script against single calls, on a stand-in of Logto that takes 50 ms for each answer:
 * `npx tsx src/dev/bench/run.ts`, after `npm run build`.
 */
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { isObject, memberOf } from '../../json.js';
import { insertUser } from '../../sandbox/behaviours/users.js';
import { createSandbox } from '../../sandbox/index.js';
import { sandboxSettings } from '../../sandbox/settings.js';
import { Tenant } from '../../sandbox/tenant.js';
import { Peer } from './peer.js';

/** Milliseconds that each answer of the stand-in takes. */
const LATENCY_MS = 50;

const WRITES = 500;

/** Single calls that are made to measure one of them. */
const SINGLE_CALLS = 30;

const SCRIPT = `
  const users = await logto.all('list_users', {});
  for (const { id } of users.slice(0, ${WRITES})) {
    await logto.update_user({ userId: id, customData: { reviewed: true } });
  }`;

/** Milliseconds for all writes, one way and the other. */
export interface RunMeasurement {
  readonly writes: number;
  readonly singleMs: number;
  /** Of the script with its plan and the call that confirms it. */
  readonly scriptMs: number;
}

async function slowTenant() {
  const tenant = new Tenant(Date.now);
  const sandbox = createSandbox({ tenant, content: 'empty' });
  for (let index = 0; index < WRITES; index += 1) {
    insertUser(tenant, { username: `user_${index}`, createdAt: Date.now() });
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const answer = await sandbox.fetch(`${sandboxSettings.endpoint}${request.url}`, {
      method: request.method ?? 'GET',
      headers,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks).toString() }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    const total = answer.headers.get('total-number');
    setTimeout(() => {
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
        ...(total !== null && { 'total-number': total }),
      });
      response.end(text);
    }, LATENCY_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = isObject(address) ? String(address['port']) : '';
  return { server, endpoint: `http://127.0.0.1:${port}` };
}

/** Measures both ways. The program must have been built. */
export async function measureRun(): Promise<RunMeasurement> {
  const { server, endpoint } = await slowTenant();
  const peer = new Peer(process.execPath, ['dist/main.js'], {
    LOGTO_ENDPOINT: endpoint,
    LOGTO_APP_ID: sandboxSettings.appId,
    LOGTO_APP_SECRET: sandboxSettings.appSecret,
  });
  try {
    await peer.open();
    const call = async (name: string, values: object): Promise<unknown> => {
      const { result } = await peer.request('tools/call', { name, arguments: values });
      const content = memberOf(result, 'structuredContent');
      if (memberOf(content, 'error') !== undefined) {
        throw new Error(`${name} failed: ${JSON.stringify(content)}`);
      }
      return content;
    };
    const listed = await call('list_users', { page_size: SINGLE_CALLS, fields: ['id'] });
    const items = memberOf(listed, 'items');
    const users = Array.isArray(items) ? items.filter(isObject) : [];
    const single = performance.now();
    for (const { id } of users) {
      await call('update_user', { userId: id, customData: { seen: true } });
    }
    const singleMs = ((performance.now() - single) / users.length) * WRITES;
    const script = performance.now();
    const planned = await call('run_script', { code: SCRIPT });
    const plan = memberOf(memberOf(planned, 'result'), 'plan');
    const done = await call('run_script', { plan });
    const scriptMs = performance.now() - script;
    if (memberOf(memberOf(memberOf(done, 'result'), 'run'), 'sent') !== WRITES) {
      throw new Error(`The run is not complete: ${JSON.stringify(done)}`);
    }
    return { writes: WRITES, singleMs, scriptMs };
  } finally {
    await peer.close();
    server.closeAllConnections();
    server.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { writes, singleMs, scriptMs } = await measureRun();
  process.stdout.write(
    `${writes} writes: ${(scriptMs / 1000).toFixed(1)} s by a script, ${(singleMs / 1000).toFixed(1)} s one after another: ${(singleMs / scriptMs).toFixed(1)} times as fast\n`,
  );
}
