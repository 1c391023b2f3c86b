import type { Walk } from './walk.js';

// A secret comes with a sign-in through a provider, which takes a browser.
export const secretsWalk: Walk = async (walker) => {
  await walker.refused(
    'delete_secret',
    { id: walker.name('nope') },
    { status: 404, code: 'entity.not_found', kind: 'not_found' },
  );
};
