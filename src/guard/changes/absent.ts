/** Whether the target of a removal does not exist, so that there is nothing to confirm. */
import { objectsIn } from '../../json.js';
import { entitiesNamed } from '../entity-refs.js';
import { type OperationGraph, pathFor } from '../operation-graph.js';
import type { PreparedWrite } from '../pending-write.js';
import { isQuery } from './delete.js';
import { pairsThere } from './pair.js';

/** Whether the target of a removal is known not to exist. A target that could not be read may exist. */
export async function isAbsent(write: PreparedWrite, graph: OperationGraph): Promise<boolean> {
  const { change, entry, values, before, readError, reads } = write;
  const near = graph.observing(entry);
  // For an operation that only the served document has, the target is not known.
  if (
    entry.operation.effect !== 'removes' ||
    entry.operation.notInCatalog === true ||
    readError !== undefined ||
    near === undefined
  ) {
    return false;
  }
  if (change.read !== undefined) {
    // Undefined also for too many members of a set, or too many results of a query.
    const isUnread = before === undefined && (change.kind === 'remove' || isQuery(entry));
    return Array.isArray(before) && isQuery(entry)
      ? before.length === 0
      : !isUnread && !change.wasThere(write);
  }
  const consent = graph.consenting(entry, values);
  if (consent !== undefined) {
    return ((await pairsThere(near, consent.entry, consent.values, reads)) ?? []).length === 0;
  }
  // The last entity that the call names is an item of the list.
  const named = entitiesNamed(entry, values).filter(({ by }) => by !== 'address');
  const list = change.kind === 'other' ? near : graph.collection(entry);
  const wanted = named.at(-1)?.value;
  if (list === undefined || wanted === undefined) {
    return (
      change.kind !== 'other' &&
      (await reads.read(near, pathFor(near, entry, values))) === undefined
    );
  }
  const items = await reads.items(list, entry, values);
  return (
    items !== undefined && !objectsIn(items).some(({ id, name }) => [id, name].includes(wanted))
  );
}
