/**
 * The baseline for throughput: one tool that makes one request and passes the answer on as text, unread and unchecked. No
 * server on this SDK can be faster.
 */
import { Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { Agent, request } from 'undici';

const endpoint = process.argv[2] ?? '';
const dispatcher = new Agent();

serveStdio(() => {
  const server = new Server({ name: 'forward', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({
    tools: [{ name: 'list_roles', inputSchema: { type: 'object' as const } }],
  }));
  server.setRequestHandler('tools/call', async () => {
    const { body } = await request(`${endpoint}/api/roles?page=1&page_size=20`, {
      dispatcher,
      headers: { authorization: 'Bearer token', accept: 'application/json' },
    });
    return { content: [{ type: 'text' as const, text: await body.text() }] };
  });
  return server;
}, {});
