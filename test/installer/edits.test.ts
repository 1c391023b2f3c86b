/** Edits of configuration texts: unusual ones, and random ones. */
import { runInThisContext } from 'node:vm';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import type { ClientName } from '../../src/config/args.js';
import { type Format, withoutValue } from '../../src/installer/config-format.js';
import { json } from '../../src/installer/jsonc.js';
import {
  type ConfigText,
  entryIn,
  inputReference,
  removeEntry,
  setEntry,
} from '../../src/installer/server-entry.js';
import { toml } from '../../src/installer/toml.js';
import { valueAt } from '../../src/json.js';

const entry = { command: 'node', args: ['/x/dist/main.js'], env: { LOGTO_APP_ID: 'app' } };

const source = (client: ClientName, text: string): ConfigText => ({
  client,
  file: 'the file',
  text,
});

/** The comments of a text of JSON, in order. */
const commentsIn = (text: string): string[] =>
  json
    .privateRanges(text)
    .filter(({ path }) => path === undefined)
    .map(({ from, to }) => text.slice(from, to).trim());

/** The value of a text, by a parser that the program does not use: JSON with comments is JavaScript. */
const parsedValue = (text: string) => JSON.parse(JSON.stringify(runInThisContext(`(${text})`)));

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
  ])('into %s keeps everything else, and so does the removal', (_, before) => {
    const text = json.set(before, ['a', 'logto'], entry);
    expect(parsedValue(text).a.logto).toEqual(entry);
    expect(commentsIn(text)).toEqual(commentsIn(before));
    const after = json.unset(text, ['a', 'logto']);
    expect(json.read(after)).toEqual(json.read(before));
    expect(commentsIn(after)).toEqual(commentsIn(before));
  });

  it('does not move the comment after the last member', () => {
    const text = json.set('{\n  "a": {\n    "b": 1 // one\n  }\n}\n', ['a', 'c'], 2);
    expect(text).toBe('{\n  "a": {\n    "b": 1, // one\n    "c": 2\n  }\n}\n');
    expect(json.unset(text, ['a', 'c'])).toBe('{\n  "a": {\n    "b": 1 // one\n  }\n}\n');
  });

  it.each([
    ['{"a":1,"mcpServers":{}}', '{"a":1,"mcpServers":{"c": {"d":["e"]}}}'],
    ['{ "mcpServers": { "b": 1 } }\n', '{ "mcpServers": { "b": 1, "c": {"d":["e"]} } }\n'],
    ['{}', '{"mcpServers": {"c":{"d":["e"]}}}'],
    ['{"a":1}', '{"a":1, "mcpServers": {"c":{"d":["e"]}}}'],
  ])('keeps one line one line: %s', (before, after) => {
    expect(json.set(before, ['mcpServers', 'c'], { d: ['e'] })).toBe(after);
  });

  it('does not reformat neighbouring lines', () => {
    const before = '{\n    "a": { "b": {"c":[1,2]}},\n    "d": {\n        "e":1\n    }\n}\n';
    expect(json.set(before, ['d', 'f'], [3])).toBe(
      before.replace('"e":1', '"e":1,\n        "f": [\n            3\n        ]'),
    );
    expect(json.set(before, ['a', 'f'], [3])).toBe(before.replace('[1,2]}}', '[1,2]}, "f": [3]}'));
  });

  it('leaves the comments of a removed member and of its neighbours', () => {
    const before = '{\n  "a": 1, // one\n  "b": 2, // two\n  "c": 3 // three\n}\n';
    expect(json.unset(before, ['b'])).toBe('{\n  "a": 1, // one\n  // two\n  "c": 3 // three\n}\n');
    expect(json.unset(before, ['c'])).toBe('{\n  "a": 1, // one\n  "b": 2 // two\n  // three\n}\n');
    expect(json.unset('{"a": 1}', ['a'])).toBe('{}');
    expect(json.unset('[1]'.replace('[1]', '{"a": [1, 2]}'), ['a', 1])).toBe('{"a": [1]}');
  });

  it('does not change a text without the value', () => {
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
    ['cursor', '{"mcpServers": {}, "mcpServers": {}}', '"mcpServers" is here for the second time'],
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
    const edit = () => setEntry(source(client, text), 'logto', asking);
    expect(edit).toThrow(words);
    expect(edit).toThrow(
      /^the file is left alone, since it cannot be edited: line \d+, column \d+: /,
    );
  });

  it('includes a file where the entry would be read differently', () => {
    const list = '[[mcp_servers]]\nname = "git"\n';
    expect(() => setEntry(source('codex', list), 'logto', entry)).toThrow(
      'the file is left alone: it is written in a way that cannot be edited safely',
    );
  });

  it.each([
    ['mcp_servers = { git = { command = "git-mcp" } }\n', 'mcp_servers'],
    ['[mcp_servers]\nlogto = { command = "logto-management-mcp" }\n', 'mcp_servers.logto'],
    [
      '[mcp_servers.logto]\ncommand = "logto-management-mcp"\nenv = { HTTPS_PROXY = "p" }\n',
      'mcp_servers.logto.env',
    ],
  ])('includes a file with an inline table: %j', (text, name) => {
    expect(() => setEntry(source('codex', text), 'logto', entry)).toThrow(
      `${name} is an inline table, which is not edited. Write it as a table: a line [${name}]`,
    );
  });
});

describe('an existing entry', () => {
  it('is updated and keeps additions of a person', () => {
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
    const text = setEntry(source('cursor', before), 'logto', entry);
    expect(text).toBe(
      before
        .replace('"npx"', '"node"')
        .replace('["-y", "logto-management-mcp@0.1.0"]', '["/x/dist/main.js"]')
        .replace(' "LOGTO_APP_SECRET": "old",', ''),
    );
    expect(setEntry(source('cursor', text), 'logto', entry)).toBe(text);
  });

  it.each([
    [
      'with inner tables',
      '[mcp_servers.logto] # ours\ncommand = "npx"   # old\nargs = ["logto-management-mcp"]\ntool_timeout_sec = 9\n\n[mcp_servers.logto.env]\nLOGTO_APP_SECRET = "old"\nHTTPS_PROXY = "p" # keep\n\n[mcp_servers.logto.tools.list_users]\napproval_mode = "approve"\n\n[other]\nx = 1\n',
    ],
    [
      'with a quoted name and without an environment',
      '[other]\nx = 1\n[mcp_servers."logto"]\ncommand = "npx"\nargs = ["logto-management-mcp"]\ntool_timeout_sec = 9\nenv.HTTPS_PROXY = "p"\ntools.list_users.approval_mode = "approve"',
    ],
  ])('in TOML, %s', (_, before) => {
    const text = setEntry(source('codex', before), 'logto', entry);
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
    expect(setEntry(source('codex', text), 'logto', entry)).toBe(text);
    const removed = removeEntry(source('codex', text), 'logto', []);
    expect(parseToml(removed)).toMatchObject({ other: { x: 1 } });
    expect(entryIn(source('codex', removed), 'logto')).toBeUndefined();
    expect(removed).not.toContain('logto');
  });

  it.each([
    ['cursor', '{"mcpServers": {"logto": {"command": "logger"}}}'],
    ['cursor', '{"mcpServers": {"logto": {"url": "https://logto.example.com/mcp"}}}'],
    ['codex', '[mcp_servers.logto]\ncommand = "logger"\n'],
  ] as const)('of %s and starts something else is left alone: %s', (client, text) => {
    expect(() => setEntry(source(client, text), 'logto', entry)).toThrow('another server');
    expect(() => removeEntry(source(client, text), 'logto', [])).toThrow('another server');
  });
});

describe('a removal', () => {
  it('never removes more than the entry, whatever containers were created', () => {
    for (const text of [
      '{"mcpServers": {"docs": {}}}',
      '{"mcpServers": {"logto": {"command": "logto-management-mcp"}}, "a": 1}',
      '{"mcpServers": {"logto": {"command": "logto-management-mcp"} /* mine */}}',
      '{"mcpServers": {"logto": {"command": "logto-management-mcp"}, "docs": {}}}',
    ]) {
      const after = removeEntry(source('cursor', text), 'logto', ['mcpServers', 'inputs']);
      for (const word of ['docs', '"a": 1', 'mine'].filter((part) => text.includes(part))) {
        expect(after).toContain(word);
      }
      expect(after).not.toContain('logto');
    }
  });

  it('removes the containers that were created for the entry when they are empty', () => {
    const text = setEntry(source('cursor', '{"a": 1}'), 'logto', entry);
    expect(removeEntry(source('cursor', text), 'logto', ['mcpServers'])).toBe('{"a": 1}');
    expect(removeEntry(source('cursor', text), 'logto', [])).toBe('{"a": 1, "mcpServers": {}}');
  });

  it('keeps the tables that follow the entry in TOML', () => {
    const text = setEntry(source('codex', 'a = 1'), 'logto', entry);
    for (const following of ['[b]\nc = 1\n', '\n[b]\nc = 1\n', '# d\n']) {
      const after = removeEntry(source('codex', text + following), 'logto', []);
      expect(parseToml(after)).toEqual(parseToml(`a = 1\n${following}`));
      expect(after).toContain(following.trim());
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

/** JSON with white space, comments and commas wherever they are allowed. */
function randomJson(random: () => number, depth: number): string {
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

it('inserts into any text of JSON and removes again, and keeps every value and comment', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const before = randomJson(randomOf(seed), 3);
    const value = parsedValue(before);
    const text = setEntry(source('cursor', before), 'logto', entry);
    expect(parsedValue(text), before).toEqual({
      ...value,
      mcpServers: { ...value.mcpServers, logto: entry },
    });
    expect(commentsIn(text), before).toEqual(commentsIn(before));
    const created = value.mcpServers === undefined ? ['mcpServers'] : [];
    const after = removeEntry(source('cursor', text), 'logto', created);
    expect(parsedValue(after), before).toEqual(value);
    expect(commentsIn(after), before).toEqual(commentsIn(before));
  }
});

it('removes any member of any text of JSON, and nothing else', () => {
  let count = 0;
  for (let seed = 1; seed <= 500; seed += 1) {
    const before = randomJson(randomOf(seed), 2);
    const value = parsedValue(before);
    for (const path of [['m0'], ['m1'], ['mcpServers', 's'], ['m0', 'k0'], ['m0', 1], ['m1', 0]]) {
      if (valueAt(value, path) === undefined) {
        continue;
      }
      const after = json.unset(before, path);
      expect(parsedValue(after), before).toEqual(withoutValue(value, path));
      count += 1;
    }
  }
  expect(count).toBeGreaterThan(200);
});

it('inserts into any order of tables of TOML and removes again, and keeps the rest', () => {
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
      .sort((item, other) => item.at - other.at)
      .map(({ part }) => part)
      .join('')}`;
    const before = random() < 0.5 ? whole : whole.trimEnd();
    const value = parseToml(before);
    const text = setEntry(source('codex', before), 'logto', entry);
    expect(parseToml(text), before).toEqual({
      ...value,
      mcp_servers: { ...Object(value['mcp_servers']), logto: entry },
    });
    const after = removeEntry(source('codex', text), 'logto', []);
    expect(parseToml(after), before).toEqual(value);
    expect(after.replaceAll(/\s/g, ''), before).toBe(before.replaceAll(/\s/g, ''));
  }
});

describe('every private range', () => {
  it.each([
    [json, '{"a": "s1", "b": ["s2", 3, true], // s4\n "c": {"d": "s5"} /* s6 */}', 6],
    [toml, 'a = "s1" # s2\nb = [\'s3\', 4, true]\nc = { d = """s5""" }\n[e]\nf = 1979-05-27\n', 6],
  ] satisfies readonly (readonly [Format, string, number])[])(
    'of text %# is reported',
    (format, text, count) => {
      const privateRanges = format.privateRanges(text);
      expect(privateRanges).toHaveLength(count);
      const left = [...privateRanges]
        .sort((item, other) => other.from - item.from)
        .reduce((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text);
      expect(left).not.toMatch(/s\d|[34]\b|1979/);
    },
  );
});
