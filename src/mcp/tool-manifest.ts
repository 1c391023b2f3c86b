/**
 * The manifest of the tools. Run from the sources, it is computed here; in the bundle this module is replaced by its result
 * (`dev/bundle-program.ts`), so that a start loads neither the catalog's schemas nor any conversion.
 */
import { catalog } from '../catalog/index.js';
import { buildManifest, builtInListings } from './build-manifest.js';
import type { StoredManifest } from './stored-manifest.js';

const operations = buildManifest(catalog);

export const toolManifest: StoredManifest = { operations, builtIns: builtInListings(operations) };
