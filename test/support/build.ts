/** Builds the program before the tests that start it as a separate process. */
import { execFileSync } from 'node:child_process';

export const setup = (): void => {
  execFileSync('npm', ['run', 'build'], { stdio: 'inherit' });
};
