/** Guard and registry of one configuration, for stdio and for each policy that people have over HTTP. */
import packageJson from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/config.js';
import { Guard } from '../guard/guard.js';
import type { Policy } from '../guard/policy/policy.js';
import type { OwnAccess } from '../guard/policy/privilege-grants.js';
import { Secrets } from '../guard/secrets/secrets.js';
import type { Session } from '../logto/session.js';
import { permittedNames } from '../mcp/listing.js';
import type { Tool, ToolListing } from '../mcp/operation-tools.js';
import { createRegistry, type Registry } from '../mcp/registry.js';
import type { JournalLines, SharedState } from '../store/store.js';
import { loadCatalog, tenantLabelOf, withSelectionSource } from './connection.js';

export interface RegistryParts {
  readonly settings: Settings;
  readonly session: Session;
  readonly policy: Policy;
  readonly self: OwnAccess;
  readonly tools: readonly Tool[];
  /** Every built-in tool, as the manifest has it. */
  readonly builtIns: readonly ToolListing[];
  readonly lines: JournalLines;
  /** Plans, counters and locks; by default in memory. */
  readonly state?: SharedState;
}

/** @throws ConfigError for a selection of tools that names something that does not exist */
export function buildRegistry(parts: RegistryParts): Registry {
  const { settings, session, policy, self, tools, builtIns, lines, state } = parts;
  const secrets = new Secrets(settings.showSecrets, settings.secretsFolder, self.appSecret);
  const guard = new Guard({
    session,
    load: loadCatalog,
    permitted: withSelectionSource(settings, () =>
      permittedNames(tools, policy, settings.tools, settings.readOnly),
    ),
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
    }),
  );
}
