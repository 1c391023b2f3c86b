/** A tenant with a guard over it, and the configuration of it. */
import { catalog } from '../../src/catalog/index.js';
import { Guard } from '../../src/guard/guard.js';
import { defaultPolicy, type Policy } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { type JournalStore, memoryJournal } from '../../src/guard/undo/journal.js';
import { checkedSession } from '../../src/logto/served-check.js';
import { createServedDocument } from '../../src/logto/served-document.js';
import { createSession, type Session, type SessionOptions } from '../../src/logto/session.js';
import type { Transport } from '../../src/logto/transport.js';
import type { Applied, PlannedApply } from '../../src/manifest/apply.js';
import { Configuration } from '../../src/manifest/configuration.js';
import { inlineFile, type ManifestFile } from '../../src/manifest/source.js';
import type { ValueSources } from '../../src/manifest/values.js';
import { newerPartsIn } from '../../src/mcp/served/served-catalog.js';
import { createSandbox, type SandboxOptions } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { manifest as toolManifest, tools } from '../support/client.js';

export type Values = Readonly<Record<string, unknown>>;

/** Milliseconds for one step; nothing here takes that long. */
const TIMEOUT_MS = 120_000;

export interface TenantOptions extends SandboxOptions {
  readonly fetch?: Transport;
  readonly session?: Partial<SessionOptions>;
  readonly policy?: Policy;
  readonly lines?: JournalStore;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Sources that allow the names they have, and no others. */
export const sourcesOf = ({ secrets = {}, variables = {} }: TenantOptions): ValueSources => ({
  variable: (name) => variables[name],
  secret: (source) => secrets[source.replace(/^(env|file):/, '')],
});

export interface TenantUnderTest {
  readonly configuration: Configuration;
  readonly guard: Guard;
  readonly session: Session;
  /** The same tenant with other secrets and variables. */
  withValues(values: Pick<TenantOptions, 'secrets' | 'variables'>): TenantUnderTest;
  /** Every request below /api, as `GET /api/roles`. */
  readonly requests: string[];
  /** Sends one operation of the catalog. */
  send(key: string, values?: Values): Promise<unknown>;
  apply(files: readonly ManifestFile[], prune?: boolean): Promise<Applied>;
}

const newerParts = newerPartsIn(toolManifest);

const operations = Object.assign({}, ...Object.values(catalog).map((one) => one.operations));

export const signal = (): AbortSignal => AbortSignal.timeout(TIMEOUT_MS);

/** A tenant; the believable sandbox unless said otherwise. */
export function tenantOf(options: TenantOptions = {}): TenantUnderTest {
  const inner = options.fetch ?? createSandbox(options).fetch;
  const requests: string[] = [];
  const fetch: Transport = (url, init) => {
    const { pathname } = new URL(url);
    if (pathname.startsWith('/api')) {
      requests.push(`${init.method} ${pathname}`);
    }
    return inner(url, init);
  };
  const settings = { ...sandboxSettings, ...options.session };
  const document = createServedDocument({ endpoint: settings.endpoint, fetch: inner });
  const session = checkedSession(createSession({ ...settings, fetch }), document, newerParts);
  const guard = new Guard({
    session,
    load: async () => catalog,
    permitted: tools.map(({ name }) => name),
    policy: options.policy ?? defaultPolicy(),
    self: settings,
    secrets: new Secrets(false, undefined),
    lines: options.lines ?? memoryJournal(),
  });
  const configuration = new Configuration({
    guard,
    load: async () => catalog,
    own: settings,
    document,
    sources: sourcesOf(options),
  });
  return {
    configuration,
    guard,
    session,
    requests,
    withValues: (values) => tenantOf({ ...options, fetch: inner, ...values }),
    async send(key, values = {}) {
      const operation = operations[key];
      if (operation === undefined) {
        throw new Error(`The catalog has no ${key}.`);
      }
      return (await session.send(operation, values, signal())).body;
    },
    async apply(files, prune = false) {
      const { digest } = await configuration.compare({ files, prune }, signal());
      const applied = await configuration.apply(
        { files, prune },
        { digest, plan: undefined, isDigestEnough: true },
        {
          signal: signal(),
          client: 'test',
          confirmVia: 'plan',
          answer: undefined,
          until: Number.POSITIVE_INFINITY,
          progress: () => {},
        },
      );
      return requireApplied(applied);
    },
  };
}

export function requireApplied(applied: Applied | PlannedApply): Applied {
  if (applied.kind !== 'applied') {
    throw new Error(`It was only planned: ${JSON.stringify(applied.preview)}`);
  }
  return applied;
}

/** What a tenant has, as a manifest. */
export const exportOf = async ({ configuration }: TenantUnderTest, kinds?: readonly string[]) =>
  configuration.export(kinds, signal());

/** The same as the files of a comparison. */
export const filesOf = async (tenant: TenantUnderTest): Promise<readonly ManifestFile[]> => [
  inlineFile((await exportOf(tenant)).manifest),
];

/** What differs between a manifest and a tenant, without what only is in the tenant. */
export const differencesOf = async (
  { configuration }: TenantUnderTest,
  files: readonly ManifestFile[],
) =>
  (await configuration.compare({ files }, signal())).steps.filter(
    ({ action }) => action !== 'unmanaged',
  );

export const writesIn = (requests: readonly string[]): readonly string[] =>
  requests.filter((request) => !request.startsWith('GET '));
