/** The command `doctor`: in this process, or of the built program as a process of its own. */
import { tmpdir } from 'node:os';
import { runCommand } from '../support/command.js';
import { type Finished, runProgram } from '../support/process.js';

const stateFolder = { LOGTO_MCP_STATE_DIR: tmpdir() };

/** Runs `doctor` in this process. One at a time. */
export const runDoctor = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> => runCommand(['doctor', ...args], { ...stateFolder, ...env });

/** Runs the `doctor` of the built program; its output goes into a pipe. */
export const runBuiltDoctor = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> => runProgram(['doctor', ...args], { ...stateFolder, ...env });
