/** A recipe: a script for a job that administrators have, with its arguments. */

/** An argument of a recipe. Every one is a text, as a person types it. */
export interface RecipeArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** A value for the documentation. */
  readonly example: string;
}

export interface Recipe {
  /** The name of its prompt. */
  readonly name: string;
  readonly title: string;
  /** When to use it, in one sentence. */
  readonly when: string;
  /** What a person says. */
  readonly request: string;
  readonly arguments: readonly RecipeArgument[];
  /**
   * The body of an async function over `logto`, `log` and `input`, which has the arguments as texts. Arguments that were not
   * given are missing in it.
   */
  readonly script: string;
}

/** Names of the operations that a recipe uses. */
export const operationsIn = ({ script }: Pick<Recipe, 'script'>): readonly string[] => [
  ...new Set(
    [...script.matchAll(/logto\.(?:all\(\s*'(\w+)'|(\w+)\()/g)]
      .map(([, list, name]) => list ?? name ?? '')
      .filter((name) => name !== 'all'),
  ),
];

/** The code of a recipe with its arguments, as run_script takes it. */
export const codeOf = (
  { script }: Pick<Recipe, 'script'>,
  values: Readonly<Record<string, string>>,
): string => `const input = ${JSON.stringify(values)};\n${script.trim()}\n`;
