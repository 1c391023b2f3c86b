import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const oneTimeTokensWalk: Walk = async (walker) => {
  const email = `${walker.name('ann')}@example.com`;
  const add = (values: object = {}) =>
    walker.create('add_one_time_tokens', { email, ...values }, ({ id }) => [
      'delete_one_time_token',
      { id },
    ]);

  const first = await add();
  const id = textOf(first);
  expect(first).toMatchObject({ email, status: 'active', context: {} });
  const lifetime = Date.parse(String(first['expiresAt'])) - Date.parse(String(first['createdAt']));
  expect(lifetime).toBeLessThanOrEqual(600_000);
  const second = await add({
    expiresIn: 3600,
    context: { jitOrganizationIds: ['some-organization'], interactionEvent: 'Register' },
  });
  expect(second).toMatchObject({
    context: { jitOrganizationIds: ['some-organization'], interactionEvent: 'Register' },
  });

  const { items, page } = await walker.call('list_one_time_tokens', { email, page_size: 1 });
  expect(items).toMatchObject([{ id: second.id }]);
  expect(page).toMatchObject({ page: 1, page_size: 1 });
  const rest = await walker.call('list_one_time_tokens', { email, status: 'active' });
  expect(rest.items).toHaveLength(2);
  // Logto's count ignores the filters, so it does not show that this is the last page.
  expect(rest.page).toMatchObject({ has_more: false, next_page: null });

  const { result: read } = await walker.call('get_one_time_token', { id });
  expect(read).toMatchObject({ id, email, status: 'active' });
  await walker.refused('get_one_time_token', { id: 'nope' }, { status: 404, kind: 'not_found' });

  await walker.refused(
    'verify_one_time_token',
    { token: 'nope', email },
    { status: 404, code: 'one_time_token.token_not_found' },
  );
  const token = first['token'];
  await walker.refused(
    'verify_one_time_token',
    { token, email: 'somebody@example.com' },
    { status: 400, code: 'one_time_token.email_mismatch' },
  );
  const { result: verified } = await walker.call('verify_one_time_token', { token, email });
  expect(verified).toMatchObject({ id, status: 'consumed' });
  await walker.refused(
    'verify_one_time_token',
    { token, email },
    { status: 400, code: 'one_time_token.token_consumed' },
  );

  const { result: revoked } = await walker.call('replace_one_time_token_status', {
    id: second.id,
    status: 'revoked',
  });
  expect(revoked).toMatchObject({ id: second.id, status: 'revoked' });
  await walker.refused(
    'replace_one_time_token_status',
    { id: second.id, status: 'active' },
    { kind: 'input' },
  );
  await walker.refused(
    'verify_one_time_token',
    { token: second['token'], email },
    { status: 400, code: 'one_time_token.token_revoked' },
  );

  await walker.call('delete_one_time_token', { id });
  await walker.refused('delete_one_time_token', { id }, { status: 404 });
};
