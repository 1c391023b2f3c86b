/**
 * Protects what people sign in to this server with: the resource, its scopes, the roles that carry them, and every account
 * that has one, the caller's own included. Otherwise an operator could make an account an administrator here.
 */
import { LogtoError } from '../../logto/errors.js';
import type { CatalogOperation, OperationGraph, Values } from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';
import { type OwnAccess, PrivilegeGrants } from './privilege-grants.js';

export class SignInProtection {
  readonly #grants: PrivilegeGrants;

  /** @param resource indicator of the resource that people sign in with */
  constructor(resource: string, self: OwnAccess, graph: OperationGraph) {
    this.#grants = new PrivilegeGrants({ ...self, resource }, graph);
  }

  /**
   * Refuses a write that names a part of it. A result that is unknown counts as a part of it.
   *
   * @param reads for this check only, because its outcome must not depend on other reads
   * @throws LogtoError of kind `permission`
   */
  async check(entry: CatalogOperation, values: Values, reads: Reads): Promise<void> {
    if (await this.#grants.anyHolds(entry, values, undefined, reads)) {
      throw new LogtoError({
        kind: 'permission',
        code: 'sign_in_access',
        message: `${entry.name} is refused: it names a resource, scope, role or account that people sign in to this server with, or more than can be checked. Nothing was sent.`,
        hint: 'An administrator can do it in the Logto console. This server does it only if its policy names the operation in allow_against_self.',
      });
    }
  }
}
