/**
 * TOML, edited in place: new tables go to the end of the file; existing lines are removed or get a new value at the offsets
 * that the parser reports. Everything else keeps its bytes. Inline tables are not edited: no library preserves them.
 */
import { isDeepStrictEqual } from 'node:util';
import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import type { JsonPath } from '../json.js';
import { isObject } from '../json.js';
import {
  type Format,
  indentAt,
  lineEnd,
  type TextRange,
  UneditableError,
} from './config-format.js';

function parse(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text);
  } catch (error) {
    if (error instanceof ParseError) {
      throw new UneditableError(error.message.toLowerCase(), text, error.index);
    }
    throw error;
  }
}

interface TomlTable {
  readonly path: JsonPath;
  readonly node: AST.TOMLTable;
}

interface TomlPair {
  readonly path: JsonPath;
  /** The path of the table whose header it is under. */
  readonly table: JsonPath;
  readonly node: AST.TOMLKeyValue;
}

const namesIn = ({ keys }: AST.TOMLKey): JsonPath =>
  keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));

/** Every table with a header, and every key outside inline tables. */
function statementsOf(program: AST.TOMLProgram): { tables: TomlTable[]; pairs: TomlPair[] } {
  const tables: TomlTable[] = [];
  const pairs: TomlPair[] = [];
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') {
      pairs.push({ path: namesIn(node.key), table: [], node });
      continue;
    }
    const path = node.resolvedKey;
    tables.push({ path, node });
    for (const pair of node.body) {
      pairs.push({ path: [...path, ...namesIn(pair.key)], table: path, node: pair });
    }
  }
  return { tables, pairs };
}

const startsWith = (path: JsonPath, start: JsonPath): boolean =>
  start.every((name, index) => path[index] === name);

/** A basic string. JSON's escapes are all valid in TOML, which also demands one for DEL. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll('\x7f', '\\u007F');

const keyText = (name: string | number): string =>
  /^[\w-]+$/.test(String(name)) ? String(name) : quoted(String(name));

const dotted = (path: JsonPath): string => path.map(keyText).join('.');

const valueText = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(valueText).join(', ')}]`
    : typeof value === 'string'
      ? quoted(value)
      : String(value);

/** A table with its header, followed by its inner tables. */
function tableText(path: JsonPath, value: Readonly<Record<string, unknown>>, eol: string): string {
  const members = Object.entries(value);
  const lines = members
    .filter(([, member]) => !isObject(member))
    .map(([name, member]) => `${keyText(name)} = ${valueText(member)}${eol}`);
  const inner = members.map(([name, member]) =>
    isObject(member) ? `${eol}${tableText([...path, name], member, eol)}` : '',
  );
  return `[${dotted(path)}]${eol}${lines.join('')}${inner.join('')}`;
}

/** The offset after the line that an offset is in, its line ending included. */
function lineAfter(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

const endOf = ({ node }: TomlTable): number => (node.body.at(-1) ?? node.key).range[1];

/** Inserts lines after the line of an offset. */
function insertAfter(text: string, offset: number, lines: string, eol: string): string {
  const head = text.slice(0, lineAfter(text, offset));
  return `${head}${head.endsWith('\n') ? '' : eol}${lines}${text.slice(head.length)}`;
}

function refuseInline(text: string, pair: TomlPair): never {
  const name = dotted(pair.path);
  throw new UneditableError(
    `${name} is an inline table, which is not edited. Write it as a table: a line [${name}], and below it one line for each of its keys`,
    text,
    pair.node.value.range[0],
  );
}

/** Adds a key to its table: below the header, or next to dotted keys of the table. */
function insertKey(
  text: string,
  path: JsonPath,
  value: unknown,
  { tables, pairs }: ReturnType<typeof statementsOf>,
): string {
  const parent = path.slice(0, -1);
  const header = tables.find((table) => isDeepStrictEqual(table.path, parent));
  const sibling = pairs.findLast(
    (pair) => startsWith(pair.path, parent) && startsWith(parent, pair.table),
  );
  const end = header === undefined ? sibling?.node.range[1] : endOf(header);
  if (end === undefined) {
    throw new UneditableError(`there has to be a table [${dotted(parent)}]`, text, text.length);
  }
  const names = path.slice((header === undefined ? sibling?.table : parent)?.length);
  const eol = lineEnd(text);
  const line = `${indentAt(text, end)}${dotted(names)} = ${valueText(value)}${eol}`;
  return insertAfter(text, end, line, eol);
}

function set(text: string, path: JsonPath, value: unknown): string {
  const eol = lineEnd(text);
  const statements = statementsOf(parse(text));
  const pair = statements.pairs.find((candidate) => startsWith(path, candidate.path));
  if (pair !== undefined) {
    const [from, to] = pair.node.value.range;
    const present: unknown = getStaticTOMLValue(pair.node.value);
    if (isObject(present)) {
      refuseInline(text, pair);
    }
    if (pair.path.length < path.length) {
      throw new UneditableError('a table is expected here', text, from);
    }
    return isDeepStrictEqual(present, value)
      ? text
      : text.slice(0, from) + valueText(value) + text.slice(to);
  }
  if (!isObject(value)) {
    return insertKey(text, path, value, statements);
  }
  const parent = path.slice(0, -1);
  const sibling = statements.tables.findLast((table) => startsWith(table.path, parent));
  // A table of an entry goes after the entry's other tables; the entry itself goes to the end of the file.
  if (parent.length > 1 && sibling !== undefined) {
    return insertAfter(text, endOf(sibling), eol + tableText(path, value, eol), eol);
  }
  const isSeparate = text.trim() === '' || /\n\r?\n$/.test(text);
  const gap = isSeparate ? '' : text.endsWith('\n') ? eol : eol + eol;
  return text + gap + tableText(path, value, eol);
}

function unset(text: string, path: JsonPath): string {
  const { tables, pairs } = statementsOf(parse(text));
  const inline = pairs.find(
    (pair) => pair.path.length < path.length && startsWith(path, pair.path),
  );
  if (inline !== undefined && isObject(getStaticTOMLValue(inline.node.value))) {
    refuseInline(text, inline);
  }
  const removed = tables.filter((table) => startsWith(table.path, path));
  const ranges = [
    ...removed.map((table) => [table.node.range[0], endOf(table)] as const),
    ...pairs
      .filter((pair) => startsWith(pair.path, path) && !startsWith(pair.table, path))
      .map(({ node }) => node.range),
  ].sort(([a], [b]) => b - a);
  let result = text;
  for (const [from, to] of ranges) {
    const tail = result.slice(lineAfter(result, to));
    const head = result.slice(0, result.lastIndexOf('\n', from - 1) + 1);
    // The blank line before a removed table goes too, unless other lines would then touch.
    const isLast = tail === '' || /^\r?\n/.test(tail);
    result = (removed.length > 0 && isLast ? head.replace(/(\n)\r?\n$/, '$1') : head) + tail;
  }
  return result;
}

function valueRanges(node: AST.TOMLContentNode, path: JsonPath): TextRange[] {
  switch (node.type) {
    case 'TOMLArray':
      return node.elements.flatMap((element, index) => valueRanges(element, [...path, index]));
    case 'TOMLInlineTable':
      return node.body.flatMap((pair) => valueRanges(pair.value, [...path, ...namesIn(pair.key)]));
    default: {
      const [from, to] = node.range;
      const quote = node.kind === 'string' ? 1 : 0;
      return node.kind === 'boolean' ? [] : [{ from: from + quote, to: to - quote, path }];
    }
  }
}

export const toml: Format = {
  read: (text) => getStaticTOMLValue(parse(text)),
  set,
  unset,
  privateRanges(text) {
    const program = parse(text);
    return [
      ...program.comments.map(({ range: [from, to] }) => ({ from, to })),
      ...statementsOf(program).pairs.flatMap(({ path, node }) => valueRanges(node.value, path)),
    ];
  },
};
