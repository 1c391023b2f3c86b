/** A plan confirms exactly what was shown, in the state in which it was shown. */
import { describe, expect, it } from 'vitest';
import { PLAN_LIFETIME_MS, Plans } from '../../../src/guard/confirm/plans.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { memoryState } from '../../../src/store/memory.js';
import { type Connected, connectClient, connectSandbox } from '../../support/client.js';

const careful = { policy: defaultPolicy() };

const planOf = (outcome: Awaited<ReturnType<Connected['call']>>): string => {
  const plan = outcome.ok ? outcome.answer.result?.['plan'] : undefined;
  if (typeof plan !== 'string') {
    expect.fail(`there is no plan in ${JSON.stringify(outcome)}`);
  }
  return plan;
};

const idsIn = async (call: Connected['call'], list: string, values: object): Promise<string[]> => {
  const outcome = await call(list, { ...values });
  return outcome.ok ? (outcome.answer.items ?? []).map(({ id }) => String(id)) : [];
};

describe('the plans of a server', () => {
  const call = ['delete_role', { id: 'a' }];

  const plansAt = <T>(now: () => number) =>
    new Plans<T>({ store: memoryState(now).plans, kind: 'write', now });

  it('are each used once, for the same call, with their stored state', async () => {
    const plans = plansAt<string>(() => 0);
    const id = await plans.make(call, 'kept', '');
    expect(await plans.use(id, ['delete_role', { id: 'a' }], '')).toBe('kept');
    await expect(plans.use(id, call, '')).rejects.toThrow('has been used already');
    const other = await plans.make(call, 'kept', '');
    await expect(plans.use(other, ['delete_role', { id: 'b' }], '')).rejects.toThrow(
      'other arguments',
    );
    // A plan that was tried with another call is consumed too.
    await expect(plans.use(other, call, '')).rejects.toThrow('has been used already');
    await expect(plans.use('plan-x', call, '')).rejects.toThrow('does not exist');
  });

  it('are used only by their owner and for their kind', async () => {
    const store = memoryState(() => 0).plans;
    const plans = new Plans<string>({ store, kind: 'write', now: () => 0 });
    const others = new Plans<string>({ store, kind: 'script', now: () => 0 });
    const id = await plans.make(call, 'kept', 'ada');
    await expect(plans.use(id, call, 'rio')).rejects.toThrow('does not exist');
    await expect(others.use(id, call, 'ada')).rejects.toThrow('does not exist');
    expect(await plans.use(id, call, 'ada')).toBe('kept');
  });

  it('expire before five minutes have passed', async () => {
    let now = 0;
    const plans = plansAt<string>(() => now);
    const first = await plans.make(call, 'a', '');
    const second = await plans.make(call, 'b', '');
    now = PLAN_LIFETIME_MS - 1;
    expect(await plans.use(first, call, '')).toBe('a');
    now = PLAN_LIFETIME_MS;
    await expect(plans.use(second, call, '')).rejects.toThrow('older than five minutes');
  });

  it('are at most 100, and the oldest is dropped first', async () => {
    const plans = plansAt<number>(() => 0);
    const ids: string[] = [];
    for (let index = 0; index <= 100; index += 1) {
      ids.push(await plans.make(call, index, ''));
    }
    await expect(plans.use(ids[0] ?? '', call, '')).rejects.toThrow('does not exist');
    expect(await plans.use(ids[1] ?? '', call, '')).toBe(1);
    const next = await plans.make(call, 101, '');
    expect(await plans.use(ids[2] ?? '', call, '')).toBe(2);
    expect(await plans.use(next, call, '')).toBe(101);
  });
});

describe('a plan', () => {
  it('for a merge does not confirm the plain replacement', async () => {
    const { call, close } = await connectSandbox({ policy: defaultPolicy() });
    const both = {
      branding: { logoUrl: 'https://a.example/l.png', darkLogoUrl: 'https://a.example/d.png' },
    };
    await call('update_sign_in_exp', both);
    const change = {
      branding: { favicon: 'https://a.example/f.png' },
      signInMode: 'SignIn',
    };
    const plan = planOf(await call('update_sign_in_exp', change));
    expect(
      await call('update_sign_in_exp', { ...change, replace_whole: true, plan }),
    ).toMatchObject({ ok: false, error: { code: 'plan_refused' } });
    const now = await call('get_sign_in_exp', {});
    expect(now).toMatchObject({ ok: true, answer: { result: both } });
    await close();
  });

  it.each([undefined, null])(
    'is for the same arguments if all of them are given, one as null (plan at first: %s)',
    async (plan) => {
      const { call, close } = await connectSandbox({
        policy: defaultPolicy({ confirm: 'all-writes' }),
      });
      const values = {
        resourceId: 'inventory-api',
        scopeId: 'write-stock',
        name: 'write:counted',
        description: null,
      };
      const first = await call('update_resource_scope', {
        ...values,
        ...(plan === null && { plan }),
      });
      expect(await call('update_resource_scope', { ...values, plan: planOf(first) })).toMatchObject(
        {
          ok: true,
        },
      );
      await close();
    },
  );

  it('for a set given by ids or names shows the lost members, and is valid only for the same set', async () => {
    const { call, close } = await connectSandbox(careful);
    const id = 'alpine-rentals';
    const [userId = ''] = await idsIn(call, 'list_organization_users', { id });
    const memberRoleIds = await idsIn(call, 'list_organization_user_roles', { id, userId });
    const values = { id, userId, organizationRoleIds: [] };
    const first = await call('replace_organization_user_roles', values);
    expect(first).toMatchObject({
      ok: true,
      answer: { result: { preview: { loses: memberRoleIds } } },
    });
    const role = await call('create_organization_role', { name: 'Later', type: 'User' });
    const added = role.ok ? role.answer.result?.id : undefined;
    await call('assign_organization_roles_to_user', { id, userId, organizationRoleIds: [added] });
    const late = { ...values, plan: planOf(first) };
    expect(await call('replace_organization_user_roles', late)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('before what it acts on changed') },
    });
    expect((await idsIn(call, 'list_organization_user_roles', { id, userId })).length).toBe(
      memberRoleIds.length + 1,
    );
    await close();
  });

  it('for an entity that no operation reads alone is bound to the list that contains it', async () => {
    const { call, sandbox, close } = await connectSandbox(careful);
    const able = await connectClient({ fetch: sandbox.fetch });
    const listed = await call('list_email_templates', {});
    const [template] = listed.ok ? (listed.answer.items ?? []) : [];
    expect(template).toBeDefined();
    const values = { languageTag: template?.['languageTag'] };
    const plan = planOf(await call('delete_email_templates', values));
    await able.call('update_email_template_details', {
      id: template?.id,
      subject: 'Changed since',
    });
    await able.close();
    expect(await call('delete_email_templates', { ...values, plan })).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('before what it acts on changed') },
    });
    await close();
  });
});
