/** The built program as a server over HTTP, in a process of its own. */
import { onFreePort } from './free-port.js';
import { type Running, start } from './process.js';

const START_TIMEOUT_MS = 30_000;

export interface RunningHttp extends Running {
  readonly port: number;
  /** Ends it with SIGTERM. */
  stop(): Promise<void>;
}

/**
 * Starts the command `http` on a free port, and waits until it serves.
 *
 * @param args options of the command, without its port
 * @throws Error with its stderr when it ends instead, or does not serve in time
 */
export const startHttp = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningHttp> =>
  onFreePort(async (port) => {
    const running = start(['http', ...args, '--port', String(port)], env);
    const serves = new Promise<boolean>((resolve) => {
      running.child.stderr.on('data', () => {
        if (running.stderr().includes('serving MCP')) {
          resolve(true);
        }
      });
      setTimeout(resolve, START_TIMEOUT_MS, false).unref();
    });
    if (!(await Promise.race([serves, running.ended.then(() => false)]))) {
      running.child.kill('SIGKILL');
      throw new Error(`It does not start: ${running.stderr()}`);
    }
    const stop = async (): Promise<void> => {
      running.child.kill('SIGTERM');
      await running.ended;
    };
    return { ...running, port, stop };
  });
