/** Reads what find_operations is asked: the text under any of its names, and the several questions that it can hold. */
import { isObject } from '../../json.js';

/** One of several questions in one text. */
export type Question =
  | { readonly kind: 'words'; readonly text: string }
  /** An operation by its name; it need not exist. */
  | { readonly kind: 'name'; readonly name: string };

/** A word that is meant as a tool name, whether that exists or not: `create_role`. */
const TOOL_NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/;

/** A word that may be an operationId: `CreateRole`. Other words are written so too. */
const OPERATION_ID = /^[A-Za-z][a-z0-9]+(?:[A-Z][a-z0-9]+)+$/;

/** Words between names. */
const CONNECTORS: ReadonlySet<string> = new Set(['and', 'or', '&', '+', '|', '/']);

/**
 * The questions in a text: parts that a semicolon or a line break ends, and in each part the names of operations. A part with
 * one name among other words stays one question.
 *
 * @param named the operation that a name means
 */
export function questionsIn(
  text: string,
  named: (text: string) => { readonly name: string } | undefined,
): readonly Question[] {
  return text.split(/[;\n]+/).flatMap((part): Question[] => {
    const words = part
      .split(/[\s,]+/)
      .map((word) => word.replace(/^[`'"(]+|[`'").:?!]+$/g, ''))
      .filter((word) => word !== '' && !CONNECTORS.has(word.toLowerCase()));
    const isKnown = (word: string): boolean => named(word) !== undefined;
    const names = words.filter(
      (word) => TOOL_NAME.test(word) || (OPERATION_ID.test(word) && isKnown(word)),
    );
    const known = names.filter(isKnown);
    const others = words.filter((word) => !names.includes(word));
    if (words.length === 0) {
      return [];
    }
    if (known.length === 0 || (names.length === 1 && others.length > 0)) {
      return [{ kind: 'words', text: part.trim() }];
    }
    return [
      ...names.map((name): Question => ({ kind: 'name', name: named(name)?.name ?? name })),
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
