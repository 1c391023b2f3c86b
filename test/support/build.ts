/** Builds the program before the tests that start it as a process of its own. */
import { execFileSync } from 'node:child_process';

export const setup = (): void => {
  execFileSync('npm', ['run', 'build'], { stdio: 'inherit' });
};
