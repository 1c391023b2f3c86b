/** Clients that answer for the person, or cannot ask at all, in both protocol eras. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElicitResult } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConfirmMode } from '../../src/guard/confirm/confirm-mode.js';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { type Connected, connectSandbox, type Era, succeed } from '../support/client.js';

const decline = (): ElicitResult => ({ action: 'decline' });

describe.each<Era>(['legacy', 'modern'])('in the %s era', (era) => {
  const opened: Connected[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ close }) => close()));
  });

  /** A client whose answers come from `elicit`, and a role to delete. */
  async function connect(
    elicit: ((message: string) => ElicitResult | Promise<ElicitResult>) | undefined,
    options: { answerTakesMs?: number; confirmMode?: ConfirmMode; askTimeoutMs?: number } = {},
  ) {
    const { answerTakesMs, confirmMode, askTimeoutMs } = options;
    let asked = 0;
    const connected = await connectSandbox({
      era,
      policy: defaultPolicy(),
      ...(elicit !== undefined && {
        elicit: (message: string) => {
          asked += 1;
          return elicit(message);
        },
      }),
      ...(answerTakesMs !== undefined && { answerTakesMs }),
      registry: { ...(confirmMode !== undefined && { confirmMode }) },
      server: { ...(askTimeoutMs !== undefined && { askTimeoutMs }) },
    });
    opened.push(connected);
    const { call } = connected;
    const { result } = await succeed(call, 'create_role', { name: 'Doomed', description: 'x' });
    const remove = (plan?: unknown) =>
      call('delete_role', { id: result?.['id'], ...(plan !== undefined && { plan }) });
    return { ...connected, remove, asked: () => asked };
  }

  it.each<[string, ElicitResult, RegExp]>([
    ['declines at once', { action: 'decline' }, /declined.*less than a second/],
    ['cancels at once', { action: 'cancel' }, /cancelled.*less than a second/],
    ['accepts without a name', { action: 'accept', content: {} }, /without the name/],
  ])(
    'a client that %s is named in the answer, and gets a plan from then on',
    async (_, answer, words) => {
      const { remove, asked } = await connect(() => answer, { answerTakesMs: 5 });
      expect(await remove()).toMatchObject({
        ok: false,
        error: {
          kind: 'permission',
          code: 'client_cannot_ask',
          message: expect.stringMatching(words),
          hint: expect.stringContaining('Call again with the same arguments'),
        },
      });
      const planned = await remove();
      expect(planned).toMatchObject({ ok: true, answer: { result: { plan: expect.any(String) } } });
      expect(asked()).toBe(1);
      expect(await remove(planned.ok ? planned.answer.result?.['plan'] : '')).toMatchObject({
        ok: true,
        answer: { done: true },
      });
    },
  );

  it('a slow decline is final for the call, and the next call asks again', async () => {
    const { remove, asked } = await connect(decline);
    for (const times of [1, 2]) {
      expect(await remove()).toMatchObject({ ok: false, error: { code: 'declined' } });
      expect(asked()).toBe(times);
    }
  });

  it('the typed name confirms the call, and a wrong name does not', async () => {
    const answers = ['Other', 'Doomed'];
    const { remove } = await connect(() => ({
      action: 'accept',
      content: { name: answers.shift() ?? '' },
    }));
    expect(await remove()).toMatchObject({ ok: false, error: { code: 'name_does_not_match' } });
    expect(await remove()).toMatchObject({ ok: true, answer: { done: true } });
  });

  it('confirmMode plan never asks, and answers with a plan', async () => {
    const { remove, asked } = await connect(decline, { confirmMode: 'plan' });
    expect(await remove()).toMatchObject({ answer: { result: { plan: expect.any(String) } } });
    expect(asked()).toBe(0);
  });

  it('confirmMode ask asks again, and names what the person can use instead of such a client', async () => {
    const { remove, asked } = await connect(decline, { confirmMode: 'ask', answerTakesMs: 5 });
    for (const times of [1, 2]) {
      expect(await remove()).toMatchObject({
        ok: false,
        error: {
          code: 'client_cannot_ask',
          hint: expect.stringContaining('Only the operator can change'),
        },
      });
      expect(asked()).toBe(times);
    }
  });

  it('a client that declares no questions gets a plan', async () => {
    const { remove } = await connect(undefined);
    expect(await remove()).toMatchObject({ answer: { result: { plan: expect.any(String) } } });
  });

  it('confirmMode ask gives a client that declares no questions no plan, and says why', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'asking-'));
    const { call, close } = await connectSandbox({
      era,
      policy: defaultPolicy({ confirm: 'all-writes' }),
      secrets: new Secrets(false, folder),
      registry: { confirmMode: 'ask' },
    });
    const secrets = await succeed(call, 'list_application_secrets', { id: 'warehouse-sync' });
    const [first] = secrets.items ?? [];
    const id = 'stock-keeper';
    const role = await succeed(call, 'get_role', { id });
    const refused = {
      delete_role: await call('delete_role', { id }),
      run_destructive_operation: await call('run_destructive_operation', {
        operation: 'delete_role',
        arguments: { id },
      }),
      run_script: await call('run_script', { code: `await logto.delete_role({ id: '${id}' });` }),
      apply_configuration: await call('apply_configuration', {
        manifest: { roles: [{ name: 'Stock keeper', description: 'other' }] },
      }),
      save_secret: await call('save_secret', { secret: first?.['value'], file: 'a.txt' }),
    };
    expect((await succeed(call, 'get_role', { id })).result).toEqual(role.result);
    expect((await succeed(call, 'list_changes', {})).items).toEqual([]);
    await close();
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
    for (const [tool, outcome] of Object.entries(refused)) {
      expect(outcome, tool).toMatchObject({
        ok: false,
        error: {
          kind: 'permission',
          code: 'client_cannot_ask',
          message: expect.stringMatching(
            /must be confirmed.*--confirm ask.*does not declare.*Nothing was changed/,
          ),
          hint: expect.stringMatching(
            /a client that shows questions, or the Logto console\. Only the operator/,
          ),
        },
      });
    }
  });

  it('confirmMode ask refuses the undo of a run in such a client', async () => {
    const { call } = await connect(undefined, { confirmMode: 'ask' });
    const { result } = await succeed(call, 'run_script', {
      code: "for (const name of ['a', 'b']) { await logto.create_role({ name, description: name }); }",
    });
    const { id } = Object(result?.['run']);
    expect(await call('undo_change', { change: id })).toMatchObject({
      ok: false,
      error: { code: 'client_cannot_ask', message: expect.stringContaining(`the undo of ${id}`) },
    });
  });

  it('whoami says that only the answer to a question confirms', async () => {
    const { call } = await connect(undefined, { confirmMode: 'ask' });
    expect(JSON.stringify(await call('whoami', {}))).toContain(
      'Only the answer to a question confirms',
    );
    const { call: plain } = await connect(undefined);
    expect(JSON.stringify(await plain('whoami', {}))).not.toContain(
      'Only the answer to a question confirms',
    );
  });

  if (era === 'legacy') {
    it('a client that answers the question with an error is named in the answer, and gets a plan', async () => {
      const { remove } = await connect(() => {
        throw Object.assign(new Error('Method not found'), { code: -32601 });
      });
      expect(await remove()).toMatchObject({
        ok: false,
        error: { code: 'client_cannot_ask', message: expect.stringContaining('failed') },
      });
      expect(await remove()).toMatchObject({ answer: { result: { plan: expect.any(String) } } });
    });

    it('a client that never answers is named in the answer, and gets a plan', async () => {
      const { remove } = await connect(() => new Promise(() => {}), { askTimeoutMs: 50 });
      expect(await remove()).toMatchObject({
        ok: false,
        error: { code: 'client_cannot_ask', message: expect.stringContaining('no answer within') },
      });
      expect(await remove()).toMatchObject({ answer: { result: { plan: expect.any(String) } } });
    });
  }
});
