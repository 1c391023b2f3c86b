/**
 * The built program is killed during a run: the sent writes are in the journal, the rest is reported, and the run is
 * undone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, it } from 'vitest';
import { memberOf, objectsIn } from '../../src/json.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { outcomeOf } from '../support/client.js';
import { bareEnvironment, program } from '../support/process.js';
import { listeningTenant } from '../support/tenant.js';

const WRITES = 40;
const KILLED_AT = 15;

const CODE = `
  const users = (await logto.all('list_users', {})).slice(0, ${WRITES});
  for (const { id } of users) await logto.update_user({ userId: id, customData: { run: true } });`;

it('a killed run is in the journal with what is left of it, and another process undoes it', async () => {
  const state = mkdtempSync(join(tmpdir(), 'kill-run-'));
  let patches = 0;
  let onPatch = (_: number): unknown => undefined;
  const tenant = await listeningTenant(async ({ method }) => {
    if (method === 'PATCH') {
      patches += 1;
      await onPatch(patches);
    }
  });
  const started: Client[] = [];
  const start = async () => {
    const client = new Client({ name: 'run', version: '1.0.0' });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [program],
      env: {
        ...bareEnvironment(),
        LOGTO_ENDPOINT: tenant.origin,
        LOGTO_APP_ID: sandboxSettings.appId,
        LOGTO_APP_SECRET: sandboxSettings.appSecret,
        LOGTO_MCP_STATE_DIR: state,
      },
      stderr: 'ignore',
    });
    await client.connect(transport);
    started.push(client);
    const call = async (name: string, values: Readonly<Record<string, unknown>>) => {
      const outcome = outcomeOf(await client.callTool({ name, arguments: values }));
      expect(outcome, name).toMatchObject({ ok: true });
      return outcome.ok ? outcome.answer : {};
    };
    return { call, transport };
  };
  try {
    const first = await start();
    const planned = await first.call('run_script', { code: CODE });
    const plan = memberOf(planned.result, 'plan');
    const killed = new Promise<void>((resolve) => {
      onPatch = (number) => {
        if (number === KILLED_AT) {
          process.kill(first.transport.pid ?? 0, 'SIGKILL');
          resolve();
        }
        // A request of a dead process is never answered.
        return number >= KILLED_AT ? new Promise(() => {}) : undefined;
      };
    });
    const answered = first.call('run_script', { plan }).catch(() => undefined);
    await killed;
    await answered;
    onPatch = () => undefined;

    const second = await start();
    const refused = await second.call('run_read_script', { code: 'return 1;' });
    expect(refused.result).toBe(1);
    const { items: [entry] = [] } = await second.call('list_changes', { limit: 1 });
    const outcome = memberOf(entry, 'outcome');
    const done = Number(memberOf(outcome, 'done'));
    const unknown = Number(memberOf(outcome, 'unknown'));
    expect(entry).toMatchObject({
      operation: 'run_script',
      not_sent: WRITES - done - unknown,
    });
    expect(done).toBeGreaterThan(0);
    expect(unknown).toBeGreaterThan(0);
    expect(done + unknown).toBeLessThan(WRITES);
    const run = memberOf(entry, 'id');
    const writes = await second.call('list_changes', { change: run });
    expect(writes.items).toHaveLength(done + unknown);

    const asked = await second.call('undo_change', { change: run });
    const undone = await second.call('undo_change', {
      change: run,
      plan: memberOf(asked.result, 'plan'),
    });
    // For writes without an outcome, those that Logto made are undone too, and the others are named.
    const [, count] = /^(\d+) of/.exec(String(undone.notes?.[0])) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(done);
    expect(JSON.stringify(undone.notes)).toContain('it was not made');
    const left = await second.call('run_read_script', {
      code: "return (await logto.all('list_users', {})).filter(({ customData }) => customData.run === true).length;",
    });
    expect(left.result).toBe(0);
    expect(
      objectsIn((await second.call('list_changes', { limit: 5 })).items).length,
    ).toBeGreaterThan(0);
  } finally {
    for (const client of started) {
      await client.close().catch(() => undefined);
    }
    await tenant.close();
    rmSync(state, { recursive: true, force: true });
  }
}, 90_000);
