/** A secret is written into the allowed folder, even if another program replaces that folder by a link meanwhile. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Files, SafeDirectory } from '../../../src/guard/secrets/safe-directory.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';

let allowed: string;
let outside: string;

beforeEach(() => {
  const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'swap-')));
  allowed = join(root, 'allowed');
  outside = join(root, 'outside');
  fs.mkdirSync(join(allowed, 'a', 'inner'), { recursive: true });
  fs.mkdirSync(join(outside, 'inner'), { recursive: true });
});
afterEach(() => fs.rmSync(join(allowed, '..'), { recursive: true, force: true }));

const secret = 's3cret-value';

/** Every text anywhere under both folders. */
const texts = (): string =>
  [allowed, outside]
    .flatMap((folder) =>
      fs
        .readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => join(folder, name)),
    )
    .filter((path) => fs.lstatSync(path).isFile())
    .map((path) => fs.readFileSync(path, 'utf8'))
    .join('\n');

/** The file system, with an action before the first call of the tested function. */
function first<Name extends keyof Files>(
  name: Name,
  isOne: (...given: readonly unknown[]) => boolean,
  what: () => void,
): Files {
  let done = false;
  const all: Files = fs;
  const call = all[name] as (...given: readonly unknown[]) => unknown;
  return {
    ...fs,
    [name]: (...given: readonly unknown[]) => {
      if (!done && isOne(...given)) {
        done = true;
        what();
      }
      return call(...given);
    },
  };
}

/** Moves a folder away and puts a link to another one in its place. */
const swap = (folder: string, target: string) => () => {
  fs.renameSync(folder, `${folder}-moved`);
  fs.symlinkSync(target, folder);
};

function save(files: Files | undefined, handles: string | undefined, file: string, name?: string) {
  const secrets = new Secrets(false, new SafeDirectory(allowed, files, handles));
  const { body } = secrets.redact({ secrets: ['value'] }, { value: secret });
  return secrets.save({ secret: String(Object(body).value), file, name });
}

const isFolder = (_: unknown, flags: unknown) => (Number(flags) & fs.constants.O_DIRECTORY) !== 0;
const isMaking = (_: unknown, flags: unknown) => (Number(flags) & fs.constants.O_EXCL) !== 0;
const always = () => true;

describe.each([
  ['with links to open files, as on Linux', undefined],
  ['by paths alone, as elsewhere', '/nowhere'],
])('a secret %s', (_, handles) => {
  it('is written into the folder with access for its owner only, and replaces a file of this server', () => {
    expect(save(undefined, handles, 'a/inner/new.txt')).toEqual({
      file: join(allowed, 'a', 'inner', 'new.txt'),
    });
    expect(fs.readFileSync(join(allowed, 'a/inner/new.txt'), 'utf8')).toBe(secret);
    expect(fs.statSync(join(allowed, 'a/inner/new.txt')).mode & 0o777).toBe(0o600);
    fs.writeFileSync(join(allowed, '.env'), 'A=1\n');
    save(undefined, handles, '.env', 'KEY');
    expect(fs.readFileSync(join(allowed, '.env'), 'utf8')).toBe(`A=1\nKEY=${secret}\n`);
    expect(fs.readdirSync(allowed).sort()).toEqual(['.env', 'a']);
  });

  it.each([
    ['between the check and the opening of the folder', 'openSync', isFolder],
    ['before the file is made', 'openSync', isMaking],
    ['before it is written', 'writeSync', always],
    ['after it is written', 'fsyncSync', always],
  ] as const)('is written nowhere when a folder is replaced by a link %s', (_when, call, isOne) => {
    for (const [folder, target] of [
      [join(allowed, 'a'), outside],
      [join(allowed, 'a', 'inner'), join(outside, 'inner')],
    ] as const) {
      const files = first(call, isOne, swap(folder, target));
      expect(() => save(files, handles, `a/inner/${basename(target)}.txt`)).toThrow(
        /outside of the folder/,
      );
      expect(texts()).not.toContain(secret);
      expect(fs.readdirSync(join(outside, 'inner'))).toEqual([]);
      fs.rmSync(folder);
      fs.renameSync(`${folder}-moved`, folder);
    }
  });

  it('leaves the lines of an .env file unchanged when its folder is replaced', () => {
    const env = join(allowed, 'a', 'inner', '.env');
    for (const call of ['openSync', 'renameSync', 'realpathSync'] as const) {
      fs.writeFileSync(env, 'A=1\n');
      let looks = 0;
      const isOne = {
        openSync: isMaking,
        renameSync: always,
        // The last check, when the file is in its place.
        realpathSync: () => {
          looks += 1;
          return looks > 4;
        },
      }[call];
      const folder = join(allowed, 'a', 'inner');
      const files = first(call, isOne, swap(folder, join(outside, 'inner')));
      expect(() => save(files, handles, 'a/inner/.env', 'KEY'), call).toThrow();
      expect(texts(), call).not.toContain(secret);
      expect(fs.readFileSync(join(`${folder}-moved`, '.env'), 'utf8'), call).toBe('A=1\n');
      fs.rmSync(folder);
      fs.renameSync(`${folder}-moved`, folder);
    }
  });

  it('does not follow a link that replaces the file', () => {
    const target = join(outside, 'target');
    fs.writeFileSync(target, 'untouched');
    const file = join(allowed, 'new.txt');
    const made = first('openSync', isMaking, () => fs.symlinkSync(target, file));
    expect(() => save(made, handles, 'new.txt')).toThrow();
    fs.rmSync(file);
    fs.writeFileSync(join(allowed, '.env'), 'A=1\n');
    const replaced = first('fsyncSync', always, () => {
      fs.rmSync(join(allowed, '.env'));
      fs.symlinkSync(target, join(allowed, '.env'));
    });
    expect(() => save(replaced, handles, '.env', 'KEY')).toThrow(/outside of the folder/);
    expect(fs.readFileSync(target, 'utf8')).toBe('untouched');
    expect(texts()).not.toContain(secret);
  });

  it.each(['../outside/.env', 'a/../../outside/inner/.env', '../allowed-too/.env'])(
    'is not written to %s, which is outside the folder',
    (file) => {
      fs.mkdirSync(`${allowed}-too`);
      expect(() => save(undefined, handles, file, 'KEY')).toThrow(/outside of the folder/);
      expect(() => save(undefined, handles, join(allowed, file), 'KEY')).toThrow(
        /outside of the folder/,
      );
      expect(texts()).not.toContain(secret);
      expect(fs.readdirSync(`${allowed}-too`)).toEqual([]);
      expect(fs.readdirSync(outside)).toEqual(['inner']);
    },
  );

  it('is not written to a folder, or to a file with a second hard link', () => {
    fs.mkdirSync(join(allowed, '.env'));
    expect(() => save(undefined, handles, '.env', 'KEY')).toThrow(/outside of the folder/);
    const elsewhere = join(outside, 'linked');
    fs.writeFileSync(elsewhere, 'A=1\n');
    fs.linkSync(elsewhere, join(allowed, 'b.env'));
    expect(() => save(undefined, handles, 'b.env', 'KEY')).toThrow(/outside of the folder/);
    expect(fs.readFileSync(elsewhere, 'utf8')).toBe('A=1\n');
  });

  it('leaves no file open, whether it was written or not', () => {
    const open = new Set<unknown>();
    const counting: Files = {
      ...fs,
      openSync: (...values: Parameters<typeof fs.openSync>) => {
        const file = fs.openSync(...values);
        open.add(file);
        return file;
      },
      closeSync: (file) => {
        open.delete(file);
        fs.closeSync(file);
      },
    };
    save(counting, handles, 'new.txt');
    fs.writeFileSync(join(allowed, '.env'), 'A=1\n');
    save(counting, handles, '.env', 'KEY');
    expect(open.size).toBe(0);
    const full: Files = { ...counting, writeSync: () => 0 };
    expect(() => save(full, handles, 'full.txt')).toThrow(/could not be written/);
    expect(fs.existsSync(join(allowed, 'full.txt'))).toBe(false);
    expect(open.size).toBe(0);
    const swapped = first('lstatSync', always, swap(join(allowed, 'a'), join(outside, 'inner')));
    const both: Files = { ...swapped, openSync: counting.openSync, closeSync: counting.closeSync };
    expect(() => save(both, handles, 'a/inner/x.txt')).toThrow(/outside of the folder/);
    expect(open.size).toBe(0);
  });

  it('does not overwrite a file that another program has created meanwhile', () => {
    const file = join(allowed, 'new.txt');
    const files = first('openSync', isMaking, () => fs.writeFileSync(file, 'theirs'));
    expect(() => save(files, handles, 'new.txt')).toThrow(/could not be written/);
    expect(fs.readFileSync(file, 'utf8')).toBe('theirs');
  });
});
