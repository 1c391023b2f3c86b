/**
 * TOML, edited in place: new tables go to the end of the file, and what is there is cut and replaced by the places that the
 * parser names. Comments, blank lines and the spelling of everything else stay.
 */
import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import {
  at,
  type Edited,
  type Format,
  having,
  indentAt,
  isObject,
  lacking,
  lineEnd,
  type Path,
  type Piece,
  same,
  UneditableError,
} from './config-format.js';

function parsed(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text);
  } catch (error) {
    if (error instanceof ParseError) {
      throw new UneditableError(error.message.toLowerCase(), text, error.index);
    }
    throw error;
  }
}

interface Table {
  readonly path: Path;
  readonly node: AST.TOMLTable;
}

interface Pair {
  readonly path: Path;
  /** The table under whose header it stands. */
  readonly table: Path;
  readonly node: AST.TOMLKeyValue;
}

const keysOf = ({ keys }: AST.TOMLKey): Path =>
  keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));

/** Every table that has a header, and every key that stands outside of inline tables. */
function statementsOf(program: AST.TOMLProgram): { tables: Table[]; pairs: Pair[] } {
  const tables: Table[] = [];
  const pairs: Pair[] = [];
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') {
      pairs.push({ path: keysOf(node.key), table: [], node });
      continue;
    }
    const path = node.resolvedKey;
    tables.push({ path, node });
    for (const pair of node.body) {
      pairs.push({ path: [...path, ...keysOf(pair.key)], table: path, node: pair });
    }
  }
  return { tables, pairs };
}

const startsWith = (path: Path, start: Path): boolean =>
  start.every((name, index) => path[index] === name);

const key = (name: string | number): string =>
  /^[\w-]+$/.test(String(name)) ? String(name) : quoted(String(name));

/** A basic string; JSON's escapes are all among TOML's, which wants one more. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll('\x7f', '\\u007F');

function inline(value: unknown): string {
  if (typeof value === 'string') {
    return quoted(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(inline).join(', ')}]`;
  }
  if (isObject(value)) {
    const members = Object.entries(value).map(([name, one]) => `${key(name)} = ${inline(one)}`);
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return value instanceof Date ? value.toISOString() : String(value);
}

/** A table with its header, and the tables in it behind it. */
function block(path: Path, value: Readonly<Record<string, unknown>>, eol: string): string {
  const members = Object.entries(value);
  const plain = members.filter(([, one]) => !isObject(one));
  const lines = plain.map(([name, one]) => `${key(name)} = ${inline(one)}${eol}`);
  const inner = members.map(([name, one]) =>
    isObject(one) ? `${eol}${block([...path, name], one, eol)}` : '',
  );
  return `[${path.map(key).join('.')}]${eol}${lines.join('')}${inner.join('')}`;
}

/** The offset behind the line on which an offset lies, its end included. */
function behindLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

const endOfTable = ({ node }: Table): number => (node.body.at(-1) ?? node.key).range[1];

/** Puts lines behind the line of an offset, whether or not that one has an end. */
function behind(text: string, offset: number, lines: string, eol: string): string {
  const place = behindLine(text, offset);
  const head = text.slice(0, place);
  return `${head}${head.endsWith('\n') ? '' : eol}${lines}${text.slice(place)}`;
}

/** Puts a key into its table: under the header, or beside the keys that name the table in front of a dot. */
function withLine(
  text: string,
  path: Path,
  value: unknown,
  tables: readonly Table[],
  pairs: readonly Pair[],
): string {
  const parent = path.slice(0, -1);
  const header = tables.find((one) => same(one.path, parent));
  const kin = pairs.findLast(
    (one) => startsWith(one.path, parent) && startsWith(parent, one.table),
  );
  const end = header === undefined ? kin?.node.range[1] : endOfTable(header);
  if (end === undefined) {
    const name = parent.map(key).join('.');
    throw new UneditableError(`there has to be a table [${name}]`, text, text.length);
  }
  const names = path.slice((header === undefined ? kin?.table : parent)?.length);
  const eol = lineEnd(text);
  const line = `${indentAt(text, end)}${names.map(key).join('.')} = ${inline(value)}${eol}`;
  return behind(text, end, line, eol);
}

function set(text: string, path: Path, value: unknown): Edited {
  const eol = lineEnd(text);
  const { tables, pairs } = statementsOf(parsed(text));
  const pair = pairs.find((one) => startsWith(path, one.path));
  if (pair !== undefined) {
    const [from, to] = pair.node.value.range;
    const present: unknown = getStaticTOMLValue(pair.node.value);
    const rest = path.slice(pair.path.length);
    if (rest.length > 0 && !isObject(present)) {
      throw new UneditableError('a table is expected here', text, from);
    }
    const wanted = having(present, rest, value);
    return same(present, wanted)
      ? { text }
      : { text: text.slice(0, from) + inline(wanted) + text.slice(to) };
  }
  const parent = path.slice(0, -1);
  if (!isObject(value)) {
    return { text: withLine(text, path, value, tables, pairs) };
  }
  // A table in an entry goes behind what the entry has already; the entry itself goes to the end of the file.
  const kin = tables.filter((one) => startsWith(one.path, parent)).at(-1);
  if (parent.length > 1 && kin !== undefined) {
    return { text: behind(text, endOfTable(kin), eol + block(path, value, eol), eol) };
  }
  const isBlank = text.trim() === '';
  const gap = isBlank || /\n\r?\n$/.test(text) ? '' : text.endsWith('\n') ? eol : eol + eol;
  return { text: text + gap + block(path, value, eol), trace: { path, gap } };
}

/** Joins cuts that have nothing but white space between them. */
function joined(text: string, cuts: readonly (readonly [from: number, to: number])[]) {
  const sorted = [...cuts].sort(([one], [other]) => one - other);
  const result: [from: number, to: number][] = [];
  for (const [from, to] of sorted) {
    const last = result.at(-1);
    if (last !== undefined && text.slice(last[1], from).trim() === '') {
      last[1] = Math.max(last[1], to);
    } else {
      result.push([from, to]);
    }
  }
  return result;
}

/** What stands before a cut, without the white space that was put there, or that would be left over. */
function closed(head: string, tail: string, gap: string | undefined): string {
  if (tail !== '' && !/^\r?\n/.test(tail)) {
    return head;
  }
  return gap !== undefined && head.endsWith(gap)
    ? head.slice(0, head.length - gap.length)
    : head.replace(/(\n)\r?\n$/, '$1');
}

function unset(text: string, path: Path, gap?: string): string {
  const { tables, pairs } = statementsOf(parsed(text));
  const own = tables.filter((one) => startsWith(one.path, path));
  const lineOf = (from: number, to: number) =>
    [text.lastIndexOf('\n', from - 1) + 1, behindLine(text, to)] as const;
  const loose = pairs.filter(
    (one) => startsWith(one.path, path) && !own.some(({ node }) => node.body.includes(one.node)),
  );
  const cuts = joined(text, [
    ...own.map((one) => lineOf(one.node.range[0], endOfTable(one))),
    ...loose.map(({ node }) => lineOf(...node.range)),
  ]);
  let result = text;
  for (const [from, to] of cuts.toReversed()) {
    const tail = result.slice(to);
    const head = result.slice(0, from);
    result = (own.length > 0 ? closed(head, tail, gap) : head) + tail;
  }
  const within = pairs.find((one) => one.path.length < path.length && startsWith(path, one.path));
  if (within !== undefined) {
    const [from, to] = within.node.value.range;
    const present: unknown = getStaticTOMLValue(within.node.value);
    const rest = path.slice(within.path.length);
    if (at(present, rest) !== undefined) {
      result = result.slice(0, from) + inline(lacking(present, rest)) + result.slice(to);
    }
  }
  return result;
}

function piecesOf(node: AST.TOMLContentNode, path: Path): Piece[] {
  switch (node.type) {
    case 'TOMLArray':
      return node.elements.flatMap((element, index) => piecesOf(element, [...path, index]));
    case 'TOMLInlineTable':
      return node.body.flatMap((pair) => piecesOf(pair.value, [...path, ...keysOf(pair.key)]));
    default: {
      const [from, to] = node.range;
      const edge = node.kind === 'string' ? 1 : 0;
      return node.kind === 'boolean' ? [] : [{ from: from + edge, to: to - edge, path }];
    }
  }
}

export const toml: Format = {
  read: (text) => getStaticTOMLValue(parsed(text)),
  set,
  unset,
  pieces(text) {
    const program = parsed(text);
    return [
      ...program.comments.map(({ range: [from, to] }) => ({ from, to })),
      ...statementsOf(program).pairs.flatMap(({ path, node }) => piecesOf(node.value, path)),
    ];
  },
};
