/** Runs programs as separate process groups, which end with the test. */
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
  /** Ends the program and its child processes. */
  kill(): void;
}

/** Running programs, which also end when the tests are interrupted. */
const running = new Set<Program>();

const endAll = (): void => {
  for (const program of running) {
    program.kill();
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

/** Starts a program as the head of a process group, because the launchers of some clients do not end their child. */
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
        // The group has already ended.
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
  const program = { child, ended, kill };
  running.add(program);
  void ended.then(() => running.delete(program));
  return program;
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

/** A temporary home without files of the person who runs the tests. */
export interface Home {
  readonly folder: string;
  readonly env: Environment;
  remove(): void;
}

/** No server listens there: connections of a client to other machines are refused. */
const nowhere = 'http://127.0.0.1:9';

/** @param extra further variables that the client needs */
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
