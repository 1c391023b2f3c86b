/**
 * The program as a few files that need no package beside them, and what of the packages stays out of them because nothing
 * here calls it. No dependencies is what makes the first `npx` quick; that the sandbox, the catalog's schemas and the HTTP
 * client are files of their own, read when they are needed, is what makes every start quick: reading source takes time.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';
import { toolManifest } from '../mcp/tool-manifest.js';

/** The root of the project. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of the program, from the root of the project. */
export const programFolder = 'dist';

/** The file that is started. */
export const programFile = `${programFolder}/main.js`;

/** The licence notices of what is in it. */
export const noticesFile = `${programFolder}/THIRD-PARTY-LICENSES.txt`;

/**
 * Only what connect.ts takes from undici. Its index loads fetch, WebSocket, caches and mocks as well, which doubles the time
 * until a live server answers. As in the index, every dispatcher gets the methods of the API, which proxies call as well. An
 * import that is not exported here fails the build.
 */
const undici = `
import ProxyAgent from './lib/dispatcher/proxy-agent.js';
import Agent from './lib/dispatcher/agent.js';
import Dispatcher from './lib/dispatcher/dispatcher.js';
import api from './lib/api/index.js';
import { FormData } from './lib/web/fetch/formdata.js';
Object.assign(Dispatcher.prototype, api);
export { Agent, FormData, ProxyAgent };
`;

/**
 * The SDK's own place to choose a JSON Schema validator for a runtime. It is asked in `elicitInput` and `fromJsonSchema`
 * alone; a test holds that nothing here calls them, and so ajv, a seventh of the program, can stay out.
 */
const validator = `
export { default as process } from 'node:process';
export class DefaultJsonSchemaValidator {
  getValidator() {
    throw new Error('No JSON Schema validator is bundled; see src/dev/bundle-program.ts.');
  }
}
`;

/** The content of `tool-manifest.ts`, as text for JSON.parse, which reads it faster than a literal. */
const manifestModule = (): string =>
  `export const toolManifest = JSON.parse(${JSON.stringify(JSON.stringify(toolManifest))});`;

/** The content of `mcp/search/data.ts`: the data files as text inside the program, instead of reads from disk. */
const searchData = `
export { default as phrasesText } from './phrases.tsv';
export { default as summaryKeysText } from './summary-keys.tsv';
`;

const replaced = (filter: RegExp, contents: string): Plugin => ({
  name: `replaced: ${filter.source}`,
  setup({ onLoad }) {
    onLoad({ filter }, ({ path }) => ({
      contents,
      loader: 'js',
      resolveDir: path.replace(/[\\/][^\\/]*$/, ''),
    }));
  },
});

export interface Program {
  /** The files, by their path from the root of the project. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The notices that stand in comments of the sources; the files carry none. */
  readonly comments: string;
  /** What is in them, by its path from the root of the project, and how many bytes of it. */
  readonly inputs: ReadonlyMap<string, number>;
  /** What of it is read at every start. */
  readonly atStart: ReadonlySet<string>;
}

type Outputs = Metafile['outputs'];

/** What a file of the program holds, and what those hold that it imports before it runs. */
function readWith(outputs: Outputs, file: string, seen = new Set<string>()): Set<string> {
  const output = outputs[file];
  if (output === undefined || seen.has(file)) {
    return new Set();
  }
  seen.add(file);
  const own = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const others = output.imports
    .filter(({ kind }) => kind === 'import-statement')
    .flatMap(({ path }) => [...readWith(outputs, path, seen)]);
  return new Set([...own.map(([path]) => path), ...others]);
}

/** undici is CommonJS and asks for Node's own modules with require. */
const requiring =
  "import{createRequire}from'node:module';const require=createRequire(import.meta.url);\n";

/** A file without the making of a `require` that it never calls: at a start each of a dozen files would make one. */
function withoutIdleRequire(text: string): string {
  const bare = text.replace(requiring, '');
  return /\brequire\b/.test(bare) ? text : bare;
}

/**
 * Bundles the program, and writes nothing. Names are left as they are: shortening them saves a tenth of the tarball and
 * costs every stack trace its meaning.
 */
export async function bundleProgram(): Promise<Program> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: programFolder,
    bundle: true,
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    platform: 'node',
    // The other form of jsonc-parser asks for its files in a way that cannot be bundled.
    mainFields: ['module', 'main'],
    loader: { '.tsv': 'text' },
    format: 'esm',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'external',
    metafile: true,
    write: false,
    plugins: [
      replaced(/[\\/]src[\\/]mcp[\\/]tool-manifest\.ts$/, manifestModule()),
      replaced(/[\\/]src[\\/]mcp[\\/]search[\\/]data\.ts$/, searchData),
      replaced(/[\\/]undici[\\/]index\.js$/, undici),
      replaced(/[\\/]server[\\/]dist[\\/]shimsNode\.mjs$/, validator),
    ],
    banner: { js: requiring.trimEnd() },
  });
  const isComments = ({ path }: { readonly path: string }) => path.endsWith('.LEGAL.txt');
  const inputs = new Map<string, number>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      if (bytesInOutput > 0) {
        inputs.set(path, (inputs.get(path) ?? 0) + bytesInOutput);
      }
    }
  }
  return {
    files: new Map(
      outputFiles
        .filter((file) => !isComments(file))
        .map(({ path, text }) => [
          relative(root, path).replaceAll('\\', '/'),
          Buffer.from(withoutIdleRequire(text)),
        ]),
    ),
    comments: outputFiles
      .filter(isComments)
      .map(({ text }) => text.trim())
      .join('\n\n'),
    inputs,
    atStart: readWith(metafile.outputs, programFile),
  };
}
