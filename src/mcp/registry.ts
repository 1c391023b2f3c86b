/** Everything that a client is shown, put together from the catalog and the configuration. */

import { excludedError } from '../guard/errors.js';
import type { Guard } from '../guard/guard.js';
import type { Policy } from '../guard/policy/policy.js';
import type { Secrets } from '../guard/secrets/secrets.js';
import { LogtoError } from '../logto/errors.js';
import { instructionsFor, type TenantLabel } from './instructions.js';
import { type Tool, type ToolListing, withoutPlan } from './operation-tools.js';
import { type Prompts, promptsFor } from './prompts.js';
import { documentEntries, type Resource, resourcesOf } from './resources.js';
import {
  type BuiltInTool,
  type CallableTool,
  callOperation,
  type Perform,
  viaGuard,
} from './tool-call.js';
import { defaultTools, selectTools, type ToolSelection } from './tool-selection.js';
import { changeTools } from './tools/changes.js';
import { collectPagesTool } from './tools/collect-pages.js';
import { findOperationsTools, runnerOf } from './tools/find-operations.js';
import { type BuiltInInputs, builtInTools } from './tools/index.js';
import { whoami } from './tools/whoami.js';
import { didYouMean, nearest } from './validate-arguments.js';

export interface RegistryOptions {
  readonly tools: readonly Tool[];
  readonly inputs: BuiltInInputs;
  /** As `--tools` takes it. */
  readonly selection: string;
  readonly readOnly: boolean;
  readonly place: TenantLabel;
  readonly version: string;
  readonly gate: Guard;
  readonly secrets: Secrets;
}

export interface Registry {
  readonly exposure: ToolSelection;
  readonly callables: readonly CallableTool[];
  readonly resources: readonly Resource[];
  readonly unlisted: (name: string) => LogtoError;
  readonly instructions: string;
  readonly prompts: Prompts;
}

/**
 * What a client that loads tools on demand searches beside names and descriptions; its model never sees it. Of the everyday
 * tools those have one that people ask for in words which neither their name nor their description has: each costs some 18
 * tokens, and the default list has no room for forty.
 */
const hints: Readonly<Record<string, string>> = {
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
  create_application: 'OAuth client, OIDC, SPA, M2M',
  update_application: 'callback, CORS, token lifetime',
  create_organization: 'company, workspace, team',
  list_connectors: 'Google, GitHub, SMTP, Twilio',
  list_logs: 'failed login, security, activity',
};

/** The tool of an operation, as it is listed. */
const typed = (tool: Tool, perform: Perform): CallableTool => {
  return {
    listing: hinted(tool.listing, defaultTools.includes(tool.name) ? hints[tool.name] : tool.hint),
    run: (sent, context) => callOperation(tool, sent, perform, context),
  };
};

const hinted = (listing: ToolListing, hint: string | undefined): ToolListing =>
  hint === undefined ? listing : { ...listing, _meta: { 'anthropic/searchHint': hint } };

/** A tool of our own, as it is listed. */
function owned({ listing, asks, run }: BuiltInTool, inputs: BuiltInInputs): CallableTool {
  const { name, description, annotations } = listing;
  const input = inputs[name];
  if (input === undefined) {
    throw new Error(`What ${name} takes was not prepared.`);
  }
  const inputSchema = asks === false ? withoutPlan(input) : input;
  return { listing: hinted({ name, description, inputSchema, annotations }, hints[name]), run };
}

/** The error for an operation that may not be run: forbidden, excluded, or not there. One for all roads. */
function refuseBy(
  exposure: ToolSelection,
  tools: readonly Tool[],
  gate: Guard,
): (name: string) => LogtoError {
  const existing = new Map(tools.map((tool) => [tool.name, tool]));
  return (name) => {
    const tool = existing.get(name);
    if (tool !== undefined) {
      return gate.refusal(tool) ?? excludedError(name);
    }
    const meant = nearest(
      name,
      exposure.permitted.map((one) => one.name),
    );
    return new LogtoError({
      kind: 'input',
      code: 'unknown_operation',
      message: `There is no operation "${name}".`,
      hint: didYouMean(meant) ?? 'Look it up with find_operations.',
    });
  };
}

/** The error for a name that is not in the list: what it is, or what was probably meant. */
function unlistedBy(
  exposure: ToolSelection,
  tools: readonly Tool[],
  callables: readonly CallableTool[],
  refuse: (name: string) => LogtoError,
): (name: string) => LogtoError {
  const permitted = new Map(exposure.permitted.map((tool) => [tool.name, tool]));
  return (name) => {
    const tool = permitted.get(name);
    if (tool !== undefined) {
      const runner = runnerOf(tool);
      return new LogtoError({
        kind: 'input',
        code: 'not_listed',
        message: `${name} is not listed as a tool of its own.`,
        hint: exposure.lists(runner)
          ? `Call ${runner} with operation "${name}" and the same arguments.`
          : `It would run with ${runner}, which the configuration of this server excludes: say so.`,
      });
    }
    if (tools.some((one) => one.name === name)) {
      return refuse(name);
    }
    if (builtInTools.includes(name)) {
      return excludedError(name);
    }
    const meant = nearest(name, [
      ...new Set([...callables.map(({ listing }) => listing.name), ...permitted.keys()]),
    ]);
    return new LogtoError({
      kind: 'input',
      code: 'unknown_tool',
      message: `There is no tool "${name}".`,
      hint: didYouMean(meant) ?? 'Take one from the list of tools.',
    });
  };
}

/** A thing that is not there, told in the terms of the arguments: which of them may be wrong, and where each comes from. */
function withWhereabouts(perform: Perform, tools: readonly Tool[]): Perform {
  const listAt = new Map(
    tools
      .filter(({ operation: { method } }) => method === 'GET')
      .map(({ name, operation }) => [operation.url, name]),
  );
  return async (tool, checked, context) => {
    try {
      return await perform(tool, checked, context);
    } catch (error) {
      const code = error instanceof LogtoError ? (error.failure.code ?? 'entity.') : '';
      if (
        !(error instanceof LogtoError) ||
        error.failure.status !== 404 ||
        !/^entity\./.test(code)
      ) {
        throw error;
      }
      const { url, path } = tool.operation;
      const places = Object.keys(path).map((argument) => {
        const list = listAt.get(url.slice(0, url.indexOf(`/{${argument}}`)).replaceAll(/\/$/g, ''));
        return list === undefined || list === tool.name ? argument : `${argument} (see ${list})`;
      });
      const ids = Object.keys(checked.values).filter(
        (name) => /Ids?$/.test(name) && !Object.hasOwn(path, name),
      );
      const suspects = [...places, ...ids];
      throw new LogtoError({
        ...error.failure,
        hint:
          suspects.length === 0
            ? 'This setting was never made, or what it names is not there.'
            : `Nothing has that id, or it is not below that parent. Check ${suspects.join(', ')}: take each id from the list tool of its kind.`,
      });
    }
  };
}

/**
 * What a configuration lets through.
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
 * The names of all operations that a configuration lets through, which the guard has to know.
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
 * Puts the surface together.
 *
 * @throws SelectionError for a selection that names something that does not exist
 */
export function createRegistry(options: RegistryOptions): Registry {
  const { tools, selection, place, version, gate, secrets } = options;
  const { policy } = gate;
  const readOnly = options.readOnly || policy.readOnly;
  const exposure = selectionFor(tools, policy, selection, options.readOnly);
  const perform = withWhereabouts(viaGuard(gate), tools);
  const refuse = refuseBy(exposure, tools, gate);
  const resources = resourcesOf(gate);
  const extras = [
    whoami({
      place,
      version,
      exposure,
      gate,
      resources,
      rules: [
        ...(options.readOnly && !policy.readOnly
          ? ['Read-only: whatever changes something is left out.']
          : []),
        ...policy.describe(),
      ],
      selection,
    }),
    ...findOperationsTools({
      tools,
      permitted: exposure.permitted,
      listed: new Set(exposure.listed.map(({ name }) => name)),
      lists: (name) => exposure.lists(name),
      refuse,
      perform,
    }),
    collectPagesTool(exposure.permitted, perform, secrets, refuse),
    ...changeTools(exposure.permitted, gate, refuse),
  ]
    .filter(({ listing }) => exposure.lists(listing.name))
    .map((tool) => owned(tool, options.inputs));
  const callables = [...extras, ...exposure.listed.map((tool) => typed(tool, perform))];
  const listed = new Set(callables.map(({ listing }) => listing.name));
  return {
    exposure,
    callables,
    resources,
    prompts: promptsFor({ permitted: exposure.permitted, listed }),
    unlisted: unlistedBy(exposure, tools, callables, refuse),
    instructions: instructionsFor({
      place,
      readOnly,
      listed,
      all: exposure.listed.length === exposure.permitted.length,
    }),
  };
}
