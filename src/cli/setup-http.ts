/**
 * The command `setup-http`: creates in Logto what the command `http` needs, by a manifest, after a question or with the
 * digest of a plan.
 */
import type { Access } from '../config/access.js';
import { ConfigError } from '../config/args.js';
import type { Config } from '../config/config.js';
import { DEFAULT_BASE_PATH } from '../config/defaults.js';
import type { Environment } from '../config/environment.js';
import { isLoopback, isSimilarAddress } from '../config/http-settings.js';
import { knownClients, readSetupConfig, type SetupSettings } from '../config/setup-settings.js';
import type { NamedOperation } from '../guard/operation-graph.js';
import {
  applicationName,
  SETUP_KINDS,
  setupManifest,
  signInRoles,
} from '../http/setup-manifest.js';
import { isObject, objectsIn } from '../json.js';
import type { Applied } from '../manifest/apply.js';
import type { Comparison } from '../manifest/comparison.js';
import { planJson, planText } from '../manifest/report.js';
import { inlineFile } from '../manifest/source.js';
import { operationsOf } from '../mcp/operation-tools.js';
import { toolManifest } from '../mcp/tool-manifest.js';
import { appliedText, confirmAndApply } from './apply.js';
import { type ManifestContext, openManifestContext } from './manifest-context.js';
import { print, say } from './runtime.js';

/** Exit codes, as those of `plan` and `apply`. */
const DONE = 0;
const FAILED = 1;
const CHANGES = 2;

/** Milliseconds for one read. */
const TIMEOUT_MS = 30_000;

const PAGE_SIZE = 100;

/** The parts that a set-up leaves out, as sentences with what to do instead. */
function leftOut(settings: SetupSettings, hasDynamicClients: boolean): readonly string[] {
  return settings.registeredOnly || hasDynamicClients
    ? []
    : [
        `Dynamic clients (CIMD) are left out: this Logto does not have them (they came with 1.43). Register each client instead: run setup-http again with --register, such as --register ${[...knownClients.keys()].slice(0, 2).join(',')}, and type the App ID that it prints into the client.`,
      ];
}

/** Whether this Logto can add the prompt for consent that refresh tokens need. Only if its document says so. */
async function canAddConsentPrompt({ document, signal }: ManifestContext): Promise<boolean> {
  const state = await document.read(signal);
  const newer = toolManifest.operations.find(({ name }) => name === 'update_cimd_config')?.newer;
  const feature = newer?.find(({ argument }) => argument === 'addConsentPromptForOfflineAccess');
  return (
    state.kind === 'known' &&
    feature !== undefined &&
    state.facts.presenceOf(feature.probe) === 'present'
  );
}

/** API resources whose indicator differs from the address only in parts that people often get wrong. */
const similarResources = ({ steps }: Comparison, resource: string): readonly string[] =>
  steps
    .filter(
      ({ kind, action, key }) =>
        kind === 'resources' && action === 'unmanaged' && isSimilarAddress(key, resource),
    )
    .map(
      ({ key }) =>
        `There is also the API resource "${key}", which is not "${resource}" to the letter. Tokens for it are refused; delete it if nothing else uses it.`,
    );

/** The App IDs of registered clients, by the names of their applications. */
async function appIdsOf(
  { session }: ManifestContext,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  const list: NamedOperation | undefined = operationsOf(toolManifest.operations).find(
    ({ name }) => name === 'list_applications',
  );
  if (list === undefined || names.length === 0) {
    return ids;
  }
  for (let page = 1, hasMore = true; hasMore; page += 1) {
    const reply = await session.send(
      list.operation,
      { types: ['Native'], page, page_size: PAGE_SIZE },
      AbortSignal.timeout(TIMEOUT_MS),
    );
    for (const application of objectsIn(reply.body)) {
      const { id, name } = application;
      if (typeof id === 'string' && typeof name === 'string' && names.includes(name)) {
        ids.set(name, id);
      }
    }
    hasMore = reply.page?.has_more === true;
  }
  return ids;
}

const issuerOf = (access: Access): string | undefined =>
  access.kind === 'live' ? `${access.credentials.endpoint}/oidc` : undefined;

/** The command line that starts the server at this address. */
function startCommand({ baseUrl, basePath }: SetupSettings, issuer: string | undefined): string {
  const { hostname, port } = new URL(baseUrl);
  const listen = isLoopback(hostname)
    ? `--port ${port === '' ? '80' : port}`
    : `--host 0.0.0.0 --base-url ${baseUrl}`;
  const path = basePath === DEFAULT_BASE_PATH ? '' : ` --base-path ${basePath}`;
  return issuer === undefined
    ? `http --sandbox ${listen}${path}`
    : `http ${listen}${path} --issuer ${issuer}`;
}

/** What remains to be done by a person. */
function nextSteps(settings: SetupSettings, issuer: string | undefined): string {
  return [
    'Next:',
    `1. Assign a role to each person, in the console under User management: ${signInRoles.map(({ name }) => name).join(', ')}.`,
    `2. Start the server: logto-management-mcp ${startCommand(settings, issuer)}`,
    `3. Check it: logto-management-mcp doctor --http ${settings.resource}`,
    '',
  ].join('\n');
}

/** What to do about the rest. */
const adviceFor = ({ failed }: Applied, { clients }: SetupSettings): string =>
  failed.some(({ operation }) => operation === 'update_cimd_config')
    ? `This Logto refuses dynamic clients. Do without them: run setup-http again with --registered-only${clients.length > 0 ? '' : ' and --register'}, and type the App ID that it prints into each client.`
    : 'Run setup-http again to do the rest.';

/** Results that a plan cannot know before it is applied, as sentences. */
const unknownBefore = ({ steps }: Comparison): readonly string[] =>
  steps.some(({ kind, action }) => kind === 'dynamicClients' && action === 'change')
    ? [
        'Whether this Logto lets dynamic clients (CIMD) be enabled is only known when it is tried: it refuses where OIDC_PROVIDER_SSRF_PROTECTION_DISABLED is set. With --registered-only they are left as they are.',
      ]
    : [];

/**
 * Runs the command.
 *
 * @returns 0 when everything is set up, 1 when something is not, 2 for a dry run that found changes
 * @throws ConfigError, PolicyError or LogtoError for settings that cannot be used and for what is refused
 */
export async function setUpHttp(
  command: Extract<Config, { command: 'setup-http' }>,
  env: Environment,
): Promise<number> {
  const { server, setup } = readSetupConfig(command, env);
  const { access } = server;
  if (access.kind === 'live' && setup.resource === access.credentials.resource) {
    throw new ConfigError(
      `${setup.resource} is the Management API itself. Give the address of the MCP server to --base-url.`,
    );
  }
  const context = openManifestContext({
    settings: server,
    against: undefined,
    command: 'setup-http',
  });
  const { configuration, signal, isColoured } = context;
  const { manifest: present } = await configuration.export(SETUP_KINDS, signal);
  const hasDynamicClients = isObject(present['dynamicClients']);
  const dynamicClients =
    setup.registeredOnly || !hasDynamicClients
      ? undefined
      : { canAddConsentPrompt: await canAddConsentPrompt(context) };
  const notes = leftOut(setup, hasDynamicClients);
  const value = setupManifest({ ...setup, dynamicClients }, present);
  const request = { files: [inlineFile(value)], kinds: undefined, prune: false };
  // Other entities of the tenant are not shown: they do not change.
  const shown = (comparison: Comparison): Comparison => ({
    ...comparison,
    steps: comparison.steps.filter(({ action }) => action !== 'unmanaged'),
  });
  const comparison = await configuration.compare(request, signal);
  for (const note of [
    ...notes,
    ...similarResources(comparison, setup.resource),
    ...unknownBefore(comparison),
  ]) {
    say(note);
  }
  if (setup.dryRun) {
    await print(
      setup.json
        ? `${JSON.stringify({ resource: setup.resource, ...planJson(shown(comparison)), left_out: notes }, null, 2)}\n`
        : planText(shown(comparison), isColoured),
    );
    return comparison.hasObstacles ? FAILED : comparison.hasChanges ? CHANGES : DONE;
  }
  const applied = await confirmAndApply(context, request, {
    digest: setup.yes,
    client: 'setup-http',
    shown,
  });
  if (applied === undefined) {
    say('Nothing was changed.');
    return FAILED;
  }
  const ids = await appIdsOf(context, setup.clients.map(applicationName));
  const clients = setup.clients.flatMap((client): [string, string][] => {
    const id = ids.get(applicationName(client));
    return id === undefined ? [] : [[client.name, id]];
  });
  const issuer = issuerOf(access);
  if (setup.json) {
    const result = {
      resource: setup.resource,
      issuer,
      ...applied,
      clients: Object.fromEntries(clients),
      left_out: notes,
    };
    await print(`${JSON.stringify(result, null, 2)}\n`);
  } else {
    await print(
      [
        appliedText(applied, context.journal, adviceFor(applied, setup)),
        `Resource indicator: ${setup.resource}`,
        ...clients.map(([name, id]) => `App ID for ${name}: ${id}`),
        '',
        nextSteps(setup, issuer),
      ].join('\n'),
    );
  }
  return applied.left.length > 0 ? FAILED : DONE;
}
