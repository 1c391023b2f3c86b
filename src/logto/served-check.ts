/**
 * Refuses calls that the running Logto does not know, before anything is sent. An older Logto ignores an unknown member or
 * parameter and answers a success: it creates a user with another id, or lists every user.
 */
import type { Outline } from '../catalog/operation.js';
import type { Feature } from '../catalog/probes.js';
import { describeSince, NEXT_RELEASE } from '../catalog/release-names.js';
import { isObject } from '../json.js';
import { LogtoError } from './errors.js';
import type { Arguments } from './request.js';
import type { ServedDocument } from './served-document.js';
import type { ServedFacts } from './served-facts.js';
import type { Session } from './session.js';

/** Milliseconds after which a document is read again before something is refused: Logto may have been upgraded. */
const RECHECK_MS = 60_000;

/** The parts of an operation that not every release has. */
export interface NewerParts {
  /** The name of the tool. */
  readonly name: string;
  readonly features: readonly Feature[];
}

/** The parts of an operation that not every release has; undefined where every release has all of it. */
export type NewerPartsOf = (operation: Outline) => NewerParts | undefined;

/** The values at a path, where `*` stands for each item of a list or each member of a map. */
export function valuesAt(value: unknown, path: readonly string[]): readonly unknown[] {
  const [name, ...rest] = path;
  if (name === undefined) {
    return value === undefined ? [] : [value];
  }
  if (name === '*') {
    const inside: readonly unknown[] = Array.isArray(value)
      ? value
      : isObject(value)
        ? Object.values(value)
        : [];
    return inside.flatMap((item) => valuesAt(item, rest));
  }
  return isObject(value) && Object.hasOwn(value, name) ? valuesAt(value[name], rest) : [];
}

/** Whether a call uses a part of its operation. */
const isUsed = ({ argument, value }: Feature, values: Arguments): boolean => {
  if (argument === undefined) {
    return true;
  }
  const sentValues = valuesAt(values, argument.split('.'));
  return value === undefined ? sentValues.length > 0 : sentValues.includes(value);
};

const upgradeTo = (since: Feature['since']): string =>
  since === NEXT_RELEASE ? 'upgrade Logto' : `upgrade Logto to ${since} or newer`;

/** The error for a part of a call that the running Logto does not know. */
function notKnown(name: string, feature: Feature): LogtoError {
  const { argument, value, since, probe } = feature;
  const path = argument?.replaceAll('.*', '');
  const subject =
    path === undefined
      ? name
      : value === undefined
        ? `${path} of ${name}`
        : `the value "${value}" of ${path} in ${name}`;
  const instead =
    path === undefined
      ? `Use another operation, or ${upgradeTo(since)}. whoami names what this Logto lacks.`
      : value !== undefined
        ? `Use another value, or ${upgradeTo(since)}.`
        : probe.kind === 'parameter'
          ? `This Logto would ignore it and answer as if it was not there. Leave it out and filter what is answered, or ${upgradeTo(since)}.`
          : `This Logto would ignore it without an error. Leave it out, or ${upgradeTo(since)}.`;
  return new LogtoError({
    kind: path === undefined ? 'unavailable' : 'input',
    code: path === undefined ? 'operation_not_served' : 'not_known_here',
    message: `This Logto does not know ${subject} (since ${describeSince(since)}). Nothing was sent.`,
    hint: instead,
  });
}

const missingIn = (facts: ServedFacts, features: readonly Feature[]): Feature | undefined =>
  features.find(({ probe }) => facts.presenceOf(probe) === 'absent');

/**
 * Checks one call against the document of the running Logto. Without a document nothing is refused.
 *
 * @throws LogtoError of kind `input` for an argument or a value that this Logto does not know, of kind `unavailable` for an
 * operation
 */
export async function requireKnown(
  document: ServedDocument,
  { name, features }: NewerParts,
  values: Arguments,
  signal: AbortSignal,
): Promise<void> {
  const used = features.filter((feature) => isUsed(feature, values));
  if (used.length === 0) {
    return;
  }
  for (const maxAgeMs of [undefined, RECHECK_MS]) {
    const state = await document.read(signal, maxAgeMs);
    const missing = state.kind === 'known' ? missingIn(state.facts, used) : undefined;
    if (missing === undefined) {
      return;
    }
    if (maxAgeMs !== undefined) {
      throw notKnown(name, missing);
    }
  }
}

/**
 * A session that first checks every call against the document of the running Logto: the calls of tools, scripts, previews
 * and undo, and the reads of the guard.
 */
export const checkedSession = (
  session: Session,
  document: ServedDocument,
  newerPartsOf: NewerPartsOf,
): Session => {
  const check = async (operation: Outline, values: Arguments, signal: AbortSignal) => {
    const parts = newerPartsOf(operation);
    if (parts !== undefined) {
      await requireKnown(document, parts, values, signal);
    }
  };
  return {
    async check(operation, values) {
      await check(operation, values, new AbortController().signal);
      await session.check(operation, values);
    },
    async send(operation, values, signal) {
      await check(operation, values, signal);
      return session.send(operation, values, signal);
    },
    redact: (text) => session.redact(text),
    get tokenRequests() {
      return session.tokenRequests;
    },
  };
};
