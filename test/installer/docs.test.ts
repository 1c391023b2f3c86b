/** docs/installing.md agrees with what init writes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clientNames } from '../../src/config/args.js';
import { readConfig } from '../../src/config/config.js';
import { clients } from '../../src/installer/clients.js';
import { inputReference, setEntry } from '../../src/installer/server-entry.js';
import { defaultFile } from './machine.js';

const page = readFileSync(new URL('../../docs/installing.md', import.meta.url), 'utf8');

const sectionOf = (title: string): string =>
  page.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? '';

describe.each(clientNames)('the section on %s', (client) => {
  const { title, typed = false, promptsForSecret = false } = clients[client];
  const section = sectionOf(title);

  it('shows an entry in the form that init writes', () => {
    const [, block] = /```(?:json|toml)\n([\s\S]*?)```/.exec(section) ?? [];
    const text = setEntry({ client, file: defaultFile[client], text: '' }, 'logto', {
      ...(typed && { type: 'stdio' as const }),
      command: 'node',
      args: ['/path/to/logto-management-mcp/dist/main.js'],
      env: {
        LOGTO_TENANT_ID: 'abc123',
        LOGTO_APP_ID: 'your app id',
        ...(promptsForSecret
          ? { LOGTO_APP_SECRET: inputReference('logto') }
          : { LOGTO_APP_SECRET_FILE: '/path/to/secret' }),
      },
    });
    expect(block).toBe(text);
  });

  it('names the commands and the file', () => {
    expect(section).toContain(`init --client ${client}\n`);
    expect(section).toContain(`remove --client ${client}\``);
    const [name = ''] = defaultFile[client].split('/').slice(-1);
    expect(section).toContain(name);
  });
});

it('has no command line that is refused', () => {
  const lines = [
    ...page.matchAll(/(?:main\.js|\.tgz|logto-management-mcp) ((?:init|remove) [^`#\n]*)/g),
  ];
  expect(lines.length).toBeGreaterThan(2 * clientNames.length);
  for (const [, line = ''] of lines) {
    const { command } = readConfig(
      line.trim().split(/\s+/),
      {},
      () => '',
      () => true,
    );
    expect(['init', 'remove']).toContain(command);
  }
});
