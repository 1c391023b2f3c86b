/** `npm run picture`: runs the conversation of the demo and draws it into docs/demo.svg, for the README. */
import { writeFileSync } from 'node:fs';
import { picture } from './picture.js';
import { runStory, type StoryLine } from './story.js';

const lines: StoryLine[] = [];
await runStory((line) => lines.push(line));
writeFileSync('docs/demo.svg', picture(lines));
process.stdout.write(`docs/demo.svg: ${lines.length} lines of the conversation.\n`);
