/** What the program logs of its calls: to stderr, or to a file. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogFile } from '../../src/cli/log-file.js';
import { ConfigError } from '../../src/config/args.js';
import { bareEnvironment, program, start } from '../support/process.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Line = Readonly<Record<string, unknown>>;

const linesIn = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line));

/** The lines that a server logs during some calls. */
async function linesOf(
  args: readonly string[],
  calls: (client: Client) => Promise<unknown>,
): Promise<{ lines: Line[]; text: string }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, '--sandbox', ...args],
    env: bareEnvironment(),
    stderr: 'pipe',
  });
  let text = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  await calls(client);
  await client.close();
  return { lines: linesIn(text), text };
}

const password = 'correct-horse-battery-staple';

const work = async (client: Client) => {
  await client.callTool({ name: 'list_roles', arguments: {} });
  await client.callTool({
    name: 'create_user',
    arguments: { username: 'logged', password, name: 'Somebody Particular' },
  });
  await client.callTool({ name: 'get_user', arguments: { userId: 'nobody' } });
  await client.callTool({ name: 'list_users', arguments: { pagesize: 1 } });
};

describe('the log', () => {
  it('has one line for each call at info, and no content of requests or answers', async () => {
    const { lines, text } = await linesOf(['--log-level', 'info'], work);
    const calls = lines.filter(({ level }) => level === 'info');
    expect(calls.map(({ message, status, outcome }) => [message, status, outcome])).toEqual([
      ['list_roles', 200, 'ok'],
      ['create_user', 200, 'ok'],
      ['get_user', 404, 'entity.not_found'],
      ['list_users', undefined, 'invalid_arguments'],
    ]);
    expect(calls[0]).toMatchObject({
      operation: 'GET /api/roles',
      ms: expect.any(Number),
      requests: 1,
      retries: 0,
      call: expect.anything(),
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(text).not.toContain(password);
    expect(text).not.toContain('Particular');
    expect(text).not.toContain('nobody');
  });

  it('goes into a file that only its owner can read, with each request by its route at debug', async () => {
    const file = join(folder, 'calls.jsonl');
    const target = join(folder, 'target of a later link');
    writeFileSync(target, 'untouched');
    // An existing file is made private to its owner.
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    let text = '';
    const { text: stderr } = await linesOf(
      ['--log-level', 'debug', '--log-file', file],
      async (client) => {
        await work(client);
        text = readFileSync(file, 'utf8');
        expect(statSync(file).mode & 0o777).toBe(0o600);
        rmSync(file);
        symlinkSync(target, file);
        await client.callTool({ name: 'list_applications', arguments: {} });
      },
    );
    const lines = linesIn(text);
    expect(lines.filter(({ level }) => level === 'info')).toHaveLength(4);
    const requests = lines.filter(({ level }) => level === 'debug');
    expect(requests.map(({ operation }) => operation)).toContain('GET /api/users/{userId}');
    expect(requests.length).toBeGreaterThanOrEqual(3);
    // A link that replaces the file later is not followed: its lines go to stderr instead of being lost.
    expect(readFileSync(target, 'utf8')).toBe('untouched');
    expect(linesIn(stderr).map(({ message }) => message)).toContain('list_applications');
    expect(stderr).not.toContain('list_roles');
  });

  it('stops the start when its file is a symbolic link, whose target stays as it is', async () => {
    const target = join(folder, 'target of a link');
    const name = join(folder, 'link.jsonl');
    writeFileSync(target, 'untouched');
    chmodSync(target, 0o644);
    symlinkSync(target, name);
    const server = start(['--sandbox', '--log-file', name]);
    expect(await server.ended).toBe(2);
    expect(server.stdout()).toBe('');
    expect(server.stderr()).toContain('a symbolic link');
    expect(server.stderr()).toContain('--log-file');
    expect(readFileSync(target, 'utf8')).toBe('untouched');
    expect(statSync(target).mode & 0o777).toBe(0o644);
  });

  it('is refused for a hard link, a file that is not regular, and a folder that does not exist', () => {
    const target = join(folder, 'target of a hard link');
    const name = join(folder, 'hard.jsonl');
    writeFileSync(target, 'untouched');
    chmodSync(target, 0o644);
    linkSync(target, name);
    const open = (path: string) => () => openLogFile(path, '--log-file', () => {});
    expect(open(name)).toThrow(/a hard link[\s\S]*--log-file/);
    expect(readFileSync(target, 'utf8')).toBe('untouched');
    expect(statSync(target).mode & 0o777).toBe(0o644);
    expect(open('/dev/null')).toThrow('not a regular file');
    const nowhere = join(folder, 'no', 'such', 'log');
    expect(open(nowhere)).toThrow(ConfigError);
    expect(open(nowhere)).toThrow(nowhere);
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});
