/** Runs the built program as a separate process. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

export const root = new URL('../../', import.meta.url).pathname;
export const program = `${root}dist/main.js`;

/** What would decide otherwise than a test says. */
const foreign =
  /^(LOGTO_.*|(https?|no)_proxy|NO_COLOR|FORCE_COLOR|NODE_EXTRA_CA_CERTS|NODE_TLS_\w+|XDG_STATE_HOME)$/i;

/** The environment without the variables of Logto and of proxies, and without those that change certificates, colours and folders. */
export const bareEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !foreign.test(entry[0]),
    ),
  );

/** What a command has printed, and its exit code. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end, without input. `folder` is its current folder. */
export function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  folder: string = process.cwd(),
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...bareEnvironment(), ...env },
      cwd: folder,
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => {
      out += String(text);
    });
    child.stderr.on('data', (text) => {
      err += String(text);
    });
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.end();
  });
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Writes one message of JSON-RPC. */
  send(message: Readonly<Record<string, unknown>>): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...bareEnvironment(), ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    send: (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    ended: new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    }),
  };
}

export const initialize = {
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'test', version: '1.0.0' },
  },
};
