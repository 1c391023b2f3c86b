/**
 * The names of clients. In the 2026 era each request has the client's name. In the 2025 era only `initialize` has it, and the
 * requests after it are served without a session, so the name is remembered here.
 */
import type { Actor } from '../guard/actor.js';
import { memberOf } from '../json.js';

/** Clients whose names are remembered. */
const MAX_NAMES = 1_000;

/** Characters of a name that are remembered. */
const MAX_NAME_CHARS = 128;

const keyOf = ({ key }: Pick<Actor, 'key'>, userAgent: string | undefined): string =>
  JSON.stringify([key, userAgent ?? '']);

export class ClientNames {
  readonly #names = new Map<string, string>();

  /**
   * Remembers the name in an `initialize` request.
   *
   * @param message the parsed body, one message or a batch
   */
  remember(actor: Pick<Actor, 'key'>, userAgent: string | undefined, message: unknown): void {
    const name = [message]
      .flat()
      .filter((part) => memberOf(part, 'method') === 'initialize')
      .map((part) => memberOf(memberOf(memberOf(part, 'params'), 'clientInfo'), 'name'))
      .find((value) => typeof value === 'string' && value !== '');
    if (typeof name !== 'string') {
      return;
    }
    const key = keyOf(actor, userAgent);
    this.#names.delete(key);
    this.#names.set(key, name.slice(0, MAX_NAME_CHARS));
    const [oldest] = this.#names.keys();
    if (this.#names.size > MAX_NAMES && oldest !== undefined) {
      this.#names.delete(oldest);
    }
  }

  /**
   * The name of the client of a request that does not have it: the one in the last `initialize` of the same person, OAuth
   * client and User-Agent at this process; otherwise the first product of the User-Agent, such as `node` or `agent/1.2`.
   *
   * @returns undefined where there is neither
   */
  nameOf(actor: Pick<Actor, 'key'>, userAgent: string | undefined): string | undefined {
    const product = /^\S+/.exec(userAgent ?? '')?.[0].slice(0, MAX_NAME_CHARS);
    return this.#names.get(keyOf(actor, userAgent)) ?? product;
  }
}
