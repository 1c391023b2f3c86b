/** What the failure of a write says about whether the change was made. */

import { LogtoError, wasNeverSent } from '../../logto/errors.js';
import type { Change, FoundWrite } from '../changes/change.js';

/**
 * - `refused`: the change was not made
 * - `gone`: what should have been deleted was already gone
 * - `doubtful`: it may have been made
 * - `despite`: Logto is known to answer so although it has made the change, or a part of it
 */
export type FailureVerdict = 'refused' | 'gone' | 'doubtful' | 'despite';

/** @returns what a failure says of a write; everything but `refused` is worth a second look */
export function classifyFailure(error: unknown, change: Change, write: FoundWrite): FailureVerdict {
  if (!(error instanceof LogtoError)) {
    return 'doubtful';
  }
  const { status, code, attempts = 1 } = error.failure;
  if (status === undefined) {
    // What is wrong with the arguments, or with the access, is found before anything is sent.
    return wasNeverSent(error) || error.failure.kind !== 'unavailable' ? 'refused' : 'doubtful';
  }
  if (status >= 500) {
    return 'doubtful';
  }
  const { appliesDespite = [], method } = change.entry.operation;
  if (code !== undefined && appliesDespite.includes(code)) {
    return 'despite';
  }
  if (method === 'DELETE' && status === 404 && change.wasThere(write)) {
    // Sent again after a lost answer, a removal finds nothing any more. Sent once, another program was first.
    return attempts > 1 ? 'despite' : 'gone';
  }
  return 'refused';
}
