/**
 * JSON with comments and trailing commas, edited in place.
 *
 * Values are replaced with jsonc-parser's `modify`. Members are inserted and removed by the edits below, because `modify`
 * moves a comment that follows the last member, deletes comments next to a removed member, and reformats neighbouring lines.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  applyEdits,
  createScanner,
  type Edit,
  getNodeValue,
  modify,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
  visit,
} from 'jsonc-parser';
import type { JsonPath } from '../json.js';
import {
  type Format,
  indentAt,
  lineEnd,
  type TextRange,
  UneditableError,
} from './config-format.js';

const parseOptions = { allowTrailingComma: true } as const;

const isBlank = (text: string): boolean => text.trim() === '';

const endOf = ({ offset, length }: Node): number => offset + length;

const childrenOf = ({ children = [] }: Node): readonly Node[] => children;

/** `CloseBraceExpected` -> `close brace expected`. */
const inWords = (code: string): string =>
  code.replaceAll(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();

function parse(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, parseOptions);
  const [first] = errors;
  if (first !== undefined) {
    throw new UneditableError(inWords(printParseErrorCode(first.error)), text, first.offset);
  }
  if (root?.type !== 'object') {
    throw new UneditableError('an object is expected here', text, root?.offset ?? 0);
  }
  return root;
}

/** The value of a node; its objects have the default prototype, for comparisons. */
const valueOfNode = (node: Node): unknown => structuredClone(getNodeValue(node));

/** The member or element with a name in a container. @throws UneditableError for a wrong type or a duplicate name */
function itemIn(text: string, container: Node, name: string | number): Node | undefined {
  const expected = typeof name === 'number' ? 'array' : 'object';
  if (container.type !== expected) {
    const title = typeof name === 'number' ? 'a list' : 'an object';
    throw new UneditableError(`${title} is expected here`, text, container.offset);
  }
  if (typeof name === 'number') {
    return childrenOf(container)[name];
  }
  const [item, duplicate] = childrenOf(container).filter(
    ({ children: [key] = [] }) => key?.value === name,
  );
  if (duplicate !== undefined) {
    throw new UneditableError(`"${name}" is here for the second time`, text, duplicate.offset);
  }
  return item;
}

/** The deepest existing value along a path, and how many names of the path lead to it. */
function resolve(text: string, path: JsonPath): { node: Node; depth: number } {
  let node = parse(text);
  for (const [depth, name] of path.entries()) {
    const item = itemIn(text, node, name);
    if (item === undefined) {
      return { node, depth };
    }
    node = (item.type === 'property' ? item.children?.[1] : item) ?? item;
  }
  return { node, depth: path.length };
}

/** The offset of a comma that is the next token in a range, comments aside. */
function commaIn(text: string, from: number, to: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(from);
  scanner.scan();
  const offset = scanner.getTokenOffset();
  return offset < to && text[offset] === ',' ? offset : undefined;
}

/** The indentation of a node that starts a line. */
const lineIndent = (text: string, node: Node | undefined): string | undefined =>
  node && /\n([ \t]*)$/.exec(text.slice(0, node.offset))?.[1];

/** One step of indentation: that of the first member. Two spaces if it does not start a line. */
const indentStep = (text: string): string => lineIndent(text, childrenOf(parse(text))[0]) || '  ';

const spaceBefore = (text: string, offset: number): number =>
  text.slice(0, offset).trimEnd().length;

/** The value inside missing containers. */
const nest = (path: JsonPath, value: unknown): unknown =>
  path.reduceRight<unknown>(
    (inner, name) => (typeof name === 'number' ? [inner] : { [name]: inner }),
    value,
  );

/** Adds an item after the last one of a container and after the comments that follow it. */
function append(text: string, container: Node, name: string | number, value: unknown): string {
  const last = childrenOf(container).at(-1);
  const close = endOf(container) - 1;
  const from = spaceBefore(text, close);
  const space = text.slice(from, close);
  const key = typeof name === 'number' ? '' : `${JSON.stringify(name)}: `;
  const hasComma = last !== undefined && commaIn(text, endOf(last), close) !== undefined;
  const comma: Edit[] =
    last === undefined || hasComma ? [] : [{ offset: endOf(last), length: 0, content: ',' }];
  const isOneLine = !(
    last === undefined ? text.trim() : text.slice(container.offset, close)
  ).includes('\n');
  if (isOneLine) {
    const content = `${last === undefined ? '' : ' '}${key}${JSON.stringify(value)}`;
    return applyEdits(text, [...comma, { offset: from, length: 0, content }]);
  }
  const eol = lineEnd(text);
  const outer = indentAt(text, container.offset);
  const step = indentStep(text);
  const indent = lineIndent(text, last) ?? outer + step;
  const lines = JSON.stringify(value, undefined, step).replaceAll('\n', eol + indent);
  const closing = space.includes('\n') ? space : eol + outer;
  const content = `${eol}${indent}${key}${lines}${hasComma ? ',' : ''}${closing}`;
  return applyEdits(text, [...comma, { offset: from, length: space.length, content }]);
}

function set(text: string, path: JsonPath, value: unknown): string {
  if (isBlank(text)) {
    return `${JSON.stringify(nest(path, value), undefined, 2)}\n`;
  }
  const { node, depth } = resolve(text, path);
  const name = path[depth];
  if (name !== undefined) {
    return append(text, node, name, nest(path.slice(depth + 1), value));
  }
  if (isDeepStrictEqual(valueOfNode(node), value)) {
    return text;
  }
  const isOneLine = !text.slice(node.offset, endOf(node)).includes('\n');
  const step = indentStep(text);
  const formattingOptions = {
    insertSpaces: !step.includes('\t'),
    tabSize: step.length,
    eol: lineEnd(text),
  };
  const edits = modify(text, [...path], value, isOneLine ? {} : { formattingOptions });
  return applyEdits(text, edits);
}

/** Removes an item and one comma. Comments stay. */
function unset(text: string, path: JsonPath): string {
  if (isBlank(text)) {
    return text;
  }
  const { node, depth } = resolve(text, path);
  const item = node.parent?.type === 'property' ? node.parent : node;
  const container = item.parent;
  if (depth < path.length || container === undefined) {
    return text;
  }
  const items = childrenOf(container);
  const previous = items[items.indexOf(item) - 1];
  const close = endOf(container) - 1;
  const after = commaIn(text, endOf(item), close);
  const before =
    after === undefined && previous ? commaIn(text, endOf(previous), item.offset) : undefined;
  const isAdjacent = after !== undefined && isBlank(text.slice(endOf(item), after));
  let end = isAdjacent ? after + 1 : endOf(item);
  const rest = text.slice(end);
  const start = spaceBefore(text, item.offset);
  // A comment on the line of the item keeps that line. A line comment before it must not swallow what follows.
  const hasComment = /^[ \t]*\/[/*]/.test(rest);
  const lineBefore = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const keepsLine = hasComment || (lineBefore.includes('//') && !/^[ \t]*\r?\n/.test(rest));
  if (hasComment) {
    end += rest.length - rest.trimStart().length;
  } else if (
    items.length === 1 &&
    start === container.offset + 1 &&
    isBlank(text.slice(end, close))
  ) {
    end = close;
  }
  const cut = (from: number, to: number): Edit => ({
    offset: from,
    length: to - from,
    content: '',
  });
  return applyEdits(text, [
    ...(before === undefined ? [] : [cut(before, before + 1)]),
    cut(keepsLine ? item.offset : start, end),
    ...(after === undefined || isAdjacent ? [] : [cut(after, after + 1)]),
  ]);
}

function privateRanges(text: string): TextRange[] {
  const ranges: TextRange[] = [];
  if (isBlank(text)) {
    return ranges;
  }
  visit(
    text,
    {
      onComment: (offset, length) => void ranges.push({ from: offset, to: offset + length }),
      onLiteralValue(value, offset, length, _line, _character, path) {
        const quote = typeof value === 'string' ? 1 : 0;
        if (quote === 1 || typeof value === 'number') {
          ranges.push({ from: offset + quote, to: offset + length - quote, path: path() });
        }
      },
    },
    parseOptions,
  );
  return ranges;
}

export const json: Format = {
  read: (text) => (isBlank(text) ? {} : valueOfNode(parse(text))),
  set,
  unset,
  privateRanges,
};
