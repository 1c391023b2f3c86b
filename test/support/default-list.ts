/** The tools that are listed without a selection. */
import { configurationTools } from '../../src/mcp/built-in-tools.js';
import { defaultTools } from '../../src/mcp/tool-selection.js';
import { builtInTools } from '../../src/mcp/tools/index.js';

const listedOnRequest: ReadonlySet<string> = new Set(configurationTools);

/** The built-in tools that are listed by default, in their order: all but those for configuration as code. */
export const builtInByDefault: readonly string[] = builtInTools.filter(
  (name) => !listedOnRequest.has(name),
);

/** Every tool that is listed by default. */
export const listedByDefault: readonly string[] = [...builtInByDefault, ...defaultTools];
