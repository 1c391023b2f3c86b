/**
 * Refuses a list of new members of which some are in the set already, where Logto would refuse the whole list. Logto names one
 * of them, after the confirmation; this names all of them, before anything is sent.
 */
import { listIn } from '../json.js';
import { hintFor } from '../logto/error-hints.js';
import { LogtoError } from '../logto/errors.js';
import type { PreparedWrite } from './pending-write.js';

/** Ids that an error names. */
const MAX_LISTED = 50;

/** Changes of the set that are recorded before this write and not sent yet. */
export interface EarlierChanges {
  /** Whether an id was added to the set. */
  readonly adds: (id: unknown) => boolean;
  /** Whether an id may have left the set. */
  readonly mayRemove: (id: unknown) => boolean;
}

const NONE: EarlierChanges = { adds: () => false, mayRemove: () => false };

/**
 * Refuses a write that adds members which are there already, where one of them makes Logto refuse all. Where the set could not
 * be read, Logto decides.
 *
 * @throws LogtoError with the code of Logto that names them
 */
export function refuseMembersPresent(
  { entry, change, values, before }: Pick<PreparedWrite, 'entry' | 'change' | 'values' | 'before'>,
  earlier: EarlierChanges = NONE,
): void {
  const { refusesWhole, method, url } = entry.operation;
  const { setField } = change;
  const code = refusesWhole?.presentCode;
  if (change.kind !== 'add' || code === undefined || setField === undefined) {
    return;
  }
  const former = new Set(listIn(before));
  const members = [...new Set(listIn(values[setField]))];
  const present = members.filter(
    (id) => earlier.adds(id) || (former.has(id) && !earlier.mayRemove(id)),
  );
  if (present.length === 0) {
    return;
  }
  const more = present.length - MAX_LISTED;
  throw new LogtoError({
    kind: 'conflict',
    status: 422,
    code,
    message: `${present.length} of the ${members.length} ids in ${setField} are there already: ${present.slice(0, MAX_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}. Logto would refuse the whole list. Nothing was sent.`,
    hint: hintFor(422, code, `${method} ${url}`),
  });
}
