/**
 * `npm run demo`: the main use in the sandbox as a conversation, with a real MCP client over stdio, printed for people.
 * `npm run demo -- safety`: the guard, call by call.
 */
import { runDemo } from './demo-parts.js';

process.exitCode = await runDemo(process.argv[2] ?? 'story', (line) => {
  process.stdout.write(`${line}\n`);
});
