/** The input schemas of the built-in tools: those that belong to no operation. */
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

/** The schemas that validate their calls, in the order in which the tools are listed. */
const schemas = {
  [whoamiTool]: whoamiSchema,
  ...findOperationsSchemas,
  [collectTool]: collectPagesSchema,
  ...runScriptSchemas,
  [explainUserTool]: explainUserSchema,
  ...changeSchemas,
};

/** The schemas of the configuration tools, which only some selections list. */
const configurationSchemas = {
  [exportTool]: exportSchema,
  [compareTool]: compareSchema,
  [applyTool]: applySchema,
};

/** The names of the built-in tools that every selection lists unless it excludes them, in the same order. */
export const builtInTools: readonly string[] = Object.keys(schemas);

/** The names of the configuration tools. */
export const configurationToolNames: readonly string[] = Object.keys(configurationSchemas);

/** Their schemas as JSON Schema, by name. */
export type BuiltInInputs = Readonly<Record<string, JsonSchema>>;

/** Converts the schemas. It takes a tenth of a start, so the build does it once for all. */
export const builtInInputs = (): BuiltInInputs =>
  Object.fromEntries(
    Object.entries({ ...schemas, ...configurationSchemas }).map(([name, schema]) => [
      name,
      inputSchema(schema),
    ]),
  );
