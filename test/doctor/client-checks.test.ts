/** Whether a client reads the file that its entry is in. */
import { describe, expect, it } from 'vitest';
import { clientNames } from '../../src/config/args.js';
import { type ClientFile, checkClient, parseClientChecks } from '../../src/doctor/client-checks.js';
import { readableFile } from './examine.js';

const problems = (changes: Partial<ClientFile>) =>
  checkClient({ ...readableFile, ...changes }).map(({ id, status, message }) => [
    id,
    status,
    message,
  ]);

describe('the file of a client', () => {
  it('that the client reads is one ok check', () => {
    expect(problems({})).toEqual([
      ['client.entry', 'ok', expect.stringContaining(readableFile.file)],
    ]);
  });

  const [byteOrderMark, notPlain] = ['begins with a byte order mark', 'is not plain JSON'];

  it.each([
    ['a byte order mark', '\ufeff{"mcpServers":{}}', byteOrderMark, ['claude-desktop', 'gemini']],
    [
      'a comment',
      '{\n  // mine\n  "mcpServers":{}\n}',
      notPlain,
      ['claude-desktop', 'claude-code'],
    ],
    ['a trailing comma', '{"mcpServers":{},}', notPlain, ['claude-desktop', 'claude-code']],
  ])('with %s is a fault for the clients that cannot read it', (_, text, words, expected) => {
    const failed = clientNames.filter((client) =>
      problems({ text, client }).some(
        ([id, status, message]) =>
          id === 'client.format' && status === 'fail' && message?.includes(words) === true,
      ),
    );
    expect(failed).toEqual(expected);
  });

  it('that a Windows program never reads is a warning under WSL', () => {
    const warned = clientNames.filter((client) =>
      problems({ client, isWsl: true }).some(([id]) => id === 'client.place'),
    );
    expect(warned).toEqual(['claude-desktop', 'cursor', 'vscode', 'windsurf']);
    const file = '/mnt/c/Users/ann/AppData/Roaming/Claude/claude_desktop_config.json';
    expect(problems({ isWsl: true, file })).toEqual([['client.entry', 'ok', expect.anything()]]);
  });

  it.each([
    [true, 'contains nothing of Claude Desktop: it may not be installed'],
    [false, 'does not exist: Claude Desktop may not be installed'],
  ])(
    'of a client that may not be installed is a warning (folder exists: %s)',
    (folderExists, words) => {
      const absent = { isInstalled: false, folderExists };
      expect(problems(absent)).toEqual([
        ['client.installed', 'warn', expect.stringContaining(`${readableFile.folder} ${words}`)],
      ]);
      expect(problems({ ...absent, isDefault: false })).toEqual([
        ['client.entry', 'ok', expect.anything()],
      ]);
    },
  );
});

describe('the checks in the environment of the doctor', () => {
  it('are those that were written there', () => {
    const checks = checkClient({ ...readableFile, isWsl: true });
    expect(parseClientChecks(JSON.stringify(checks))).toEqual(checks);
  });

  it.each([undefined, '', 'nonsense', '{}', '[1,null,{"id":"x"}]', '[{"id":1}]'])(
    'are none in %j',
    (value) => {
      expect(parseClientChecks(value)).toEqual([]);
    },
  );
});
