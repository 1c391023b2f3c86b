/** Reads several questions to find_operations from one text, so that one call answers all of them. */

/** One of several questions in one text. */
export type Question =
  | { readonly kind: 'words'; readonly text: string }
  /** An operation by its name; it need not exist. */
  | { readonly kind: 'name'; readonly name: string };

/** A word that is a tool name or an operationId, or is meant as one: `create_role`, `CreateRole`. */
const NAME_LIKE = /^(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[A-Za-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+)$/;

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
    const names = words.filter((word) => NAME_LIKE.test(word));
    const known = names.filter((name) => named(name) !== undefined);
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
