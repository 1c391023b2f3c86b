/** The built program is killed during a change: a started change is in the journal, and nothing else is lost. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memberOf } from '../../src/json.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { outcomeOf } from '../support/client.js';
import { bareEnvironment, initialize, program, start } from '../support/process.js';
import { listeningTenant, type Received } from '../support/tenant.js';

let state = '';
const opened: { close(): Promise<unknown> }[] = [];

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'kill-'));
});
afterEach(async () => {
  for (const server of opened.splice(0).reverse()) {
    await server.close();
  }
  rmSync(state, { recursive: true, force: true });
});

const environment = (endpoint: string) => ({
  LOGTO_ENDPOINT: endpoint,
  LOGTO_APP_ID: sandboxSettings.appId,
  LOGTO_APP_SECRET: sandboxSettings.appSecret,
  LOGTO_MCP_STATE_DIR: state,
});

async function connected(endpoint: string) {
  const client = new Client({ name: 'second', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, '--tools', 'all'],
      env: { ...bareEnvironment(), ...environment(endpoint) },
      stderr: 'ignore',
    }),
  );
  opened.push(client);
  return async (name: string, values: Readonly<Record<string, unknown>>) =>
    outcomeOf(await client.callTool({ name, arguments: values }));
}

/** Starts a server to be killed, whose tools can be called without waiting. */
function victim(endpoint: string) {
  const { child, send, ended } = start(['--tools', 'all'], environment(endpoint));
  // What is written to a dead process is lost without an error.
  child.stdin.on('error', () => {});
  send(initialize);
  send({ method: 'notifications/initialized' });
  let id = 1;
  return {
    call: (name: string, values: object) => {
      id += 1;
      send({ id, method: 'tools/call', params: { name, arguments: values } });
    },
    kill: async () => {
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
    },
  };
}

const journal = (): string => {
  const [name = ''] = readdirSync(state);
  return join(state, name);
};

/** Milliseconds for a test that starts the program several times, on a busy machine. */
const TIMEOUT_MS = 60_000;

const never = new Promise<void>(() => {});
const isUpdate = ({ method }: Received) => method === 'PATCH';
const description = 'in the middle';

describe('a server that is killed over two changes, one of which Logto has made', () => {
  it(
    'leaves both in the journal as unknown, and a new server continues from there',
    async () => {
      let held = true;
      const isMade = ({ url }: Received) => url === '/api/roles/support';
      const hold = (madeOnes: boolean) => (item: Received) =>
        held && isUpdate(item) && isMade(item) === madeOnes ? never : Promise.resolve();
      // One is held before Logto makes it, the other before Logto's answer.
      const tenant = await listeningTenant(hold(false), hold(true));
      opened.push(tenant);
      const { call, kill } = victim(tenant.origin);
      call('update_role', { id: 'support', description });
      call('update_role', { id: 'shop-manager', description });
      await expect
        .poll(() => tenant.received.filter(isUpdate), { timeout: 10_000 })
        .toHaveLength(2);
      await kill();
      held = false;

      const lines = readFileSync(journal(), 'utf8').trim().split('\n');
      expect(lines).toHaveLength(2);
      // As a kill in the middle of a line leaves it.
      appendFileSync(journal(), '{"id":"c-torn","at":"20');
      const again = await connected(tenant.origin);
      expect((await again('update_role', { id: 'customer', description: 'later' })).ok).toBe(true);
      const listed = await again('list_changes', {});
      const items = listed.ok ? (listed.answer.items ?? []) : [];
      expect(items).toHaveLength(3);
      expect(items[0]).toMatchObject({
        operation: 'update_role',
        arguments: { id: 'customer' },
        outcome: 'done',
      });
      const unknown = (id: string) => {
        const item = items.find((change) => memberOf(change['arguments'], 'id') === id);
        expect(item).toMatchObject({
          operation: 'update_role',
          arguments: { id, description },
          outcome: 'unknown',
          client: 'test',
        });
        return item?.id;
      };
      expect(await again('undo_change', { change: unknown('shop-manager') })).toMatchObject({
        ok: false,
        error: { code: 'cannot_undo', message: expect.stringContaining('it was not made') },
      });
      const before = await again('get_role', { id: 'support' });
      expect(before).toMatchObject({ ok: true, answer: { result: { description } } });
      expect((await again('undo_change', { change: unknown('support') })).ok).toBe(true);
      const role = await again('get_role', { id: 'support' });
      expect(role.ok && role.answer.result?.['description']).not.toBe(description);
    },
    TIMEOUT_MS,
  );
});

const isCreation = ({ method, url }: Received) => method === 'POST' && url === '/api/roles';

describe('a server that is killed when a change arrives', () => {
  it(
    'has sent only writes that are in the journal',
    async () => {
      let arrives = (_: string): void => {};
      const tenant = await listeningTenant(async (item) => {
        if (isCreation(item)) {
          arrives(JSON.parse(item.body.toString()).name);
        }
      });
      opened.push(tenant);
      const sent: string[] = [];
      const { call, kill } = victim(tenant.origin);
      await new Promise<void>((resolve) => {
        let left = 25;
        arrives = (name) => {
          sent.push(name);
          left -= 1;
          if (left === 0) {
            resolve(kill());
          }
        };
        for (let number = 0; number < 40; number += 1) {
          call('create_role', { name: `r-${number}`, description: 'x'.repeat(128) });
        }
      });
      expect(sent.length).toBeGreaterThanOrEqual(25);
      const known = new Set(
        readFileSync(journal(), 'utf8')
          .split('\n')
          .flatMap((line) => {
            try {
              return [JSON.parse(line).arguments?.name];
            } catch {
              // Cut off by the kill, so that nothing was sent for it.
              return [];
            }
          }),
      );
      expect(sent.filter((name) => !known.has(name))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
