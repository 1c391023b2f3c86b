import type { Behaviours } from '../call.js';
import { noContent } from '../reply.js';

export const statusBehaviours: Behaviours = { getStatus: () => noContent() };
