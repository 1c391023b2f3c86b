/**
 * What is installed from the registry, in exact versions. `entry` is run with Node: the launchers find the native programs
 * of their platform themselves, also where no install script has run.
 */
export const packages = {
  inspector: {
    package: '@modelcontextprotocol/inspector',
    version: '2.12.0',
    entry: 'clients/launcher/build/index.js',
  },
  codex: { package: '@openai/codex', version: '0.169.0', entry: 'bin/codex.js' },
  claude: {
    package: '@anthropic-ai/claude-code',
    version: '2.1.330',
    entry: 'cli-wrapper.cjs',
  },
  /** The conformance suite of the protocol: the first release with scenarios for 2026-07-28. */
  conformance: {
    package: '@modelcontextprotocol/conformance',
    version: '0.2.0-alpha.12',
    entry: 'dist/index.js',
    /** The major version of Node that it needs. */
    node: 22,
  },
  gemini: { package: '@google/gemini-cli', version: '0.61.0', entry: 'bundle/gemini.js' },
} as const;

export type PackageName = keyof typeof packages;

/** A newer Node for packages that need one, as the registry has it for each platform. */
export const newerNode = {
  package: `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
  version: '22.23.3',
  entry: process.platform === 'win32' ? 'bin/node.exe' : 'bin/node',
} as const;

/** An installed package by its folder with the Node that runs it, or why there is none. */
export type Installed =
  | { readonly folder: string; readonly node: string }
  | { readonly missing: string };
