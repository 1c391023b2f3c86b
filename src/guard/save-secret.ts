/** Saves redacted secrets into files. That has an effect, so it passes policy, ceilings, confirmation and journal. */
import { type Actor, ownerOf } from './actor.js';
import { Confirmation, type ConfirmedBy, type ConfirmVia } from './confirm/confirmation.js';
import type { PlansOptions } from './confirm/plans.js';
import type { Preview } from './confirm/preview.js';
import { forbiddenError } from './errors.js';
import type { Policy } from './policy/policy.js';
import type { RateLimits } from './policy/rate-limits.js';
import type { SaveRequest, Secrets } from './secrets/secrets.js';
import type { Journal } from './undo/journal.js';

/** A secret that is in its file. */
export interface SavedSecret {
  readonly kind: 'saved';
  readonly file: string;
}

/** A file that is written once it was confirmed. */
interface PlannedSecret {
  readonly kind: 'planned';
  readonly plan: string;
  readonly preview: Preview;
}

export class SecretSaver {
  readonly #confirmation: Confirmation<null>;

  constructor(
    private readonly secrets: Secrets,
    private readonly policy: Policy,
    private readonly limits: RateLimits,
    private readonly journal: Journal,
    plans: Omit<PlansOptions, 'kind'>,
  ) {
    this.#confirmation = new Confirmation({ ...plans, kind: 'secret' });
  }

  /**
   * Writes a secret into a file, or answers with the plan for it.
   *
   * @param tool the name under which it is called
   * @throws LogtoError for what may not be saved, or not there; ConfirmationRequired where the person can be asked
   */
  async save(
    tool: string,
    request: SaveRequest,
    caller: {
      readonly client: string;
      readonly confirmVia: ConfirmVia;
      readonly actor?: Actor | undefined;
    },
    by: ConfirmedBy,
  ): Promise<SavedSecret | PlannedSecret> {
    const { client, confirmVia, actor } = caller;
    const owner = ownerOf(caller);
    const rule = this.policy.forbidsTool(tool);
    if (rule !== undefined) {
      throw forbiddenError(tool, rule);
    }
    const call = [tool, request];
    const confirmed = await this.#confirmation.confirmed(tool, call, by);
    const below = this.secrets.check(request);
    await this.limits.check(tool, 0, owner);
    const { file, name } = request;
    if (confirmed === undefined && this.policy.asks([])) {
      const preview = {
        operation: tool,
        does: 'Write a redacted secret into a file on this machine.',
        target: { file, ...(name !== undefined && { line: name }) },
      };
      const planned = { preview, expected: name ?? below };
      const shown = await this.#confirmation.plan(call, planned, null, { confirmVia, owner });
      return { kind: 'planned', ...shown };
    }
    await this.limits.count(tool, 0, owner);
    const { profile } = this.policy;
    const id = await this.journal.start({
      client,
      ...(actor !== undefined && { actor: { sub: actor.sub, client_id: actor.clientId } }),
      ...(profile !== undefined && { profile }),
      operation: tool,
      arguments: { file, ...(name !== undefined && { name }) },
      before: null,
      cannot_undo: 'a file on this machine is not removed: delete it yourself',
    });
    try {
      const saved = this.secrets.save(request);
      await this.journal.end({ id, outcome: 'done' });
      return { kind: 'saved', ...saved };
    } catch (error) {
      await this.journal.end({ id, outcome: 'refused' });
      throw error;
    }
  }
}
