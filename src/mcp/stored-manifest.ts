/**
 * The form in which the build stores the manifest of tools: a line of JSON with the names and the built-in tools, and one
 * for each operation. A start reads the first line and those of the tools that it lists.
 */
import type { Stored } from '../catalog/serialize.js';
import type { JsonSchema } from './json-schema.js';
import type { ToolListing, ToolManifest } from './operation-tools.js';

export interface StoredManifest {
  /** Every operation, in the catalog's order. */
  readonly operations: readonly ToolManifest[];
  /** Every built-in tool, as it is listed. */
  readonly builtIns: readonly ToolListing[];
}

/** The line of an operation. */
type ToolDetails = Pick<
  ToolManifest,
  'operation' | 'description' | 'inputSchema' | 'hint' | 'newer'
>;

/** The first line. */
interface Index {
  readonly names: readonly (readonly [name: string, key: string, domain: string])[];
  readonly builtIns: readonly ToolListing[];
}

/** A value as JSON in ASCII: text of one byte per character is read several times as fast. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The manifest as text, in ASCII. */
export function writeStoredManifest({ operations, builtIns }: StoredManifest): string {
  const index: Index = {
    names: operations.map(({ name, key, domain }) => [name, key, domain]),
    builtIns,
  };
  const details = operations.map(
    ({ operation, description, inputSchema, hint, newer }): ToolDetails => ({
      operation,
      description,
      inputSchema,
      hint,
      newer,
    }),
  );
  return [index, ...details].map(asciiJson).join('\n');
}

/** An operation whose line is parsed when it is first needed. */
class StoredEntry implements ToolManifest {
  readonly #line: string;
  #details: ToolDetails | undefined;

  constructor(
    readonly name: string,
    readonly key: string,
    readonly domain: string,
    line: string,
  ) {
    this.#line = line;
  }

  get #parsed(): ToolDetails {
    this.#details ??= JSON.parse(this.#line) as ToolDetails;
    return this.#details;
  }

  get operation(): Stored {
    return this.#parsed.operation;
  }

  get description(): string {
    return this.#parsed.description;
  }

  get inputSchema(): JsonSchema {
    return this.#parsed.inputSchema;
  }

  get hint(): string | undefined {
    return this.#parsed.hint;
  }

  get newer(): ToolManifest['newer'] {
    return this.#parsed.newer;
  }
}

/** The manifest in a text of `writeStoredManifest`. */
export function readStoredManifest(text: string): StoredManifest {
  const [first = '', ...lines] = text.split('\n');
  const { names, builtIns }: Index = JSON.parse(first);
  return {
    operations: names.map(
      ([name, key, domain], index) => new StoredEntry(name, key, domain, lines[index] ?? ''),
    ),
    builtIns,
  };
}
