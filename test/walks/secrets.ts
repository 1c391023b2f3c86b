import type { Walk } from './walk.js';

// Only a sign-in through a provider, in a browser, stores a secret.
export const secretsWalk: Walk = async (walker) => {
  await walker.refused(
    'delete_secret',
    { id: walker.name('nope') },
    { status: 404, code: 'entity.not_found', kind: 'not_found' },
  );
};
