/**
 * The one way to the tenant: every call of every tool passes here, and a write passes policy, protection, merge,
 * confirmation and journal, in this order.
 */

import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Reply, Session } from '../logto/session.js';
import { countCascades } from './confirm/cascade.js';
import { mergeFields } from './confirm/deep-merge.js';
import { DiffReader } from './confirm/diff.js';
import { PLAN_LIFETIME_MS, Plans } from './confirm/plans.js';
import { isRemoval, type Preview, previewOf } from './confirm/preview.js';
import { expectedOf, isTyped, oneLine } from './confirm/typed.js';
import { cleaned, declined, doubtful, partly, unknownChange } from './errors.js';
import { KeyedMutex } from './keyed-mutex.js';
import {
  addressOf,
  bodyOf,
  type Change,
  imageOf,
  type NamedOperation,
  OperationGraph,
  parametersOf,
  type Values,
} from './operation-graph.js';
import { type DescribedWrite, type PendingWrite, secretsIn } from './pending-write.js';
import { OrganizationScope } from './policy/organization-scope.js';
import { excludedError, forbiddenError, type Policy, RateLimits } from './policy/policy.js';
import { ProtectedEntities } from './policy/protected-entities.js';
import { type OwnAccess, SelfLockout } from './policy/self-lockout.js';
import { withoutSecrets } from './secrets/detection.js';
import type { Secrets } from './secrets/secrets.js';
import { nameOf, TenantReader } from './tenant-reader.js';
import { Aftermath } from './undo/aftermath.js';
import { Journal, type JournalEntry, type JournalStore } from './undo/journal.js';
import { planUndo, type UndoStep, undoBlocker } from './undo/undo.js';
import { classifyFailure, wasApplied } from './undo/verify-write.js';
import { markInvisibleDeep } from './visible-text.js';

/** The person's answer to a question. */
export interface ElicitationAnswer {
  readonly action: 'accept' | 'decline' | 'cancel';
  readonly name: string | undefined;
  /** The plan that the question was asked for. */
  readonly plan: string | undefined;
}

export interface Caller {
  readonly signal: AbortSignal;
  /** The client, by the name that it gives itself. */
  readonly client: string;
  /** Whether the client can ask the person. */
  readonly canAsk: boolean;
  readonly answer: ElicitationAnswer | undefined;
}

/** How a write is asked for. */
export interface WriteOptions {
  /** The id of a plan, from the first call. */
  readonly plan?: string | undefined;
  /** Send nested objects as they are given, instead of laying them over what is there. */
  readonly replaceWhole?: boolean | undefined;
}

export type Outcome =
  | { readonly kind: 'done'; readonly reply: Reply; readonly notes: readonly string[] }
  | { readonly kind: 'planned'; readonly plan: string; readonly preview: Preview };

/** Thrown when the person has to be asked; carries what to ask. */
export class ConfirmationRequired extends Error {
  constructor(
    readonly preview: Preview,
    /** What the person has to type. */
    readonly expected: string,
    readonly plan: string,
  ) {
    super('the person has to be asked');
  }
}

export interface GuardOptions {
  readonly session: Session;
  readonly entries: readonly NamedOperation[];
  readonly policy: Policy;
  readonly self: OwnAccess;
  readonly secrets: Secrets;
  readonly lines: JournalStore;
  readonly now?: () => number;
}

/** What cannot be taken back where the Management API is given away. */
const handingOut =
  'whoever gets the Management API by this can do everything on the tenant, past this server and its policy';

/** A preview that says so where the Management API is given away. */
const warning = (preview: Preview, handsOut: boolean): Preview =>
  handsOut
    ? { ...preview, beware: [preview.beware, handingOut].filter(Boolean).join('; ') }
    : preview;

/** Seconds that a plan is good for. */
export const PLAN_LIFETIME_S = PLAN_LIFETIME_MS / 1000;

export class Guard {
  readonly policy: Policy;
  readonly #session: Session;
  readonly #routes: OperationGraph;
  readonly #byName: ReadonlyMap<string, NamedOperation>;
  readonly #state: TenantReader;
  readonly #losses: DiffReader;
  readonly #own: SelfLockout;
  readonly #protection: ProtectedEntities;
  readonly #scope: OrganizationScope | undefined;
  readonly #plans: Plans;
  readonly #ceilings: RateLimits;
  readonly #journal: Journal;
  readonly #secrets: Secrets;
  readonly #aftermath: Aftermath;
  readonly #queues = new KeyedMutex();
  #permitted: ReadonlySet<string> = new Set();

  constructor({ session, entries, policy, self, secrets, lines, now = Date.now }: GuardOptions) {
    this.policy = policy;
    this.#session = session;
    this.#routes = new OperationGraph(entries);
    this.#byName = new Map(entries.map((entry) => [entry.name, entry]));
    this.#state = new TenantReader(session);
    const named = (name: string) => this.#named(name);
    this.#losses = new DiffReader(this.#state, named);
    this.#own = new SelfLockout(self, this.#state, named);
    this.#protection = new ProtectedEntities(policy, this.#routes, this.#state, named);
    this.#scope =
      policy.organizations && new OrganizationScope(policy.organizations, this.#state, named);
    this.#plans = new Plans(now);
    this.#ceilings = new RateLimits(policy, now);
    this.#journal = new Journal(lines, now);
    this.#secrets = secrets;
    this.#aftermath = new Aftermath(this.#routes, this.#state);
  }

  /**
   * Says which operations may be run at all: by a tool, a runner, a resource, a preview or an undo. Until then none may.
   *
   * @param permitted their names
   */
  confine(permitted: Iterable<string>): void {
    this.#permitted = new Set(permitted);
  }

  /** Why an operation may not be run; undefined when it may. */
  refusal(entry: NamedOperation): LogtoError | undefined {
    const rule = this.policy.forbids(entry);
    if (rule !== undefined) {
      return forbiddenError(entry.name, rule);
    }
    return this.#permitted.has(entry.name) ? undefined : excludedError(entry.name);
  }

  #require(entry: NamedOperation): void {
    const refusal = this.refusal(entry);
    if (refusal !== undefined) {
      throw refusal;
    }
  }

  #named(name: string): NamedOperation {
    const entry = this.#byName.get(name);
    if (entry === undefined) {
      throw new Error(`The catalog has no ${name}.`);
    }
    return entry;
  }

  /**
   * Performs one operation, or answers with the plan for it.
   *
   * @throws LogtoError for everything that is refused; Question where the client can ask the person
   */
  perform(
    entry: NamedOperation,
    values: Values,
    caller: Caller,
    wish: WriteOptions = {},
  ): Promise<Outcome> {
    return cleaned(() => this.#perform(entry, values, caller, wish), entry, values);
  }

  async #perform(
    entry: NamedOperation,
    values: Values,
    caller: Caller,
    wish: WriteOptions,
  ): Promise<Outcome> {
    this.#require(entry);
    if (entry.operation.effect === 'reads') {
      const reply = await this.#session.send(entry.operation, values, caller.signal);
      return this.#shown(entry, reply, []);
    }
    // One after the other on the same entity: what is read for a merge must still be so when it is sent.
    return this.#queues.run(addressOf(entry, values), async () => {
      caller.signal.throwIfAborted();
      const draft = await this.#draft(entry, values, caller, wish);
      this.#ceilings.check(entry, draft.removals);
      const handsOut = await this.#handsOut(draft, draft.signal);
      if (handsOut || this.policy.confirms(entry)) {
        // What would be sent is what was shown: the same arguments, merged or not, are two different calls.
        const call = [entry.name, draft.values, wish.replaceWhole === true];
        const planned = await this.#confirm(draft, caller, wish, call, { handsOut });
        if (planned !== undefined) {
          return planned;
        }
      }
      return this.#write(draft, caller, undefined);
    });
  }

  /** Whether a write must be confirmed because it hands out the access that this server has. */
  async #handsOut({ entry, values }: UndoStep, signal: AbortSignal): Promise<boolean> {
    return this.policy.level !== 'never' && this.#own.handsOut(entry, values, signal);
  }

  /**
   * Whether everything that the policy names is there.
   *
   * @throws LogtoError of kind `configuration` that names what is not
   */
  async checkPolicy(signal: AbortSignal): Promise<void> {
    await this.#protection.ready(signal);
  }

  /** Checks a write and reads what it finds. */
  async #draft(
    entry: NamedOperation,
    given: Values,
    caller: Caller,
    wish: WriteOptions,
  ): Promise<PendingWrite> {
    const signal = this.#state.remembering(caller.signal);
    this.#secrets.refuseReferences(given);
    await this.#session.check(entry.operation, given);
    await this.#protection.ready(signal);
    await this.#scope?.check(entry, given, signal);
    const change = this.#routes.changeOf(entry);
    const before = await this.#state.before(change, entry, given, signal);
    await this.#protection.check(entry, given, change, before, signal);
    const { values, notes } = this.#merged(entry, given, change, before, wish);
    const found =
      isObject(before) && change.kind === 'update' ? imageOf(entry, change, before) : before;
    const after = isObject(found) ? { ...found, ...bodyOf(entry, values) } : undefined;
    if (!this.policy.allowsAgainstSelf(entry)) {
      await this.#own.check(entry, given, after, signal);
    }
    const finding = { entry, values, change, before };
    const lost = await this.#losses.members(finding, signal);
    const removals = this.#ceilings.countsRemovals
      ? await this.#losses.count(finding, lost, signal)
      : 0;
    await this.#refuseRemoval(entry, values, change, before, lost, signal);
    const attached = await this.#state.heldBy(change, entry, given, lost, signal);
    return { ...finding, lost, removals, attached, notes, signal };
  }

  /** Adds the names that a person is shown. */
  async #described(draft: PendingWrite): Promise<DescribedWrite> {
    const { entry, values, change, before, signal } = draft;
    const root = this.#routes.rootOf(entry);
    const isRoot = change.kind !== 'other' && 'read' in change && change.read === root;
    const entity =
      root === undefined || (isRoot && isObject(before))
        ? change.kind === 'update' && change.alone !== undefined
          ? undefined
          : before
        : await this.#state.entity(root, entry, values, signal);
    return { ...draft, entity, targets: await this.#targets(entry, values, before, signal) };
  }

  /** Refuses to take away by a replacement what the policy lets no removal take away. */
  async #refuseRemoval(
    entry: NamedOperation,
    values: Values,
    change: Change,
    before: unknown,
    lost: readonly unknown[],
    signal: AbortSignal,
  ): Promise<void> {
    const removing = { ...entry, operation: { ...entry.operation, effect: 'removes' as const } };
    const rule = this.policy.forbids(removing);
    if (rule === undefined) {
      return;
    }
    const named = (name: string) => this.#named(name);
    const removes =
      lost.length > 0 ||
      (change.kind === 'replace' && before === undefined) ||
      (entry.name === 'create_connector' &&
        (await this.#state.replacedBy(named, values['connectorId'], signal)).length > 0);
    if (removes) {
      throw forbiddenError(entry.name, `${rule}; it would remove what is there`);
    }
  }

  /** What a path names behind its first entity, each by the name that a person knows, the last of them last. */
  async #targets(
    entry: NamedOperation,
    values: Values,
    before: unknown,
    signal: AbortSignal,
  ): Promise<Record<string, string>> {
    const segments = entry.operation.url.split('/').slice(2);
    const found: Record<string, string> = {};
    for (const [index, segment] of segments.entries()) {
      const [parameter] = parametersOf(segment);
      const value = parameter === undefined ? undefined : values[parameter];
      const kind = segments[index - 1] ?? '';
      if (parameter === undefined || index === 1 || typeof value !== 'string' || value === '') {
        continue;
      }
      const isLast = index === segments.length - 1;
      const itself = isLast && isObject(before) && entry.operation.method !== 'POST';
      // A name may only be said where it may be read.
      const free = (one: NamedOperation | undefined) =>
        one === undefined || this.refusal(one) !== undefined ? undefined : one;
      const read = free(this.#routes.entity(kind));
      const list = isLast ? free(this.#routes.collection(entry)) : undefined;
      const thing = itself
        ? before
        : list !== undefined
          ? (await this.#state.items(list, entry, values, signal))?.find((item) =>
              isObject(item)
                ? [item['id'], item['name'], item['domain'], item['emailDomain']].includes(value)
                : item === value,
            )
          : read &&
            (await this.#state.entity(
              read,
              read,
              { [parametersOf(read.operation.url)[0] ?? '']: value },
              signal,
            ));
      const label = kind.startsWith('{') ? parameter : kind.replace(/s$/, '');
      found[label] = nameOf(thing) ?? value;
    }
    return found;
  }

  /** Lays nested objects over what is there, where Logto would replace them. */
  #merged(
    entry: NamedOperation,
    given: Values,
    change: Change,
    before: unknown,
    wish: WriteOptions,
  ) {
    if (change.kind !== 'update' || !isObject(before)) {
      return { values: given, notes: [] };
    }
    const { replaces = [], joins = [], forms = {} } = entry.operation;
    const found = imageOf(entry, change, before);
    const whole = wish.replaceWhole === true;
    const first = mergeFields(given, {
      before: found,
      fields: replaces,
      forms,
      joined: false,
      whole,
    });
    const then = mergeFields(first.values, {
      before: found,
      fields: joins,
      forms,
      joined: true,
      whole,
    });
    return { values: then.values, notes: [...first.notes, ...then.notes] };
  }

  /**
   * Everything that a plan is bound to.
   *
   * @throws LogtoError where a whole set would be replaced that is too large to be read
   */
  async #stateOf(draft: DescribedWrite): Promise<unknown> {
    const { entry, values, change, before, entity, signal } = draft;
    if (before !== undefined) {
      // What goes along has been shown too. Sessions come and go by themselves.
      const along = change.kind === 'remove' ? Object.entries(await this.#along(draft)) : [];
      return [before, entity, along.filter(([name]) => !/sessions|grants|logs/.test(name))];
    }
    if (change.kind === 'replace') {
      throw new LogtoError({
        kind: 'input',
        code: 'set_too_large',
        message: `${entry.name} replaces a set that is too large to show what it would lose. Nothing was sent.`,
        hint: 'Add to the set and take from it with the operations for single members.',
      });
    }
    // What only adds depends on nothing that is there.
    const adds = entry.operation.effect === 'adds' && entry.operation.beware === undefined;
    const read = adds ? undefined : this.#routes.observing(entry);
    return [entity, read && (await this.#state.whole(read, entry, values, signal))];
  }

  /** Asks, or makes a plan; undefined when the call may go on. */
  async #confirm(
    found: PendingWrite,
    caller: Caller,
    wish: WriteOptions,
    call: unknown,
    { handsOut, ...more }: Partial<Preview> & { readonly handsOut: boolean },
  ): Promise<Outcome | undefined> {
    const draft = await this.#described(found);
    const state = await this.#stateOf(draft);
    const expected = oneLine(expectedOf(draft));
    const { answer } = caller;
    if (answer !== undefined) {
      if (answer.action !== 'accept') {
        throw declined(draft.entry.name, answer.action);
      }
      this.#plans.use(answer.plan ?? '', call, state);
      if (!isTyped(answer.name, expected)) {
        throw declined(draft.entry.name, 'wrong name');
      }
      return undefined;
    }
    if (wish.plan !== undefined) {
      this.#plans.use(wish.plan, call, state);
      return undefined;
    }
    const preview = { ...warning(await this.#preview(draft), handsOut), ...more };
    const plan = this.#plans.make(call, state);
    if (caller.canAsk) {
      throw new ConfirmationRequired(preview, expected, plan);
    }
    return { kind: 'planned', plan, preview };
  }

  /** @param undo the change that is put back by this, and how many calls are still to come for that */
  async #write(
    draft: PendingWrite,
    caller: Caller,
    undo: { readonly undoes: string; readonly left: number } | undefined,
  ): Promise<Outcome> {
    const { entry, values, change, before, attached, notes } = draft;
    const { profile } = this.policy;
    this.#ceilings.count(entry, draft.removals);
    const places = secretsIn(entry, change);
    const id = this.#journal.start({
      client: caller.client,
      ...(profile !== undefined && { profile }),
      operation: entry.name,
      arguments: withoutSecrets(values, places) as Values,
      before: withoutSecrets(before, places) ?? null,
      ...(Object.keys(attached).length > 0 && { attached }),
      ...undo,
    });
    const done = async (reply: Reply, more: readonly string[]): Promise<Outcome> => {
      const after = withoutSecrets(await this.#aftermath.left(draft, reply), places);
      this.#journal.end({ id, outcome: 'done', after });
      const profiled = profile === undefined ? [] : [`Profile: ${profile}.`];
      return this.#shown(entry, reply, [...notes, ...more, ...profiled]);
    };
    let reply: Reply;
    try {
      reply = await this.#session.send(entry.operation, values, caller.signal);
    } catch (error) {
      const verdict = classifyFailure(error, draft);
      const now = verdict === 'refused' ? undefined : await this.#aftermath.again(draft);
      const made = now && wasApplied(draft, now.found);
      if (made === true && error instanceof LogtoError) {
        const { status } = error.failure;
        const found = isObject(now?.found) && change.kind === 'update' ? now.found : undefined;
        // What was read back may hold what the answer to the write has not.
        const secrets = secretsIn(entry, change);
        return done(
          { status: status ?? 0, body: this.#secrets.withhold({ secrets }, found).body },
          [
            `Logto answered ${status === undefined ? 'nothing' : `an error (${status})`}, and has made the change all the same: it was read back.`,
          ],
        );
      }
      const { status } = error instanceof LogtoError ? error.failure : {};
      // Behind a gateway that gave up, or without an answer, it may still be under way.
      const settled = verdict === 'despite' || status === 500;
      const outcome =
        made === true
          ? 'done'
          : verdict === 'refused' || (made === false && settled)
            ? 'refused'
            : 'unknown';
      const after = made === true ? { after: withoutSecrets(bodyOf(entry, values), places) } : {};
      this.#journal.end({ id, outcome, ...after });
      throw outcome === 'unknown' && error instanceof LogtoError ? doubtful(error) : error;
    }
    return done(reply, []);
  }

  /** An answer as it may be seen: secrets withheld, and everything visible. */
  #shown({ operation }: NamedOperation, reply: Reply, said: readonly string[]): Outcome {
    const notes = reply.note === undefined ? said : [...said, reply.note];
    const { body, found } = this.#secrets.withhold(operation, reply.body);
    return {
      kind: 'done',
      reply: { ...reply, body: markInvisibleDeep(body) },
      notes: found
        ? [
            ...notes,
            this.#secrets.canSave
              ? 'Secrets are withheld. save_secret writes one into a file, without showing it.'
              : 'Secrets are withheld, and no folder is allowed that save_secret could write them to: the person finds them in the Logto console.',
          ]
        : notes,
    };
  }

  /** What a write would do, without doing it. */
  preview(
    entry: NamedOperation,
    values: Values,
    caller: Caller,
    wish: WriteOptions = {},
  ): Promise<Preview> {
    const preview = async () => {
      this.#require(entry);
      const draft = await this.#draft(entry, values, caller, wish);
      const handsOut = await this.#handsOut(draft, draft.signal);
      const preview = await this.#preview(await this.#described(draft));
      return warning(preview, handsOut);
    };
    return cleaned(preview, entry, values);
  }

  async #preview(draft: DescribedWrite): Promise<Preview> {
    const { entry, values, signal } = draft;
    const along = isRemoval(draft) ? await this.#along(draft) : {};
    const displaced =
      entry.name === 'create_connector'
        ? await this.#state.replacedBy((one) => this.#named(one), values['connectorId'], signal)
        : [];
    return previewOf(draft, {
      profile: this.policy.profile,
      along,
      displaced: displaced.map((one) => nameOf(one)),
    });
  }

  #along({ entry, values, before, signal }: PendingWrite) {
    return countCascades({ entry, values, before, signal }, this.#state, (name) =>
      this.#named(name),
    );
  }

  /** The changes that were made on this tenant from this machine, the newest first. */
  changes(): JournalEntry[] {
    return this.#journal.list();
  }

  /** Why a change cannot be put back, as a clause, as far as that is known without a look at the tenant. */
  obstacle(change: JournalEntry): string | undefined {
    return undoBlocker(change, this.#byName.get(change.operation), this.#routes);
  }

  /**
   * Why what was said in a change, and found and left by it, may not be shown: it could neither be done nor read now.
   * Undefined when it may.
   */
  hides({ operation }: JournalEntry): LogtoError | undefined {
    const entry = this.#byName.get(operation);
    const refusal = entry && this.refusal(entry);
    const read = entry && this.#routes.observing(entry);
    return refusal !== undefined && (read === undefined || this.refusal(read) !== undefined)
      ? refusal
      : undefined;
  }

  /**
   * Puts a change back.
   *
   * @throws LogtoError when it cannot be put back, or what it changed has changed since
   */
  undo(id: string, caller: Caller, wish: WriteOptions = {}): Promise<Outcome> {
    return cleaned(() => this.#undo(id, caller, wish));
  }

  async #undo(id: string, caller: Caller, wish: WriteOptions): Promise<Outcome> {
    const record = this.#journal.list().find((one) => one.id === id);
    if (record === undefined) {
      throw unknownChange(id);
    }
    const entry = this.#byName.get(record.operation);
    const address = entry === undefined ? id : addressOf(entry, record.arguments);
    return this.#queues.run(address, () => this.#putBack(record.id, entry, caller, wish));
  }

  async #putBack(
    id: string,
    entry: NamedOperation | undefined,
    caller: Caller,
    wish: WriteOptions,
  ): Promise<Outcome> {
    // Once more: another undo may have come before in the queue.
    const record = this.#journal.list().find((one) => one.id === id);
    if (record === undefined) {
      throw new Error(`The change ${id} has left the journal.`);
    }
    const undo = await planUndo(record, entry, this.#routes, this.#state, caller.signal);
    const { steps } = undo;
    for (const { entry: step } of steps) {
      this.#require(step);
    }
    const draftOf = ({ entry: step, values }: UndoStep) =>
      this.#draft(step, values, caller, { replaceWhole: true });
    const [first] = steps;
    if (first === undefined) {
      throw new Error('An undo without steps.');
    }
    let draft = await draftOf(first);
    const others = steps.slice(1).filter(({ entry: step }) => step.operation.effect === 'removes');
    const removals = draft.removals === undefined ? undefined : draft.removals + others.length;
    this.#ceilings.check(first.entry, removals, steps.length);
    const handing = await Promise.all(steps.map((step) => this.#handsOut(step, caller.signal)));
    const handsOut = handing.includes(true);
    if (handsOut || steps.some((step) => this.policy.confirms(step.entry))) {
      const all = steps.map((step) => ({ operation: step.entry.name, arguments: step.values }));
      const more = steps.length > 1 ? { steps: markInvisibleDeep(all) as typeof all } : {};
      const planned = await this.#confirm(draft, caller, wish, ['undo', id, all], {
        handsOut,
        ...more,
      });
      if (planned !== undefined) {
        return planned;
      }
    }
    let outcome: Outcome | undefined;
    for (const [index, step] of steps.entries()) {
      const left = steps.length - index - 1;
      try {
        draft = index === 0 ? draft : await draftOf(step);
        outcome = await this.#write(draft, caller, { undoes: id, left });
      } catch (error) {
        throw index > 0 && error instanceof LogtoError
          ? partly(error, id, index, steps.length)
          : error;
      }
    }
    if (outcome === undefined || outcome.kind !== 'done') {
      throw new Error('An undo that ended without an outcome.');
    }
    return { ...outcome, notes: [...undo.notes, ...outcome.notes] };
  }
}
