import { expect } from 'vitest';
import type { Walk } from './walk.js';

export const statusWalk: Walk = async (walker) => {
  expect(await walker.call('get_status')).toMatchObject({ done: true });
};
