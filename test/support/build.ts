/** Builds the program before the tests that start it as a separate process. */
import { execFileSync } from 'node:child_process';
import { root } from './process.js';

export const setup = (): void => {
  // What `npm run build` runs, without the start of npm.
  execFileSync(process.execPath, ['--import', 'tsx', 'src/dev/build.ts'], {
    cwd: root,
    stdio: 'inherit',
  });
};
