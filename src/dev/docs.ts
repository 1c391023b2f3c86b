/** `npm run docs`: writes the pages and the package files that follow from the code. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { packageFiles } from './packaging.js';
import { pages } from './pages.js';

await rm('docs/tools', { recursive: true, force: true });
const files = new Map([...pages(), ...packageFiles()]);
for (const [path, text] of files) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
process.stdout.write(`${files.size} files written.\n`);
