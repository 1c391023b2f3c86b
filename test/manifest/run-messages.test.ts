/** What is said about the run of an apply names the manifest, not a script. */
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { LogtoError } from '../../src/logto/errors.js';
import { inlineFile } from '../../src/manifest/source.js';
import { question } from '../../src/mcp/question.js';
import { signal, type TenantUnderTest, tenantOf } from './harness.js';

const context = {
  signal: signal(),
  client: 'test',
  confirmVia: 'plan' as const,
  answer: undefined,
  until: Number.POSITIVE_INFINITY,
  progress: () => {},
};

const scopes = (count: number) => [
  inlineFile({
    organizationScopes: Array.from({ length: count }, (_, index) => ({ name: `s${index}` })),
  }),
];

const apply = (tenant: TenantUnderTest, count: number) =>
  tenant.configuration.apply(
    { files: scopes(count) },
    { digest: undefined, plan: undefined, isDigestEnough: false },
    context,
  );

async function failureOf(work: Promise<unknown>): Promise<LogtoError['failure']> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof LogtoError)) {
    throw new Error('It was not refused.');
  }
  return outcome.failure;
}

describe('the run of an apply', () => {
  it('above a rate limit is refused, naming the manifest', async () => {
    const tenant = tenantOf({ policy: defaultPolicy({ limits: { writes_per_run: 2 } }) });
    const { message, hint } = await failureOf(apply(tenant, 3));
    expect(message).toMatch(/the manifest.*writes_per_run/);
    expect(`${message} ${hint}`).not.toMatch(/script/);
  });

  it('with too many writes that ask is refused with advice for a manifest', async () => {
    const tenant = tenantOf({ policy: defaultPolicy({ confirm: 'all-writes' }) });
    const { code, message, hint } = await failureOf(apply(tenant, 401));
    expect(code).toBe('plan_too_large');
    expect(message).toMatch(/^The manifest makes 401 writes/);
    expect(hint).toMatch(/kinds/);
    expect(`${message} ${hint}`).not.toMatch(/script/i);
  });

  it('is shown, confirmed, recorded and undone under its own name', async () => {
    const lines: string[] = [];
    const tenant = tenantOf({
      lines: { append: (line) => void lines.push(line), read: () => [...lines] },
    });
    const planned = await apply(tenant, 21);
    if (planned.kind !== 'planned') {
      throw new Error('It was not planned.');
    }
    const asked = question('', planned.preview, 'yes');
    expect(asked).toMatch(/^Make the 21 writes of a manifest\. None of them removes/);
    const { run } = await tenant.apply(scopes(2));
    expect(lines.map((line) => JSON.parse(line)).filter((line) => 'tool' in line)).toMatchObject([
      { run, tool: 'apply_configuration' },
      { run, tool: 'apply_configuration' },
    ]);
    const undo = await tenant.guard.undo(run ?? '', context);
    expect(JSON.stringify([planned.preview, asked, undo])).not.toMatch(/script/i);
  });
});
