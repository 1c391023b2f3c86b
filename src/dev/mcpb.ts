/** The bundle for Claude Desktop: the built program with its manifest, checked and packed by the tool of the format. */
import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packExtension } from '@anthropic-ai/mcpb';
import { programFolder, root } from './bundle-program.js';
import { bundled, bundleName, manifest } from './package-metadata.js';

/**
 * Makes the bundle from the program in dist.
 *
 * @param to the folder to write it into
 * @param silent whether the tool's list of packed files is suppressed
 * @returns the path of the bundle
 * @throws Error when the tool refuses the manifest
 */
export async function makeBundle(to: string, silent = false): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  try {
    await cp(join(root, programFolder), join(folder, programFolder), { recursive: true });
    await copyFile(join(root, bundled.licence), join(folder, bundled.licence));
    await writeFile(join(folder, bundled.package), '{ "type": "module" }\n');
    await copyFile(join(root, 'src/dev/icon.png'), join(folder, bundled.icon));
    await writeFile(join(folder, bundled.manifest), `${JSON.stringify(manifest(), null, 2)}\n`);
    const path = join(to, bundleName);
    // It validates the manifest first, and prints what is wrong with it.
    if (!(await packExtension({ extensionPath: folder, outputPath: path, silent }))) {
      throw new Error('mcpb did not pack the bundle.');
    }
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
