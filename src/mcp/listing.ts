/**
 * What a client is shown: tools, resources, prompts and instructions. It follows from the configuration and the manifest
 * alone, so a start loads nothing of what runs behind them (`registry.ts`).
 */
import { documents } from '../catalog/documents.js';
import type { ConfirmMode } from '../guard/confirm/confirm-mode.js';
import type { Policy } from '../guard/policy/policy.js';
import { builtInTools, isOffered } from './built-in-tools.js';
import { instructionsFor, type TenantLabel } from './instructions.js';
import { propertiesOf, type Tool, type ToolListing, withoutPlan } from './operation-tools.js';
import { type Prompts, promptsFor } from './prompts.js';
import { documentEntries, type ResourceListing } from './resources.js';
import { isRunner, runnerOf } from './runners.js';
import { defaultTools, selectTools, type ToolSelection } from './tool-selection.js';

/**
 * Words that clients which load tools on demand search, beside names and descriptions; their models never see them. Among
 * the everyday tools, only those have a hint that people request with words that neither the name nor the description has:
 * each costs some 18 tokens of the default list.
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

const withSearchHint = (listing: ToolListing, hint: string | undefined): ToolListing =>
  hint === undefined ? listing : { ...listing, _meta: { 'anthropic/searchHint': hint } };

/** An operation, as it is listed. */
export const operationListing = ({ name, listing, hint }: Tool): ToolListing =>
  withSearchHint(listing, defaultTools.includes(name) ? SEARCH_HINTS[name] : hint);

/** A built-in tool, as it is listed. @param asks false for one that takes no plan under the policy */
export const builtInListing = (listing: ToolListing, asks = true): ToolListing =>
  withSearchHint(
    asks ? listing : { ...listing, inputSchema: withoutPlan(listing.inputSchema) },
    SEARCH_HINTS[listing.name],
  );

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

/** The inputs of a listing. */
export interface ListingOptions {
  readonly selection: ToolSelection;
  /** The built-in tools that are offered, as they are listed. */
  readonly builtIns: readonly ToolListing[];
  readonly policy: Policy;
  readonly readOnly: boolean;
  readonly tenant: TenantLabel;
  readonly confirmMode?: ConfirmMode;
}

export interface Listing {
  /** In the order in which they are listed. */
  readonly tools: readonly ToolListing[];
  readonly resources: readonly ResourceListing[];
  readonly prompts: Prompts;
  readonly instructions: string;
}

/** What a client is shown under one configuration. */
export function listingFor(options: ListingOptions): Listing {
  const { selection, builtIns, policy, tenant } = options;
  const { permitted } = selection;
  const tools = [...builtIns, ...selection.listed.map(operationListing)];
  const listed = new Set(tools.map(({ name }) => name));
  return {
    tools,
    resources: documents.filter(({ uri }) =>
      documentEntries.some((entry) => entry.uri === uri && policy.forbids(entry) === undefined),
    ),
    prompts: promptsFor({ permitted, listed }),
    instructions: instructionsFor({
      tenant,
      readOnly: options.readOnly || policy.readOnly,
      listed,
      all: selection.listed.length === permitted.length,
      ...(options.confirmMode !== undefined && { confirmMode: options.confirmMode }),
    }),
  };
}

const writes = ({ operation }: Tool): boolean => operation.effect !== 'reads';

/**
 * The built-in tools that are offered under a tool selection. A runner takes a plan only where an operation that it runs
 * can ask first.
 *
 * @param all every built-in tool, as the manifest has it
 */
export const offeredBuiltIns = (
  all: readonly ToolListing[],
  { permitted, lists }: ToolSelection,
): readonly ToolListing[] =>
  all
    .filter(({ name }) => lists(name) && isOffered(name, permitted))
    .map((listing) => {
      if (listing.name === 'export_configuration' && !permitted.some(writes)) {
        // In read-only mode it writes no file either.
        return { ...listing, annotations: { ...listing.annotations, readOnlyHint: true } };
      }
      const takesPlan = Object.hasOwn(propertiesOf(listing.inputSchema), 'plan');
      return takesPlan &&
        isRunner(listing.name) &&
        !permitted.some((tool) => runnerOf(tool) === listing.name && tool.asks)
        ? { ...listing, inputSchema: withoutPlan(listing.inputSchema) }
        : listing;
    });
