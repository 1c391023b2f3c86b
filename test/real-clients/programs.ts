/** Programs as processes of their own, whose whole families end with the test. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Ends it and everything that it has started. */
  kill(): void;
}

/** What is running, to be ended with this process too when somebody interrupts the tests. */
const running = new Set<Program>();

const endAll = (): void => {
  for (const one of running) {
    one.kill();
  }
};
process.once('exit', endAll);
process.once('disconnect', endAll);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endAll();
    process.exit(1);
  });
}

/** Starts a program as the head of a process group, since the launchers of some clients leave their child behind. */
export function launch(
  command: string,
  args: readonly string[],
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): Program {
  const child = spawn(command, args, { env, cwd, detached: true });
  const kill = (): void => {
    if (child.pid !== undefined) {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    }
  };
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  // A program that ends before it has read everything is judged by its exit code.
  child.stdin.on('error', () => {});
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => {
      resolve({ code: 'not started', stdout, stderr: error.message });
    });
    child.once('close', (code, signal) => {
      resolve({ code: code ?? signal ?? 'unknown', stdout, stderr });
    });
  });
  const one = { child, ended, kill };
  running.add(one);
  void ended.then(() => running.delete(one));
  return one;
}

/** Runs a program without input; `limit` is in milliseconds, after which it is ended. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  {
    env,
    cwd,
    limit = 60_000,
  }: { readonly env: Environment; readonly cwd: string; readonly limit?: number },
): Promise<Ended> {
  const { child, ended, kill } = launch(command, args, { env, cwd });
  child.stdin.end();
  const timer = setTimeout(kill, limit);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}

/** A place where a client finds nothing of the person who runs the tests, and leaves nothing. */
export interface Home {
  readonly folder: string;
  readonly env: Environment;
  remove(): void;
}

/** Nothing listens there: a client that wants to talk to anything but this machine is refused. */
const nowhere = 'http://127.0.0.1:9';

/** @param extra what the client needs besides */
export function temporaryHome(extra: Environment = {}): Home {
  const folder = mkdtempSync(join(tmpdir(), 'client-'));
  return {
    folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      HTTP_PROXY: nowhere,
      HTTPS_PROXY: nowhere,
      NO_PROXY: '127.0.0.1',
      ...extra,
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
