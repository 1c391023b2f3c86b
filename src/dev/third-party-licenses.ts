/** The licence notices of the bundled packages, of the packages bundled inside them, and of their comments. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundledProgram } from './bundle-program.js';

/** Packages, and code inside of packages, that come without their notice: the folder, and the file of the notice. */
const MISSING_NOTICES: Readonly<Record<string, string>> = {
  'node_modules/postgres/': 'src/dev/licences/postgres.txt',
  'node_modules/undici/lib/llhttp/': 'src/dev/licences/llhttp.txt',
};

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/** `node_modules/@scope/name/dist/x.js` -> the innermost package's folder and name; undefined for a file of this project. */
function packageOf(path: string): { readonly folder: string; readonly name: string } | undefined {
  const [, folder, name] = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path) ?? [];
  return folder === undefined || name === undefined ? undefined : { folder, name };
}

const textsIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map(({ name }) => readFileSync(join(folder, name), 'utf8').trim());

function noticeOf(folder: string, name: string, bundledIn: string): string {
  if (!existsSync(join(folder, 'package.json'))) {
    throw new Error(
      `${name} is bundled with ${bundledIn}, and its licence is not installed: add it to devDependencies.`,
    );
  }
  const { version, license } = factsOf(folder, name);
  const written = MISSING_NOTICES[`node_modules/${name}/`];
  const texts = written === undefined ? textsIn(folder) : [readFileSync(written, 'utf8').trim()];
  if (texts.length === 0) {
    throw new Error(`${name} is bundled with ${bundledIn}, but has no licence text.`);
  }
  return `${name} ${version} (${license ?? 'see below'})\n\n${texts.join('\n\n')}`;
}

/** A package whose code is in the program. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX identifier or expression, as its package.json has it. */
  readonly license: string | undefined;
}

const factsOf = (folder: string, name: string): BundledPackage => {
  const facts: { version: string; license?: string } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  return { name, version: facts.version, license: facts.license };
};

/** The packages whose code is in the program, also those inside of other packages, by name. */
export function bundledPackages(
  { inputs }: Pick<BundledProgram, 'inputs'>,
  folder: string,
): readonly BundledPackage[] {
  const packages = new Map<string, BundledPackage>();
  for (const path of inputs.keys()) {
    const owner = packageOf(path);
    if (owner !== undefined) {
      packages.set(owner.name, factsOf(join(folder, owner.folder), owner.name));
      for (const name of packagesInside(join(folder, path))) {
        packages.set(name, factsOf(join(folder, 'node_modules', name), name));
      }
    }
  }
  return [...packages.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The packages that were bundled into a file before it was published, from its source map. */
function packagesInside(file: string): string[] {
  const map = `${file}.map`;
  if (!existsSync(map)) {
    return [];
  }
  const { sources }: { sources: readonly string[] } = JSON.parse(readFileSync(map, 'utf8'));
  return sources.map((source) => packageOf(source)?.name).filter((name) => name !== undefined);
}

/** Notices with each text once, below the names of all packages that have it: a dozen have the same of 11 KB. */
function joinEqualTexts(notices: readonly string[]): string[] {
  const headings = new Map<string, string[]>();
  for (const notice of notices) {
    const end = notice.indexOf('\n\n');
    const text = notice.slice(end);
    headings.set(text, [...(headings.get(text) ?? []), notice.slice(0, end)]);
  }
  return [...headings].map(([text, names]) => `${names.join('\n')}${text}`);
}

/**
 * The text of the notices file.
 *
 * @param folder the root of the project, with its `node_modules`
 * @throws Error for a package whose licence text is not installed
 */
export function noticesOf(
  { inputs, comments }: Pick<BundledProgram, 'inputs' | 'comments'>,
  folder: string,
): string {
  const notices = new Map<string, string>();
  for (const path of inputs.keys()) {
    const owner = packageOf(path);
    if (owner === undefined) {
      continue;
    }
    if (!notices.has(owner.name)) {
      notices.set(owner.name, noticeOf(join(folder, owner.folder), owner.name, 'the program'));
    }
    for (const name of packagesInside(join(folder, path))) {
      notices.set(name, noticeOf(join(folder, 'node_modules', name), name, owner.name));
    }
    // A folder inside a package can have another licence.
    const steps = path
      .slice(owner.folder.length + 1)
      .split('/')
      .slice(0, -1);
    for (const count of steps.keys()) {
      const part = steps.slice(0, count + 1).join('/');
      const texts = textsIn(join(folder, owner.folder, part));
      if (texts.length > 0) {
        notices.set(`${owner.name}/${part}`, `${owner.name}/${part}\n\n${texts.join('\n\n')}`);
      }
    }
    for (const [prefix, notice] of Object.entries(MISSING_NOTICES)) {
      if (path.startsWith(prefix) && prefix !== `${owner.folder}/`) {
        notices.set(notice, readFileSync(join(folder, notice), 'utf8').trim());
      }
    }
  }
  const sections = joinEqualTexts(
    [...notices].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, notice]) => notice),
  );
  if (comments.trim() !== '') {
    sections.push(comments.trim());
  }
  return `The packages that are bundled into the program, and their licences.\n\n${sections.join(
    `\n\n${'-'.repeat(80)}\n\n`,
  )}\n`;
}
