/** Clients that answer for the person, or cannot ask at all, in both protocol eras. */
import type { ElicitResult } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import type { ConfirmMode } from '../../src/mcp/registry.js';
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

  it('confirmMode ask asks again, and names the setting for such a client', async () => {
    const { remove, asked } = await connect(decline, { confirmMode: 'ask', answerTakesMs: 5 });
    for (const times of [1, 2]) {
      expect(await remove()).toMatchObject({
        ok: false,
        error: {
          code: 'client_cannot_ask',
          hint: expect.stringContaining('LOGTO_MCP_CONFIRM=plan'),
        },
      });
      expect(asked()).toBe(times);
    }
  });

  it('a client that declares no questions gets a plan', async () => {
    const { remove } = await connect(undefined);
    expect(await remove()).toMatchObject({ answer: { result: { plan: expect.any(String) } } });
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
