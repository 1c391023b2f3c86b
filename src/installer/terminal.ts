/** Asks questions at the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ConfigError } from '../config/args.js';

export interface Terminal {
  /** Whether input and output are a terminal, so that questions can be answered. */
  readonly attended: boolean;
  /** @throws ConfigError when the question is not answered */
  ask(question: string): Promise<string>;
  /** Asks without showing the answer. @throws ConfigError when the question is not answered */
  askSecret(question: string): Promise<string>;
  /** Reads standard input to its end. */
  piped(): Promise<string>;
}

interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
}

interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** Discards what readline would echo. */
const discard = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

/**
 * A terminal on two streams.
 *
 * @param output where questions are shown
 */
export function terminalOf(input: Input, output: Output): Terminal {
  const readAnswer = async (question: string, echo: NodeJS.WritableStream): Promise<string> => {
    // With `terminal`, readline disables the terminal's echo and writes its own into `echo`.
    const lines = createInterface({ input, output: echo, terminal: true, historySize: 0 });
    try {
      return await new Promise((resolve, reject) => {
        const cancel = (): void =>
          reject(new ConfigError('Nothing was written: a question was not answered.'));
        lines.once('close', cancel);
        lines.once('SIGINT', cancel);
        lines.question(question).then(resolve, reject);
      });
    } finally {
      lines.close();
    }
  };
  return {
    attended: input.isTTY === true && output.isTTY === true,
    ask: async (question) => (await readAnswer(question, output)).trim(),
    async askSecret(question) {
      output.write(question);
      try {
        return (await readAnswer('', discard())).trim();
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
