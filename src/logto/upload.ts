/** Reads a file for an upload, and refuses every file that the operator did not put into the folder for uploads. */
import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, extname, resolve, sep } from 'node:path';
import { LogtoError } from './errors.js';
import type { Upload } from './transport.js';

/** What an operation accepts: a picture, or the archive of a sign-in page. */
export type UploadKind = 'picture' | 'archive';

/** The MIME types that Logto accepts for each, by file extension. */
const MIME_TYPES: Readonly<Record<UploadKind, Readonly<Record<string, string>>>> = {
  picture: {
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
  },
  archive: { '.zip': 'application/zip' },
};

/** Logto's own limit for both kinds. */
const MAX_UPLOAD_BYTES = 20 * 1024 * 1024;

/** The limit for an SVG, which is parsed before it is sent. */
const MAX_SVG_BYTES = 1024 * 1024;

const refuse = (message: string, hint: string, kind: 'input' | 'configuration' = 'input') =>
  new LogtoError({ kind, code: 'upload_refused', message: `${message} Nothing was sent.`, hint });

/** Whether the file begins as its type requires, so that a renamed key file is not sent as a picture. */
function hasSignature(type: string, head: Buffer): boolean {
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
    default:
      return false;
  }
}

/** Whether a text is well-formed XML with `svg` as its root. */
async function isSvg(text: string): Promise<boolean> {
  // Loaded when an SVG is uploaded, not at every start.
  const { default: sax } = await import('sax');
  let root: string | undefined;
  let isBroken = false;
  const parser = new sax.SAXParser(true);
  parser.onopentag = ({ name }) => {
    root ??= name;
  };
  parser.onerror = () => {
    isBroken = true;
    parser.resume();
  };
  parser.write(text).close();
  return !isBroken && root !== undefined && /^(\w+:)?svg$/.test(root);
}

/** Is in every private key that is stored as text, also of OpenSSH and PGP. */
const PRIVATE_KEY = /PRIVATE KEY/i;

/** Why the content does not match the type, as the end of a sentence; undefined when it does. */
async function contentFault(type: string, bytes: Buffer): Promise<string | undefined> {
  if (type !== 'image/svg+xml') {
    return hasSignature(type, bytes) ? undefined : `does not begin as a file of type ${type} does`;
  }
  if (bytes.length > MAX_SVG_BYTES) {
    return `has ${bytes.length} bytes, and an SVG may have ${MAX_SVG_BYTES}`;
  }
  const text = bytes.toString('utf8');
  if (PRIVATE_KEY.test(text)) {
    return 'contains a private key';
  }
  return (await isSvg(text)) ? undefined : 'is not an SVG: it must be XML with svg as its root';
}

// Opening a pipe or a device would block, and a link could have been created since the path was resolved. Windows has
// neither flag.
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * Reads `path` for an upload. It must be a regular file inside `folder` after links are resolved, of a type that the operation
 * accepts by its name and by its content, and within the limits of size.
 *
 * @throws LogtoError that says what to give instead
 */
export async function readUpload(
  folder: string | undefined,
  path: string,
  kind: UploadKind,
): Promise<Upload> {
  if (folder === undefined) {
    throw refuse(
      'Uploads are off: the operator of this server has set no folder.',
      'Ask the operator to set LOGTO_UPLOAD_DIR to a folder that holds nothing but files to upload.',
      'configuration',
    );
  }
  const name = basename(path);
  const type = MIME_TYPES[kind][extname(name).toLowerCase()];
  if (type === undefined) {
    throw refuse(
      `${name} is not of a type that can be uploaded here.`,
      `Give a file with one of these endings: ${Object.keys(MIME_TYPES[kind]).join(', ')}.`,
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
  if (!real.startsWith(root + sep) || !(await stat(real)).isFile()) {
    throw outside;
  }
  const file = await open(real, OPEN_FLAGS);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) {
      throw outside;
    }
    if (facts.nlink > 1) {
      throw refuse(
        `${name} has more than one hard link, so it may also be a file outside the folder.`,
        'Give a copy of the file.',
      );
    }
    if (facts.size === 0 || facts.size > MAX_UPLOAD_BYTES) {
      throw refuse(
        `${name} has ${facts.size} bytes.`,
        `Give a file of 1 to ${MAX_UPLOAD_BYTES} bytes.`,
      );
    }
    const bytes = await file.readFile();
    const wrong = await contentFault(type, bytes);
    if (wrong !== undefined) {
      throw refuse(`${name} ${wrong}.`, `Give a real file of type ${type}.`);
    }
    return { field: 'file', filename: name, type, bytes };
  } finally {
    await file.close();
  }
}
