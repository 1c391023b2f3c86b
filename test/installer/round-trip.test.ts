/** Realistic configurations of every client: init keeps everything else, and remove restores the same bytes. */
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientName, clientNames } from '../../src/config/args.js';
import { clients } from '../../src/installer/clients.js';
import {
  defaultFile,
  entryOf,
  fixtureOf,
  type Machine,
  machineOf,
  parsed,
  secret,
  tenant,
} from './machine.js';

const variants: readonly (readonly [name: string, change: (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['with the line ends of Windows', (text) => text.replaceAll('\n', '\r\n')],
  ['with a byte order mark', (text) => `\ufeff${text}`],
  ['without an end of its last line', (text) => text.trimEnd()],
  ['with blank lines behind it', (text) => `${text}\n\n`],
  ['with both of Windows', (text) => `\ufeff${text.replaceAll('\n', '\r\n')}`],
];

const cases = clientNames.flatMap((client) =>
  variants.map(([variant, change]) => ({ client, variant, before: change(fixtureOf(client)) })),
);

let machine: Machine;
afterEach(() => machine.dispose());

/** The characters of a text, without white space and commas. */
const withoutSpace = (text: string): string[] => [...text.replaceAll(/[\s,]/g, '')];

/** Whether one list is a subsequence of another. */
function isSubsequence(part: readonly string[], all: readonly string[]): boolean {
  let matched = 0;
  for (const word of all) {
    matched += word === part[matched] ? 1 : 0;
  }
  return matched === part.length;
}

describe.each(cases)('$client, $variant', ({ client, before }) => {
  const file = defaultFile[client];

  it('gets an entry, keeps everything else, and restores the same bytes when it is removed', async () => {
    machine = machineOf({ ...tenant, LOGTO_APP_SECRET: secret });
    machine.write(file, before);
    await machine.run(['init', '--client', client, '--tools', 'all', '--read-only']);
    const after = machine.read(file);
    const entry = entryOf(client, after);
    expect(entry).toMatchObject({
      command: '/opt/node/bin/node',
      args: ['/opt/logto-management-mcp/dist/main.js', '--tools', 'all', '--read-only'],
      env: tenant,
    });
    const value = Object(parsed(client, after));
    delete value[clients[client].servers].logto;
    if (client === 'vscode') {
      expect(value.inputs.pop()).toMatchObject({ id: 'logto-app-secret', password: true });
    }
    expect(value).toEqual(parsed(client, before));
    expect(isSubsequence(withoutSpace(before), withoutSpace(after))).toBe(true);
    expect(after.includes('\r')).toBe(before.includes('\r'));
    expect(after.replaceAll('\r\n', '').includes('\n')).toBe(
      before.replaceAll('\r\n', '').includes('\n'),
    );
    expect(after.trim().includes('\n')).toBe(before.trim().includes('\n'));
    const { rejects = [] } = clients[client];
    expect(after.startsWith('\ufeff')).toBe(
      before.startsWith('\ufeff') && !rejects.includes('byte order mark'),
    );
    expect(after).not.toContain(secret);
    expect(machine.said()).not.toContain(secret);
    await machine.run(['remove', '--client', client]);
    expect(machine.files()).toEqual({ [file]: before });
  });
});

describe.each(clientNames)('%s', (client) => {
  const file = defaultFile[client];
  const before = fixtureOf(client);

  it('restores them after two entries, an update, and a removal in another order', async () => {
    machine = machineOf({ ...tenant, LOGTO_APP_SECRET: secret });
    machine.write(file, before);
    await machine.run(['init', '--client', client]);
    await machine.run(['init', '--client', client, '--name', 'logto-staging', '--sandbox']);
    await machine.run(['init', '--client', client, '--tools', 'none']);
    expect(entryOf(client, machine.read(file))?.args).toContain('none');
    expect(entryOf(client, machine.read(file), 'logto-staging')?.args).toContain('--sandbox');
    await machine.run(['remove', '--client', client]);
    await machine.run(['remove', '--client', client, '--name', 'logto-staging']);
    expect(machine.files()).toEqual({ [file]: before });
  });

  it('shows what would change with the values of other servers masked, and writes nothing', async () => {
    machine = machineOf({ ...tenant, LOGTO_APP_SECRET: secret });
    machine.write(file, before);
    await machine.run(['init', '--client', client, '--dry-run']);
    expect(machine.said()).toMatch(/^\+ .*logto/m);
    expect(machine.said()).toContain('app-of-ann');
    expect(machine.said()).toContain('Nothing was written.');
    expect(machine.said()).not.toMatch(/foreign-secret|hush/);
    await machine.run(['remove', '--client', client, '--dry-run']);
    expect(machine.files(true)).toEqual({ [file]: before });
  });
});

describe.each(clientNames)('%s without a configuration', (client) => {
  const file = defaultFile[client];

  it('gets a file, which remove deletes with its folders', async () => {
    machine = machineOf({ ...tenant, LOGTO_APP_SECRET: secret });
    await machine.run(['init', '--client', client]);
    expect(entryOf(client, machine.read(file))?.env).toMatchObject(tenant);
    await machine.run(['init', '--client', client, '--read-only']);
    await machine.run(['remove', '--client', client]);
    expect(machine.files()).toEqual({});
  });

  it.each(['', '\n', '  \r\n'])(
    'gets one in an empty file %j, which remove restores',
    async (before) => {
      machine = machineOf({ ...tenant, LOGTO_APP_SECRET: secret });
      machine.write(file, before);
      await machine.run(['init', '--client', client]);
      expect(entryOf(client, machine.read(file))?.env).toMatchObject(tenant);
      await machine.run(['remove', '--client', client]);
      expect(machine.files()).toEqual({ [file]: before });
    },
  );

  it('keeps later additions to the new file', async () => {
    machine = machineOf({ ...tenant, LOGTO_APP_SECRET: secret });
    await machine.run(['init', '--client', client]);
    const created = machine.read(file);
    machine.write(
      file,
      client === 'codex' ? `# mine\n${created}` : created.replace('{', '{ // mine'),
    );
    await machine.run(['remove', '--client', client]);
    expect(machine.read(file)).toContain('mine');
    expect(machine.read(file)).not.toContain('logto');
  });
});

describe('three entries', () => {
  const names = ['logto', 'second', 'third'];
  const orders = names.flatMap((first) =>
    names
      .filter((name) => name !== first)
      .map((middle) => [
        first,
        middle,
        names.find((name) => name !== first && name !== middle) ?? '',
      ]),
  );
  const texts: readonly (readonly [ClientName, string])[] = [
    ['cursor', '{"a":1,"mcpServers":{"x":{"command":"y"}},"z":[1,2]}'],
    ['cursor', '{"mcpServers":{ /* none yet */ }}'],
    ['cursor', '{ \n }\n'],
    ['vscode', '{"inputs":[ ],"servers":{"x":{"command":"y"}}}'],
    ['codex', 'model = "x"'],
    ['codex', '[mcp_servers.x]\ncommand = "y"\n\n'],
  ];

  it.each(texts)('in %s restore %j in any order of removal', async (client, before) => {
    expect(orders).toHaveLength(6);
    for (const order of orders) {
      machine = machineOf(tenant, [secret, secret, secret]);
      const file = defaultFile[client];
      machine.write(file, before);
      for (const name of names) {
        await machine.run(['init', '--client', client, '--name', name]);
      }
      for (const name of order) {
        await machine.run(['remove', '--client', client, '--name', name]);
      }
      expect(machine.files(), order.join(', ')).toEqual({ [file]: before });
      machine.dispose();
    }
  });
});
