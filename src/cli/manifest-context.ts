/** Shared by the commands on a manifest: the tenant behind a guard, the sources of values, and the style of the output. */
import type { Access } from '../config/access.js';
import { ConfigError } from '../config/args.js';
import type { ManifestCommand, Settings } from '../config/config.js';
import { outputStyleFor } from '../doctor/report.js';
import { Guard } from '../guard/guard.js';
import { loadPolicy } from '../guard/policy/policy-file.js';
import { Secrets } from '../guard/secrets/secrets.js';
import { memoryJournal } from '../guard/undo/journal.js';
import { fileJournal } from '../guard/undo/journal-file.js';
import { secretsOf } from '../logto/credentials.js';
import { createLogRedactor } from '../logto/redaction.js';
import { checkedSession } from '../logto/served-check.js';
import type { ServedDocument } from '../logto/served-document.js';
import type { Session } from '../logto/session.js';
import { Configuration, type OtherTenant } from '../manifest/configuration.js';
import { valueSources } from '../manifest/value-sources.js';
import type { ValueSources } from '../manifest/values.js';
import { permittedNames } from '../mcp/listing.js';
import { operationsOf, toolsOf } from '../mcp/operation-tools.js';
import { deniesDocuments } from '../mcp/resources.js';
import { newerPartsIn } from '../mcp/served/served-catalog.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import { journalPath, loadCatalog, proxyFor } from './connection.js';
import { environment, say } from './runtime.js';
import { openLog } from './serve.js';
import { openDocument, openSession, openTransport, ownAccessOf } from './session.js';

/** A command on a manifest, ready to run. */
export interface ManifestContext {
  /** The session with the tenant, which refuses what the running Logto does not know. */
  readonly session: Session;
  /** The document of the running Logto. */
  readonly document: ServedDocument;
  readonly configuration: Configuration;
  /** The file of the journal; undefined for the sandbox, whose journal ends with the process. */
  readonly journal: string | undefined;
  readonly sources: ValueSources;
  readonly signal: AbortSignal;
  readonly isColoured: boolean;
  /** The other tenant of a comparison. */
  readonly other: OtherTenant | undefined;
}

/** @throws LogtoError where no tenant is configured */
function requireAccess(access: Access): void {
  if (access.kind === 'unconfigured') {
    throw new ConfigError(`${access.failure.message} ${access.advice}`);
  }
}

/** The sources of variables and secrets that the settings allow. */
export const sourcesFor = (settings: Settings): ValueSources =>
  valueSources({
    variables: settings.manifestVariables,
    secrets: settings.manifestSecrets,
    secretsFolder: settings.secretsFolder,
    env: environment(),
  });

/** Aborts on Ctrl+C: writes in progress end, and no further one is started. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('Interrupted.')));
  return controller.signal;
}

/** @throws ConfigError, PolicyError or LogtoError for settings that cannot be used */
export function openManifestContext({
  settings,
  against,
  command,
}: Pick<ManifestCommand, 'settings' | 'against'> & {
  readonly command: ManifestCommand['command'] | 'setup-http';
}): ManifestContext {
  const { access } = settings;
  requireAccess(access);
  const tokens: string[] = [];
  const accesses = [access, ...(against === undefined ? [] : [against.access])];
  const credentials = accesses.flatMap((configured) =>
    configured.kind === 'live' ? secretsOf(configured.credentials) : [],
  );
  const log = openLog(
    settings,
    createLogRedactor(() => [...credentials, ...tokens]),
  );
  const onToken = (token: string): void => void tokens.push(token);
  const shared = { uploadFolder: undefined, observe: log.exchanged };
  const policy = loadPolicy(
    settings.policy,
    settings.profile,
    () => operationsOf(toolManifest.operations),
    settings.policyFile,
  );
  const tools = toolsOf(toolManifest.operations, loadCatalog);
  const newerParts = newerPartsIn(toolManifest.operations);
  /** The connection of one tenant, which refuses what its Logto does not know. */
  const connect = (to: Access) => {
    const transport = openTransport(to, proxyFor(to));
    const document = openDocument({ ...settings, access: to }, transport, deniesDocuments(policy));
    const unchecked = openSession(to, transport, shared, onToken);
    return { session: checkedSession(unchecked, document, newerParts), unchecked, document };
  };
  const { session, unchecked, document } = connect(access);
  const journal =
    access.kind === 'live' ? journalPath(settings, access.credentials.endpoint) : undefined;
  const self = ownAccessOf(access);
  const guard = new Guard({
    session,
    readSession: unchecked,
    load: loadCatalog,
    permitted: permittedNames(tools, policy, 'all', settings.readOnly),
    policy,
    self,
    secrets: new Secrets(false, settings.secretsFolder, self.appSecret),
    lines: journal === undefined ? memoryJournal() : fileJournal(journal),
  });
  const sources = sourcesFor(settings);
  if (command === 'plan' || command === 'apply') {
    say(`policy: ${settings.policyFile ?? 'none'}`);
  }
  for (const warning of settings.warnings) {
    say(warning);
  }
  if (access.kind === 'sandbox') {
    say('This is the sandbox, a simulated tenant in memory: nothing is stored.');
  }
  return {
    session,
    document,
    configuration: new Configuration({
      guard,
      load: loadCatalog,
      own: self,
      sources,
      document,
      name: command,
    }),
    journal,
    sources,
    signal: interruption(),
    isColoured: outputStyleFor(environment(), process.stdout.isTTY === true).colour,
    other:
      against === undefined
        ? undefined
        : { ...connect(against.access), own: ownAccessOf(against.access) },
  };
}
