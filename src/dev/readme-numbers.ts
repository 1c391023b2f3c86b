/** The README with the current numbers of tools, operations and recipes; the rest of its text is written by hand. */
import { configurationTools } from '../mcp/built-in-tools.js';
import { recipes } from '../mcp/recipes/index.js';
import { defaultTools } from '../mcp/tool-selection.js';
import { builtInTools } from '../mcp/tools/index.js';

/**
 * @param readme the text of the README
 * @param operations how many operations the catalog has
 */
export function withNumbers(readme: string, operations: number): string {
  const onRequest: ReadonlySet<string> = new Set(configurationTools);
  const builtIns = builtInTools.filter((name) => !onRequest.has(name)).length;
  return readme
    .replace(
      /\d+ tools are listed: \d+ operations and \d+ tools/,
      `${defaultTools.length + builtIns} tools are listed: ${defaultTools.length} operations and ${builtIns} tools`,
    )
    .replace(/reach all \d+ operations/, `reach all ${operations} operations`)
    .replace(/\[\d+ recipes\]/, `[${recipes.length} recipes]`);
}
