/** `npm run picture`: runs the demo and draws what it printed, as a terminal would, into docs/demo.svg for the README. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Lines of the run that the picture shows at most, in whole steps; the rest is for those who run it themselves. */
const most = 48;
/** Characters of a line. */
const width = 108;
/** Pixels: of a character, of a line, and around the text. */
const size = { character: 7.8, line: 18, margin: 18 } as const;

const output = execFileSync(process.execPath, ['--import', 'tsx', 'src/dev/demo.ts'], {
  encoding: 'utf8',
  env: { ...process.env, NO_COLOR: '1' },
});

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const cut = (line: string): string => (line.length > width ? `${line.slice(0, width - 1)}…` : line);

/** Questions stand at the margin, calls behind an arrow, answers further in. */
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
  if (lines.length + more.length > most) {
    break;
  }
  lines.push(...more);
}
const height = lines.length * size.line + 2 * size.margin + 24;
const wide = Math.round(width * size.character + 2 * size.margin);

const text = lines
  .map(
    (line, index) =>
      `  <text xml:space="preserve" class="${classOf(line)}" x="${size.margin}" y="${size.margin + 36 + index * size.line}">${escaped(line)}</text>`,
  )
  .join('\n');

writeFileSync(
  'docs/demo.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${height}" viewBox="0 0 ${wide} ${height}" role="img" aria-label="A run of npm run demo">
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
