/** What each person is served: one registry for each policy, made when it is first needed. */
import type { Server } from '@modelcontextprotocol/server';
import type { Policy } from '../guard/policy/policy.js';
import type { Principal } from './principal.js';
import { restrictionTo } from './restriction.js';

/** Registries that are kept. People with the same scopes and the same rules share one. */
const MAX_SURFACES = 64;

/** What one policy serves. */
export interface Surface {
  /** Makes a server for one request. */
  readonly server: () => Server;
}

export interface SurfacesOptions {
  /** The rules that apply to a principal, and a key that is the same for the same rules. */
  readonly policyFor: (
    principal: Principal,
  ) => Promise<{ readonly policy: Policy; readonly key: string }>;
  readonly build: (policy: Policy, principal: Principal) => Surface;
}

export class Surfaces {
  readonly #surfaces = new Map<string, Surface>();

  constructor(private readonly options: SurfacesOptions) {}

  /** The policy of the operator with its principals, restricted to what the token allows. */
  async operatorPolicy(principal: Principal): Promise<Policy> {
    return (await this.options.policyFor(principal)).policy;
  }

  async for(principal: Principal): Promise<Surface> {
    const { policy, key } = await this.options.policyFor(principal);
    const id = JSON.stringify([key, [...principal.scopes].sort()]);
    const cached = this.#surfaces.get(id);
    if (cached !== undefined) {
      this.#surfaces.delete(id);
      this.#surfaces.set(id, cached);
      return cached;
    }
    const restricted = policy.withToken(restrictionTo(principal.scopes));
    const surface = this.options.build(restricted, principal);
    this.#surfaces.set(id, surface);
    const [oldest] = this.#surfaces.keys();
    if (this.#surfaces.size > MAX_SURFACES && oldest !== undefined) {
      this.#surfaces.delete(oldest);
    }
    return surface;
  }
}
