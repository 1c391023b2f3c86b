/**
 * Bundles the program into a few files without dependencies, and leaves out what nothing here calls. The first `npx` is fast
 * because it fetches one package. Every start is fast because the sandbox, the catalog's schemas and the HTTP client are
 * separate files that are loaded when they are needed.
 */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { writeStoredManifest } from '../mcp/stored-manifest.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import { buildViewPage } from '../mcp/view-page.js';

/** The root of the project. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of the program, from the root of the project. */
export const programFolder = 'dist';

/** The file that is started. */
export const programFile = `${programFolder}/main.js`;

/** The licence notices of the bundled packages. */
export const noticesFile = `${programFolder}/THIRD-PARTY-LICENSES.txt`;

/**
 * The exports of undici that undici-transport.ts imports. undici's index also loads fetch, WebSocket, caches and mocks, which
 * doubles the time until a live server answers. As in the index, every dispatcher gets the methods of the API, which proxies
 * call. An import that is not exported here fails the build.
 */
const UNDICI_MODULE = `
import ProxyAgent from './lib/dispatcher/proxy-agent.js';
import Agent from './lib/dispatcher/agent.js';
import Dispatcher from './lib/dispatcher/dispatcher.js';
import api from './lib/api/index.js';
import { FormData } from './lib/web/fetch/formdata.js';
Object.assign(Dispatcher.prototype, api);
export { Agent, FormData, ProxyAgent };
`;

/**
 * Replaces the module by which the SDK selects a JSON Schema validator for a runtime. Only `elicitInput` and `fromJsonSchema`
 * use it, and nothing here calls them: test/e2e/stdio.test.ts asks a person through the built program. So ajv, a seventh of
 * the program, is left out.
 */
const VALIDATOR_MODULE = `
export { default as process } from 'node:process';
export class DefaultJsonSchemaValidator {
  getValidator() {
    throw new Error('No JSON Schema validator is bundled; see src/dev/bundle-program.ts.');
  }
}
`;

/** The manifest of tools, beside the part that a start loads. As text in a module, it would be read several times slower. */
const MANIFEST_FILE = `${programFolder}/parts/tool-manifest.jsonl`;

/** The content of `tool-manifest.ts`. */
const MANIFEST_MODULE = `
import { readFileSync } from 'node:fs';
import { readStoredManifest } from './stored-manifest.ts';
const path = new URL('./tool-manifest.jsonl', import.meta.url);
export const toolManifest = readStoredManifest(readFileSync(path, 'latin1'));
`;

/**
 * Replaces the HTTP server of hono, which the SDK's adapter for Node imports for a transport with sessions. The function
 * `toNodeHandler`, the only one that is used here, does not need it.
 */
const HONO_MODULE = `
export const getRequestListener = () => {
  throw new Error('No HTTP server of hono is bundled; see src/dev/bundle-program.ts.');
};
`;

/**
 * Replaces the module with which OpenTelemetry reads the id of the machine, by a program that it starts. Only the detector of
 * the host uses it, which nothing here calls.
 */
const MACHINE_ID_MODULE = `
export const getMachineId = async () => undefined;
`;

/** The worker thread of scripts and its interpreter, beside the part that starts them. */
const WORKER_FILE = `${programFolder}/parts/script-worker.js`;
const INTERPRETER_FILE = `${programFolder}/parts/quickjs.wasm`;

const SCRIPT_FILES_MODULE = `
import { fileURLToPath } from 'node:url';
export const interpreterPath = fileURLToPath(new URL('./quickjs.wasm', import.meta.url));
export const loadWorker = async () => new URL('./script-worker.js', import.meta.url);
`;

/** The page that clients with MCP Apps show, beside the part that reads it. */
const VIEW_FILE = `${programFolder}/parts/view.html`;

const VIEW_PAGE_MODULE = `
import { readFile } from 'node:fs/promises';
export const loadViewPage = () => readFile(new URL('./view.html', import.meta.url), 'utf8');
`;

/** The path of the interpreter's WebAssembly file, from the root of the project. */
const INTERPRETER_SOURCE =
  'node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm';

/** The content of `mcp/search/data.ts`: the data files as text inside the program, instead of reads from disk. */
const SEARCH_DATA_MODULE = `
export { default as phrasesText } from './phrases.tsv';
export { default as summaryKeysText } from './summary-keys.tsv';
export { default as answersText } from './answers.tsv';
`;

/** Replaces the modules whose path matches. */
const replaceModule = (filter: RegExp, contents: string): Plugin => ({
  name: `replace: ${filter.source}`,
  setup({ onLoad }) {
    onLoad({ filter }, ({ path }) => ({
      contents,
      loader: 'js',
      resolveDir: path.replace(/[\\/][^\\/]*$/, ''),
    }));
  },
});

/** The list of the bundled packages (CycloneDX). */
export const sbomFile = `${programFolder}/sbom.cdx.json`;

/** Sources that every start loads; together they import all of them but main.ts. */
const START_SOURCES: readonly string[] = ['src/cli/serve.ts', 'src/config/config.ts'];

const LAZY_NAMESPACE = 'lazy';

/**
 * Modules that are imported on demand and used together: they become one part of the program. Each file of the package costs
 * the first `npx` time, because npm writes it twice, and modules that several parts share become files too.
 */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  // The first call of a tool.
  calls: [
    'src/cli/calls.ts',
    'src/catalog/index.ts',
    'src/mcp/operation-schemas.ts',
    'src/mcp/question.ts',
  ],
  // What the document of the running Logto says.
  served: [
    'src/logto/served-document.ts',
    'src/logto/served-cache.ts',
    'src/mcp/served/unknown-tools.ts',
    'src/mcp/served/extended-operation.ts',
    'src/mcp/served/open-parts.ts',
    'src/mcp/served/describe-logto.ts',
  ],
  search: ['src/mcp/search/search.ts', 'src/mcp/search/answers.ts'],
  recipes: ['src/mcp/recipes/index.ts', 'src/mcp/recipes/guided-tasks.ts'],
  manifests: [
    'src/manifest/configuration.ts',
    'src/manifest/files.ts',
    'src/manifest/report.ts',
    'src/manifest/yaml-files.ts',
  ],
  // The commands that end by themselves.
  commands: [
    'src/cli/run-command.ts',
    'src/config/help.ts',
    'src/cli/doctor.ts',
    'src/cli/export.ts',
    'src/cli/plan.ts',
    'src/cli/apply.ts',
    'src/cli/setup-http.ts',
    'src/cli/init.ts',
  ],
};

/** The group of a module; undefined for one that is a part by itself. */
const groupOf = (path: string): string | undefined => {
  const source = relative(root, path).replaceAll('\\', '/');
  return Object.keys(GROUPS).find((group) => GROUPS[group]?.includes(source) === true);
};

/**
 * Keeps everything that a start loads in one file. esbuild puts modules together that the same entry points reach, so what
 * a start shares with the installer alone, or with the sandbox alone, would become a file of its own, and each of a dozen
 * files costs a start about a millisecond. Here every lazily loaded module also imports what a start loads, which is then
 * shared by all of them. It is loaded by then, so this runs nothing.
 */
const oneFileAtStart: Plugin = {
  name: 'one file at a start',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === LAZY_NAMESPACE) {
        return undefined;
      }
      const target = await resolve(path, {
        kind,
        importer,
        resolveDir,
        pluginData: LAZY_NAMESPACE,
      });
      return target.external || target.errors.length > 0
        ? target
        : { path: groupOf(target.path) ?? target.path, namespace: LAZY_NAMESPACE };
    });
    onLoad({ filter: /./, namespace: LAZY_NAMESPACE }, ({ path }) => {
      const target = JSON.stringify(path);
      const isPackage = path.includes('node_modules');
      const targets = GROUPS[path]?.map((source) => JSON.stringify(join(root, source))) ?? [target];
      return {
        contents: [
          ...START_SOURCES.map((source) => `import ${JSON.stringify(join(root, source))};`),
          ...targets.map((source) => `export * from ${source};`),
          ...(isPackage ? [`export { default } from ${target};`] : []),
        ].join('\n'),
        resolveDir: root,
      };
    });
  },
};

/**
 * Gives the command http its own copy of the SDK's entry module, which holds the SDK's HTTP server. A module that two parts
 * share is put into a common one, and every start over stdio would read it. What the entry re-exports stays shared.
 */
const SDK_FOR_HTTP: Plugin = {
  name: 'the SDK for http',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^@modelcontextprotocol\/server$/ }, async (request) => {
      const isHttp = /[\\/](src[\\/]http|@modelcontextprotocol[\\/]node)[\\/]/.test(
        request.importer,
      );
      if (!isHttp || request.pluginData === 'resolved') {
        return undefined;
      }
      const { path } = await resolve(request.path, {
        kind: request.kind,
        resolveDir: request.resolveDir,
        importer: request.importer,
        pluginData: 'resolved',
      });
      return { path, suffix: '?http' };
    });
  },
};

export interface BundledProgram {
  /** The files, by their path from the root of the project. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The notices in comments of the sources; the files have no comments. */
  readonly comments: string;
  /** The bundled sources by path from the root of the project, with their bytes in the output. */
  readonly inputs: ReadonlyMap<string, number>;
  /** The files that only the command http loads. */
  readonly onlyHttp: ReadonlySet<string>;
  /** The sources that each start of the command http loads. */
  readonly atHttpStart: ReadonlySet<string>;
  /** The files that every start loads: the one that is started, and those that it imports statically. */
  readonly filesAtStart: ReadonlySet<string>;
  /** The sources in them. */
  readonly atStart: ReadonlySet<string>;
}

type Outputs = Metafile['outputs'];

/** A file of the program and the files that it imports statically. */
function loadedWith(outputs: Outputs, file: string, visited = new Set<string>()): Set<string> {
  const output = outputs[file];
  if (output !== undefined && !visited.has(file)) {
    visited.add(file);
    for (const { path, kind } of output.imports) {
      if (kind === 'import-statement') {
        loadedWith(outputs, path, visited);
      }
    }
  }
  return visited;
}

/** The sources that are in files of the program. */
const sourcesIn = (outputs: Outputs, files: ReadonlySet<string>): Set<string> =>
  new Set(
    [...files].flatMap((file) =>
      Object.entries(outputs[file]?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [path] : [],
      ),
    ),
  );

/** Whether a file is the command http, which the program loads on demand. */
const isHttpCommand = (output: Outputs[string] | undefined): boolean =>
  output?.entryPoint?.replaceAll('\\', '/').endsWith('/src/cli/http.ts') ?? false;

/** The files that can be reached from one without the command http, imports on demand among them. */
function reachedWithoutHttp(
  outputs: Outputs,
  file: string,
  visited = new Set<string>(),
): Set<string> {
  if (!visited.has(file) && !isHttpCommand(outputs[file])) {
    visited.add(file);
    for (const { path } of outputs[file]?.imports ?? []) {
      reachedWithoutHttp(outputs, path, visited);
    }
  }
  return visited;
}

/** undici is CommonJS and loads Node's modules with require. */
const REQUIRE_BANNER =
  "import{createRequire}from'node:module';const require=createRequire(import.meta.url);\n";

/** Removes the banner from a file that does not call `require`: each of a dozen files would create one at a start. */
function removeUnusedRequire(text: string): string {
  const bare = text.replace(REQUIRE_BANNER, '');
  return /\brequire\b/.test(bare) ? text : bare;
}

/** How everything is bundled. Names are not shortened: that would save a tenth of the tarball and make stack traces unreadable. */
const BUNDLE_OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'external',
  metafile: true,
  write: false,
} as const satisfies BuildOptions;

/** Bundles the worker thread of scripts: a file of its own, since a thread shares no module with the server. */
const bundleWorker = () =>
  build({
    ...BUNDLE_OPTIONS,
    entryPoints: ['src/jobs/script-worker.ts'],
    outfile: WORKER_FILE,
  });

/** Bundles the program in memory. */
export async function bundleProgram(): Promise<BundledProgram> {
  const { metafile, outputFiles } = await build({
    ...BUNDLE_OPTIONS,
    entryPoints: ['src/main.ts'],
    outdir: programFolder,
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    // The CommonJS form of jsonc-parser loads its files in a way that cannot be bundled.
    mainFields: ['module', 'main'],
    loader: { '.tsv': 'text' },
    plugins: [
      oneFileAtStart,
      SDK_FOR_HTTP,
      replaceModule(/[\\/]src[\\/]mcp[\\/]tool-manifest\.ts$/, MANIFEST_MODULE),
      replaceModule(/[\\/]src[\\/]mcp[\\/]search[\\/]data\.ts$/, SEARCH_DATA_MODULE),
      replaceModule(/[\\/]src[\\/]jobs[\\/]script-files\.ts$/, SCRIPT_FILES_MODULE),
      replaceModule(/[\\/]src[\\/]mcp[\\/]view-page\.ts$/, VIEW_PAGE_MODULE),
      replaceModule(/[\\/]undici[\\/]index\.js$/, UNDICI_MODULE),
      replaceModule(/[\\/]@hono[\\/]node-server[\\/]dist[\\/]index\.mjs$/, HONO_MODULE),
      replaceModule(/[\\/]machine-id[\\/]getMachineId\.js$/, MACHINE_ID_MODULE),
      replaceModule(/[\\/]server[\\/]dist[\\/]shimsNode\.mjs$/, VALIDATOR_MODULE),
    ],
    banner: { js: REQUIRE_BANNER.trimEnd() },
  });
  const worker = await bundleWorker();
  const isComments = ({ path }: { readonly path: string }) => path.endsWith('.LEGAL.txt');
  const inputs = new Map<string, number>();
  for (const output of [metafile, worker.metafile].flatMap(({ outputs }) =>
    Object.values(outputs),
  )) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      if (bytesInOutput > 0 && !path.startsWith(`${LAZY_NAMESPACE}:`)) {
        const source = path.replace(/\?http$/, '');
        inputs.set(source, (inputs.get(source) ?? 0) + bytesInOutput);
      }
    }
  }
  const filesAtStart = loadedWith(metafile.outputs, programFile);
  const withoutHttp = reachedWithoutHttp(metafile.outputs, programFile);
  const httpFile = Object.keys(metafile.outputs).find((path) =>
    isHttpCommand(metafile.outputs[path]),
  );
  const all = [...outputFiles, ...worker.outputFiles];
  const interpreter = await readFile(join(root, INTERPRETER_SOURCE));
  inputs.set(INTERPRETER_SOURCE, interpreter.byteLength);
  const manifest = Buffer.from(writeStoredManifest(toolManifest));
  return {
    files: new Map<string, Uint8Array>([
      ...all
        .filter((file) => !isComments(file))
        .map(
          ({ path, text }) =>
            [
              relative(root, path).replaceAll('\\', '/'),
              Buffer.from(removeUnusedRequire(text)),
            ] as const,
        ),
      [INTERPRETER_FILE, interpreter],
      [VIEW_FILE, Buffer.from(await buildViewPage())],
      [MANIFEST_FILE, manifest],
    ]),
    comments: all
      .filter(isComments)
      .map(({ text }) => text.trim())
      .join('\n\n'),
    inputs,
    onlyHttp: new Set(
      Object.keys(metafile.outputs).filter(
        (path) => !withoutHttp.has(path) && path.endsWith('.js'),
      ),
    ),
    atHttpStart: sourcesIn(metafile.outputs, loadedWith(metafile.outputs, httpFile ?? '')),
    filesAtStart,
    atStart: sourcesIn(metafile.outputs, filesAtStart),
  };
}
