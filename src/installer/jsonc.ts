/**
 * JSON with comments and trailing commas, edited in place.
 *
 * `modify` of jsonc-parser is not used: it puts a new member between the last one and the comment behind it, spreads a file
 * of one line over many, and does not give back `{}`. Its parser is, before and after every edit.
 */
import { type Node, type ParseError, parseTree, printParseErrorCode, visit } from 'jsonc-parser';
import {
  type Edited,
  type Format,
  gapAfter,
  gapBefore,
  indentAt,
  lineEnd,
  type Path,
  type Piece,
  same,
  UneditableError,
} from './config-format.js';

const options = { allowTrailingComma: true } as const;

const isBlank = (text: string): boolean => text.trim() === '';

const endOf = ({ offset, length }: Node): number => offset + length;

/** `CloseBraceExpected` -> `close brace expected`. */
const inWords = (code: string): string =>
  code.replaceAll(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();

function treeOf(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, options);
  const [first] = errors;
  if (first !== undefined) {
    throw new UneditableError(inWords(printParseErrorCode(first.error)), text, first.offset);
  }
  if (root?.type !== 'object') {
    throw new UneditableError('an object is expected here', text, root?.offset ?? 0);
  }
  return root;
}

const childrenOf = ({ children }: Node): readonly Node[] => children ?? [];

/** Name and value of a member. */
const partsOf = (member: Node): readonly [name: string, value: Node | undefined] => {
  const [key, value] = childrenOf(member);
  return [String(key?.value), value];
};

function plainValue(node: Node | undefined): unknown {
  switch (node?.type) {
    case 'object':
      return Object.fromEntries(
        childrenOf(node).map((member) => {
          const [name, value] = partsOf(member);
          return [name, plainValue(value)];
        }),
      );
    case 'array':
      return childrenOf(node).map(plainValue);
    default:
      return node?.value;
  }
}

/** What holds the value at a place in a container: the member of an object, or the element of an array. */
function itemIn(text: string, container: Node, name: string | number): Node | undefined {
  if (container.type === 'array' && typeof name === 'number') {
    return childrenOf(container)[name];
  }
  if (container.type !== 'object' || typeof name === 'number') {
    const wanted = typeof name === 'number' ? 'a list' : 'an object';
    throw new UneditableError(`${wanted} is expected here`, text, container.offset);
  }
  const [found, again] = childrenOf(container).filter((member) => partsOf(member)[0] === name);
  if (again !== undefined) {
    throw new UneditableError(`"${name}" stands here for the second time`, text, again.offset);
  }
  return found;
}

const valueIn = (item: Node): Node | undefined =>
  item.type === 'property' ? partsOf(item)[1] : item;

/** Where commas stand; those in strings and comments are none. */
function commasIn(text: string): readonly number[] {
  const commas: number[] = [];
  visit(
    text,
    { onSeparator: (character, offset) => void (character === ',' && commas.push(offset)) },
    options,
  );
  return commas;
}

/** Where comments end that go to the end of their lines. */
function lineCommentsIn(text: string): readonly number[] {
  const ends: number[] = [];
  visit(
    text,
    {
      onComment: (offset, length) =>
        void (text.startsWith('//', offset) && ends.push(offset + length)),
    },
    options,
  );
  return ends;
}

/** One step of indentation, as the first member that stands on a line of its own shows it; two spaces where none does. */
function stepOf(text: string, root: Node): string {
  const [first] = childrenOf(root);
  const own = first && /\n([ \t]+)$/.exec(text.slice(0, first.offset))?.[1];
  return own ?? '  ';
}

const written = (value: unknown, step: string, indent: string, eol: string): string =>
  JSON.stringify(value, undefined, step).replaceAll('\n', `${eol}${indent}`);

const replaced = (text: string, from: number, to: number, by: string): string =>
  text.slice(0, from) + by + text.slice(to);

/** Puts an item behind the last one of a container, and behind the comments that follow it. */
function insert(
  text: string,
  container: Node,
  name: string | undefined,
  value: unknown,
): { text: string; gap: string | undefined } {
  const eol = lineEnd(text);
  const step = stepOf(text, treeOf(text));
  const last = childrenOf(container).at(-1);
  const close = endOf(container) - 1;
  const from = gapBefore(text, close);
  const outer = indentAt(text, container.offset);
  const ownLine = last && /\n([ \t]*)$/.exec(text.slice(0, last.offset))?.[1];
  const indent = ownLine ?? outer + step;
  const trailing =
    last !== undefined && commasIn(text).some((at) => at >= endOf(last) && at < close);
  const item = `${name === undefined ? '' : `${JSON.stringify(name)}: `}${written(value, step, indent, eol)}`;
  const gap = text.slice(from, close);
  const closing = gap.includes('\n') ? gap : `${eol}${outer}`;
  const tail = `${eol}${indent}${item}${trailing ? ',' : ''}${closing}`;
  const between = last === undefined ? '' : text.slice(endOf(last), from);
  const head = text.slice(0, last === undefined ? from : endOf(last));
  const comma = last !== undefined && !trailing ? ',' : '';
  return {
    text: head + comma + between + tail + text.slice(close),
    gap: gap === closing && last !== undefined ? undefined : gap,
  };
}

function set(text: string, path: Path, value: unknown): Edited {
  if (isBlank(text)) {
    const whole = path.reduceRight<unknown>(
      (inner, name) => (typeof name === 'number' ? [inner] : { [name]: inner }),
      value,
    );
    return { text: `${JSON.stringify(whole, undefined, 2)}\n`, trace: { path: [], gap: text } };
  }
  let container = treeOf(text);
  for (const [depth, name] of path.entries()) {
    const item = itemIn(text, container, name);
    if (item === undefined) {
      const inner = path
        .slice(depth + 1)
        .reduceRight<unknown>(
          (within, step) => (typeof step === 'number' ? [within] : { [step]: within }),
          value,
        );
      const done = insert(text, container, typeof name === 'number' ? undefined : name, inner);
      return {
        text: done.text,
        trace: {
          path: path.slice(0, depth + 1),
          ...(done.gap !== undefined && { gap: done.gap }),
        },
      };
    }
    container = valueIn(item) ?? item;
  }
  if (same(plainValue(container), value)) {
    return { text };
  }
  const step = stepOf(text, treeOf(text));
  const indent = indentAt(text, container.offset);
  return {
    text: replaced(
      text,
      container.offset,
      endOf(container),
      written(value, step, indent, lineEnd(text)),
    ),
  };
}

function unset(text: string, path: Path, gap?: string): string {
  if (isBlank(text)) {
    return text;
  }
  if (path.length === 0) {
    return gap ?? text;
  }
  let container = treeOf(text);
  for (const name of path.slice(0, -1)) {
    const item = itemIn(text, container, name);
    if (item === undefined) {
      return text;
    }
    container = valueIn(item) ?? item;
  }
  const item = itemIn(text, container, path.at(-1) ?? '');
  if (item === undefined) {
    return text;
  }
  const items = childrenOf(container);
  const index = items.indexOf(item);
  const [before, after] = [items[index - 1], items[index + 1]];
  const close = endOf(container) - 1;
  const commas = commasIn(text);
  const own = commas.find((at) => at >= endOf(item) && at < (after?.offset ?? close));
  // A last item without a comma behind it is why there is one before it.
  const led =
    before !== undefined && after === undefined && own === undefined
      ? commas.find((at) => at >= endOf(before) && at < item.offset)
      : undefined;
  // What stands between an item and its comma is a comment of somebody's.
  const rest = own === undefined ? '' : text.slice(endOf(item), own);
  const end = own === undefined ? endOf(item) : own + 1;
  const behind = text.slice(end);
  const start = gapBefore(text, item.offset);
  const isExplained = /^[ \t]*\/[/*]/.test(rest + behind);
  const isLast = after === undefined && gapAfter(text, end) === close;
  const isAlone = before === undefined && start === container.offset + 1 && rest === '';
  const following = isExplained
    ? rest + behind.trimStart()
    : isLast
      ? rest + (gap ?? (isAlone ? '' : text.slice(end, close))) + text.slice(close)
      : rest + behind;
  // A comment behind the item keeps its line, and one before it must not get hold of what follows.
  const isNeeded =
    isExplained || (!/^[ \t]*\r?\n/.test(following) && lineCommentsIn(text).includes(start));
  const head = text.slice(0, isNeeded ? item.offset : start);
  return (led === undefined ? head : head.slice(0, led) + head.slice(led + 1)) + following;
}

function pieces(text: string): Piece[] {
  if (isBlank(text)) {
    return [];
  }
  const found: Piece[] = [];
  visit(
    text,
    {
      onComment: (offset, length) => void found.push({ from: offset, to: offset + length }),
      onLiteralValue(value, offset, length, _line, _character, path) {
        if (typeof value === 'string') {
          found.push({ from: offset + 1, to: offset + length - 1, path: path() });
        } else if (typeof value === 'number') {
          found.push({ from: offset, to: offset + length, path: path() });
        }
      },
    },
    options,
  );
  return found;
}

/** JSON, with comments and trailing commas where a file has them. */
export const json: Format = {
  read: (text) => (isBlank(text) ? {} : plainValue(treeOf(text))),
  set,
  unset,
  pieces,
};
