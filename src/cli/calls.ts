/** What a call needs and a start does not: session, guard and tools. The first call loads this file. */
import packageJson from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/config.js';
import { Guard } from '../guard/guard.js';
import type { Policy } from '../guard/policy/policy.js';
import { Secrets } from '../guard/secrets/secrets.js';
import { memoryJournal } from '../guard/undo/journal.js';
import { fileJournal } from '../guard/undo/journal-file.js';
import type { Logger } from '../logger.js';
import type { ProxyServer } from '../logto/proxy.js';
import { checkedSession } from '../logto/served-check.js';
import type { Session } from '../logto/session.js';
import { valueSources } from '../manifest/value-sources.js';
import { builtInTools } from '../mcp/built-in-tools.js';
import { permittedNames, selectionFor } from '../mcp/listing.js';
import { confirmationsFor, toolsOf } from '../mcp/operation-tools.js';
import { createRegistry, type Registry } from '../mcp/registry.js';
import { deniesDocuments } from '../mcp/resources.js';
import { newerPartsIn, ServedCatalog } from '../mcp/served/served-catalog.js';
import type { Manifest } from '../mcp/stored-manifest.js';
import type { ToolSelection } from '../mcp/tool-selection.js';
import { journalPath, loadCatalog, tenantLabelOf } from './connection.js';
import { environment } from './runtime.js';
import { openDocument, openSession, openTransport, ownAccessOf } from './session.js';

export interface CallOptions {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly manifest: Manifest;
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
  const { builtIns, operations } = manifest;
  const { access, uploadFolder } = settings;
  const transport = openTransport(access, options.proxy);
  const confirms = confirmationsFor(policy);
  const document = openDocument(settings, transport, deniesDocuments(policy));
  let selection: ToolSelection | undefined;
  const selected = (): ToolSelection => {
    selection ??= selectionFor(tools, policy, settings.tools, settings.readOnly);
    return selection;
  };
  const served = new ServedCatalog({
    document,
    load: loadCatalog,
    manifest: operations,
    builtIn: builtInTools,
    confirms,
    permits: (tool) => policy.forbids(tool) === undefined && selected().permitsServed(tool),
  });
  const tools = toolsOf(operations, loadCatalog, confirms, served);
  const shared = { uploadFolder, observe: log.exchanged };
  const readSession = openSession(access, transport, shared, onToken);
  const session = checkedSession(readSession, document, newerPartsIn(operations));
  const self = ownAccessOf(access);
  const secrets = new Secrets(settings.showSecrets, settings.secretsFolder, self.appSecret);
  const guard = new Guard({
    session,
    readSession,
    load: served.load,
    permitted: permittedNames(tools, policy, settings.tools, settings.readOnly),
    permitsServed: served.permitsServed,
    policy,
    self,
    secrets,
    lines:
      access.kind === 'live'
        ? fileJournal(journalPath(settings, access.credentials.endpoint))
        : memoryJournal(),
  });
  const registry = createRegistry({
    tools,
    inputs: Object.fromEntries(builtIns.map(({ name, inputSchema }) => [name, inputSchema])),
    selection: settings.tools,
    readOnly: settings.readOnly,
    tenant: tenantLabelOf(access),
    version: packageJson.version,
    guard,
    secrets,
    confirmMode: settings.confirmMode,
    ignoredArguments: settings.ignoredArguments,
    served,
    configuration: {
      load: served.load,
      own: self,
      sources: valueSources({
        variables: settings.manifestVariables,
        secrets: settings.manifestSecrets,
        secretsFolder: settings.secretsFolder,
        env: environment(),
      }),
      folder: settings.manifestFolder,
    },
  });
  return { registry, session };
}
