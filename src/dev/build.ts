/**
 * Bundles the program into a few files that need no package beside them, and lays the licences of what is in them next to
 * it. No dependencies is what makes the first `npx` quick; that the sandbox, the catalog's schemas and the HTTP client are
 * files of their own, read when they are needed, is what makes every start quick: reading source takes time.
 */
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';
import { prepared } from '../prepared.js';

const outfile = 'dist/main.js';

/** `node_modules/@scope/name/dist/x.js` -> `@scope/name`; undefined for a file of ours. */
const packageOf = (input: string): string | undefined =>
  /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];

async function licenceOf(name: string): Promise<string> {
  const folder = `node_modules/${name}`;
  const facts: { version: string; license?: string } = JSON.parse(
    await readFile(`${folder}/package.json`, 'utf8'),
  );
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file === undefined) {
    throw new Error(`${name} is bundled, but brings no licence text.`);
  }
  const text = await readFile(`${folder}/${file}`, 'utf8');
  return `${name} ${facts.version} (${facts.license ?? 'see below'})\n\n${text.trim()}\n`;
}

/** Puts what `prepared.ts` comes to in its place. As text for JSON.parse, which reads it faster than a literal. */
const preparedTools: Plugin = {
  name: 'prepared-tools',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]prepared\.ts$/ }, () => ({
      contents: `export const prepared = JSON.parse(${JSON.stringify(JSON.stringify(prepared))});`,
      loader: 'js',
    }));
  },
};

await rm('dist', { recursive: true, force: true });
await mkdir('dist');
const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'parts/[name]-[hash]',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  plugins: [preparedTools],
  // undici is CommonJS and asks for Node's own modules with require.
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
});
await chmod(outfile, 0o755);

const bundled = [...new Set(Object.keys(metafile.inputs).map(packageOf))]
  .filter((name) => name !== undefined)
  .sort();
const licences = await Promise.all(bundled.map(licenceOf));
await writeFile(
  'dist/THIRD-PARTY-LICENSES.txt',
  `What is bundled into main.js, and under which licences.\n\n${licences.join(`\n${'-'.repeat(80)}\n\n`)}`,
);
