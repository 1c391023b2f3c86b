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

  it('does not log calls by default, and nothing at silent', async () => {
    const { lines } = await linesOf([], work);
    expect(lines.map(({ level }) => level)).toEqual(['warn']);
    expect((await linesOf(['--log-level', 'silent'], work)).text).toBe('');
  });

  it('goes into a file that only its owner can read, with each request by its route at debug', async () => {
    const file = join(folder, 'calls.jsonl');
    const { text } = await linesOf(['--log-level', 'debug', '--log-file', file], work);
    expect(text).toBe('');
    const lines = linesIn(readFileSync(file, 'utf8'));
    expect(lines.filter(({ level }) => level === 'info')).toHaveLength(4);
    const requests = lines.filter(({ level }) => level === 'debug');
    expect(requests.map(({ operation }) => operation)).toContain('GET /api/users/{userId}');
    expect(requests.length).toBeGreaterThanOrEqual(3);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('makes an existing file private to its owner', async () => {
    const file = join(folder, 'open.jsonl');
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    const server = start(['--sandbox', '--log-file', file]);
    server.child.stdin.end();
    expect(await server.ended).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a symbolic link', symlinkSync],
    ['a hard link', linkSync],
  ])('does not follow %s, and does not change its target', async (words, link) => {
    const target = join(folder, `target of ${words}`);
    const name = join(folder, `${words}.jsonl`);
    writeFileSync(target, 'untouched');
    chmodSync(target, 0o644);
    link(target, name);
    const server = start(['--sandbox', '--log-file', name]);
    expect(await server.ended).toBe(2);
    expect(server.stderr()).toContain(words);
    expect(readFileSync(target, 'utf8')).toBe('untouched');
    expect(statSync(target).mode & 0o777).toBe(0o644);
  });

  it('does not follow a link that replaces the file later', async () => {
    const file = join(folder, 'replaced.jsonl');
    const target = join(folder, 'target of a later link');
    writeFileSync(target, 'untouched');
    const { text } = await linesOf(['--log-level', 'info', '--log-file', file], async (client) => {
      await client.callTool({ name: 'list_roles', arguments: {} });
      rmSync(file);
      symlinkSync(target, file);
      await client.callTool({ name: 'list_users', arguments: {} });
    });
    expect(readFileSync(target, 'utf8')).toBe('untouched');
    // The line goes to stderr instead of being lost.
    expect(text).toContain('list_users');
    expect(text).not.toContain('list_roles');
  });

  it('is refused for a path that is not a regular file', async () => {
    const server = start(['--sandbox', '--log-file', '/dev/null']);
    expect(await server.ended).toBe(2);
    expect(server.stderr()).toContain('not a regular file');
  });

  it('stops the start when it cannot be written, or its level does not exist', async () => {
    const nowhere = start(['--sandbox', '--log-file', join(folder, 'no', 'such', 'log')]);
    expect(await nowhere.ended).toBe(2);
    expect(nowhere.stderr()).toContain('--log-file');
    expect(existsSync(join(folder, 'no'))).toBe(false);
    const loud = start(['--sandbox', '--log-level', 'loud']);
    expect(await loud.ended).toBe(2);
    expect(loud.stderr()).toContain('silent, error, warn, info, debug');
  });
});
