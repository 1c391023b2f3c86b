/**
 * Prepares a write in steps: validate, resolve, judge. Only what passed them all can be shown, confirmed and sent, and
 * nothing but reads is sent for it, so that many writes can be prepared and shown before the first is made.
 */
import { isTokenScope } from '../catalog/token-scopes.js';
import { isObject, objectsIn } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Session } from '../logto/session.js';
import { type Actor, ownerOf } from './actor.js';
import type { Change } from './changes/change.js';
import { changeOf } from './changes/index.js';
import { CascadeCounter, lastingCounts } from './confirm/cascade.js';
import type { PlannedWrite, WriteState } from './confirm/confirmation.js';
import { mergeUpdate } from './confirm/deep-merge.js';
import { countRemovals, droppedBy } from './confirm/diff.js';
import { type ShownStep, shownSteps, type UndoStep } from './confirm/entity-names.js';
import { hasListEdit, type ResolvedEdits, resolveListEdits } from './confirm/list-edit.js';
import { previewOf } from './confirm/preview.js';
import { findRisks } from './confirm/risk.js';
import { TargetReader } from './confirm/targets.js';
import { labelOf } from './entity-refs.js';
import { forbiddenError, valueWouldBeLost } from './errors.js';
import {
  bodyOf,
  type Catalog,
  type CatalogOperation,
  type NamedOperation,
  OperationGraph,
  pathFor,
  type Values,
  type WriteStep,
} from './operation-graph.js';
import {
  makesSecret,
  type PreparedWrite,
  type ResolvedWrite,
  type ValidatedWrite,
} from './pending-write.js';
import { OrganizationRestriction } from './policy/organization-scope.js';
import type { Policy } from './policy/policy.js';
import { type OwnAccess, PrivilegeGrants } from './policy/privilege-grants.js';
import { ProtectedEntities } from './policy/protected-entities.js';
import type { RateLimits } from './policy/rate-limits.js';
import { SelfLockout } from './policy/self-lockout.js';
import { SignInProtection } from './policy/sign-in-protection.js';
import type { Secrets } from './secrets/secrets.js';
import { type Reads, TenantReader } from './tenant-reader.js';

export interface PreparationOptions {
  readonly session: Session;
  readonly policy: Policy;
  readonly self: OwnAccess;
  readonly secrets: Secrets;
  readonly limits: RateLimits;
  /** Why an operation may not be run; undefined when it may. */
  readonly refusal: (entry: NamedOperation) => LogtoError | undefined;
}

/** How a write is prepared. */
export interface PrepareOptions {
  /** Send nested objects as they are given, instead of merging them. */
  readonly replaceWhole: boolean;
  /** Who makes it; undefined over stdio. */
  readonly actor: Actor | undefined;
}

/** Failures of a read that the write itself would meet too. */
const affectsWrites: ReadonlySet<string> = new Set(['unavailable', 'configuration', 'rate_limit']);

/** What follows from a catalog alone. */
interface CatalogFacts {
  readonly graph: OperationGraph;
  /** The kinds of changes that the writes make, by the names of their tools. */
  readonly changes: ReadonlyMap<string, Change>;
}

const factsByCatalog = new WeakMap<Catalog, CatalogFacts>();

/** The facts of a catalog, computed once: all guards of a process share them. */
function factsOf(catalog: Catalog): CatalogFacts {
  const existing = factsByCatalog.get(catalog);
  if (existing !== undefined) {
    return existing;
  }
  const graph = new OperationGraph(catalog);
  const writes = graph.operations.filter(({ operation }) => operation.effect !== 'reads');
  const changes = new Map(writes.map((entry) => [entry.name, changeOf(entry, graph)]));
  const facts = { graph, changes };
  factsByCatalog.set(catalog, facts);
  return facts;
}

export class WritePreparation {
  readonly graph: OperationGraph;
  readonly #options: PreparationOptions;
  readonly #changes: ReadonlyMap<string, Change>;
  readonly #protection: ProtectedEntities;
  readonly #scope: OrganizationRestriction | undefined;
  readonly #lockout: SelfLockout;
  readonly #grants: PrivilegeGrants;
  readonly #signIn: SignInProtection | undefined;
  readonly #counter: CascadeCounter;
  readonly #targets: TargetReader;

  constructor(catalog: Catalog, options: PreparationOptions) {
    const { policy, self, refusal } = options;
    const { graph, changes } = factsOf(catalog);
    this.graph = graph;
    this.#options = options;
    this.#changes = changes;
    this.#protection = new ProtectedEntities(policy, graph);
    this.#scope = policy.organizations && new OrganizationRestriction(policy.organizations, graph);
    this.#grants = new PrivilegeGrants(self, graph, isTokenScope);
    this.#lockout = new SelfLockout(self, graph, this.#grants);
    this.#signIn =
      self.signIn === undefined ? undefined : new SignInProtection(self.signIn, self, graph);
    this.#counter = new CascadeCounter(graph);
    this.#targets = new TargetReader(graph, (entry) => refusal(entry) === undefined);
  }

  /** Reads of their own: the check must come to the same end for a plan and for its confirmation. */
  #signInReads(signal: AbortSignal): Reads {
    return new TenantReader(this.#options.session).forCheck(signal);
  }

  /** The kind of change that an operation makes; undefined for one that is not known or only reads. */
  changeBy(name: string): Change | undefined {
    return this.#changes.get(name);
  }

  /** @throws LogtoError of kind `configuration` where the policy names what does not exist */
  async checkPolicy(reads: Reads): Promise<void> {
    await this.#protection.ready(reads);
  }

  /**
   * Checks a write and finds out everything that decides about it. Nothing is sent but reads.
   *
   * @throws LogtoError for everything that is refused
   */
  async prepare(
    entry: CatalogOperation,
    input: Values,
    how: PrepareOptions,
    reads: Reads,
  ): Promise<PreparedWrite> {
    const validated = await this.#validate(entry, input, how, reads);
    if (!hasListEdit(input)) {
      return this.#judge(await this.#resolve(validated));
    }
    // Everything that decides about a write sees the whole lists that will be sent, as if they had been given.
    const { values, notes } = await this.#withWholeLists(validated);
    const whole = await this.#validate(entry, values, how, reads);
    const judged = await this.#judge(await this.#resolve(whole));
    return { ...judged, notes: [...notes, ...judged.notes] };
  }

  /** Replaces additions to lists and removals from them by the whole lists that they make. */
  async #withWholeLists({ change, input, reads }: ValidatedWrite): Promise<ResolvedEdits> {
    const image = change.image(await change.before(input, reads));
    return resolveListEdits(input, isObject(image) ? image : undefined);
  }

  /** Step 1: arguments, and whether the write may be made at all. */
  async #validate(
    entry: CatalogOperation,
    input: Values,
    { replaceWhole, actor }: PrepareOptions,
    reads: Reads,
  ): Promise<ValidatedWrite> {
    const { secrets, session, refusal } = this.#options;
    const { shownOnce } = entry.operation;
    const refused = refusal(entry);
    if (refused !== undefined) {
      throw refused;
    }
    secrets.refuseReferences(input);
    await session.check(entry.operation, input);
    if (shownOnce !== undefined && shownOnce.unless?.(input) !== true && !secrets.reachable) {
      throw valueWouldBeLost(entry.name, shownOnce.what);
    }
    await this.#protection.ready(reads);
    await this.#scope?.check(entry, input, reads);
    const change = this.changeBy(entry.name);
    if (change === undefined) {
      throw new Error(`${entry.name} is no write.`);
    }
    return { entry, change, input, replaceWhole, actor, reads };
  }

  /** Step 2: what the write finds, and what would be sent. */
  async #resolve(write: ValidatedWrite): Promise<ResolvedWrite> {
    const { entry, change, input, reads, replaceWhole } = write;
    const [{ before, ...known }, displaced] = await Promise.all([
      this.#before(write),
      this.#displaced(entry, input, reads),
    ]);
    const image = change.image(before);
    const { values, notes } =
      change.kind === 'update' && isObject(image)
        ? mergeUpdate(entry.operation, input, image, replaceWhole)
        : { values: input, notes: [] };
    const sent = bodyOf(entry, values);
    const after = isObject(image) && change.kind === 'update' ? { ...image, ...sent } : undefined;
    return { ...write, ...known, before, values, after, displaced, notes };
  }

  /** What is there. A read that fails leaves it unknown, unless the write needs it to lose nothing. */
  async #before({ change, input, reads, entry, replaceWhole }: ValidatedWrite) {
    const absent = ['create', 'update', 'delete', 'attach'].includes(change.kind);
    try {
      const before = await change.before(input, reads);
      return { before, isRead: absent || before !== undefined };
    } catch (error) {
      reads.signal.throwIfAborted();
      const { replaces = [], joins = [] } = entry.operation;
      const merges = !replaceWhole && [...replaces, ...joins].some((name) => isObject(input[name]));
      if (!(error instanceof LogtoError) || merges || affectsWrites.has(error.failure.kind)) {
        throw error;
      }
      return { before: undefined, isRead: false, readError: error };
    }
  }

  async #displaced({ operation: { displaces } }: CatalogOperation, values: Values, reads: Reads) {
    if (displaces === undefined) {
      return [];
    }
    const read = this.graph.keyed(displaces.read);
    const named = await reads.entity(read, read, { id: values[displaces.argument] });
    if (named === undefined) {
      return [];
    }
    const list = this.graph.keyed(displaces.among);
    const items = objectsIn(await reads.items(list, list, {}));
    return items.filter((item) => displaces.matches(named, item));
  }

  /** Step 3: policy, protection, lockout, limits and risks. */
  async #judge(write: ResolvedWrite): Promise<PreparedWrite> {
    const { entry, change, input, values, before, after, displaced, reads } = write;
    const { policy, limits } = this.#options;
    const { displaces } = entry.operation;
    const refs = displaced.flatMap(({ id }) =>
      displaces === undefined ? [] : [{ kind: displaces.kind, id: String(id) }],
    );
    await this.#protection.check({ change, values: input, before, displaced: refs }, reads);
    if (!policy.allowsAgainstSelf(entry)) {
      await this.#signIn?.check(entry, input, this.#signInReads(reads.signal));
      await this.#lockout.check({ entry, values: input, after, displaced }, reads);
    }
    const found = { values, before };
    const removed = await change.removedMembers(found, reads);
    this.#refuseRemoval(write, removed);
    const counted = { removed, displaced: displaced.length };
    const removals = limits.countsRemovals
      ? await countRemovals(change, found, counted, this.graph, reads)
      : 0;
    await limits.check(entry.name, removals, ownerOf(write));
    const attached = await change.rolesHeldBy(values, removed, reads);
    // A confirmation was asked for these risks already.
    const risks = reads.confirms ? [] : await findRisks(write, this.#grants);
    const carried = risks.map(({ risk }) => risk);
    const rule = reads.confirms ? undefined : policy.forbidsRisks(entry, carried);
    if (rule !== undefined) {
      throw forbiddenError(entry.name, rule);
    }
    return { ...write, removed, removals, attached, risks, asks: policy.asks(carried) };
  }

  /** Refuses to remove by a replacement or by clearing what the policy lets no removal remove. */
  #refuseRemoval(
    { entry, change, values, before, isRead, displaced }: ResolvedWrite,
    removed: readonly unknown[],
  ) {
    const removal = { ...entry, operation: { ...entry.operation, effect: 'removes' as const } };
    const rule = this.#options.policy.forbids(removal);
    const removes = () =>
      removed.length > 0 ||
      displaced.length > 0 ||
      (change.kind === 'replace' && !isRead) ||
      (change.kind === 'update' && droppedBy(change, { values, before }) > 0);
    if (rule !== undefined && removes()) {
      throw forbiddenError(entry.name, `${rule}; it would remove what is there`);
    }
  }

  /**
   * Why calls that follow another one have to be confirmed; empty where none has to be. Their state is not read: it is what
   * the first call leaves.
   */
  async reasonsLater(steps: readonly WriteStep[], reads: Reads): Promise<readonly string[]> {
    const because = new Set<string>();
    for (const { entry, values } of steps) {
      const change = this.changeBy(entry.name);
      if (change === undefined) {
        because.add('the effect of a later call is not known');
        continue;
      }
      const write = {
        entry,
        change,
        input: values,
        values,
        replaceWhole: true,
        reads,
        actor: undefined,
      };
      const state = { before: undefined, isRead: true, after: undefined, displaced: [], notes: [] };
      const risks = await findRisks({ ...write, ...state }, this.#grants);
      if (this.#options.policy.asks(risks.map(({ risk }) => risk))) {
        for (const { because: reason } of risks) {
          because.add(reason);
        }
        // A policy can ask for every write, also for one without a risk.
        if (risks.length === 0) {
          because.add('the policy asks for every write');
        }
      }
    }
    return [...because];
  }

  /** Adds to a write what a person is shown, and what the plan for it depends on. */
  async describe(write: PreparedWrite): Promise<PlannedWrite> {
    const { displaced, reads } = write;
    const [targets, counts, observed] = await Promise.all([
      this.#targets.read(write),
      this.#counter.count(write, reads),
      this.#observed(write),
    ]);
    const names = displaced.map((item) => labelOf('connector', item)?.name ?? String(item['id']));
    const { profile } = this.#options.policy;
    const preview = previewOf(write, {
      profile,
      targets,
      counts,
      displaced: names,
      makesUnsavedSecret: this.makesUnsavedSecret(write),
    });
    const { before } = write;
    const lasting = lastingCounts(write.entry, counts);
    return { before, displaced, preview, expected: targets.expected, counts: lasting, observed };
  }

  /** Whether a write makes a secret that this server can neither show nor save. */
  makesUnsavedSecret(write: PreparedWrite): boolean {
    return !this.#options.secrets.reachable && makesSecret(write);
  }

  /** The calls of an undo as a person is shown them. */
  showSteps(steps: readonly UndoStep[], reads: Reads): Promise<readonly ShownStep[]> {
    const mayRead = (entry: NamedOperation) => this.#options.refusal(entry) === undefined;
    return shownSteps(steps, { graph: this.graph, mayRead }, reads);
  }

  /** What a plan for a write depends on, as it is now. */
  async stateOf(write: PreparedWrite): Promise<WriteState> {
    const { before, displaced } = write;
    const observed = await this.#observed(write);
    return {
      before,
      displaced,
      observed,
      counts: await this.#counter.count(write, write.reads, true),
    };
  }

  /** What a write depends on that it does not find itself. What only adds depends on nothing. */
  async #observed({ entry, change, input, reads }: PreparedWrite): Promise<unknown> {
    const read =
      change.kind === 'other' && entry.operation.effect !== 'adds'
        ? this.graph.observing(entry)
        : undefined;
    if (read === undefined) {
      return undefined;
    }
    return read.operation.paging === undefined
      ? reads.optional(async () => (await reads.read(read, pathFor(read, entry, input)))?.body)
      : (await reads.sample(read, entry, input, {}, 1))?.items;
  }
}
