/** Copies the repository into the folder of a run, with every mutant of the chosen files built in and switched off. */
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import type { Mutant } from './results.js';

/** What a run needs no copy of. Packages are linked. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '.stryker-tmp', 'dist', 'node_modules']);

/**
 * Kinds of changes that are not made. Texts of messages: a test of each word would only repeat it. A decision that compares
 * with a text is still changed, as the comparison.
 */
const EXCLUDED_MUTATORS = ['StringLiteral'];

const silent = () => undefined;
const isOff = () => false;
const logger = {
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
  isTraceEnabled: isOff,
  isDebugEnabled: isOff,
  isInfoEnabled: isOff,
  isWarnEnabled: isOff,
  isErrorEnabled: isOff,
  isFatalEnabled: isOff,
};

/** The same mutants in each run, spread over the file. */
const orderOf = ({ file, place, mutator, replacement }: Mutant, seed: string): string =>
  createHash('sha256').update([seed, file, place, mutator, replacement].join('\n')).digest('hex');

/**
 * Makes the copy.
 *
 * @param files paths of source files, below the root of the repository
 * @param sample how many mutants of each file are tried
 */
export async function instrument(
  root: string,
  folder: string,
  files: readonly string[],
  { sample, seed }: { readonly sample: number; readonly seed: string },
): Promise<Mutant[]> {
  for (const name of readdirSync(root).filter((entry) => !LEFT_OUT.has(entry))) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const instrumented = await new Instrumenter(logger).instrument(
    files.map((name) => ({ name, content: readFileSync(join(root, name), 'utf8'), mutate: true })),
    { plugins: null, excludedMutations: EXCLUDED_MUTATORS, ignorers: [] },
  );
  for (const { name, content } of instrumented.files) {
    writeFileSync(join(folder, name), content);
  }
  const all = instrumented.mutants
    .filter(({ status }) => status !== 'Ignored')
    .map(({ id, fileName, mutatorName, replacement, location: { start, end } }): Mutant => {
      const place = `${start.line + 1}:${start.column + 1}-${end.line + 1}:${end.column + 1}`;
      return { id, file: fileName, place, mutator: mutatorName, replacement };
    });
  return files.flatMap((file) =>
    all
      .filter((mutant) => mutant.file === file)
      .map((mutant) => ({ mutant, order: orderOf(mutant, seed) }))
      .sort((left, right) => (left.order < right.order ? -1 : 1))
      .slice(0, sample)
      .map(({ mutant }) => mutant),
  );
}
