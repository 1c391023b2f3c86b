/**
 * The sandbox as an HTTP server that takes its time, as a separate process, so that a measured program does not share its
 * thread. Arguments: milliseconds of an answer, and the number of users. It prints its address, and ends with its input.
 */
import { createServer } from 'node:http';
import { isObject } from '../../json.js';
import { insertUser } from '../../sandbox/behaviours/users.js';
import { createSandbox } from '../../sandbox/index.js';
import { sandboxSettings } from '../../sandbox/settings.js';
import { Tenant } from '../../sandbox/tenant.js';

const [latencyMs = 0, users = 0] = process.argv.slice(2).map(Number);

/** Milliseconds in which the sandbox must have answered. */
const TIMEOUT_MS = 10_000;

const tenant = new Tenant(Date.now);
const sandbox = createSandbox({ tenant, content: 'empty' });
for (let index = 0; index < users; index += 1) {
  insertUser(tenant, {
    username: `user_${index}`,
    primaryEmail: `user_${index}@team.example`,
    customData: { plan: index % 10 === 0 ? 'trial' : 'team' },
    createdAt: Date.now(),
  });
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
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  const total = answer.headers.get('total-number');
  setTimeout(() => {
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'application/json',
      ...(total !== null && { 'total-number': total }),
    });
    response.end(text);
  }, latencyMs);
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${isObject(address) ? address['port'] : ''}\n`);
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
