/**
 * MCP Apps: a page that clients which declare the extension show for a call, instead of JSON. All others get the same
 * answers without it. The page itself is `src/view`.
 */
import { isObject } from '../json.js';
import { propertiesOf, type ToolListing } from './operation-tools.js';
import type { ToolResult } from './results.js';

/** The extension, as clients declare it. */
const EXTENSION = 'io.modelcontextprotocol/ui';

export const VIEW_MIME_TYPE = 'text/html;profile=mcp-app';

export const VIEW_URI = 'ui://logto-management-mcp/view.html';

/** The member of a result's `_meta` with the call that carries its plan out; `src/view/main.ts` reads it. */
const CONFIRM_META = 'logto-management-mcp/confirm';

/** What a host must allow the page: nothing from outside, and the clipboard for a copied table. */
export const VIEW_META = {
  ui: { csp: {}, permissions: { clipboardWrite: {} }, prefersBorder: true },
} as const;

/** Whether a client shows pages of this kind, by its capabilities. */
export function showsViews(capabilities: unknown): boolean {
  const extensions = isObject(capabilities) ? capabilities['extensions'] : undefined;
  const declared = isObject(extensions) ? extensions[EXTENSION] : undefined;
  const types = isObject(declared) ? declared['mimeTypes'] : undefined;
  return Array.isArray(types) && types.includes(VIEW_MIME_TYPE);
}

/** Tools that answer tables without an argument that tells. */
const TABLES: ReadonlySet<string> = new Set(['collect_pages', 'run_read_script']);

/** Whether a tool can answer with a plan or a list; the page has nothing to show for others. */
const hasView = ({ name, inputSchema }: ToolListing): boolean => {
  const properties = propertiesOf(inputSchema);
  return Object.hasOwn(properties, 'plan') || Object.hasOwn(properties, 'page') || TABLES.has(name);
};

/** A tool as a client with views lists it. */
export const withView = <T extends ToolListing>(listing: T): T =>
  hasView(listing)
    ? {
        ...listing,
        _meta: {
          ...listing._meta,
          ui: { resourceUri: VIEW_URI },
          // The key of hosts from before the member `ui`.
          'ui/resourceUri': VIEW_URI,
        },
      }
    : listing;

/** The arguments that carry a plan out: the same, with the plan. A script's plan stands for its code. */
function confirmingArguments(
  { inputSchema }: ToolListing,
  sent: unknown,
  plan: string,
): Readonly<Record<string, unknown>> {
  const { code, ...rest } = isObject(sent) ? sent : {};
  const isScript = Object.hasOwn(propertiesOf(inputSchema), 'code');
  return { ...rest, ...(code !== undefined && !isScript && { code }), plan };
}

/** The result of a call with what its view needs: the call that carries its plan out. */
export function forView(listing: ToolListing, sent: unknown, result: ToolResult): ToolResult {
  const planned = result.structuredContent['result'];
  const plan = isObject(planned) ? planned['plan'] : undefined;
  return typeof plan === 'string' && hasView(listing)
    ? {
        ...result,
        _meta: {
          [CONFIRM_META]: {
            tool: listing.name,
            arguments: confirmingArguments(listing, sent, plan),
          },
        },
      }
    : result;
}
