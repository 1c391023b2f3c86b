/** Reads a file that is to be uploaded, and refuses every file that the operator has not laid out for it. */
import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, extname, resolve, sep } from 'node:path';
import { LogtoError } from './errors.js';
import type { Upload } from './transport.js';

/** What an operation takes: a picture, or the archive of a sign-in page. */
export type UploadKind = 'picture' | 'archive';

/** The types that Logto takes for each, by the ending of the name. */
const types: Readonly<Record<UploadKind, Readonly<Record<string, string>>>> = {
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

/** Logto's own limit, in bytes; the same for both kinds. */
const mostBytes = 20 * 1024 * 1024;

/** A drawing is read whole before it is sent, so it has a limit of its own, in bytes. */
const mostDrawingBytes = 1024 * 1024;

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
    default:
      return false;
  }
}

/** Whether a text is XML from its first character to its last, around one `svg` element. */
async function isDrawing(text: string): Promise<boolean> {
  // Read when a drawing is uploaded, and not at every start.
  const { default: sax } = await import('sax');
  let root: string | undefined;
  let broken = false;
  const parser = new sax.SAXParser(true);
  parser.onopentag = ({ name }) => {
    root ??= name;
  };
  parser.onerror = () => {
    broken = true;
    parser.resume();
  };
  parser.write(text).close();
  return !broken && root !== undefined && /^(\w+:)?svg$/.test(root);
}

/** Begins every private key that is kept as text, OpenSSH's and PGP's too. */
const keyMaterial = /PRIVATE KEY/i;

/** Why the content is not what its name says, or undefined. */
async function wrongIn(type: string, bytes: Buffer): Promise<string | undefined> {
  if (type !== 'image/svg+xml') {
    return startsAs(type, bytes) ? undefined : `does not begin as a file of type ${type} does`;
  }
  if (bytes.length > mostDrawingBytes) {
    return `has ${bytes.length} bytes, and an SVG may have ${mostDrawingBytes}`;
  }
  const text = bytes.toString('utf8');
  if (keyMaterial.test(text)) {
    return 'holds a private key';
  }
  return (await isDrawing(text)) ? undefined : 'is no SVG: it must be XML with svg as its root';
}

// A pipe or a device would keep its reader waiting; Windows has neither the flag nor the need for it.
const withoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Reads `path` for an upload. It must be a regular file inside `folder` once all links are followed, of a type that the
 * operation takes by its name and by its content, and within the size.
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
      'Uploads are off: the operator of this server has allowed no folder.',
      'Ask the operator to set LOGTO_UPLOAD_DIR to a folder that holds nothing but files to upload.',
      'configuration',
    );
  }
  const name = basename(path);
  const type = types[kind][extname(name).toLowerCase()];
  if (type === undefined) {
    throw refuse(
      `${name} is not of a type that can be uploaded here.`,
      `Give a file with one of these endings: ${Object.keys(types[kind]).join(', ')}.`,
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
  const file = await open(real, withoutWaiting);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) {
      throw outside;
    }
    if (facts.size === 0 || facts.size > mostBytes) {
      throw refuse(`${name} has ${facts.size} bytes.`, `Give a file of 1 to ${mostBytes} bytes.`);
    }
    const bytes = await file.readFile();
    const wrong = await wrongIn(type, bytes);
    if (wrong !== undefined) {
      throw refuse(`${name} ${wrong}.`, `Give a real file of type ${type}.`);
    }
    return { field: 'file', filename: name, type, bytes };
  } finally {
    await file.close();
  }
}
