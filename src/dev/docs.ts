/** `npm run docs`: writes the pages that follow from the code. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pages } from './pages.js';

await rm('docs/tools', { recursive: true, force: true });
for (const [path, text] of pages()) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
process.stdout.write(`${pages().size} pages written.\n`);
