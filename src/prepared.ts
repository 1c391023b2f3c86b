/**
 * The tools as the build has prepared them. Run from the sources, they are prepared on the spot; in the bundle this module
 * is the outcome alone (`dev/build.ts`), so that a start needs neither the catalog's schemas nor their conversion.
 */
import { catalog } from './catalog/index.js';
import { prepare } from './mcp/tools.js';

export const prepared = prepare(catalog);
