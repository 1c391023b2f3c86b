/** Everything that one configuration serves: what a client is shown (`listing.ts`), and what runs behind it. */

import { type ConfirmMode, DEFAULT_CONFIRM_MODE } from '../guard/confirm/confirm-mode.js';
import { excludedError } from '../guard/errors.js';
import type { Guard } from '../guard/guard.js';
import type { Secrets } from '../guard/secrets/secrets.js';
import type { ScriptPool } from '../jobs/script-pool.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { didYouMean, similarNames } from '../nearest.js';
import { confirmRules } from './asking.js';
import {
  builtInFunctions,
  configurationTools,
  readScriptTool,
  scriptTool,
} from './built-in-tools.js';
import { withErrorContext, withTwinNotes } from './error-context.js';
import type { TenantLabel } from './instructions.js';
import { builtInListing, listingFor, operationListing, selectionFor } from './listing.js';
import { propertiesOf, type Tool } from './operation-tools.js';
import type { Prompts } from './prompts.js';
import { referenceResolver, withReferences } from './references.js';
import { type ResourceTemplate, resourceTemplates } from './resource-templates.js';
import { type McpResource, resourcesOf } from './resources.js';
import { runnerOf } from './runners.js';
import { operationKeys } from './search/operation-keys.js';
import { withSearchFallback } from './search-fallback.js';
import type { ServedCatalog, ServedScope } from './served/served-catalog.js';
import {
  type BuiltInTool,
  type CallableTool,
  callOperation,
  type Perform,
  viaGuard,
} from './tool-call.js';
import type { ToolSelection } from './tool-selection.js';
import { applyConfigurationTool } from './tools/apply-configuration.js';
import { changeTools } from './tools/changes.js';
import { collectPagesTool } from './tools/collect-pages.js';
import { compareConfigurationTool } from './tools/compare-configuration.js';
import { type ConfigurationAccess, configurationOf } from './tools/configuration.js';
import { explainUserTools } from './tools/explain-user.js';
import { exportConfigurationTool } from './tools/export-configuration.js';
import { findOperationsTools } from './tools/find-operations.js';
import { type BuiltInInputs, builtInTools } from './tools/index.js';
import { runScriptTools } from './tools/run-script.js';
import { whoami } from './tools/whoami.js';
import { withoutUndeclared } from './validate-arguments.js';

export interface RegistryOptions {
  readonly tools: readonly Tool[];
  readonly inputs: BuiltInInputs;
  /** As `--tools` takes it. */
  readonly selection: string;
  readonly readOnly: boolean;
  readonly tenant: TenantLabel;
  readonly version: string;
  readonly guard: Guard;
  readonly secrets: Secrets;
  /** What the configuration tools need; without it there are none. */
  readonly configuration?: ConfigurationAccess;
  /** Names that the clients of this configuration add to every call, beside those that are known. */
  readonly ignoredArguments?: readonly string[];
  /**
   * `plan` never asks through the client; `ask` always does, and refuses where the client declares no questions; `auto` (the
   * default) asks where the client declares it, until the client has shown that it answers for the person, and else plans.
   */
  readonly confirmMode?: ConfirmMode;
  /** Bounds how many scripts run at a time; without it each runs at once. */
  readonly scriptPool?: ScriptPool | undefined;
  /** What the running Logto has beside the catalog; without it the catalog alone decides. */
  readonly served?: ServedCatalog | undefined;
}

/** What is known where the document of the running Logto is not read. */
const NOT_READ: ServedScope = {
  state: { kind: 'unknown', reason: 'the document is not read here' },
  tools: [],
  permitted: [],
  uncallable: [],
};

export interface Registry {
  readonly selection: ToolSelection;
  readonly callables: readonly CallableTool[];
  readonly resources: readonly McpResource[];
  readonly templates: () => Promise<readonly ResourceTemplate[]>;
  /** The error for a name that is not listed. */
  readonly unlisted: (name: string) => LogtoError | Promise<LogtoError>;
  readonly instructions: string;
  readonly prompts: Prompts;
  readonly confirmMode: ConfirmMode;
}

/** The tool of an operation. */
const operationTool = (tool: Tool, perform: Perform): CallableTool => ({
  listing: operationListing(tool),
  run: (sent, context) => callOperation(tool, sent, perform, context),
});

/** A built-in tool with its input schema. */
function builtInTool({ listing, asks, run }: BuiltInTool, inputs: BuiltInInputs): CallableTool {
  const { name, description, annotations } = listing;
  const inputSchema = inputs[name];
  if (inputSchema === undefined) {
    throw new Error(`The manifest has no input schema for ${name}.`);
  }
  return { listing: builtInListing({ name, description, inputSchema, annotations }, asks), run };
}

/** A tool that drops the names which the configuration says that clients add. */
const ignoring = (ignored: readonly string[], { listing, run }: CallableTool): CallableTool => ({
  listing,
  run: (sent, context) =>
    run(
      isObject(sent) ? withoutUndeclared(sent, propertiesOf(listing.inputSchema), ignored) : sent,
      context,
    ),
});

const placeInList = ({ listing }: BuiltInTool): number => builtInTools.indexOf(listing.name);

/** The error for an operation that may not be run: forbidden, excluded, or not there. The same for every entry point. */
function refusalOf(
  selection: ToolSelection,
  tools: readonly Tool[],
  guard: Guard,
  served: ServedCatalog | undefined,
): (name: string) => LogtoError {
  const existing = new Map(tools.map((tool) => [tool.name, tool]));
  const keys = operationKeys(selection.permitted);
  return (name) => {
    const tool = existing.get(name) ?? served?.toolNamed(name);
    if (tool !== undefined) {
      return guard.refusal(tool) ?? excludedError(name);
    }
    const named = keys.named(name).map((operation) => operation.name);
    const meant =
      named.length > 0
        ? named
        : similarNames(
            name,
            selection.permitted.map((permitted) => permitted.name),
          );
    return new LogtoError({
      kind: 'input',
      code: 'unknown_operation',
      message: `There is no operation ${JSON.stringify(name)}.`,
      hint: didYouMean(meant) ?? 'Look it up with find_operations.',
    });
  };
}

/** The error for a name that is not in the list: what it is, or what was probably meant. */
function unlistedError(
  selection: ToolSelection,
  tools: readonly Tool[],
  callables: readonly CallableTool[],
  refuse: (name: string) => LogtoError,
): (name: string) => LogtoError {
  const permitted = new Map(selection.permitted.map((tool) => [tool.name, tool]));
  return (name) => {
    const tool = permitted.get(name);
    if (tool !== undefined) {
      const runner = runnerOf(tool);
      const script = tool.operation.effect === 'reads' ? readScriptTool : scriptTool;
      return new LogtoError({
        kind: 'input',
        code: 'not_listed',
        message: `${name} is not listed as a separate tool.`,
        hint: selection.lists(runner)
          ? `Call ${runner} with operation "${name}" and the same arguments.`
          : selection.lists(script)
            ? `Call it in a script: ${script} with code "return logto.${name}({...})".`
            : `It would run with ${runner}, which the configuration of this server excludes: say so.`,
      });
    }
    if (tools.some((existing) => existing.name === name)) {
      return refuse(name);
    }
    if (configurationTools.some((tool) => tool === name)) {
      return new LogtoError({
        kind: 'input',
        code: 'not_listed',
        message: `${name} is not among the tools that this server lists.`,
        hint: 'Only the operator can change that: --tools default,configuration adds the configuration tools. Until then, run_script does jobs of many calls.',
      });
    }
    if (builtInTools.includes(name)) {
      return excludedError(name);
    }
    const meant = similarNames(name, [
      ...new Set([...callables.map(({ listing }) => listing.name), ...permitted.keys()]),
    ]);
    return new LogtoError({
      kind: 'input',
      code: 'unknown_tool',
      message: `There is no tool ${JSON.stringify(name)}.`,
      hint: didYouMean(meant) ?? 'Take one from the list of tools.',
    });
  };
}

/**
 * Builds what one configuration serves.
 *
 * @throws SelectionError for a selection that names something that does not exist
 */
export function createRegistry(options: RegistryOptions): Registry {
  const { tools, tenant, version, guard, secrets, ignoredArguments = [] } = options;
  const { policy } = guard;
  const selection = selectionFor(tools, policy, options.selection, options.readOnly);
  const { permitted } = selection;
  const direct = withSearchFallback(
    withTwinNotes(withErrorContext(viaGuard(guard), permitted), permitted),
  );
  const resolve = referenceResolver(permitted, direct);
  const perform = withReferences(direct, resolve);
  const { served } = options;
  const refuse = refusalOf(selection, tools, guard, served);
  const scope = async (signal: AbortSignal): Promise<ServedScope> =>
    served === undefined ? NOT_READ : served.scope(signal);
  const servedTools = async (signal: AbortSignal) => (await scope(signal)).permitted;
  const resources = resourcesOf(guard);
  const configuration = options.configuration && configurationOf(guard, options.configuration);
  const canWrite = permitted.some(({ operation }) => operation.effect !== 'reads');
  const readers = [
    whoami({
      tenant,
      version,
      selected: selection,
      catalog: tools,
      guard,
      scope,
      rules: [
        ...(options.readOnly && !policy.readOnly
          ? ['Read-only: operations that change something are left out.']
          : []),
        ...confirmRules(options.confirmMode ?? DEFAULT_CONFIRM_MODE),
        ...policy.describe(),
      ],
      selection: options.selection,
    }),
    ...explainUserTools({ permitted, perform, refuse, resolve }),
    ...changeTools({ permitted, guard, refuse, resolve, served: servedTools }),
  ];
  const functions = readers.filter(
    ({ listing: { name } }) => builtInFunctions.has(name) && !selection.excludes(name),
  );
  const builtIn = [
    ...findOperationsTools({
      tools,
      permitted,
      listed: new Set(selection.listed.map(({ name }) => name)),
      lists: (name) => selection.lists(name),
      functions: functions.map(({ listing: { name } }) => name),
      refuse,
      perform,
      scope,
    }),
    collectPagesTool(permitted, perform, secrets, refuse, servedTools),
    ...runScriptTools({
      permitted,
      perform,
      guard,
      refuse,
      served: servedTools,
      pool: options.scriptPool,
      functions,
      lists: (name) => selection.lists(name),
    }),
    ...readers,
    ...(configuration === undefined
      ? []
      : [
          exportConfigurationTool(configuration, canWrite),
          compareConfigurationTool(configuration),
          ...(canWrite ? [applyConfigurationTool(configuration)] : []),
        ]),
  ]
    .filter(({ listing }) => selection.lists(listing.name))
    .toSorted((a, b) => placeInList(a) - placeInList(b))
    .map((tool) => builtInTool(tool, options.inputs));
  const callables = [
    ...builtIn,
    ...selection.listed.map((tool) => operationTool(tool, perform)),
  ].map((tool) => (ignoredArguments.length === 0 ? tool : ignoring(ignoredArguments, tool)));
  const { prompts, instructions } = listingFor({
    selection,
    builtIns: callables.slice(0, builtIn.length).map(({ listing }) => listing),
    policy,
    readOnly: options.readOnly,
    tenant,
    confirmMode: options.confirmMode ?? DEFAULT_CONFIRM_MODE,
  });
  return {
    selection,
    callables,
    resources,
    templates: async () => resourceTemplates(permitted, perform),
    confirmMode: options.confirmMode ?? DEFAULT_CONFIRM_MODE,
    prompts,
    instructions,
    unlisted: unlistedError(selection, tools, callables, refuse),
  };
}
