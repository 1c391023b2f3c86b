/** Runs an agent CLI with a scripted model, from start to exit. */
import { expect } from 'vitest';
import { type Home, launch, temporaryHome } from './programs.js';
import { type Dialect, ScriptedModel } from './scripted-model.js';
import type { RealClient } from './suite.js';

export interface AgentOptions {
  readonly dialect: Dialect;
  /** The file to run with Node. */
  readonly entry: string;
  readonly args: readonly string[];
  /** Environment variables of the client, for the URL of the model. */
  readonly env: (model: string) => Readonly<Record<string, string>>;
  /** Writes the files that configure it. */
  readonly configure: (home: Home) => Promise<void> | void;
  /** Checks the tools that the model gets. */
  readonly expectTools?: (tools: Awaited<ReturnType<ScriptedModel['shown']>>) => void;
  /** Arguments that the model adds to every call. */
  readonly always?: Readonly<Record<string, unknown>>;
}

/** Starts an agent with a temporary home and its own scripted model. */
export async function startAgent(options: AgentOptions): Promise<RealClient> {
  const { dialect, entry, args, env, configure, expectTools, always = {} } = options;
  const model = await ScriptedModel.start(dialect);
  const home = temporaryHome(env(model.url));
  await configure(home);
  const agent = launch(process.execPath, [entry, ...args], { env: home.env, cwd: home.folder });
  agent.child.stdin.end();
  void agent.ended.then(({ code, stdout, stderr }) =>
    model.giveUp(
      new Error(`the agent has ended (${code}): ${stderr.slice(-2000)} ${stdout.slice(-2000)}`),
    ),
  );
  return {
    list: async () => {
      const shown = await model.shown();
      expectTools?.(shown);
      return shown.map(({ name }) => name);
    },
    call: (tool, values) => model.call(tool, { ...values, ...always }),
    close: async () => {
      try {
        await model.finish();
        const { code, stdout } = await agent.ended;
        expect(code).toBe(0);
        expect(stdout).toContain('done');
      } finally {
        agent.kill();
        await agent.ended;
        await model.close();
        home.remove();
      }
    },
  };
}
