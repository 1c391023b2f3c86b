/** `npm run bundle`: builds the program and packs it for Claude Desktop, into the root of the project. */
import './build.js';
import { makeBundle } from './mcpb.js';
import { root } from './program.js';

process.stdout.write(`${await makeBundle(root)}\n`);
