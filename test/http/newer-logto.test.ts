/** Operations that only the document of a newer Logto has, as people who sign in over HTTP can use them. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { memberOf } from '../../src/json.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { newerLogto } from '../support/newer-logto.js';
import { type Serving, serveForTest } from './serve.js';

let http: Serving | undefined;

afterEach(async () => {
  await http?.close();
  http = undefined;
});

async function serveNewer() {
  const logto = newerLogto();
  http = await serveForTest({
    policy: defaultPolicy({ confirm: 'never' }),
    selfSignIn: true,
    sandbox: { ...createSandbox(), fetch: logto.fetch },
  });
  logto.seen.length = 0;
  const serving = http;
  const call = async (tool: string, operation: string, input: object) => {
    const { json } = await serving.call(serving.token('Ada'), tool, {
      operation,
      arguments: input,
    });
    return memberOf(memberOf(json, 'result'), 'structuredContent');
  };
  return { seen: logto.seen, call };
}

describe('an operation that is not in the catalog', () => {
  it('is run if it reads', async () => {
    const { call } = await serveNewer();
    const answer = await call('run_read_operation', 'list_widgets', {});
    expect(memberOf(answer, 'items')).toMatchObject([{ id: 'w1' }]);
  });

  it.each([
    ['create_widget', { name: 'x' }],
    ['set_widget_owner', { widgetId: 'w1', userId: 'someone' }],
  ])('is refused if it writes: %s', async (operation, input) => {
    const { seen, call } = await serveNewer();
    const answer = await call('run_destructive_operation', operation, input);
    expect(memberOf(answer, 'error')).toMatchObject({
      code: 'own_access',
      message: expect.stringContaining('Nothing was sent'),
    });
    expect(seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});
