/**
 * The manifest of the tools. Run from the sources, it is computed here; in the bundle this module is replaced by its result
 * (`dev/bundle-program.ts`), so that a start loads neither the catalog's schemas nor any conversion.
 */
import { catalog } from '../catalog/index.js';
import { buildManifest } from './build-manifest.js';
import { builtInInputs } from './tools/index.js';

export const toolManifest = { operations: buildManifest(catalog), inputs: builtInInputs() };
