/** `npm run docs`: writes the documentation pages and package files that are derived from the code. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pages } from './docs-pages.js';
import { packageFiles } from './package-metadata.js';

const files = new Map([...pages(), ...packageFiles()]);
for (const [path, text] of files) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
process.stdout.write(`${files.size} files written.\n`);
