/** The text of a manifest: its files, the positions of their values, and the problems in them. */
import type { JsonPath } from '../json.js';
import { LogtoError } from '../logto/errors.js';

/** Problems that an error lists; the others are counted. */
const MAX_PROBLEMS = 20;

/** A position in a manifest. */
export interface SourcePosition {
  /** The file; empty for an inline manifest. */
  readonly file: string;
  readonly path: JsonPath;
}

export interface LinePlace {
  readonly line: number;
  readonly column: number;
}

/** One file of a manifest, or an inline manifest. */
export interface ManifestFile {
  readonly name: string;
  readonly value: unknown;
  /** The position of a value, or of its name if that is wrong; undefined for an inline manifest. */
  readonly at: (path: JsonPath, part?: 'name') => LinePlace | undefined;
}

/** A problem of a manifest, as a sentence with its position. */
export type Problem = string;

/** `roles[0].scopes[1]` */
export const pathText = (path: JsonPath): string =>
  path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`,
    )
    .join('');

/** A problem with its position: `staging.yaml:12:5: roles[0].type: ...`. */
export function problemAt(
  { file, path }: SourcePosition,
  message: string,
  at?: LinePlace,
): Problem {
  const where = at === undefined ? file : `${file}:${at.line}:${at.column}`;
  return [where, pathText(path), message].filter((part) => part !== '').join(': ');
}

/** A manifest that was given as a value. */
export const inlineFile = (value: unknown): ManifestFile => ({
  name: '',
  value,
  at: () => undefined,
});

/** The error for a manifest that cannot be used. */
export function invalidManifest(problems: readonly Problem[]): LogtoError {
  const [first = ''] = problems;
  const listed = problems.slice(0, MAX_PROBLEMS);
  const more = problems.length - listed.length;
  return new LogtoError({
    kind: 'input',
    code: 'invalid_manifest',
    message:
      problems.length === 1
        ? `The manifest cannot be used: ${first} Nothing was changed.`
        : `The manifest cannot be used, for ${problems.length} reasons. Nothing was changed.`,
    ...(problems.length > 1 && {
      details: [...listed, ...(more > 0 ? [`${more} more.`] : [])],
    }),
    hint: 'Correct the manifest and compare again. docs/configuration-as-code.md has the format, and manifest.schema.json all members.',
  });
}
