/** The input schemas of the built-in tools: those that belong to no operation. */
import type * as z from 'zod';
import type { BuiltInName } from '../built-in-tools.js';
import { inputSchema, type JsonSchema } from '../json-schema.js';
import { applySchema, applyTool } from './apply-configuration.js';
import { changeSchemas } from './changes.js';
import { collectPagesSchema, collectTool } from './collect-pages.js';
import { compareSchema, compareTool } from './compare-configuration.js';
import { explainUserSchema, explainUserTool } from './explain-user.js';
import { exportSchema, exportTool } from './export-configuration.js';
import { findOperationsSchemas } from './find-operations.js';
import { runScriptSchemas } from './run-script.js';
import { whoamiSchema, whoamiTool } from './whoami.js';

/** The schemas that validate their calls. */
const schemas = {
  [whoamiTool]: whoamiSchema,
  ...findOperationsSchemas,
  [collectTool]: collectPagesSchema,
  ...runScriptSchemas,
  [explainUserTool]: explainUserSchema,
  ...changeSchemas,
  [exportTool]: exportSchema,
  [compareTool]: compareSchema,
  [applyTool]: applySchema,
} as const satisfies Readonly<Record<BuiltInName, z.core.$ZodType>>;

export { builtInTools } from '../built-in-tools.js';

/** Their schemas as JSON Schema, by name. */
export type BuiltInInputs = Readonly<Record<string, JsonSchema>>;

/** Converts the schemas. It takes a tenth of a start, so the build does it once for all. */
export const builtInInputs = (): BuiltInInputs =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, inputSchema(schema)]));
