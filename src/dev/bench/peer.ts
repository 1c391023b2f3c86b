/** A minimal MCP client over stdio, so that a benchmark measures the server and not its client. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';

type RpcMessage = Readonly<Record<string, unknown>>;

const initialize = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1.0.0' },
};

/** Preloaded module: on SIGUSR2 it collects garbage and writes the bytes of the heap in use to stderr. */
const HEAP_REPORTER =
  "data:text/javascript,process.on('SIGUSR2',()=>{gc();gc();process.stderr.write('held '+process.memoryUsage().heapUsed+'\\n')})";

/** Options of Node for a server whose heap in use is measured. */
export const heldOptions: readonly string[] = ['--expose-gc', '--import', HEAP_REPORTER];

export class Peer {
  readonly #child: ChildProcess;
  readonly #pending = new Map<
    number,
    { resolve: (message: RpcMessage) => void; reject: (error: Error) => void }
  >();
  #lastId = 0;
  #incomplete = '';
  #onHeap: ((bytes: number) => void) | undefined;

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
      for (const { reject } of this.#pending.values()) {
        reject(new Error(`${command} ended with ${code} before it answered.`));
      }
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const [, bytes] = /^held (\d+)$/m.exec(text) ?? [];
      if (bytes !== undefined) {
        this.#onHeap?.(Number(bytes));
      }
    });
  }

  #read(text: string): void {
    const lines = (this.#incomplete + text).split('\n');
    this.#incomplete = lines.pop() ?? '';
    for (const line of lines) {
      const message: RpcMessage = JSON.parse(line);
      const id = Number(message['id']);
      this.#pending.get(id)?.resolve(message);
      this.#pending.delete(id);
    }
  }

  #send(message: RpcMessage): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  /** Sends a request. @returns the whole message of the answer */
  request(method: string, params: RpcMessage = {}): Promise<RpcMessage> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  async open(): Promise<void> {
    await this.request('initialize', initialize);
    this.#send({ method: 'notifications/initialized' });
  }

  /** Calls a tool. @throws Error when the tool fails, because failures must not be measured */
  async call(name: string, values: RpcMessage = {}): Promise<void> {
    const { result } = await this.request('tools/call', { name, arguments: values });
    if (typeof result !== 'object' || result === null || 'isError' in result) {
      throw new Error(`${name} failed: ${JSON.stringify(result)}`);
    }
  }

  /** Resident memory, in megabytes. */
  memory(): number {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(this.#child.pid)])) / 1024;
  }

  /** Heap in use after a collection, in megabytes. The server must run with `heldOptions`. */
  heapInUse(): Promise<number> {
    return new Promise((resolve) => {
      this.#onHeap = (bytes) => resolve(bytes / 2 ** 20);
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
