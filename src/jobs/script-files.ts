/**
 * The worker and the interpreter in a checkout. Node cannot start a thread from TypeScript, so the worker is first bundled
 * into a file below node_modules. In the bundled program another module replaces this one; both files are beside that
 * program (`dev/bundle-program.ts`).
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** The WebAssembly file of the interpreter. */
export const interpreterPath = require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm');

let bundled: Promise<URL> | undefined;

async function bundleWorker(): Promise<URL> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./script-worker.ts', import.meta.url))],
    outfile: 'script-worker.mjs',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'silent',
    write: false,
  });
  const text = outputFiles[0]?.text ?? '';
  const packages = dirname(dirname(require.resolve('esbuild/package.json')));
  const folder = join(packages, '.cache', 'logto-management-mcp');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const file = join(folder, `script-worker-${hash}.mjs`);
  // Several processes may write it at the same time: each writes its own file, and every rename leaves the same content.
  const temporary = `${file}.${randomUUID()}`;
  await mkdir(folder, { recursive: true });
  await writeFile(temporary, text);
  await rename(temporary, file);
  return pathToFileURL(file);
}

/** The code of the worker thread. */
export const loadWorker = (): Promise<URL> => {
  bundled ??= bundleWorker();
  return bundled;
};
