/** The licence notices of what is bundled: of the packages, of what they carry inside, and of their comments. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './bundle-program.js';

/** What a package carries without its notice, by the folder where it stands. */
const carried: Readonly<Record<string, string>> = {
  'node_modules/undici/lib/llhttp/': 'src/dev/licences/llhttp.txt',
};

const licenceName = /^(licen[cs]e|copying|notice)/i;

/** `node_modules/@scope/name/dist/x.js` -> the innermost package's folder and name; undefined for a file of ours. */
function packageOf(path: string): { readonly folder: string; readonly name: string } | undefined {
  const [, folder, name] = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path) ?? [];
  return folder === undefined || name === undefined ? undefined : { folder, name };
}

const textsIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && licenceName.test(entry.name))
    .map(({ name }) => readFileSync(join(folder, name), 'utf8').trim());

function noticeOf(folder: string, name: string, whence: string): string {
  if (!existsSync(join(folder, 'package.json'))) {
    throw new Error(
      `${name} is bundled with ${whence}, and its licence is not at hand: add it to devDependencies.`,
    );
  }
  const facts: { version: string; license?: string } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const texts = textsIn(folder);
  if (texts.length === 0) {
    throw new Error(`${name} is bundled with ${whence}, but brings no licence text.`);
  }
  return `${name} ${facts.version} (${facts.license ?? 'see below'})\n\n${texts.join('\n\n')}`;
}

/** The packages that were bundled into a file before it was published; its source map names them. */
function insideOf(file: string): string[] {
  const map = `${file}.map`;
  if (!existsSync(map)) {
    return [];
  }
  const { sources }: { sources: readonly string[] } = JSON.parse(readFileSync(map, 'utf8'));
  return sources.map((source) => packageOf(source)?.name).filter((name) => name !== undefined);
}

/**
 * The notices, as they lie next to the program.
 *
 * @param folder the root of the project, with its `node_modules`
 * @throws Error for a package whose licence text is not at hand
 */
export function noticesOf(
  { inputs, comments }: Pick<Program, 'inputs' | 'comments'>,
  folder: string,
): string {
  const notices = new Map<string, string>();
  for (const path of inputs.keys()) {
    const own = packageOf(path);
    if (own === undefined) {
      continue;
    }
    if (!notices.has(own.name)) {
      notices.set(own.name, noticeOf(join(folder, own.folder), own.name, 'the program'));
    }
    for (const name of insideOf(join(folder, path))) {
      notices.set(name, noticeOf(join(folder, 'node_modules', name), name, own.name));
    }
    // A folder inside a package can be under a licence of its own.
    const steps = path
      .slice(own.folder.length + 1)
      .split('/')
      .slice(0, -1);
    for (const count of steps.keys()) {
      const part = steps.slice(0, count + 1).join('/');
      const texts = textsIn(join(folder, own.folder, part));
      if (texts.length > 0) {
        notices.set(`${own.name}/${part}`, `${own.name}/${part}\n\n${texts.join('\n\n')}`);
      }
    }
    for (const [place, text] of Object.entries(carried)) {
      if (path.startsWith(place)) {
        notices.set(text, readFileSync(join(folder, text), 'utf8').trim());
      }
    }
  }
  const sections = [...notices]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, notice]) => notice);
  if (comments.trim() !== '') {
    sections.push(comments.trim());
  }
  return `What is bundled into the program, and under which licences.\n\n${sections.join(
    `\n\n${'-'.repeat(80)}\n\n`,
  )}\n`;
}
