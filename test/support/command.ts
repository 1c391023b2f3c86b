/**
 * Runs a command that ends by itself in this process, through what `src/main.ts` calls. A start of the program loads it anew,
 * which takes a second of processor time; tests of what a command does need no start, those of streams and signals do.
 */
import { runCommand as run } from '../../src/cli/run-command.js';
import { failureOf, isFolder, readText } from '../../src/cli/runtime.js';
import { readConfig } from '../../src/config/config.js';
import { bareEnvironment, type Finished, program } from './process.js';

/** Collects what is written to a stream. @returns the text so far, and how to end it */
function capture(stream: NodeJS.WriteStream): { text: () => string; end: () => void } {
  const { write } = stream;
  let text = '';
  stream.write = (
    chunk: string | Uint8Array,
    encodingOrDone?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    text += String(chunk);
    (typeof encodingOrDone === 'function' ? encodingOrDone : done)?.();
    return true;
  };
  return {
    text: () => text,
    end: () => {
      stream.write = write;
    },
  };
}

/** Gives this process another environment and folder. @returns how to end it */
function enter(environment: Readonly<Record<string, string>>, folder: string): () => void {
  const { env } = process;
  const before = { ...env };
  const cwd = process.cwd();
  const listeners = process.listeners('SIGINT');
  const fill = (values: NodeJS.ProcessEnv): void => {
    for (const name of Object.keys(env)) {
      delete env[name];
    }
    Object.assign(env, values);
  };
  fill(environment);
  process.chdir(folder);
  return () => {
    process.chdir(cwd);
    fill(before);
    for (const listener of process.listeners('SIGINT')) {
      if (!listeners.includes(listener)) {
        process.off('SIGINT', listener);
      }
    }
  };
}

/**
 * Runs a command without input. One at a time: environment, folder and streams are those of this process.
 *
 * @param folder the current folder of the command
 * @param programPath the file of the program that an entry of a client starts
 */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  folder: string = process.cwd(),
  programPath: string = program,
): Promise<Finished> {
  const leave = enter({ ...bareEnvironment(), ...env }, folder);
  const [out, err] = [capture(process.stdout), capture(process.stderr)];
  const attempt = async (): Promise<number> => {
    try {
      const config = readConfig(args, process.env, readText, isFolder);
      if (config.command === 'serve' || config.command === 'http') {
        throw new Error(`${config.command} does not end by itself.`);
      }
      return await run(config, { programPath, version: '0.0.0-test' });
    } catch (error) {
      const { text, exitCode } = failureOf(error, args[0]);
      process.stderr.write(`${text}\n`);
      return exitCode;
    }
  };
  try {
    const code = await attempt();
    return { code, out: out.text(), err: err.text() };
  } finally {
    out.end();
    err.end();
    leave();
  }
}
