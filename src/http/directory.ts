/** The facts that Logto has about the people who sign in, as far as the rules of the policy need them. */

import type { NamedOperation } from '../guard/operation-graph.js';
import type { PolicySet, PrincipalFacts } from '../guard/policy/principal-rules.js';
import { memberOf, objectsIn } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Session } from '../logto/session.js';
import type { Principal } from './principal.js';

/** Milliseconds for which roles and organizations are not read again. */
const LIFETIME_MS = 60_000;

/** People whose roles and organizations are remembered. */
const MAX_PEOPLE = 5_000;

/** Milliseconds for the reads about one person. */
const TIMEOUT_MS = 15_000;

const PAGE_SIZE = 100;

/** Pages of roles or organizations of one person. */
const MAX_PAGES = 10;

export interface DirectoryOptions {
  readonly session: Session;
  readonly operations: ReadonlyMap<string, NamedOperation>;
  readonly policies: PolicySet;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Ids and names of items. */
const termsOf = (items: readonly unknown[]): string[] =>
  objectsIn(items).flatMap((item) =>
    [memberOf(item, 'id'), memberOf(item, 'name')].filter((term) => typeof term === 'string'),
  );

export class Directory {
  readonly #known = new Map<
    string,
    { readonly facts: Promise<Pick<PrincipalFacts, 'role' | 'organization'>>; until: number }
  >();
  readonly #now: () => number;

  constructor(private readonly options: DirectoryOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** The policy for a person. @throws LogtoError if Logto cannot be asked: then no rule may be left out */
  async policyFor(principal: Principal): Promise<ReturnType<PolicySet['for']>> {
    const { sub, clientId, scopes } = principal;
    const looked = await this.#facts(principal);
    return this.options.policies.for({ scope: [...scopes], sub, client_id: clientId, ...looked });
  }

  #facts(principal: Principal): Promise<Pick<PrincipalFacts, 'role' | 'organization'>> {
    const { key } = principal;
    const cached = this.#known.get(key);
    if (cached !== undefined && cached.until > this.#now()) {
      return cached.facts;
    }
    const facts = this.#look(principal);
    facts.catch(() => this.#known.delete(key));
    this.#known.delete(key);
    this.#known.set(key, { facts, until: this.#now() + LIFETIME_MS });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_PEOPLE && oldest !== undefined) {
      this.#known.delete(oldest);
    }
    return facts;
  }

  async #look({ sub, clientId }: Principal) {
    const { policies } = this.options;
    // The subject of a token of client credentials is the application itself.
    const isApplication = sub === clientId;
    const [role, organization] = await Promise.all([
      !policies.looksAt('role')
        ? []
        : isApplication
          ? this.#terms('list_application_roles', { applicationId: sub })
          : this.#terms('list_user_roles', { userId: sub }),
      !policies.looksAt('organization')
        ? []
        : isApplication
          ? this.#terms('list_application_organizations', { id: sub })
          : this.#terms('list_user_organizations', { userId: sub }),
    ]);
    return { role, organization };
  }

  async #terms(name: string, values: Readonly<Record<string, string>>): Promise<string[]> {
    const entry = this.options.operations.get(name);
    if (entry === undefined) {
      throw new Error(`The catalog has no ${name}.`);
    }
    const paged = entry.operation.paging !== undefined;
    const terms: string[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const reply = await this.options.session.send(
        entry.operation,
        { ...values, ...(paged && { page, page_size: PAGE_SIZE }) },
        AbortSignal.timeout(TIMEOUT_MS),
      );
      terms.push(...termsOf(Array.isArray(reply.body) ? reply.body : []));
      if (reply.page?.has_more !== true) {
        return terms;
      }
    }
    throw new LogtoError({
      kind: 'unavailable',
      message: 'The account has more roles or organizations than can be read.',
    });
  }
}
