/** Reads the question of find_operations: the text under any of its names, and the several questions in it. */
import { isObject } from '../../json.js';

/** One of several questions in one text. */
export type Question =
  | { readonly kind: 'words'; readonly text: string }
  /** An operation by its name; it need not exist. */
  | { readonly kind: 'name'; readonly name: string }
  /** One argument of an operation; neither need exist. */
  | { readonly kind: 'argument'; readonly name: string; readonly argument: string };

/** A word that is meant as a tool name, whether that exists or not: `create_role`. */
const TOOL_NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/;

/** An argument of an operation: `update_user.profile`, `logto.create_hook.events`. */
const ARGUMENT_OF = /^(?:logto\.)?([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\.(\w+)$/;

/** A word that may be an operationId: `CreateRole`. Other words are written so too. */
const OPERATION_ID = /^[A-Za-z][a-z0-9]+(?:[A-Z][a-z0-9]+)+$/;

/** A path of the API, or its address. */
const PATH = /^(?:https?:\/\/[^/]+)?\/?(?:api)?\/\S+$/i;

const METHOD = /^(?:get|post|put|patch|delete)$/i;

/** Words between names. */
const CONNECTORS: ReadonlySet<string> = new Set(['and', 'or', '&', '+', '|', '/']);

/** The operations and words in a text. */
export interface NamedIn {
  /** The operation that a name means. */
  byId(text: string): { readonly name: string } | undefined;
  /** The operations that a route means. */
  byRoute(text: string): readonly { readonly name: string }[];
}

/** The words of a text, with a method and the path after it as one. */
function wordsIn(text: string): readonly string[] {
  const words: string[] = [];
  for (const raw of text.split(/[\s,]+/)) {
    const word = raw.replace(/^[`'"(]+|[`'").:?!]+$/g, '').replace(/^(logto\.\w+)\(.*$/, '$1');
    const method = words.at(-1) ?? '';
    if (METHOD.test(method) && PATH.test(word)) {
      words.splice(-1, 1, `${method} ${word}`);
    } else if (word !== '' && !CONNECTORS.has(word.toLowerCase())) {
      words.push(word);
    }
  }
  return words;
}

/** What one word means by itself: undefined for a word of a sentence. */
function namedBy(word: string, { byId, byRoute }: NamedIn): readonly Question[] | undefined {
  const [, operation = '', argument = ''] = ARGUMENT_OF.exec(word) ?? [];
  if (argument !== '') {
    return [{ kind: 'argument', name: byId(operation)?.name ?? operation, argument }];
  }
  const plain = word.replace(/^logto\./, '');
  const known = byId(plain);
  if (TOOL_NAME.test(plain) || (OPERATION_ID.test(plain) && known !== undefined)) {
    return [{ kind: 'name', name: known?.name ?? plain }];
  }
  const path = word.replace(/^\w+ /, '');
  const operations = PATH.test(path) ? byRoute(word) : [];
  return operations.length > 0 ? operations.map(({ name }) => ({ kind: 'name', name })) : undefined;
}

/**
 * The questions in a text: parts that a semicolon or a line break ends, and in each part the names, arguments and routes of
 * operations, whatever is between them. A part with one name or route among other words stays one question.
 */
export function questionsIn(text: string, named: NamedIn): readonly Question[] {
  const isKnown = (question: Question): boolean =>
    question.kind !== 'words' && named.byId(question.name) !== undefined;
  return text.split(/[;\n]+/).flatMap((part): Question[] => {
    const words = wordsIn(part);
    const meanings = words.map((word) => namedBy(word, named));
    const definite = meanings.filter((meaning) => meaning !== undefined);
    const others = words.filter((_, index) => meanings[index] === undefined);
    const questions = definite.flat();
    const [only] = definite.length === 1 ? questions : [];
    if (words.length === 0) {
      return [];
    }
    // "All values of create_hook.events": the other words say nothing else.
    if (only?.kind === 'argument' && isKnown(only)) {
      return [only];
    }
    if (!questions.some(isKnown) || (definite.length === 1 && others.length > 0)) {
      return [{ kind: 'words', text: part.trim() }];
    }
    return [
      ...questions,
      ...(others.length > 0 ? [{ kind: 'words' as const, text: others.join(' ') }] : []),
    ];
  });
}

/** Names that models use for `words`. */
const wordAliases = ['query', 'q', 'text', 'search', 'keywords', 'task'];

/** The arguments with `words` under its own name, as one text; empty texts count as absent. */
export function withWords(sent: unknown): unknown {
  if (!isObject(sent)) {
    return sent;
  }
  const aliases = wordAliases.filter((name) => Object.hasOwn(sent, name));
  const [alias = 'words'] = aliases;
  // With two of them it is not clear which is meant; the validation names the undeclared ones.
  const name = aliases.length > 1 || Object.hasOwn(sent, 'words') ? 'words' : alias;
  const { [name]: value, ...rest } = sent;
  const words =
    Array.isArray(value) && value.every((word) => typeof word === 'string')
      ? value.join(' ')
      : value;
  const isEmpty = (text: unknown): boolean => typeof text === 'string' && text.trim() === '';
  return Object.fromEntries(
    Object.entries({ ...rest, words }).filter(
      ([key, text]) => text !== undefined && !(['words', 'domain'].includes(key) && isEmpty(text)),
    ),
  );
}
