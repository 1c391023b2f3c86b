/** Sends a prepared write: written down before, and again when its outcome is known. After an error it is read again. */
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Reply, Session } from '../logto/session.js';
import type { Actor } from './actor.js';
import { CreateChange } from './changes/create.js';
import { alreadyGone, outcomeUnknown, partlyMade } from './errors.js';
import { bodyOf } from './operation-graph.js';
import { type PreparedWrite, secretPathsOf } from './pending-write.js';
import { withoutSecrets } from './secrets/detection.js';
import type { Secrets } from './secrets/secrets.js';
import type { Reads, TenantReader } from './tenant-reader.js';
import { classifyFailure } from './undo/classify-failure.js';
import type { Journal } from './undo/journal.js';
import { quotedNames } from './visible-text.js';

/** How long reading again after a write may take, in milliseconds. */
const SECOND_READ_TIMEOUT_MS = 15_000;

/** What a write belongs to: the change that it undoes, with how many calls are still to come for that, or a run of many. */
export type WriteLink =
  | { readonly undoes: string; readonly left: number }
  /** `of` is the number of writes of the run, `tool` what makes it. */
  | { readonly run: string; readonly of: number; readonly tool: string };

/** Who sends a write, and what for. */
export interface SendContext {
  readonly signal: AbortSignal;
  readonly client: string;
  readonly actor?: Actor | undefined;
  readonly profile: string | undefined;
  readonly link?: WriteLink | undefined;
}

/** What a write has come to. */
export interface SentWrite {
  readonly reply: Reply;
  /** The id of the change in the journal. */
  readonly change: string;
  readonly notes: readonly string[];
}

export class WriteSender {
  constructor(
    private readonly session: Session,
    private readonly reader: TenantReader,
    private readonly journal: Journal,
    private readonly secrets: Secrets,
  ) {}

  /**
   * Sends a write.
   *
   * @throws LogtoError when it was refused, or when it is not known whether it was made
   */
  async send(write: PreparedWrite, context: SendContext): Promise<SentWrite> {
    const { entry, change, values, attached, displaced } = write;
    // An undo says what a create has displaced.
    const before = entry.operation.displaces === undefined ? write.before : displaced;
    const paths = secretPathsOf(change);
    const shown = withoutSecrets(values, paths);
    const { actor } = context;
    const id = await this.journal.start({
      client: context.client,
      ...(actor !== undefined && { actor: { sub: actor.sub, client_id: actor.clientId } }),
      ...(context.profile !== undefined && { profile: context.profile }),
      operation: entry.name,
      arguments: isObject(shown) ? shown : {},
      before: withoutSecrets(before, paths) ?? null,
      ...(Object.keys(attached).length > 0 && { attached }),
      ...context.link,
    });
    let reply: Reply;
    try {
      reply = await this.session.send(entry.operation, values, context.signal);
    } catch (error) {
      return await this.#failed(write, id, error);
    }
    const after = await change.after({ values, before }, reply, () => this.#readsAgain());
    await this.journal.end({ id, outcome: 'done', after: withoutSecrets(after, paths) });
    return { reply, change: id, notes: notStored(write, reply) };
  }

  /** Reads after a write. The caller may have given up, which is no reason not to know the outcome. */
  #readsAgain(): Reads {
    return this.reader.unlimited(AbortSignal.timeout(SECOND_READ_TIMEOUT_MS));
  }

  /** What is there now; undefined when that cannot be read either. */
  async #found({ change, values }: PreparedWrite): Promise<{ readonly now: unknown } | undefined> {
    try {
      return { now: await change.before(values, this.#readsAgain()) };
    } catch {
      return undefined;
    }
  }

  async #failed(write: PreparedWrite, id: string, error: unknown): Promise<SentWrite> {
    const { change, values, before } = write;
    const paths = secretPathsOf(change);
    const verdict = classifyFailure(error, change, { values, before });
    const again =
      verdict === 'refused' || verdict === 'gone' ? undefined : await this.#found(write);
    const isPartial = verdict === 'despite' && again !== undefined;
    if (change instanceof CreateChange && isPartial && error instanceof LogtoError) {
      const made = change.madeDespite(before, again.now);
      if (made !== undefined) {
        await this.journal.end({ id, outcome: 'partial', after: withoutSecrets(made, paths) });
        throw partlyMade(error, String(made['id']), id);
      }
    }
    const isMade = again && change.verify({ values, before }, again.now);
    if (isMade === true) {
      const body = isObject(again?.now) && change.kind === 'update' ? again.now : undefined;
      const after = await change.after({ values, before }, { status: 0, body }, () =>
        this.#readsAgain(),
      );
      await this.journal.end({ id, outcome: 'done', after: withoutSecrets(after, paths) });
      if (error instanceof LogtoError) {
        const { status } = error.failure;
        // What was read back may hold secrets that the answer to the write does not have.
        const read = this.secrets.redact({ secrets: paths }, body);
        return {
          reply: { status: status ?? 0, body: read.body },
          change: id,
          notes: [
            `Logto answered ${status === undefined ? 'nothing' : `an error (${status})`}, but made the change: it was read back.`,
          ],
        };
      }
      throw error;
    }
    const status = error instanceof LogtoError ? error.failure.status : undefined;
    // Behind a gateway that gave up, or without an answer, it may still be under way.
    const isSettled = verdict === 'despite' || status === 500;
    const isRefused =
      verdict === 'refused' ||
      verdict === 'gone' ||
      ((isMade === false || (verdict === 'despite' && change.kind === 'create')) && isSettled);
    await this.journal.end({ id, outcome: isRefused ? 'refused' : 'unknown' });
    if (!(error instanceof LogtoError)) {
      throw error;
    }
    throw verdict === 'gone' ? alreadyGone(error) : isRefused ? error : outcomeUnknown(error);
  }
}

/**
 * Notes on what Logto did not store of an update. It reads some settings as the first form that fits, drops the rest, and
 * answers 200.
 */
function notStored({ change, entry, values }: PreparedWrite, { body }: Reply): string[] {
  if (change.kind !== 'update' || !isObject(body)) {
    return [];
  }
  const { replaces = [] } = entry.operation;
  const missing = replaces.flatMap((field) => {
    const [sent, stored] = [bodyOf(entry, values)[field], body[field]];
    return isObject(sent) && isObject(stored)
      ? Object.keys(sent)
          .filter((name) => !isNothing(sent[name]) && !Object.hasOwn(stored, name))
          .map((name) => `${field}.${name}`)
      : [];
  });
  return missing.length === 0
    ? []
    : [`Logto answered a success and did not store ${quotedNames(missing)}: read it again.`];
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === '';
