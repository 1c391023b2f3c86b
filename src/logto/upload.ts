/** Reads a file that is to be uploaded, and refuses every file that the operator has not laid out for it. */
import { open, realpath } from 'node:fs/promises';
import { basename, extname, resolve, sep } from 'node:path';
import { LogtoError } from './errors.js';
import type { Upload } from './fetch.js';

/** The types that Logto takes, by the ending of the name; of the archive it makes a sign-in page. */
const types: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
  '.ico': 'image/vnd.microsoft.icon',
  '.bmp': 'image/bmp',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.zip': 'application/zip',
};

/** Logto's own limit, in bytes. */
const mostBytes = 20 * 1024 * 1024;

const refuse = (message: string, hint: string, kind: 'input' | 'configuration' = 'input') =>
  new LogtoError({ kind, code: 'upload_refused', message: `${message} Nothing was sent.`, hint });

/** What the file begins with, so that a renamed key file does not pass as a picture. */
function startsAs(type: string, head: Buffer): boolean {
  const starts = (...bytes: number[]) => bytes.every((byte, index) => head[index] === byte);
  switch (type) {
    case 'image/png':
      return starts(0x89, 0x50, 0x4e, 0x47);
    case 'image/jpeg':
      return starts(0xff, 0xd8, 0xff);
    case 'image/gif':
      return head.subarray(0, 4).toString('latin1') === 'GIF8';
    case 'image/webp':
      return (
        head.subarray(0, 4).toString('latin1') === 'RIFF' &&
        head.subarray(8, 12).toString('latin1') === 'WEBP'
      );
    case 'image/bmp':
      return starts(0x42, 0x4d);
    case 'image/vnd.microsoft.icon':
      return starts(0, 0, 1, 0);
    case 'image/tiff':
      return starts(0x49, 0x49, 0x2a, 0) || starts(0x4d, 0x4d, 0, 0x2a);
    case 'application/zip':
      return starts(0x50, 0x4b, 0x03, 0x04);
    case 'image/svg+xml':
      return /^\uFEFF?\s*(<\?xml[^>]*\?>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/.test(
        head.toString('utf8'),
      );
    default:
      return false;
  }
}

/**
 * Reads `path` for an upload. It must be a regular file inside `folder` once all links are followed, of a type that
 * Logto takes by its name and by its first bytes, and within the size.
 *
 * @throws LogtoError that says what to give instead
 */
export async function readUpload(folder: string | undefined, path: string): Promise<Upload> {
  if (folder === undefined) {
    throw refuse(
      'Uploads are off: the operator of this server has allowed no folder.',
      'Ask the operator to set LOGTO_UPLOAD_DIR to a folder that holds nothing but files to upload.',
      'configuration',
    );
  }
  const name = basename(path);
  const type = types[extname(name).toLowerCase()];
  if (type === undefined) {
    throw refuse(
      `${name} is not of a type that can be uploaded.`,
      `Give a file with one of these endings: ${Object.keys(types).join(', ')}.`,
    );
  }
  const outside = refuse(
    'There is no such file in the folder for uploads.',
    'Give the path of a file inside LOGTO_UPLOAD_DIR; links that lead out of it are not followed.',
  );
  const root = await realpath(folder).catch(() => {
    throw refuse(
      'The folder for uploads does not exist.',
      'Ask the operator to create the folder that LOGTO_UPLOAD_DIR names.',
      'configuration',
    );
  });
  const real = await realpath(resolve(root, path)).catch(() => {
    throw outside;
  });
  if (!real.startsWith(root + sep)) {
    throw outside;
  }
  const file = await open(real, 'r');
  try {
    const facts = await file.stat();
    if (!facts.isFile()) {
      throw outside;
    }
    if (facts.size === 0 || facts.size > mostBytes) {
      throw refuse(`${name} has ${facts.size} bytes.`, `Give a file of 1 to ${mostBytes} bytes.`);
    }
    const bytes = await file.readFile();
    if (!startsAs(type, bytes.subarray(0, 1024))) {
      throw refuse(
        `${name} does not begin as a file of type ${type} does.`,
        'Give a real file of that type.',
      );
    }
    return { field: 'file', filename: name, type, bytes };
  } finally {
    await file.close();
  }
}
