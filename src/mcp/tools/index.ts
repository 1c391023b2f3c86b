/** What the tools that belong to no operation take. */

import { inputSchema, type JsonSchema } from '../json-schema.js';
import { changeSchemas } from './changes.js';
import { collectPagesSchema, collectTool } from './collect-pages.js';
import { findOperationsSchemas } from './find-operations.js';
import { runScriptSchemas } from './run-script.js';
import { whoamiSchema, whoamiTool } from './whoami.js';

/** The schemas that check their calls, in the order in which the tools are listed. */
const schemas = {
  [whoamiTool]: whoamiSchema,
  ...findOperationsSchemas,
  [collectTool]: collectPagesSchema,
  ...runScriptSchemas,
  ...changeSchemas,
};

/** Their names, in the same order. */
export const builtInTools: readonly string[] = Object.keys(schemas);

/** What they take as their listings show it, by name. */
export type BuiltInInputs = Readonly<Record<string, JsonSchema>>;

/** Converts the schemas. It takes a tenth of a start, so the build does it once for all. */
export const builtInInputs = (): BuiltInInputs =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, inputSchema(schema)]));
