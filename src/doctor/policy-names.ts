/** Whether the entities that the policy names exist in the tenant. If one does not, the server refuses every write. */
import { protectableKinds } from '../catalog/protectable.js';
import { OperationGraph } from '../guard/operation-graph.js';
import type { Policy } from '../guard/policy/policy.js';
import { ProtectedEntities } from '../guard/policy/protected-entities.js';
import { TenantReader } from '../guard/tenant-reader.js';
import type { Session } from '../logto/session.js';
import { type Finding, passed } from './runner.js';

/** Milliseconds for all lookups. */
const TIMEOUT_MS = 30_000;

/**
 * Looks up what the policy protects, and the organizations that it confines writes to. Nothing is read where it names none.
 *
 * @throws LogtoError for a name that the tenant does not have, and for a read that fails
 */
export async function checkPolicyNames(
  session: Session,
  policy: Policy,
): Promise<readonly Finding[]> {
  const hasNames =
    policy.organizations !== undefined ||
    protectableKinds.some((kind) => policy.protectedOf(kind).length > 0);
  if (!hasNames) {
    return [];
  }
  const { catalog } = await import('../catalog/index.js');
  const reads = new TenantReader(session).forCheck(AbortSignal.timeout(TIMEOUT_MS));
  await new ProtectedEntities(policy, new OperationGraph(catalog)).ready(reads);
  return [passed('The tenant has everything that the policy names.')];
}
