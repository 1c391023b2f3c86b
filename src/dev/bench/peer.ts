/** The least that speaks MCP over stdio: what a benchmark measures must be the server, and not a client around it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';

type Message = Readonly<Record<string, unknown>>;

const initialize = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1.0.0' },
};

/** Cleans up on SIGUSR2 and says on stderr how many bytes of the heap are still held. */
const tellsHeld =
  "data:text/javascript,process.on('SIGUSR2',()=>{gc();gc();process.stderr.write('held '+process.memoryUsage().heapUsed+'\\n')})";

/** Options of Node with which a server can be asked what it holds. */
export const heldOptions: readonly string[] = ['--expose-gc', '--import', tellsHeld];

export class Peer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (message: Message) => void; reject: (error: Error) => void }
  >();
  #next = 0;
  #rest = '';
  #told: ((bytes: number) => void) | undefined;

  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    cwd?: string,
  ) {
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
    });
    this.#child.once('close', (code) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`${command} ended with ${code} before it answered.`));
      }
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const [, bytes] = /^held (\d+)$/m.exec(text) ?? [];
      if (bytes !== undefined) {
        this.#told?.(Number(bytes));
      }
    });
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message: Message = JSON.parse(line);
      const id = Number(message['id']);
      this.#waiting.get(id)?.resolve(message);
      this.#waiting.delete(id);
    }
  }

  #send(message: Message): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  /** Sends a request and waits for its answer. */
  request(method: string, params: Message = {}): Promise<Message> {
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  async open(): Promise<void> {
    await this.request('initialize', initialize);
    this.#send({ method: 'notifications/initialized' });
  }

  /** Calls a tool. @throws when it fails, since a benchmark of failures measures nothing */
  async call(name: string, values: Message = {}): Promise<void> {
    const { result } = await this.request('tools/call', { name, arguments: values });
    if (typeof result !== 'object' || result === null || 'isError' in result) {
      throw new Error(`${name} failed: ${JSON.stringify(result)}`);
    }
  }

  /** Resident memory, in megabytes. */
  memory(): number {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(this.#child.pid)])) / 1024;
  }

  /** What of the heap is still held after a clean-up, in megabytes. The server must run with `heldOptions`. */
  held(): Promise<number> {
    return new Promise((resolve) => {
      this.#told = (bytes) => resolve(bytes / 2 ** 20);
      this.#child.kill('SIGUSR2');
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.kill();
    });
  }
}

/** Milliseconds from the start of a process to its first list of tools. */
export async function startTime(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<number> {
  const begin = performance.now();
  const peer = new Peer(command, args, env, cwd);
  await peer.open();
  await peer.request('tools/list');
  const time = performance.now() - begin;
  await peer.close();
  return time;
}
