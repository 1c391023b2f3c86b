/** The one test file that Vitest starts in a mutation run: the runner runs the others by itself. */
import { it } from 'vitest';

it('starts the run', () => undefined);
