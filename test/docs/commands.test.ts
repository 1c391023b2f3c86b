/** Every command in the README and the guides can be typed as it is: scripts exist, and our program accepts the arguments. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands, parseCommandLine } from '../../src/config/args.js';
import { root } from '../support/process.js';

const { name, version, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
].map((page) => ({ page, text: readFileSync(join(root, page), 'utf8') }));

/** The commands of the shell blocks: continuation lines joined, comments removed, `a && b` split. */
const shellCommands = pages.flatMap(({ page, text }) =>
  [...text.matchAll(/^ *```(?:sh|bash|console|powershell)\n([\s\S]*?)^ *```/gm)].flatMap(
    ([, block = '']) =>
      block
        .replaceAll(/\\\n\s*/g, '')
        .split(/\n|&&/)
        .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
        .filter((line) => line !== '')
        .map((command) => ({ page, command })),
  ),
);

/** `npm run ...` and `npm test` inside a sentence or a table. */
const inlineScripts = pages.flatMap(({ page, text }) =>
  [...text.matchAll(/`(npm (?:run [\w:]+|test|start)\b[^`]*)`/g)].map(([, command = '']) => ({
    page,
    command,
  })),
);

/** Our program, as a checkout and a packed file start it. The package is not on npm yet. */
const programs = [
  /^node \S*dist\/main\.js(?= |$)/,
  new RegExp(`^npx -y \\./${name}-${version.replaceAll('.', '\\.')}\\.tgz(?= |$)`),
];

/** Commands of other programs, which these tests do not run. A new one is added here on purpose. */
const otherPrograms = [
  /^npm ci$/,
  /^npm pack$/,
  /^npm install -g /,
  /^git (clone|diff) /,
  /^docker /,
  /^npx @modelcontextprotocol\/inspector /,
  /^export [A-Z_]+=\S+$/,
  /^claude mcp (add|login) /,
  /^codex mcp (add|login) /,
];

function checkScript(command: string): void {
  const [, , script = ''] = command.replace(/^npm (test|start)\b/, 'npm run $1').split(' ');
  const line: unknown = scripts[script];
  expect(line, `package.json has the script ${script}`).toBeTypeOf('string');
  for (const file of String(line).match(/(?:src|test)\/[\w./-]+/g) ?? []) {
    expect(existsSync(join(root, file)), `${file} of the script ${script}`).toBe(true);
  }
}

/** @throws ConfigError for an unknown command or option */
function checkProgram(args: readonly string[]): void {
  const [first = ''] = args;
  const { command } = parseCommandLine(args);
  if (!first.startsWith('-') && first !== '') {
    expect(command).toBe(first);
    expect(commands.map((known) => known.name)).toContain(first);
  }
}

describe('the commands in the docs', () => {
  it('are found', () => {
    expect(shellCommands.length).toBeGreaterThan(5);
    expect(inlineScripts.length).toBeGreaterThan(5);
    expect(shellCommands.map(({ page }) => page)).toContain('README.md');
  });

  it.each([...shellCommands, ...inlineScripts])('$page: $command', ({ command }) => {
    const program = programs.find((pattern) => pattern.test(command));
    if (program !== undefined) {
      checkProgram(command.replace(program, '').trim().split(/\s+/).filter(Boolean));
    } else if (/^npm (run|test|start)\b/.test(command)) {
      checkScript(command);
    } else {
      expect(
        otherPrograms.some((pattern) => pattern.test(command)),
        'a known command',
      ).toBe(true);
    }
  });

  it('begin on each page with where to run them', () => {
    const guides = shellCommands
      .filter(({ page, command }) => page !== 'README.md' && command.startsWith('node dist/'))
      .map(({ page }) => page);
    expect(new Set(guides).size).toBeGreaterThan(3);
    for (const { page, text } of pages.filter(({ page }) => guides.includes(page))) {
      expect(text.split('\n')[2], page).toBe(
        'Run the commands in the folder of a checkout, after `npm ci && npm run build`; the package is not on npm yet.',
      );
    }
  });

  it('do not need the published package, and neither do those in sentences', () => {
    const names = commands.map((known) => known.name).join('|');
    const unpublished = new RegExp(`npx -y ${name}\\b|\`${name} (?:${names})\\b`);
    expect(pages.filter(({ text }) => unpublished.test(text)).map(({ page }) => page)).toEqual([]);
  });

  it('are refused with a misspelt option, so that the check above can fail', () => {
    expect(() => checkProgram(['init', '--cleint', 'cursor'])).toThrow();
    expect(() => checkScript('npm run nothing')).toThrow();
  });
});
