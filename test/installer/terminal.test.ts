/** Questions at a terminal, which the test plays: what is typed, and what is seen. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/args.js';
import { terminalOf } from '../../src/installer/terminal.js';

/** A terminal whose echo is off while it is in raw mode, as a real one's is. */
function played() {
  const modes: boolean[] = [];
  let screen = '';
  const output = Object.assign(new PassThrough(), { isTTY: true });
  output.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
  });
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(on: boolean) {
      modes.push(on);
      input.isRaw = on;
      return input;
    },
  });
  return {
    terminal: terminalOf(input, output),
    input,
    modes,
    seen: () => screen,
    /** Types after the question is shown: the terminal itself would echo anything typed before raw mode. */
    async type(text: string, question: string): Promise<void> {
      await expect.poll(() => screen).toContain(question);
      expect(input.isRaw).toBe(true);
      input.write(text);
    },
  };
}

describe('a secret', () => {
  it.each([
    ['typed', 'hush-hush\r', 'hush-hush'],
    ['pasted with a line end', 'hush-hush\n', 'hush-hush'],
    ['typed with a correction', 'husx\x7fh-hush\r', 'hush-hush'],
  ])('%s is not shown', async (_, keys, answer) => {
    const { terminal, type, seen, modes } = played();
    const [secret] = await Promise.all([terminal.askSecret('Secret: '), type(keys, 'Secret: ')]);
    expect(secret).toBe(answer);
    expect(seen()).toBe('Secret: \n');
    expect(modes).toEqual([true, false]);
  });
});

describe('a question', () => {
  it('shows what is typed', async () => {
    const { terminal, type, seen } = played();
    const [answer] = await Promise.all([terminal.ask('Where: '), type('abc123 \r', 'Where: ')]);
    expect(answer).toBe('abc123');
    expect(seen()).toContain('abc123');
  });

  it.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('that is left with %s writes nothing, and gives the terminal back', async (_, key) => {
    const { terminal, type, modes } = played();
    const asked = terminal.askSecret('Secret: ');
    const left = expect(asked).rejects.toThrow(ConfigError);
    await type(key, 'Secret: ');
    await left;
    expect(modes.at(-1)).toBe(false);
  });

  it('can be followed by another one', async () => {
    const { terminal, type, seen } = played();
    await Promise.all([terminal.ask('One: '), type('1\r', 'One: ')]);
    const [two] = await Promise.all([terminal.askSecret('Two: '), type('hush\r', 'Two: ')]);
    expect(two).toBe('hush');
    expect(seen()).not.toContain('hush');
  });
});

describe('no question is asked', () => {
  it.each([
    [true, false],
    [false, true],
    [false, false],
  ])('when input is a terminal: %s, and output: %s', (input, output) => {
    const streams = [input, output].map((isTTY) => Object.assign(new PassThrough(), { isTTY }));
    const [one = new PassThrough(), other = new PassThrough()] = streams;
    expect(terminalOf(one, other).attended).toBe(false);
  });

  it('and what is piped in is read to its end', async () => {
    const input = new PassThrough();
    const read = terminalOf(input, new PassThrough()).piped();
    input.write('hu');
    input.end('sh\n');
    expect(await read).toBe('hush\n');
  });
});
