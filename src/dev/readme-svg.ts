/** `npm run picture`: runs the demo and writes its output as a picture of a terminal to docs/demo.svg, for the README. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Lines of output that the picture shows at most, in whole steps. */
const MAX_LINES = 48;
/** Characters of a line. */
const MAX_CHARACTERS = 108;
/** Pixels: width of a character, height of a line, margin around the text. */
const SIZE_PX = { character: 7.8, line: 18, margin: 18 } as const;

const output = execFileSync(process.execPath, ['--import', 'tsx', 'src/dev/demo.ts'], {
  encoding: 'utf8',
  env: { ...process.env, NO_COLOR: '1' },
});

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const cut = (line: string): string =>
  line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS - 1)}…` : line;

/** Questions start at the margin, calls have an arrow, answers are indented further. */
const classOf = (line: string): string =>
  line.startsWith('$')
    ? 'command'
    : line.startsWith('  →')
      ? 'call'
      : /^\S/.test(line)
        ? 'question'
        : 'answer';

const steps = output.trim().split('\n\n');
const lines: string[] = ['$ npm run demo', ''];
for (const step of steps) {
  const more = [...step.split('\n').map(cut), ''];
  if (lines.length + more.length > MAX_LINES) {
    break;
  }
  lines.push(...more);
}
const height = lines.length * SIZE_PX.line + 2 * SIZE_PX.margin + 24;
const width = Math.round(MAX_CHARACTERS * SIZE_PX.character + 2 * SIZE_PX.margin);

const text = lines
  .map(
    (line, index) =>
      `  <text xml:space="preserve" class="${classOf(line)}" x="${SIZE_PX.margin}" y="${SIZE_PX.margin + 36 + index * SIZE_PX.line}">${escaped(line)}</text>`,
  )
  .join('\n');

writeFileSync(
  'docs/demo.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A run of npm run demo">
  <style>
    text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; fill: #c9d1d9; }
    .command { fill: #7ee787; } .question { fill: #ffffff; font-weight: bold; } .call { fill: #79c0ff; }
  </style>
  <rect width="100%" height="100%" rx="8" fill="#0d1117"/>
  <circle cx="20" cy="18" r="6" fill="#ff5f56"/><circle cx="40" cy="18" r="6" fill="#ffbd2e"/><circle cx="60" cy="18" r="6" fill="#27c93f"/>
${text}
</svg>
`,
);
process.stdout.write(`docs/demo.svg: ${lines.length} lines of the run.\n`);
