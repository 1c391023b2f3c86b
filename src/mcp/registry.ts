/** Everything that a client is shown, built from the catalog and the configuration. */
import { excludedError } from '../guard/errors.js';
import type { Guard } from '../guard/guard.js';
import type { Policy } from '../guard/policy/policy.js';
import type { Secrets } from '../guard/secrets/secrets.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { didYouMean, similarNames } from '../nearest.js';
import { withErrorContext, withTwinNotes } from './error-context.js';
import { instructionsFor, type TenantLabel } from './instructions.js';
import { propertiesOf, type Tool, type ToolListing, withoutPlan } from './operation-tools.js';
import { type Prompts, promptsFor } from './prompts.js';
import { referenceResolver, withReferences } from './references.js';
import { documentEntries, type Resource, resourcesOf } from './resources.js';
import { operationKeys } from './search/operation-keys.js';
import { withSearchFallback } from './search-fallback.js';
import {
  type BuiltInTool,
  type CallableTool,
  callOperation,
  type Perform,
  viaGuard,
} from './tool-call.js';
import { defaultTools, selectTools, type ToolSelection } from './tool-selection.js';
import { applyConfigurationTool } from './tools/apply-configuration.js';
import { changeTools } from './tools/changes.js';
import { collectPagesTool } from './tools/collect-pages.js';
import { compareConfigurationTool } from './tools/compare-configuration.js';
import { type ConfigurationAccess, configurationOf } from './tools/configuration.js';
import { explainUserTools } from './tools/explain-user.js';
import { exportConfigurationTool } from './tools/export-configuration.js';
import { findOperationsTools, runnerOf } from './tools/find-operations.js';
import { type BuiltInInputs, builtInTools, configurationToolNames } from './tools/index.js';
import { runScriptTools } from './tools/run-script.js';
import { whoami } from './tools/whoami.js';
import { withoutUndeclared } from './validate-arguments.js';

/** How writes that ask first are confirmed. */
export type ConfirmMode = 'ask' | 'plan' | 'auto';

export interface RegistryOptions {
  readonly tools: readonly Tool[];
  readonly inputs: BuiltInInputs;
  /** As `--tools` takes it. */
  readonly selection: string;
  readonly readOnly: boolean;
  readonly place: TenantLabel;
  readonly version: string;
  readonly guard: Guard;
  readonly secrets: Secrets;
  /** What the configuration tools need; without it there are none. */
  readonly configuration?: ConfigurationAccess;
  /** Names that the clients of this configuration add to every call, beside those that are known. */
  readonly ignoredArguments?: readonly string[];
  /**
   * `plan` never asks through the client; `ask` does whenever the client says that it can; `auto` (the default) does until
   * the client has shown that it answers for the person.
   */
  readonly confirmMode?: ConfirmMode;
}

export interface Registry {
  readonly selection: ToolSelection;
  readonly callables: readonly CallableTool[];
  readonly resources: readonly Resource[];
  /** The error for a name that is not listed. */
  readonly unlisted: (name: string) => LogtoError;
  readonly instructions: string;
  readonly prompts: Prompts;
  readonly confirmMode: ConfirmMode;
}

/**
 * Words that clients which load tools on demand search, beside names and descriptions; their models never see them. Of the
 * everyday tools only those have a hint that people ask for in words which neither their name nor their description has: each
 * costs some 18 tokens of the default list.
 */
const SEARCH_HINTS: Readonly<Record<string, string>> = {
  find_operations:
    'MFA, SSO, webhook, branding, sign-in page, invite, JIT, signing keys, claims, SAML, domain, email template',
  run_read_operation: 'settings, anything else',
  run_write_operation: 'configure, enable, invite, anything else',
  run_destructive_operation: 'delete, rotate, anything else',
  collect_pages: 'how many, export, custom data',
  undo_change: 'revert, roll back',
  list_users: 'find by e-mail, last sign-in',
  create_user: 'sign up, register, import',
  update_user_password: 'reset password',
  update_user_is_suspended: 'lock out, disable, deactivate',
  delete_user: 'remove account, GDPR',
  assign_user_roles: 'grant permission, make admin',
  list_role_users: 'who is admin',
  create_role: 'RBAC, permission set',
  list_organization_users: 'members of a company or team',
  create_application: 'OAuth client, OIDC, SPA, M2M',
  update_application: 'callback, CORS, token lifetime',
  create_organization: 'company, workspace, team',
  list_logs: 'failed login, security, activity',
};

const hinted = (listing: ToolListing, hint: string | undefined): ToolListing =>
  hint === undefined ? listing : { ...listing, _meta: { 'anthropic/searchHint': hint } };

/** The tool of an operation, as it is listed. */
const operationTool = (tool: Tool, perform: Perform): CallableTool => ({
  listing: hinted(
    tool.listing,
    defaultTools.includes(tool.name) ? SEARCH_HINTS[tool.name] : tool.hint,
  ),
  run: (sent, context) => callOperation(tool, sent, perform, context),
});

/** A built-in tool, as it is listed. */
function builtInTool({ listing, asks, run }: BuiltInTool, inputs: BuiltInInputs): CallableTool {
  const { name, description, annotations } = listing;
  const input = inputs[name];
  if (input === undefined) {
    throw new Error(`The manifest has no input schema for ${name}.`);
  }
  const inputSchema = asks === false ? withoutPlan(input) : input;
  return {
    listing: hinted({ name, description, inputSchema, annotations }, SEARCH_HINTS[name]),
    run,
  };
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

/** The error for an operation that may not be run: forbidden, excluded, or not there. The same for every entry point. */
function refusalOf(
  selection: ToolSelection,
  tools: readonly Tool[],
  guard: Guard,
): (name: string) => LogtoError {
  const existing = new Map(tools.map((tool) => [tool.name, tool]));
  const keys = operationKeys(selection.permitted);
  return (name) => {
    const tool = existing.get(name);
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
      return new LogtoError({
        kind: 'input',
        code: 'not_listed',
        message: `${name} is not listed as a separate tool.`,
        hint: selection.lists(runner)
          ? `Call ${runner} with operation "${name}" and the same arguments.`
          : `It would run with ${runner}, which the configuration of this server excludes: say so.`,
      });
    }
    if (tools.some((existing) => existing.name === name)) {
      return refuse(name);
    }
    if (configurationToolNames.includes(name)) {
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
 * The operations that a configuration permits and lists.
 *
 * @throws SelectionError for a selection that names something that does not exist
 */
export function selectionFor(
  tools: readonly Tool[],
  policy: Policy,
  selection: string,
  readOnly: boolean,
): ToolSelection {
  const allowed = tools.filter((tool) => policy.forbids(tool) === undefined);
  return selectTools(tools, allowed, builtInTools, selection, readOnly || policy.readOnly);
}

/**
 * The names of all operations that a configuration permits, which the guard has to know.
 *
 * @throws SelectionError for a selection that names something that does not exist
 */
export const permittedNames = (
  tools: readonly Tool[],
  policy: Policy,
  selection: string,
  readOnly: boolean,
): readonly string[] =>
  [...selectionFor(tools, policy, selection, readOnly).permitted, ...documentEntries].map(
    ({ name }) => name,
  );

/**
 * Builds what one configuration serves.
 *
 * @throws SelectionError for a selection that names something that does not exist
 */
export function createRegistry(options: RegistryOptions): Registry {
  const { tools, place, version, guard, secrets, ignoredArguments = [] } = options;
  const { policy } = guard;
  const readOnly = options.readOnly || policy.readOnly;
  const selection = selectionFor(tools, policy, options.selection, options.readOnly);
  const { permitted } = selection;
  const direct = withSearchFallback(
    withTwinNotes(withErrorContext(viaGuard(guard), permitted), permitted),
  );
  const resolve = referenceResolver(permitted, direct);
  const perform = withReferences(direct, resolve);
  const refuse = refusalOf(selection, tools, guard);
  const resources = resourcesOf(guard);
  const configuration = options.configuration && configurationOf(guard, options.configuration);
  const canWrite = permitted.some(({ operation }) => operation.effect !== 'reads');
  const builtIn = [
    whoami({
      place,
      version,
      selected: selection,
      guard,
      resources,
      rules: [
        ...(options.readOnly && !policy.readOnly
          ? ['Read-only: operations that change something are left out.']
          : []),
        ...policy.describe(),
      ],
      selection: options.selection,
    }),
    ...findOperationsTools({
      tools,
      permitted,
      listed: new Set(selection.listed.map(({ name }) => name)),
      lists: (name) => selection.lists(name),
      refuse,
      perform,
    }),
    collectPagesTool(permitted, perform, secrets, refuse),
    ...runScriptTools({ permitted, perform, resolve, guard, refuse }),
    ...explainUserTools({ permitted, perform, refuse, resolve }),
    ...changeTools(permitted, guard, refuse),
    ...(configuration === undefined
      ? []
      : [
          exportConfigurationTool(configuration, canWrite),
          compareConfigurationTool(configuration),
          ...(canWrite ? [applyConfigurationTool(configuration)] : []),
        ]),
  ]
    .filter(({ listing }) => selection.lists(listing.name))
    .map((tool) => builtInTool(tool, options.inputs));
  const callables = [
    ...builtIn,
    ...selection.listed.map((tool) => operationTool(tool, perform)),
  ].map((tool) => (ignoredArguments.length === 0 ? tool : ignoring(ignoredArguments, tool)));
  const listed = new Set(callables.map(({ listing }) => listing.name));
  return {
    selection,
    callables,
    resources,
    confirmMode: options.confirmMode ?? 'auto',
    prompts: promptsFor({ permitted, listed }),
    unlisted: unlistedError(selection, tools, callables, refuse),
    instructions: instructionsFor({
      place,
      readOnly,
      listed,
      all: selection.listed.length === permitted.length,
    }),
  };
}
