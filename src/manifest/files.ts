/** Manifests in files: one file, or a folder with one for each kind. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, sep } from 'node:path';
import type { Item } from '../catalog/write-facts.js';
import { SafeDirectory } from '../guard/secrets/safe-directory.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { topLevelKinds } from './kinds.js';
import { SETTINGS } from './manifest.js';
import { FileMerge } from './merge-file.js';
import { inlineFile, invalidManifest, type ManifestFile, type Problem } from './source.js';
import type { ValueSources } from './values.js';

export { inlineFile };

const MANIFEST_FILE = /\.(ya?ml|json)$/i;

/** Editors find the JSON Schema of the format through this line. */
const SCHEMA_COMMENT =
  '# yaml-language-server: $schema=https://unpkg.com/logto-management-mcp/docs/manifest.schema.json\n';

/** A text with its name for messages. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** Where the files of a manifest are. */
export interface ManifestFiles {
  /** The file at a path, or the files in the folder. @throws LogtoError if there are none */
  read(path: string): readonly NamedText[];
  /** The text of one file; undefined if it does not exist. */
  readOne(path: string): string | undefined;
  write(path: string, text: string): void;
  isFolder(path: string): boolean;
}

const fileError = (message: string, hint: string): LogtoError =>
  new LogtoError({ kind: 'input', code: 'manifest_file', message, hint });

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    { ENOENT: 'it does not exist', EACCES: 'it may not be read by this user' }[code] ??
    `it cannot be used (${code})`
  );
};

/** Files anywhere on this machine, for a person who names them on a command line. */
export const anyFiles: ManifestFiles = {
  read(path) {
    try {
      const stats = statSync(path);
      if (stats.isCharacterDevice() || stats.isBlockDevice()) {
        throw fileError(`${path} is a device.`, 'Name a file or a folder.');
      }
      if (!stats.isDirectory()) {
        return [{ name: path, text: readFileSync(path, 'utf8') }];
      }
      const names = readdirSync(path)
        .filter((name) => MANIFEST_FILE.test(name))
        .sort();
      if (names.length === 0) {
        throw fileError(
          `The folder ${path} has no .yaml, .yml or .json file.`,
          'Name the folder of the manifest, or one file.',
        );
      }
      const folder = realpathSync(path);
      return names.map((name) => {
        const file = join(path, name);
        // Errors quote parts of a file, and a change to the folder must not show other files of this machine.
        if (!realpathSync(file).startsWith(`${folder}${sep}`)) {
          throw fileError(
            `${file} is a link to a file outside of the folder.`,
            'Copy the file into the folder, or name it alone.',
          );
        }
        return { name: file, text: readFileSync(file, 'utf8') };
      });
    } catch (error) {
      throw error instanceof LogtoError
        ? error
        : fileError(
            `The manifest ${path} cannot be read: ${reasonOf(error)}.`,
            'Look at the path.',
          );
    }
  },
  readOne: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  write(path, text) {
    try {
      writeFileSync(path, text);
    } catch (error) {
      throw fileError(
        `The file ${path} cannot be written: ${reasonOf(error)}.`,
        'Look at the path.',
      );
    }
  },
  isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
};

/**
 * Files in the one folder that the operator allows.
 *
 * @param folder undefined if none is allowed
 */
export function filesIn(folder: string | undefined): ManifestFiles {
  const directory = new SafeDirectory(folder);
  /** Runs `work` on a file, with errors that name the right setting. */
  const at = <T>(path: string, work: Parameters<typeof directory.at<T>>[1]): T => {
    if (folder === undefined) {
      throw new LogtoError({
        kind: 'configuration',
        code: 'no_manifest_folder',
        message:
          'Manifests cannot be read from or written to files, because no folder is allowed for it.',
        hint: 'Give the manifest inline. The operator can set LOGTO_MCP_MANIFEST_DIR to a folder and restart this server.',
      });
    }
    if (!MANIFEST_FILE.test(path) || basename(path).startsWith('.')) {
      throw fileError(
        'A manifest is a .yaml, .yml or .json file whose name does not begin with a dot.',
        'Give another name.',
      );
    }
    try {
      return directory.at(path, work);
    } catch (error) {
      if (!(error instanceof LogtoError) || error.failure.code === 'manifest_file') {
        throw error;
      }
      throw new LogtoError({
        kind: 'permission',
        code: 'outside_manifest_folder',
        message:
          'The file is outside of the folder that is allowed, behind a link, or cannot be used.',
        hint: 'Give a path inside the folder in LOGTO_MCP_MANIFEST_DIR.',
      });
    }
  };
  return {
    read(path) {
      const text = at(path, (target) => target.text);
      if (text === undefined) {
        throw fileError(
          `There is no file ${JSON.stringify(path)} in the folder.`,
          'Look at the name.',
        );
      }
      return [{ name: path, text }];
    },
    readOne: (path) => at(path, (target) => target.text),
    write: (path, text) => at(path, (target) => target.write(text)),
    isFolder: () => false,
  };
}

/** Parses texts. @throws LogtoError of kind `input` with the lines and columns of what is wrong */
export async function parseTexts(texts: readonly NamedText[]): Promise<readonly ManifestFile[]> {
  const { parseFile } = await import('./yaml-files.js');
  const problems: Problem[] = [];
  const files: ManifestFile[] = [];
  for (const { name, text } of texts) {
    const parsed = parseFile(name, text);
    if ('name' in parsed) {
      files.push(parsed);
    } else {
      problems.push(...parsed);
    }
  }
  if (problems.length > 0) {
    throw invalidManifest(problems);
  }
  return files;
}

/** Whether a text is a manifest, so that an export may overwrite it. */
async function isManifest(name: string, text: string): Promise<boolean> {
  const { parseFile } = await import('./yaml-files.js');
  const parsed = parseFile(name, text);
  const names: readonly string[] = [...SETTINGS, ...topLevelKinds.map((kind) => kind.name)];
  return (
    text.trim() === '' ||
    ('name' in parsed &&
      isObject(parsed.value) &&
      Object.keys(parsed.value).some((name_) => name_ === 'version' || name_ === 'kinds') &&
      Object.keys(parsed.value).every((name_) => names.includes(name_)))
  );
}

async function writeOne(
  files: ManifestFiles,
  path: string,
  manifest: Item,
  sources: ValueSources,
  isComplete?: boolean,
): Promise<void> {
  const { updateText } = await import('./yaml-files.js');
  const current = files.readOne(path);
  if (current !== undefined && !(await isManifest(path, current))) {
    throw fileError(
      `${JSON.stringify(path)} exists and is no manifest, so it is not written over.`,
      'Give another name.',
    );
  }
  const merge = new FileMerge(sources, isComplete);
  const text = updateText(path, current, {
    value: (value) => merge.merge(value ?? undefined, manifest),
    keyOf: merge.keyOf,
  });
  const isNewYaml = current === undefined && !/\.json$/i.test(path);
  files.write(path, isNewYaml ? `${SCHEMA_COMMENT}${text}` : text);
}

/** Whether the manifest in a folder is complete; the file of its settings says so. A new one is. */
async function isCompleteFolder(files: ManifestFiles, path: string): Promise<boolean> {
  const file = join(path, 'manifest.yaml');
  const text = files.readOne(file);
  if (text === undefined) {
    return true;
  }
  const [settings] = await parseTexts([{ name: file, text }]);
  return isObject(settings?.value) && settings.value['complete'] === true;
}

/**
 * Writes an export to a file, or to a folder with a file for each kind. An existing file is updated: its comments, its
 * order and all parts with the same meaning stay.
 *
 * @returns the files that were written
 */
export async function writeManifest(
  files: ManifestFiles,
  path: string,
  manifest: Item,
  sources: ValueSources,
): Promise<readonly string[]> {
  if (!files.isFolder(path) && !path.endsWith('/')) {
    await writeOne(files, path, manifest, sources);
    return [path];
  }
  mkdirSync(path, { recursive: true });
  const written: string[] = [];
  const isComplete = await isCompleteFolder(files, path);
  const settings = Object.entries(manifest).filter(
    ([name]) => !topLevelKinds.some((kind) => kind.name === name),
  );
  const parts: (readonly [string, Item])[] = [
    ['manifest', Object.fromEntries(settings)],
    ...topLevelKinds.flatMap(({ name }): (readonly [string, Item])[] =>
      manifest[name] === undefined
        ? []
        : [[name, { version: manifest['version'], [name]: manifest[name] }]],
    ),
  ];
  for (const [name, part] of parts) {
    const file = join(path, `${name}.yaml`);
    await writeOne(files, file, part, sources, isComplete);
    written.push(file);
  }
  return written;
}

/** A manifest as the text of a new file: YAML, or JSON. */
export async function manifestText(manifest: Item, isJson: boolean): Promise<string> {
  const { updateText } = await import('./yaml-files.js');
  const merge = { value: () => manifest, keyOf: () => undefined };
  const text = updateText(isJson ? 'manifest.json' : 'manifest.yaml', undefined, merge);
  return isJson ? text : `${SCHEMA_COMMENT}${text}`;
}
