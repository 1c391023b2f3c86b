/**
 * A stub of Logto for benchmarks, as a separate process: a token endpoint, one account and one list. Its argument is the delay of an answer
 * in milliseconds. It prints its address, and at the end of its input how many tokens it has issued.
 */
import { createServer } from 'node:http';

const delay = Number(process.argv[2] ?? 0);
let tokens = 0;

const roles = JSON.stringify(
  Array.from({ length: 20 }, (_, index) => ({
    tenantId: 'default',
    id: `role${index}`,
    name: `Role ${index}`,
    description: 'A role of the benchmark',
    type: 'User',
    isDefault: false,
  })),
);

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/oidc/token') {
      tokens += 1;
      response.end(JSON.stringify({ access_token: 'token', expires_in: 3600, scope: 'all' }));
      return;
    }
    // The account behind a token, which the server over HTTP looks up.
    if (request.url?.startsWith('/api/users/') === true) {
      response.end(JSON.stringify({ id: 'bench', isSuspended: false }));
      return;
    }
    response.setHeader('total-number', '20');
    if (delay === 0) {
      response.end(roles);
    } else {
      setTimeout(() => response.end(roles), delay);
    }
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(
    `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}\n`,
  );
});

process.stdin.resume();
process.stdin.on('end', () => {
  process.stdout.write(`${tokens}\n`, () => process.exit(0));
});
