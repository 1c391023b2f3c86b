/** Questions to the person at the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ConfigError } from '../config/args.js';

export interface Terminal {
  /** Whether somebody is there to answer. */
  readonly attended: boolean;
  /** @throws ConfigError when the question is not answered */
  ask(question: string): Promise<string>;
  /** Asks without showing the answer. @throws ConfigError when the question is not answered */
  askSecret(question: string): Promise<string>;
  /** Everything that is piped in. */
  piped(): Promise<string>;
}

interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
}

interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** Takes what readline would echo. */
const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

/**
 * The terminal behind two streams.
 *
 * @param output where questions are shown
 */
export function terminalOf(input: Input, output: Output): Terminal {
  const asking = async (question: string, echo: NodeJS.WritableStream): Promise<string> => {
    // With `terminal`, readline takes the echo from the terminal and does it on its own: into `echo`.
    const lines = createInterface({ input, output: echo, terminal: true, historySize: 0 });
    try {
      return await new Promise((resolve, reject) => {
        const leave = (): void =>
          reject(new ConfigError('Nothing was written: a question was not answered.'));
        lines.once('close', leave);
        lines.once('SIGINT', leave);
        lines.question(question).then(resolve, reject);
      });
    } finally {
      lines.close();
    }
  };
  return {
    attended: input.isTTY === true && output.isTTY === true,
    ask: async (question) => (await asking(question, output)).trim(),
    async askSecret(question) {
      output.write(question);
      try {
        return (await asking('', nowhere())).trim();
      } finally {
        output.write('\n');
      }
    },
    async piped() {
      let text = '';
      input.setEncoding('utf8');
      for await (const chunk of input) {
        text += String(chunk);
      }
      return text;
    },
  };
}
