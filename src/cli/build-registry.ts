/** Guard and registry of one configuration, for stdio and for each policy that people have over HTTP. */
import packageJson from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/config.js';
import { Guard } from '../guard/guard.js';
import type { Policy } from '../guard/policy/policy.js';
import type { OwnAccess } from '../guard/policy/privilege-grants.js';
import { Secrets } from '../guard/secrets/secrets.js';
import type { ScriptPool } from '../jobs/script-pool.js';
import { checkedSession } from '../logto/served-check.js';
import type { ServedDocument } from '../logto/served-document.js';
import type { Session } from '../logto/session.js';
import { valueSources } from '../manifest/value-sources.js';
import { builtInTools } from '../mcp/built-in-tools.js';
import { permittedNames, selectionFor } from '../mcp/listing.js';
import { confirmationsFor, toolsOf } from '../mcp/operation-tools.js';
import { createRegistry, type Registry } from '../mcp/registry.js';
import { newerPartsIn, ServedCatalog } from '../mcp/served/served-catalog.js';
import type { StoredManifest } from '../mcp/stored-manifest.js';
import type { ToolSelection } from '../mcp/tool-selection.js';
import type { JournalLines, SharedState } from '../store/store.js';
import { loadCatalog, tenantLabelOf, withSelectionSource } from './connection.js';
import { environment } from './runtime.js';

export interface RegistryParts {
  readonly settings: Settings;
  /** The session with the tenant, which sends requests without further checks. */
  readonly session: Session;
  /** The document of the running Logto. */
  readonly document: ServedDocument;
  readonly policy: Policy;
  readonly self: OwnAccess;
  readonly manifest: StoredManifest;
  readonly lines: JournalLines;
  /** Plans, counters and locks; by default in memory. */
  readonly state?: SharedState;
  /** Bounds how many scripts run at a time. */
  readonly scriptPool?: ScriptPool;
}

/** @throws ConfigError for a selection of tools that names something that does not exist */
export function buildRegistry(parts: RegistryParts): Registry {
  const { settings, session, document, policy, self, manifest, lines, state } = parts;
  const { builtIns, operations } = manifest;
  const confirms = confirmationsFor(policy);
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
  const secrets = new Secrets(settings.showSecrets, settings.secretsFolder, self.appSecret);
  const guard = new Guard({
    session: checkedSession(session, document, newerPartsIn(operations)),
    readSession: session,
    load: served.load,
    permitted: withSelectionSource(settings, () =>
      permittedNames(tools, policy, settings.tools, settings.readOnly),
    ),
    permitsServed: served.permitsServed,
    policy,
    self,
    secrets,
    lines,
    ...(state !== undefined && { state }),
  });
  return withSelectionSource(settings, () =>
    createRegistry({
      tools,
      inputs: Object.fromEntries(builtIns.map(({ name, inputSchema }) => [name, inputSchema])),
      selection: settings.tools,
      readOnly: settings.readOnly,
      tenant: tenantLabelOf(settings.access),
      version: packageJson.version,
      guard,
      secrets,
      confirmMode: settings.confirmMode,
      ignoredArguments: settings.ignoredArguments,
      scriptPool: parts.scriptPool,
      served,
      configuration: {
        load: served.load,
        own: self,
        document,
        sources: valueSources({
          variables: settings.manifestVariables,
          secrets: settings.manifestSecrets,
          secretsFolder: settings.secretsFolder,
          env: environment(),
        }),
        folder: settings.manifestFolder,
      },
    }),
  );
}
