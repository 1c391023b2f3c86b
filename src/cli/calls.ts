/** Code that a call needs and a start does not: session, guard and tools. The first call loads this file. */
import type { Settings } from '../config/config.js';
import type { Policy } from '../guard/policy/policy.js';
import { memoryJournal } from '../guard/undo/journal.js';
import { fileJournal } from '../guard/undo/journal-file.js';
import type { Logger } from '../logger.js';
import type { ProxyServer } from '../logto/proxy.js';
import type { Session } from '../logto/session.js';
import type { Registry } from '../mcp/registry.js';
import { deniesDocuments } from '../mcp/resources.js';
import type { StoredManifest } from '../mcp/stored-manifest.js';
import { buildRegistry } from './build-registry.js';
import { journalPath } from './connection.js';
import { openDocument, openSession, openTransport, ownAccessOf } from './session.js';

export interface CallOptions {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly manifest: StoredManifest;
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
  const { settings, policy, log, onToken, manifest } = options;
  const { access, uploadFolder } = settings;
  const transport = openTransport(access, options.proxy);
  const shared = { uploadFolder, observe: log.exchanged };
  const session = openSession(access, transport, shared, onToken);
  const registry = buildRegistry({
    settings,
    session,
    document: openDocument(settings, transport, deniesDocuments(policy)),
    policy,
    self: ownAccessOf(access),
    manifest,
    lines:
      access.kind === 'live'
        ? fileJournal(journalPath(settings, access.credentials.endpoint))
        : memoryJournal(),
  });
  return { registry, session };
}
