/**
 * Where the worker and the interpreter are, in a checkout. Node cannot start a thread from TypeScript, so the worker is
 * bundled into a temporary file first. The bundle replaces this module: there both lie beside it
 * (`dev/bundle-program.ts`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** The WebAssembly file of the interpreter. */
export const interpreterPath = require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm');

let bundled: Promise<URL> | undefined;

async function bundleWorker(): Promise<URL> {
  const { build } = await import('esbuild');
  const folder = mkdtempSync(join(tmpdir(), 'logto-script-worker-'));
  // `exit` is the only event at which a synchronous removal still runs, whatever ended the process.
  globalThis.process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, 'script-worker.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./script-worker.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'silent',
  });
  return pathToFileURL(outfile);
}

/** The code of the worker thread. */
export const loadWorker = (): Promise<URL> => {
  bundled ??= bundleWorker();
  return bundled;
};
