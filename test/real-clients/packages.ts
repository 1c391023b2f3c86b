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
  gemini: { package: '@google/gemini-cli', version: '0.61.0', entry: 'bundle/gemini.js' },
} as const;

export type PackageName = keyof typeof packages;

/** An installed package by its folder, or why there is none. */
export type Installed = { readonly folder: string } | { readonly missing: string };
