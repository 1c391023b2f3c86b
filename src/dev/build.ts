/** `npm run build`: writes the program, and the licence notices of what is in it next to it. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  bundleProgram,
  noticesFile,
  programFile,
  programFolder,
  root,
  sbomFile,
} from './bundle-program.js';
import { sbomOf } from './sbom.js';
import { bundledPackages, noticesOf } from './third-party-licenses.js';

const program = await bundleProgram();
const notices = noticesOf(program, root);
await rm(join(root, programFolder), { recursive: true, force: true });
for (const [path, contents] of program.files) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), contents);
}
await chmod(join(root, programFile), 0o755);
await writeFile(join(root, noticesFile), notices);
await writeFile(join(root, sbomFile), sbomOf(bundledPackages(program, root)));
