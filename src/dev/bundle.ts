/** `npm run bundle`: builds the program and packs it for Claude Desktop, into the root of the project. */
import './build.js';
import { root } from './bundle-program.js';
import { makeBundle } from './mcpb.js';

process.stdout.write(`${await makeBundle(root)}\n`);
