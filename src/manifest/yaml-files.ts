/**
 * YAML and JSON with the positions of their values. Loaded only when a file is read or written: the `yaml` package is a
 * separate part of the program.
 */

import {
  Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import type { Item } from '../catalog/write-facts.js';
import type { JsonPath } from '../json.js';
import { type ManifestFile, type Problem, problemAt } from './source.js';

/** Values that all aliases of one file may expand to: aliases of aliases grow exponentially. */
const MAX_ALIASES = 10_000;

/** Characters of a file that an error quotes. */
const MAX_QUOTED_CHARS = 40;

/** Messages of the parser in the words of a manifest. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/multiple documents/, 'it has several documents (---): put each into a file of one folder'],
  [/call stack/, 'it is nested too deeply'],
  [/Excessive alias/, `its aliases stand for more than ${MAX_ALIASES} values`],
];

const messageOf = (text: string): string => {
  const [first = ''] = text.split('\n');
  const translated = MESSAGES.find(([pattern]) => pattern.test(first));
  return (
    translated?.[1] ??
    `it does not parse: ${first.replace(/\.?( at line \d+, column \d+:?)?$/, '')}`
  );
};

/** The offset of what the built-in parser rejects: a comma at the end of a list, for example. */
function jsonErrorOffset(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const [, offset] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
    return Number(offset ?? 0);
  }
}

const isJsonFile = (name: string): boolean => /\.json$/i.test(name);

/** What is YAML but not JSON, by its offset. */
function jsonFaults(document: Document): readonly (readonly [number, string])[] {
  const faults: [number, string][] = [];
  visit(document, {
    Scalar(key, node) {
      const { type, source = '', range } = node;
      const isQuoted = type === 'QUOTE_DOUBLE';
      if (
        key === 'key' ? !isQuoted : !isQuoted && !/^(true|false|null|-?\d[\d.eE+-]*)$/.test(source)
      ) {
        const quoted = JSON.stringify(source.slice(0, MAX_QUOTED_CHARS));
        const message = source === '' ? 'a value is missing here' : `${quoted} is not JSON`;
        faults.push([range?.[0] ?? 0, message]);
      }
    },
  });
  return faults;
}

/** Aliases inside the node that they stand for, by their offset. */
function cyclesIn(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias(_, node, path) {
      const target = node.resolve(document);
      if (path.some((outer) => outer === target)) {
        offsets.push(node.range?.[0] ?? 0);
      }
    },
  });
  return offsets;
}

/**
 * Parses one file.
 *
 * @returns the file, or its problems
 */
export function parseFile(name: string, text: string): ManifestFile | readonly Problem[] {
  const lines = new LineCounter();
  const unreadable = text.search(/[\0\uFFFD]/);
  if (unreadable >= 0) {
    return [problemAt({ file: name, path: [] }, 'it is not UTF-8 text.')];
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problemOf = (offset: number, message: string): Problem =>
    problemAt({ file: name, path: [] }, message, placeOf(offset));
  // An unknown tag would be dropped: `!env NAME` is not a text.
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) {
    return errors.map(({ message, pos }) => problemOf(pos[0], `${messageOf(message)}.`));
  }
  const faults = isJsonFile(name) ? [...jsonFaults(document)] : [];
  const offset = isJsonFile(name) && faults.length === 0 ? jsonErrorOffset(text) : undefined;
  if (offset !== undefined && text.trim() !== '') {
    faults.push([offset, 'it is not JSON from here on']);
  }
  if (faults.length > 0) {
    return faults.map(([offset, fault]) => problemOf(offset, `it does not parse: ${fault}.`));
  }
  const cycles = cyclesIn(document);
  if (cycles.length > 0) {
    return cycles.map((offset) =>
      problemOf(offset, 'an alias is inside of what it stands for, so it has no end.'),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return [problemOf(0, `${messageOf(error instanceof Error ? error.message : String(error))}.`)];
  }
  return {
    name,
    value,
    at(path: JsonPath, part?: 'name') {
      const parent = part === undefined ? undefined : document.getIn(path.slice(0, -1), true);
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
        : undefined;
      if (isScalar(pair?.key) && pair.key.range != null) {
        return placeOf(pair.key.range[0]);
      }
      // The nearest existing position: a missing member is reported where it should be.
      for (let length = path.length; length >= 0; length -= 1) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range != null) {
          return placeOf(node.range[0]);
        }
      }
      return undefined;
    },
  };
}

/** A document to write, with the comments and the order of an existing text if there is one. */
export function updateText(name: string, existing: string | undefined, merge: Merge): string {
  const isJson = isJsonFile(name);
  const document = parseDocument(existing ?? '', { keepSourceTokens: false });
  if (isJson) {
    const current: unknown = document.toJS();
    return `${JSON.stringify(merge.value(current), null, 2)}\n`;
  }
  const value = merge.value(document.toJS());
  if (document.contents === null) {
    return new Document(value).toString({ lineWidth: 0 });
  }
  reconcile(document, [], value, merge.keyOf);
  return document.toString({ lineWidth: 0 });
}

/** How a new value is merged into a file. */
export interface Merge {
  /** The new value of the file, from its current one. */
  readonly value: (current: unknown) => Item;
  /** The key of an item of the list at a path, which finds the present item again. */
  readonly keyOf: (path: readonly PropertyKey[], item: unknown) => string | undefined;
}

/** Changes a document to a value, and touches only what differs. */
function reconcile(
  document: Document,
  path: readonly (string | number)[],
  value: unknown,
  keyOf: Merge['keyOf'],
): void {
  const node = document.getIn(path, true);
  const isSame = (other: unknown, expected: unknown): boolean =>
    JSON.stringify(other) === JSON.stringify(expected);
  if (isAlias(node)) {
    if (!isSame(node.toJS(document), value)) {
      document.setIn(path, document.createNode(value));
    }
    return;
  }
  if (isMap(node) && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const members = new Map(Object.entries(value));
    for (const pair of [...node.items]) {
      const name = isScalar(pair.key) ? String(pair.key.value) : '';
      if (!members.has(name)) {
        node.delete(pair.key);
      }
    }
    for (const [name, member] of members) {
      if (node.has(name)) {
        reconcile(document, [...path, name], member, keyOf);
      } else {
        node.set(document.createNode(name), document.createNode(member));
      }
    }
    return;
  }
  if (isSeq(node) && Array.isArray(value)) {
    const items = node.items;
    const currentKeys = items.map((item) =>
      keyOf(path, isNode(item) ? item.toJS(document) : isPair(item) ? undefined : item),
    );
    const keys = value.map((item) => keyOf(path, item));
    if (keys.some((key) => key === undefined)) {
      const current: unknown = node.toJS(document);
      if (!isSame(current, value)) {
        document.setIn(path, document.createNode(value));
      }
      return;
    }
    // Retained entries keep their position; new ones go to the end.
    const staying = currentKeys.flatMap((key, index) =>
      key !== undefined && keys.includes(key) ? [{ key, item: items[index] }] : [],
    );
    const added = keys.flatMap((key, index) =>
      currentKeys.includes(key) ? [] : [document.createNode(value[index])],
    );
    node.items = [...staying.map(({ item }) => item), ...added];
    for (const [index, { key }] of staying.entries()) {
      reconcile(document, [...path, index], value[keys.indexOf(key)], keyOf);
    }
    return;
  }
  if (isScalar(node) && isSame(node.value, value)) {
    return;
  }
  if (isScalar(node) && (typeof value !== 'object' || value === null)) {
    node.value = value;
    return;
  }
  document.setIn(path, document.createNode(value));
}
