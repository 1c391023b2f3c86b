/** Draws the conversation of the demo as a chat, in SVG, for the README. */
import type { Speaker, StoryLine } from './story.js';

/** Pixels. The picture is narrow, so that a phone shows it without shrinking the text. */
const WIDTH_PX = 480;
const MARGIN_PX = 14;
const PADDING_PX = 10;
const LINE_PX = 20;
const GAP_PX = 8;
const BUBBLE_PX = 400;
/** Widths of a character that no line exceeds on average: of the text in the widest of its fonts, and of the monospaced text. */
const CHARACTER_PX = 8.3;
const MONO_CHARACTER_PX = 7.3;

interface Style {
  readonly side: 'left' | 'right';
  readonly mono: boolean;
  /** A label above the text; consecutive lines of one speaker share a bubble. */
  readonly label?: string;
}

const STYLES: Readonly<Record<Speaker, Style>> = {
  person: { side: 'right', mono: false },
  call: { side: 'left', mono: true },
  question: { side: 'left', mono: false, label: 'The server asks you first' },
  typed: { side: 'right', mono: true },
  answer: { side: 'left', mono: false },
  refused: { side: 'left', mono: false, label: 'Refused by the server' },
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Breaks a text into lines of a width, between words where that is possible. */
function wrapped(text: string, maxCharacters: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text
    .split(' ')
    .flatMap((part) => part.match(new RegExp(`.{1,${maxCharacters}}`, 'gu')) ?? [''])) {
    if (line !== '' && line.length + 1 + word.length > maxCharacters) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

interface Bubble {
  readonly by: Speaker;
  readonly texts: readonly string[];
}

function bubblesOf(lines: readonly StoryLine[]): Bubble[] {
  const bubbles: { by: Speaker; texts: string[] }[] = [];
  for (const { by, text } of lines) {
    const last = bubbles.at(-1);
    if (last?.by === by) {
      last.texts.push(text);
    } else {
      bubbles.push({ by, texts: [text] });
    }
  }
  return bubbles;
}

/** One bubble as SVG. @returns the markup and the height in pixels */
function drawn({ by, texts }: Bubble, top: number): { svg: string; height: number } {
  const { side, mono, label } = STYLES[by];
  const character = mono ? MONO_CHARACTER_PX : CHARACTER_PX;
  const maxCharacters = Math.floor((BUBBLE_PX - 2 * PADDING_PX) / character);
  const lines = texts.flatMap((text) => wrapped(text, maxCharacters));
  const all = label === undefined ? lines : [label, ...lines];
  const longest = Math.max(...all.map((line) => line.length));
  const width = Math.min(BUBBLE_PX, Math.ceil(longest * character) + 2 * PADDING_PX);
  const height = all.length * LINE_PX + 2 * PADDING_PX - 4;
  const left = side === 'left' ? MARGIN_PX : WIDTH_PX - MARGIN_PX - width;
  const rows = all.map((line, index) => {
    const kind = label !== undefined && index === 0 ? 'label' : mono ? 'mono' : 'text';
    const y = top + PADDING_PX + 13 + index * LINE_PX;
    return `  <text xml:space="preserve" class="${by} ${kind}" x="${left + PADDING_PX}" y="${y}">${escaped(line)}</text>`;
  });
  const box = `  <rect class="${by}" x="${left}" y="${top}" width="${width}" height="${height}" rx="10"/>`;
  return { svg: [box, ...rows].join('\n'), height };
}

/** The conversation as SVG. */
export function picture(lines: readonly StoryLine[]): string {
  let top = MARGIN_PX;
  const parts = bubblesOf(lines).map((bubble) => {
    const { svg, height } = drawn(bubble, top);
    top += height + GAP_PX;
    return svg;
  });
  const height = top + MARGIN_PX - GAP_PX;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH_PX}" height="${height}" viewBox="0 0 ${WIDTH_PX} ${height}" role="img" aria-label="A conversation: finding a user, changing many people with one confirmation, undoing it, and a refusal">
  <style>
    svg { --page: #ffffff; --text: #1f2328; --muted: #59636e; --box: #f3f4f6; --line: #d1d9e0; --person: #5a32d1; --on-person: #ffffff; --ask: #9a6700; --no: #b3261e; }
    @media (prefers-color-scheme: dark) { svg { --page: #0d1117; --text: #e6edf3; --muted: #9198a1; --box: #161b22; --line: #30363d; --person: #7c5cff; --on-person: #ffffff; --ask: #e3b341; --no: #ff7b72; } }
    text { font: 14px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--text); }
    text.mono { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: var(--muted); }
    text.label { font-size: 12px; font-weight: 600; } text.question.label { fill: var(--ask); } text.refused.label { fill: var(--no); }
    text.person { fill: var(--on-person); } text.typed { fill: var(--text); }
    rect { fill: var(--box); stroke: none; } rect.page { fill: var(--page); stroke: var(--line); }
    rect.person { fill: var(--person); } rect.call { fill: none; } rect.typed { fill: none; stroke: var(--ask); }
    rect.question { fill: var(--page); stroke: var(--ask); } rect.refused { fill: var(--page); stroke: var(--no); }
  </style>
  <rect class="page" x="0.5" y="0.5" width="${WIDTH_PX - 1}" height="${height - 1}" rx="12"/>
${parts.join('\n')}
</svg>
`;
}
