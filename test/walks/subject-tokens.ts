import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const subjectTokensWalk: Walk = async (walker) => {
  const user = await walker.create(
    'create_user',
    { username: walker.name('ann') },
    ({ id: userId }) => ['delete_user', { userId }],
  );
  const { result } = await walker.call('create_subject_token', {
    userId: user.id,
    context: { reason: 'a support ticket', ticket: 17 },
  });
  expect(textOf(result, 'subjectToken')).not.toBe('');
  expect(result).toMatchObject({ expiresIn: 600 });
  await walker.refused('create_subject_token', { userId: 'nope' }, { status: 404 });
};
