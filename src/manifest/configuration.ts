/** Export, comparison and apply of one tenant: what the tools and the commands share. */
import type { Item } from '../catalog/write-facts.js';
import type { Guard } from '../guard/guard.js';
import type { Catalog } from '../guard/operation-graph.js';
import type { OwnAccess } from '../guard/policy/privilege-grants.js';
import type { RunSource } from '../guard/write-runs.js';
import { objectsIn } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { ServedDocument } from '../logto/served-document.js';
import type { Session } from '../logto/session.js';
import { didYouMean, nearestNames } from '../nearest.js';
import {
  type Applied,
  type ApplyConsent,
  type ApplyContext,
  Applying,
  type PlannedApply,
} from './apply.js';
import { Availability } from './availability.js';
import { compare, type Factories } from './compare.js';
import type { Comparison } from './comparison.js';
import type { Manifest } from './desired.js';
import { type Exported, exportTenant } from './export.js';
import type { KindName } from './kind.js';
import { topLevelKinds } from './kinds.js';
import { type LiveReader, type LiveTenant, readTenant } from './live.js';
import { readManifest } from './manifest.js';
import { KindTable } from './members.js';
import { recordRun, requireValidCalls } from './plan.js';
import type { ManifestFile } from './source.js';
import { manifestOf } from './tenant-manifest.js';
import type { ValueSources } from './values.js';

export interface ConfigurationOptions {
  readonly guard: Guard;
  readonly load: () => Promise<Catalog>;
  readonly own: OwnAccess;
  readonly sources: ValueSources;
  /** The served document; without it, only the answers of this Logto show what it lacks. */
  readonly document?: ServedDocument;
  /** The name under which an apply is called, for errors and the journal. */
  readonly name?: string;
  readonly now?: () => number;
}

export interface CompareRequest {
  readonly files: readonly ManifestFile[];
  /** Only these kinds of the manifest. */
  readonly kinds?: readonly string[] | undefined;
  /** Delete what the manifest does not contain. */
  readonly prune?: boolean | undefined;
}

/** Another tenant, whose configuration this one should get. */
export interface OtherTenant {
  readonly session: Session;
  readonly own: OwnAccess;
  /** The document that its Logto serves. */
  readonly document?: ServedDocument;
}

/** The kinds that words name. @throws LogtoError of kind `input` with the nearest names */
export function kindsNamed(words: readonly string[]): readonly KindName[] {
  const names = topLevelKinds.map(({ name }) => name);
  return words.map((word) => {
    const name = names.find((kindName) => kindName === word);
    if (name === undefined) {
      throw new LogtoError({
        kind: 'input',
        code: 'unknown_kind',
        message: `There is no kind ${JSON.stringify(word)}. Nothing was sent.`,
        hint: didYouMean(nearestNames(word, names)) ?? `The kinds are: ${names.join(', ')}.`,
      });
    }
    return name;
  });
}

/** The inputs of a comparison. */
interface ComparedTenant {
  readonly comparison: Comparison;
  readonly live: LiveTenant;
  readonly table: KindTable;
}

export class Configuration {
  readonly #options: ConfigurationOptions;
  readonly #applying: Applying;
  #table: Promise<KindTable> | undefined;

  constructor(options: ConfigurationOptions) {
    this.#options = options;
    const { guard, name = 'apply_configuration', now = Date.now } = options;
    this.#applying = new Applying(guard, name, now);
  }

  #kindTable(): Promise<KindTable> {
    this.#table ??= this.#options.load().then((catalog) => new KindTable(catalog));
    return this.#table;
  }

  #reader(signal: AbortSignal, other?: OtherTenant): LiveReader {
    const { guard, own } = this.#options;
    return {
      send: (entry, values) => guard.readForComparison(entry, values, signal, other?.session),
      own: other?.own ?? own,
    };
  }

  /**
   * The configuration of the tenant as a manifest.
   *
   * @param words names of kinds; all kinds if none are given
   * @throws LogtoError for an unknown kind and for what cannot be read
   */
  async export(words: readonly string[] | undefined, signal: AbortSignal): Promise<Exported> {
    const names = words === undefined ? topLevelKinds.map(({ name }) => name) : kindsNamed(words);
    const table = await this.#kindTable();
    const availability = await this.#availability(table, signal);
    const live = await readTenant(table, names, this.#reader(signal), availability);
    return exportTenant(live, table, names);
  }

  /**
   * Compares a manifest with the tenant. Nothing is changed.
   *
   * @throws LogtoError of kind `input` for a manifest that cannot be used
   */
  async compare(request: CompareRequest, signal: AbortSignal): Promise<Comparison> {
    return (await this.#compare(request, signal)).comparison;
  }

  /** Validates the manifest before any read: a manifest that cannot be used sends no request. */
  async #compare(request: CompareRequest, signal: AbortSignal): Promise<ComparedTenant> {
    const table = await this.#kindTable();
    const manifest = readManifest(request.files, table, this.#options.sources);
    const restricted = this.#restricted(manifest, request.kinds);
    return this.#compareWith(restricted, request, table, signal);
  }

  #restricted(manifest: Manifest, words: readonly string[] | undefined): Manifest {
    if (words === undefined) {
      return manifest;
    }
    const requested: readonly KindName[] = kindsNamed(words);
    const chosen = new Set(
      manifest.kinds.filter(
        (name) =>
          requested.includes(name) || (name === 'scopes' && requested.includes('resources')),
      ),
    );
    return {
      ...manifest,
      kinds: [...chosen],
      items: new Map([...manifest.items].filter(([name]) => chosen.has(name))),
    };
  }

  async #compareWith(
    manifest: Manifest,
    { prune = false }: Pick<CompareRequest, 'prune'>,
    table: KindTable,
    signal: AbortSignal,
  ): Promise<ComparedTenant> {
    const availability = await this.#availability(table, signal);
    const live = await readTenant(table, manifest.kinds, this.#reader(signal), availability);
    const factories = await this.#factories(manifest, live, table, signal);
    const comparison = compare(manifest, live, table, { prune, factories, availability });
    requireValidCalls(comparison, table);
    return { comparison, live, table };
  }

  /** What the running Logto has of the kinds, by its served document. */
  async #availability(
    table: KindTable,
    signal: AbortSignal,
    { document }: Pick<ConfigurationOptions, 'document'> = this.#options,
  ): Promise<Availability> {
    const state = await document?.read(signal);
    return new Availability(table, state?.kind === 'known' ? state.facts : undefined);
  }

  /** The factories of new items, read only if there are new items. */
  async #factories(
    manifest: Manifest,
    live: LiveTenant,
    table: KindTable,
    signal: AbortSignal,
  ): Promise<Factories> {
    const factories = new Map<KindName, readonly Item[]>();
    for (const [name, items] of manifest.items) {
      const { replaces } = table.facts(name).kind;
      const present = new Set((live.items.get(name) ?? []).map(({ key }) => key));
      if (replaces !== undefined && items.some(({ key }) => !present.has(key))) {
        const entry = table.graph.keyed(replaces.factories);
        const { body } = await this.#reader(signal).send(entry, {});
        factories.set(name, objectsIn(body));
      }
    }
    return factories;
  }

  /** Compares another tenant with this one, as if it were the manifest. */
  async compareTenants(
    other: OtherTenant,
    words: readonly string[] | undefined,
    prune: boolean,
    signal: AbortSignal,
  ): Promise<Comparison> {
    const names = words === undefined ? topLevelKinds.map(({ name }) => name) : kindsNamed(words);
    const table = await this.#kindTable();
    const availability = await this.#availability(table, signal, other);
    const otherTenant = await readTenant(table, names, this.#reader(signal, other), availability);
    const manifest = manifestOf(otherTenant, names);
    return (await this.#compareWith(manifest, { prune }, table, signal)).comparison;
  }

  /**
   * Compares again and applies.
   *
   * @throws LogtoError for a stale plan, for what cannot be done and for everything that the guard refuses;
   * ConfirmationRequired if the person can be asked
   */
  async apply(
    request: CompareRequest,
    consent: ApplyConsent,
    context: ApplyContext,
  ): Promise<Applied | PlannedApply> {
    const { signal } = context;
    const { comparison, live, table } = await this.#compare(request, signal);
    const record = (source: RunSource) =>
      recordRun(comparison, live, table, this.#options.guard, context, source);
    return this.#applying.apply(comparison, record, consent, context);
  }
}
