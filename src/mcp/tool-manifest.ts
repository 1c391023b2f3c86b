/**
 * The tools as the build has prepared them. Run from the sources, they are prepared on the spot; in the bundle this module
 * is the outcome alone (`dev/program.ts`), so that a start needs neither the catalog's schemas nor any conversion.
 */
import { catalog } from '../catalog/index.js';
import { prepare } from './build-manifest.js';
import { ownInputs } from './tools/index.js';

export const prepared = { operations: prepare(catalog), inputs: ownInputs() };
