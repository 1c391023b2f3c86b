/** What a call needs and a start does not: session, guard and tools. The first call loads this file. */
import type { Settings } from '../config/config.js';
import type { Policy } from '../guard/policy/policy.js';
import { memoryJournal } from '../guard/undo/journal.js';
import { fileJournal } from '../guard/undo/journal-file.js';
import type { Logger } from '../logger.js';
import type { ProxyServer } from '../logto/proxy.js';
import type { Session } from '../logto/session.js';
import type { Tool, ToolListing } from '../mcp/operation-tools.js';
import type { Registry } from '../mcp/registry.js';
import { buildRegistry } from './build-registry.js';
import { journalPath } from './connection.js';
import { openSession, ownAccessOf } from './session.js';

export interface CallOptions {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly tools: readonly Tool[];
  /** Every built-in tool, as the manifest has it. */
  readonly builtIns: readonly ToolListing[];
  /** The proxy on the way to the tenant. */
  readonly proxy: ProxyServer | undefined;
  readonly log: Logger;
  /** Takes each access token, so that the log can redact it. */
  readonly onToken: (token: string) => void;
}

/** Session, guard and registry of one server. */
export function createCalls(options: CallOptions): {
  readonly registry: Registry;
  readonly session: Session;
} {
  const { settings, policy, tools, builtIns, log } = options;
  const { access, uploadFolder } = settings;
  const shared = { uploadFolder, observe: log.exchanged };
  const session = openSession(access, options.proxy, shared, options.onToken);
  const registry = buildRegistry({
    settings,
    session,
    policy,
    self: ownAccessOf(access),
    tools,
    builtIns,
    lines:
      access.kind === 'live'
        ? fileJournal(journalPath(settings, access.credentials.endpoint))
        : memoryJournal(),
  });
  return { registry, session };
}
