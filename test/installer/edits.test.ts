/** Edits of texts: what is odd in configuration files, and files written at random. */
import { runInThisContext } from 'node:vm';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import type { ClientName } from '../../src/config/args.js';
import { type Format, valueAt, withoutValue } from '../../src/installer/config-format.js';
import { json } from '../../src/installer/jsonc.js';
import {
  entryIn,
  inputReference,
  put,
  type Source,
  take,
} from '../../src/installer/server-entry.js';
import { toml } from '../../src/installer/toml.js';

const entry = { command: 'node', args: ['/x/dist/main.js'], env: { LOGTO_APP_ID: 'app' } };

const source = (client: ClientName, text: string): Source => ({ client, file: 'the file', text });

describe('an insertion into JSON', () => {
  it.each([
    ['an object of one line', '{"a":{"b":1}}'],
    ['an empty object', '{"a":{}}'],
    ['an empty object over two lines', '{"a":{\n}}'],
    ['an empty object with a comment', '{"a": { /* none */ }}'],
    ['an object that ends in a comment', '{\n  "a": {\n    "b": 1 // one\n    // two\n  }\n}\n'],
    ['a comma behind the last member', '{\n\t"a": {\n\t\t"b": [1,], // one\n\t},\n}\n'],
    ['a comma and a comment behind it', '{"a": {"b": 1, /* last */}}'],
    ['a comment before the comma', '{"a": {"b": 1 /* last */ , }}'],
    ['commas in strings and comments', '{"a": {"b": ",},]" // , }\n }}'],
    ['names that JavaScript knows', '{"a": {"constructor": 1, "__proto__": {"x": 1}}}'],
  ])('into %s is undone to the byte', (_, before) => {
    const { text, trace } = json.set(before, ['a', 'logto'], entry);
    const value = runInThisContext(`(${text})`);
    expect(JSON.parse(JSON.stringify(value.a.logto))).toEqual(entry);
    expect(json.unset(text, trace?.path ?? [], trace?.gap)).toBe(before);
  });

  it('leaves every comment with what it explains', () => {
    const { text } = json.set('{\n  "a": {\n    "b": 1 // one\n  }\n}\n', ['a', 'c'], 2);
    expect(text).toBe('{\n  "a": {\n    "b": 1, // one\n    "c": 2\n  }\n}\n');
  });

  it('takes the middle one of three out and leaves the comments of the others', () => {
    const before = '{\n  "a": 1, // one\n  "b": 2, // two\n  "c": 3 // three\n}\n';
    expect(json.unset(before, ['b'])).toBe('{\n  "a": 1, // one\n  // two\n  "c": 3 // three\n}\n');
    expect(json.unset(before, ['c'])).toBe('{\n  "a": 1, // one\n  "b": 2 // two\n  // three\n}\n');
    expect(json.unset('{"a": 1}', ['a'])).toBe('{}');
    expect(json.unset('[1]'.replace('[1]', '{"a": [1, 2]}'), ['a', 1])).toBe('{"a": [1]}');
  });

  it('takes nothing out where there is nothing', () => {
    for (const text of ['', '{}', '{"a": {"b": 1}}']) {
      expect(json.unset(text, ['a', 'c'])).toBe(text);
      expect(json.unset(text, ['c', 'a'])).toBe(text);
    }
  });
});

describe('a file that cannot be edited', () => {
  it.each([
    ['cursor', '{\n  "mcpServers": {\n', 'line 3, column 1: close brace expected'],
    ['cursor', '{"mcpServers": {"a": }}', 'line 1, column 22: value expected'],
    ['cursor', '{"mcpServers": {}} trailing', 'line 1, column 20'],
    ['cursor', "{'mcpServers': {}}", 'line 1, column 2'],
    ['cursor', '[]', 'line 1, column 1: an object is expected here'],
    ['cursor', '// nothing but a comment', 'line 1'],
    ['cursor', '{"mcpServers": []}', 'line 1, column 16: an object is expected here'],
    [
      'cursor',
      '{"mcpServers": {}, "mcpServers": {}}',
      '"mcpServers" stands here for the second time',
    ],
    [
      'cursor',
      '{"mcpServers": {"logto": {}, "logto": {"command": "logto-management-mcp"}}}',
      'second time',
    ],
    ['vscode', '{"inputs": {}}', 'line 1, column 12: a list is expected here'],
    ['codex', 'model = "gpt\n', 'line 1, column 13'],
    ['codex', 'a = 1\nb = [1,\n', 'line 3'],
    ['codex', 'a = 1\na = 2\n', 'line 2, column 1: defining a key multiple times'],
    ['codex', 'mcp_servers = 3\n', 'line 1, column 15: a table is expected here'],
  ] as const)('of %s: %j is refused with the place', (client, text, words) => {
    const asking = { ...entry, env: { LOGTO_APP_SECRET: inputReference('logto') } };
    const edit = () => put(source(client, text), 'logto', asking, []);
    expect(edit).toThrow(words);
    expect(edit).toThrow(
      /^the file is left alone, since it cannot be edited: line \d+, column \d+: /,
    );
  });

  it('is also one where the entry would mean something else than it says', () => {
    const list = '[[mcp_servers]]\nname = "git"\n';
    expect(() => put(source('codex', list), 'logto', entry, [])).toThrow(
      'the file is left alone: it is written in a way that cannot be edited safely',
    );
  });

  it('is none where the servers stand in one line of TOML', () => {
    const inline = 'mcp_servers = { git = { command = "git-mcp" } }\n';
    const { text, traces } = put(source('codex', inline), 'logto', entry, []);
    expect(parseToml(text)).toMatchObject({ mcp_servers: { git: {}, logto: entry } });
    expect(parseToml(take(source('codex', text), 'logto', traces).text)).toEqual(parseToml(inline));
  });
});

describe('an entry that is there already', () => {
  it('is brought up to date and keeps what a person has added', () => {
    const before = `{
  "mcpServers": {
    "logto": {
      // ours
      "disabled": true,
      "command": "npx",
      "args": ["-y", "logto-management-mcp@0.1.0"], // pinned
      "env": { "LOGTO_APP_SECRET": "old", "HTTPS_PROXY": "http://proxy:3128", "LOGTO_APP_ID": "app" }
    },
    "docs": {}
  }
}
`;
    const { text, traces } = put(source('cursor', before), 'logto', entry, []);
    expect(traces).toEqual([]);
    expect(text).toBe(
      before
        .replace('"npx"', '"node"')
        .replace('["-y", "logto-management-mcp@0.1.0"]', '[\n        "/x/dist/main.js"\n      ]')
        .replace(' "LOGTO_APP_SECRET": "old",', ''),
    );
    expect(put(source('cursor', text), 'logto', entry, []).text).toBe(text);
  });

  it.each([
    [
      'with tables of its own',
      '[mcp_servers.logto] # ours\ncommand = "npx"   # old\nargs = ["logto-management-mcp"]\ntool_timeout_sec = 9\n\n[mcp_servers.logto.env]\nLOGTO_APP_SECRET = "old"\nHTTPS_PROXY = "p" # keep\n\n[mcp_servers.logto.tools.list_users]\napproval_mode = "approve"\n\n[other]\nx = 1\n',
    ],
    [
      'with an environment in one line',
      '[mcp_servers.logto]\ncommand = "npx"\nargs = ["logto-management-mcp"]\nenv = { LOGTO_APP_SECRET = "old", HTTPS_PROXY = "p" } # one line\ntool_timeout_sec = 9\ntools = { list_users = { approval_mode = "approve" } }\n[other]\nx = 1\n',
    ],
    [
      'with a quoted name and without an environment',
      '[other]\nx = 1\n[mcp_servers."logto"]\ncommand = "npx"\nargs = ["logto-management-mcp"]\ntool_timeout_sec = 9\nenv.HTTPS_PROXY = "p"\ntools.list_users.approval_mode = "approve"',
    ],
    [
      'in one line',
      'other.x = 1\n[mcp_servers]\nlogto = { command = "npx", args = ["logto-management-mcp"], tool_timeout_sec = 9, env = { HTTPS_PROXY = "p" }, tools = { list_users = { approval_mode = "approve" } } }\n',
    ],
  ])('in TOML, %s', (_, before) => {
    const { text } = put(source('codex', before), 'logto', entry, []);
    expect(parseToml(text)).toEqual({
      other: { x: 1 },
      mcp_servers: {
        logto: {
          ...entry,
          env: { HTTPS_PROXY: 'p', LOGTO_APP_ID: 'app' },
          tool_timeout_sec: 9,
          tools: { list_users: { approval_mode: 'approve' } },
        },
      },
    });
    expect([...before.matchAll(/#.*/g)].every(([comment]) => text.includes(comment))).toBe(true);
    expect(put(source('codex', text), 'logto', entry, []).text).toBe(text);
    const gone = take(source('codex', text), 'logto', []).text;
    expect(parseToml(gone)).toMatchObject({ other: { x: 1 } });
    expect(entryIn(source('codex', gone), 'logto')).toBeUndefined();
    expect(gone).not.toContain('logto');
  });

  it.each([
    ['cursor', '{"mcpServers": {"logto": {"command": "logger"}}}'],
    ['cursor', '{"mcpServers": {"logto": {"url": "https://logto.example.com/mcp"}}}'],
    ['codex', '[mcp_servers.logto]\ncommand = "logger"\n'],
  ] as const)('of %s and starts something else is left alone: %s', (client, text) => {
    expect(() => put(source(client, text), 'logto', entry, [])).toThrow('another server');
    expect(() => take(source(client, text), 'logto', [])).toThrow('another server');
  });
});

describe('a removal', () => {
  it('never takes more than the entry, whatever was noted', () => {
    const traces = [
      { path: [], gap: '' },
      { path: ['mcpServers'], gap: '' },
    ];
    for (const text of [
      '{"mcpServers": {"docs": {}}}',
      '{"mcpServers": {"logto": {"command": "logto-management-mcp"}}, "a": 1}',
      '{"mcpServers": {"logto": {"command": "logto-management-mcp"} /* mine */}}',
      '{"mcpServers": {"logto": {"command": "logto-management-mcp"}, "docs": {}}}',
    ]) {
      const gone = take(source('cursor', text), 'logto', traces).text;
      for (const word of ['docs', '"a": 1', 'mine'].filter((one) => text.includes(one))) {
        expect(gone).toContain(word);
      }
      expect(gone).not.toContain('logto');
    }
  });

  it('leaves a file of TOML as it was when other tables have come behind the entry', () => {
    const { text, traces } = put(source('codex', 'a = 1'), 'logto', entry, []);
    for (const behind of ['[b]\nc = 1\n', '\n[b]\nc = 1\n', '# d\n']) {
      const gone = take(source('codex', text + behind), 'logto', traces).text;
      expect(parseToml(gone)).toEqual(parseToml(`a = 1\n${behind}`));
      expect(gone).toContain(behind.trim());
    }
  });
});

/** A repeatable sequence of numbers from 0 to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** JSON with white space, comments and commas wherever they may stand. */
function scribble(random: () => number, depth: number): string {
  const pick = <T>(...choices: readonly [T, ...T[]]): T =>
    choices[Math.floor(random() * choices.length)] ?? choices[0];
  const gap = (): string =>
    pick('', '', ' ', '\n', '\r\n  ', '\t', ' // , { "x"\n', '/* } , ] */', ' /* a\n b */ ');
  const value = (left: number): string => {
    const kind = left === 0 ? pick('plain', 'plain') : pick('plain', 'object', 'list');
    if (kind === 'plain') {
      return pick('1', 'true', 'null', '""', '"a,b}"', '"\\"]\\\\"', '-1.5e3', '{}', '[ ]');
    }
    const items = Array.from({ length: Math.floor(random() * 4) }, (_, index) =>
      kind === 'object'
        ? `${gap()}"k${index}"${gap()}:${gap()}${value(left - 1)}${gap()}`
        : `${gap()}${value(left - 1)}${gap()}`,
    );
    const trailing = items.length > 0 && random() < 0.3 ? `,${gap()}` : '';
    const inner = items.length === 0 ? gap() : items.join(',') + trailing;
    return kind === 'object' ? `{${inner}}` : `[${inner}]`;
  };
  const members = Array.from(
    { length: Math.floor(random() * 3) },
    (_, index) => `${gap()}"m${index}"${gap()}:${gap()}${value(depth)}`,
  );
  const servers = `${gap()}"mcpServers":${gap()}{${pick(gap(), `${gap()}"s":${gap()}${value(2)}${gap()}`, `"s":${value(1)}${gap()},${gap()}`)}}`;
  const all = pick([...members], [...members, servers], [servers, ...members]);
  return `${gap()}{${all.join(`${gap()},`)}${gap()}${all.length > 0 ? pick('', `,${gap()}`) : ''}}${gap()}`;
}

it('gives back any text of JSON, and says in between what it should', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const before = scribble(randomOf(seed), 3);
    const value = JSON.parse(JSON.stringify(runInThisContext(`(${before})`)));
    const { text, traces } = put(source('cursor', before), 'logto', entry, []);
    const changed = JSON.parse(JSON.stringify(runInThisContext(`(${text})`)));
    expect(changed, before).toEqual({
      ...value,
      mcpServers: { ...value.mcpServers, logto: entry },
    });
    expect(take(source('cursor', text), 'logto', traces).text, before).toBe(before);
  }
});

it('takes any member of any text of JSON out, and nothing else', () => {
  let taken = 0;
  for (let seed = 1; seed <= 500; seed += 1) {
    const before = scribble(randomOf(seed), 2);
    const value = JSON.parse(JSON.stringify(runInThisContext(`(${before})`)));
    for (const path of [['m0'], ['m1'], ['mcpServers', 's'], ['m0', 'k0'], ['m0', 1], ['m1', 0]]) {
      if (at(value, path) === undefined) {
        continue;
      }
      const after = json.unset(before, path);
      expect(JSON.parse(JSON.stringify(runInThisContext(`(${after})`))), before).toEqual(
        lacking(value, path),
      );
      taken += 1;
    }
  }
  expect(taken).toBeGreaterThan(200);
});

it('gives back any order of tables of TOML, and says in between what it should', () => {
  const parts = [
    '[mcp_servers.a]\ncommand = "a"\n',
    '# [mcp_servers.logto]\n',
    "[b]\nx = '''\n[mcp_servers.logto]\n'''\n",
    '[[c]]\ny = [ # d\n  1,\n]\n',
    '\n\n',
    '  [e."f.g"] # h\n  i.j = 1979-05-27T07:32:00Z\n',
    '[mcp_servers.logto-staging]\ncommand = "s"\n',
    '[mcp_servers]\nk = { command = "k" }\n',
  ];
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = randomOf(seed);
    const order = parts.map((part) => ({ part, at: random() })).filter(({ at }) => at < 0.7);
    const whole = `m = 1\n${order
      .sort((one, other) => one.at - other.at)
      .map(({ part }) => part)
      .join('')}`;
    const before = random() < 0.5 ? whole : whole.trimEnd();
    const value = parseToml(before);
    const { text, traces } = put(source('codex', before), 'logto', entry, []);
    expect(parseToml(text), before).toEqual({
      ...value,
      mcp_servers: { ...Object(value['mcp_servers']), logto: entry },
    });
    expect(take(source('codex', text), 'logto', traces).text, before).toBe(before);
  }
});

describe('what a text may give away', () => {
  it.each([
    [json, '{"a": "s1", "b": ["s2", 3, true], // s4\n "c": {"d": "s5"} /* s6 */}', 6],
    [toml, 'a = "s1" # s2\nb = [\'s3\', 4, true]\nc = { d = """s5""" }\n[e]\nf = 1979-05-27\n', 6],
  ] satisfies readonly (readonly [Format, string, number])[])(
    'is found in %#',
    (format, text, count) => {
      const pieces = format.pieces(text);
      expect(pieces).toHaveLength(count);
      const left = [...pieces]
        .sort((one, other) => other.from - one.from)
        .reduce((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text);
      expect(left).not.toMatch(/s\d|[34]\b|1979/);
    },
  );
});
