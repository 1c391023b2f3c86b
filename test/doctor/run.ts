/** The doctor of the built program, as a process of its own. */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { bareEnvironment, program } from '../support/process.js';

/** What would decide otherwise than a test says. */
const foreign =
  /^(NO_PROXY|NO_COLOR|FORCE_COLOR|NODE_EXTRA_CA_CERTS|NODE_TLS_\w+|XDG_STATE_HOME)$/i;

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs `doctor` to its end; its output goes into a pipe. */
export const runDoctor = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> =>
  new Promise((resolve) => {
    const kept = Object.entries(bareEnvironment()).filter(([name]) => !foreign.test(name));
    execFile(
      process.execPath,
      [program, 'doctor', ...args],
      { env: { ...Object.fromEntries(kept), LOGTO_MCP_STATE_DIR: tmpdir(), ...env } },
      (error, stdout, stderr) => resolve({ stdout, stderr, code: Number(error?.code ?? 0) }),
    );
  });
