import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readUpload } from '../../src/logto/upload.js';

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]);

let base = '';
let folder = '';

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'upload-'));
  folder = join(base, 'assets');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  writeFileSync(join(folder, 'logo.png'), png);
  writeFileSync(
    join(folder, 'deep', 'icon.svg'),
    '<?xml version="1.0"?>\n<!-- ours -->\n<svg xmlns="x"/>',
  );
  writeFileSync(join(folder, 'empty.png'), '');
  writeFileSync(join(folder, 'key.png'), '-----BEGIN PRIVATE KEY-----\nabc\n');
  writeFileSync(join(folder, 'id_rsa'), '-----BEGIN PRIVATE KEY-----\nabc\n');
  writeFileSync(join(folder, 'page.svg'), '<html><svg></svg></html>');
  writeFileSync(join(folder, 'large.png'), png);
  truncateSync(join(folder, 'large.png'), 20 * 1024 * 1024 + 1);
  writeFileSync(join(base, 'outside.png'), png);
  mkdirSync(join(base, 'assets-too'));
  writeFileSync(join(base, 'assets-too', 'logo.png'), png);
  symlinkSync(join(base, 'outside.png'), join(folder, 'link.png'));
  symlinkSync(base, join(folder, 'up'));
  symlinkSync('/dev/zero', join(folder, 'zero.png'));
  mkdirSync(join(folder, 'folder.png'));
  linkSync(join(base, 'outside.png'), join(folder, 'hard.png'));
  writeFileSync(join(folder, 'page.zip'), Buffer.from([0x50, 0x4b, 0x03, 0x04, 0, 0]));
  writeFileSync(join(folder, 'broken.svg'), '<svg xmlns="x"><g></svg>');
  writeFileSync(join(folder, 'two.svg'), '<svg/>\nsecret=1');
  writeFileSync(
    join(folder, 'key.svg'),
    '<svg><!-- -----BEGIN OPENSSH PRIVATE KEY-----abc --></svg>',
  );
  writeFileSync(join(folder, 'vast.svg'), `<svg>${' '.repeat(1024 * 1024)}</svg>`);
  if (process.platform !== 'win32') {
    execFileSync('mkfifo', [join(folder, 'pipe.png')]);
  }
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('a file inside the folder', () => {
  it.each([
    ['logo.png', 'image/png'],
    ['deep/icon.svg', 'image/svg+xml'],
    ['./deep/../logo.png', 'image/png'],
  ])('%s is read', async (path, type) => {
    expect(await readUpload(folder, path, 'picture')).toMatchObject({ field: 'file', type });
  });

  const ascii = (text: string) => [...Buffer.from(text, 'latin1')];
  const signatures: readonly (readonly [
    string,
    'picture' | 'archive',
    string,
    readonly number[],
  ])[] = [
    ['a.png', 'picture', 'image/png', [0x89, 0x50, 0x4e, 0x47]],
    ['a.jpg', 'picture', 'image/jpeg', [0xff, 0xd8, 0xff]],
    ['a.JPEG', 'picture', 'image/jpeg', [0xff, 0xd8, 0xff]],
    ['a.gif', 'picture', 'image/gif', ascii('GIF8')],
    ['a.bmp', 'picture', 'image/bmp', ascii('BM')],
    ['a.ico', 'picture', 'image/vnd.microsoft.icon', [0, 0, 1, 0]],
    ['a.tif', 'picture', 'image/tiff', [0x49, 0x49, 0x2a, 0]],
    ['a.tiff', 'picture', 'image/tiff', [0x4d, 0x4d, 0, 0x2a]],
    ['a.zip', 'archive', 'application/zip', [0x50, 0x4b, 0x03, 0x04]],
  ];
  it.each(signatures)(
    '%s is read with its signature, and refused with one byte of it changed',
    async (name, kind, type, bytes) => {
      const path = join(folder, name);
      writeFileSync(path, Buffer.from([...bytes, 7, 7, 7, 7]));
      expect(await readUpload(folder, name, kind)).toMatchObject({ type, filename: name });
      for (const index of bytes.keys()) {
        const changed = bytes.map((byte, place) => (place === index ? byte ^ 0x21 : byte));
        writeFileSync(path, Buffer.from([...changed, 7, 7, 7, 7]));
        await expect(readUpload(folder, name, kind), `byte ${index}`).rejects.toThrow(
          'does not begin as a file of type',
        );
      }
      rmSync(path);
    },
  );

  it('is a WebP only as a RIFF file of that kind', async () => {
    const read = (text: string) => {
      writeFileSync(join(folder, 'a.webp'), text, 'latin1');
      return readUpload(folder, 'a.webp', 'picture');
    };
    expect(await read('RIFF1234WEBPVP8 ')).toMatchObject({ type: 'image/webp' });
    await expect(read('RIFF1234WAVEfmt ')).rejects.toThrow('does not begin');
    await expect(read('XIFF1234WEBPVP8 ')).rejects.toThrow('does not begin');
    rmSync(join(folder, 'a.webp'));
  });

  it('is an SVG with svg as its root, under any prefix', async () => {
    const read = (text: string) => {
      writeFileSync(join(folder, 'a.svg'), text);
      return readUpload(folder, 'a.svg', 'picture');
    };
    expect(await read('<s:svg xmlns:s="x"/>')).toMatchObject({ type: 'image/svg+xml' });
    for (const text of ['<svgx/>', '<asvg/>', '<:svg/>', 'svg', '<g><svg/></g>']) {
      await expect(read(text), text).rejects.toThrow('is not an SVG');
    }
    rmSync(join(folder, 'a.svg'));
  });

  it('may have 20 MB, and no byte more', async () => {
    const path = join(folder, 'full.png');
    writeFileSync(path, png);
    truncateSync(path, 20 * 1024 * 1024);
    expect((await readUpload(folder, 'full.png', 'picture')).bytes).toHaveLength(20 * 1024 * 1024);
    truncateSync(path, 20 * 1024 * 1024 + 1);
    await expect(readUpload(folder, 'full.png', 'picture')).rejects.toThrow('bytes');
    rmSync(path);
  });

  it('is not read if the folder does not exist', async () => {
    await expect(readUpload(join(base, 'nowhere'), 'logo.png', 'picture')).rejects.toMatchObject({
      failure: { kind: 'configuration', message: expect.stringContaining('does not exist') },
    });
  });

  it('is read by its absolute path too', async () => {
    expect((await readUpload(folder, join(folder, 'logo.png'), 'picture')).bytes).toEqual(png);
  });
});

describe('any other file is refused before sending', () => {
  it.each([
    ['a path to the outside', '../outside.png', 'no such file'],
    ['an absolute path elsewhere', '/etc/passwd.png', 'no such file'],
    ['a neighbour with a longer name', '../assets-too/logo.png', 'no such file'],
    ['a link to the outside', 'link.png', 'no such file'],
    ['a linked folder', 'up/outside.png', 'no such file'],
    ['a hard link to a file outside', 'hard.png', 'more than one hard link'],
    ['a device behind a link', 'zero.png', 'no such file'],
    ['a folder', 'folder.png', 'no such file'],
    ['a file that is not there', 'nope.png', 'no such file'],
    ['a file without an ending', 'id_rsa', 'not of a type'],
    ['a private key by the name of a picture', 'key.png', 'does not begin as'],
    ['HTML with the name of an SVG', 'page.svg', 'is not an SVG'],
    ['an SVG that breaks off', 'broken.svg', 'is not an SVG'],
    ['an SVG with text after it', 'two.svg', 'is not an SVG'],
    ['an SVG with a private key', 'key.svg', 'contains a private'],
    ['an SVG that is too large', 'vast.svg', 'an SVG may have'],
    ['an archive instead of a picture', 'page.zip', 'not of a type'],
    ['a pipe, without blocking', 'pipe.png', 'no such file'],
    ['an empty file', 'empty.png', '0 bytes'],
    ['a file that is too large', 'large.png', 'bytes'],
  ])('%s', async (_, path, words) => {
    await expect(readUpload(folder, path, 'picture')).rejects.toThrow(words);
    await expect(readUpload(folder, path, 'picture')).rejects.toThrow('Nothing was sent');
    await expect(readUpload(folder, path, 'picture')).rejects.not.toThrow('BEGIN');
  });

  it('a picture instead of an archive', async () => {
    await expect(readUpload(folder, 'logo.png', 'archive')).rejects.toThrow('not of a type');
    expect(await readUpload(folder, 'page.zip', 'archive')).toMatchObject({
      type: 'application/zip',
    });
  });

  it('every file, without a folder of the operator', async () => {
    await expect(readUpload(undefined, 'logo.png', 'picture')).rejects.toMatchObject({
      failure: { kind: 'configuration', hint: expect.stringContaining('LOGTO_UPLOAD_DIR') },
    });
  });
});
