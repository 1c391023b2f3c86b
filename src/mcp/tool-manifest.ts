/**
 * The tools as the build has prepared them. Run from the sources, they are prepared on the spot; in the bundle this module
 * is the outcome alone (`dev/program.ts`), so that a start needs neither the catalog's schemas nor any conversion.
 */
import { catalog } from '../catalog/index.js';
import { buildManifest } from './build-manifest.js';
import { builtInInputs } from './tools/index.js';

export const toolManifest = { operations: buildManifest(catalog), inputs: builtInInputs() };
