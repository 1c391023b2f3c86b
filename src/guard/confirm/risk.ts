/** Which risks a write carries: by the rules of its operation, and because undo could not restore what it changes. */
import { matchingRules, type RiskInput, type RiskRule } from '../../catalog/risk.js';
import { isObject } from '../../json.js';
import { reasons } from '../changes/change.js';
import { bodyOf, storedValue, type Values } from '../operation-graph.js';
import { type ResolvedWrite, type RiskFinding, secretPathsOf } from '../pending-write.js';
import type { PrivilegeGrants } from '../policy/privilege-grants.js';
import { partsOf, replaceSecrets, withoutSecrets } from '../secrets/detection.js';
import { quotedNames } from '../visible-text.js';
import { mergeUpdate } from './deep-merge.js';
import { emptiedLists } from './diff.js';

/** Reasons for which an undo would do nothing, because the change does nothing. */
const harmless: ReadonlySet<string> = new Set([reasons.nothingAdded, reasons.notTold]);

/**
 * The arguments with every given secret replaced by a value that equals nothing. Whether a call asks must not tell whether
 * a guessed secret is the stored one.
 */
function withSecretsMasked(values: Values, paths: readonly string[]): Values {
  let count = 0;
  const masked = replaceSecrets(values, {
    paths: paths.map(partsOf),
    alsoPrivate: true,
    hide: () => {
      count += 1;
      return `[given secret ${count}]`;
    },
  });
  return isObject(masked) ? masked : values;
}

/**
 * The arguments of a call with secrets masked, merged into the image of what it finds. A given secret always counts as a change.
 */
function maskedValues(
  { change, entry, input, replaceWhole }: ResolvedWrite,
  image: unknown,
): Values {
  const masked = withSecretsMasked(input, secretPathsOf(change));
  return isObject(image)
    ? mergeUpdate(entry.operation, masked, image, replaceWhole).values
    : masked;
}

/** What the rules of the catalog look at. */
export function riskInputOf(write: ResolvedWrite): RiskInput {
  const { change, entry, before, isRead, displaced } = write;
  const masked = maskedValues(write, undefined);
  if (!isRead || change.kind !== 'update') {
    const found = change.kind === 'create' ? displaced : (before ?? undefined);
    return { values: masked, before: isRead ? found : undefined, after: undefined };
  }
  const image = change.image(before);
  if (!isObject(image)) {
    return { values: masked, before: null, after: masked };
  }
  const { path } = entry.operation;
  const fields = Object.entries(maskedValues(write, image))
    .filter(([name]) => !Object.hasOwn(path, name))
    .map(([name, sent]) => [name, storedValue(entry.operation, name, image[name], sent)] as const);
  return { values: masked, before: image, after: { ...image, ...Object.fromEntries(fields) } };
}

/** Why undo could not restore what a write changes, as far as that is known before it is sent. */
function irreversibleReason(write: ResolvedWrite): string | undefined {
  const { change, entry, values, before, isRead } = write;
  const derives = ['update', 'replace', 'upsert', 'add', 'remove', 'pair'].includes(change.kind);
  if (!derives) {
    return undefined;
  }
  if (change.kind === 'update' && isRead) {
    const { method, updateOnly } = entry.operation;
    if (before === undefined && (method === 'PATCH' || updateOnly === true)) {
      // Logto answers that there is no such thing, and changes nothing.
      return undefined;
    }
    const masked = maskedValues(write, change.image(before));
    if (
      change.changes({ values: masked, before }).length === 0 &&
      change.droppedFields({ values: write.input, before }).length === 0
    ) {
      return undefined;
    }
  }
  const paths = secretPathsOf(change);
  const given = withoutSecrets(values, paths);
  const why =
    change.neverUndone() ??
    change.blocker({
      id: '',
      at: '',
      client: '',
      operation: entry.name,
      arguments: isObject(given) ? given : {},
      before: isRead ? (withoutSecrets(before, paths) ?? null) : null,
      outcome: 'done',
      after: withoutSecrets(bodyOf(entry, values), paths),
      undone: false,
      undoSteps: [],
    });
  return why === undefined || harmless.has(why) ? undefined : why;
}

/** Lists that an update empties. */
function emptied({ change, values, before }: ResolvedWrite): string[] {
  return change.kind === 'update'
    ? change
        .changes({ values, before })
        .flatMap(({ field, before: old, after }) => emptiedLists(old, after, field))
    : [];
}

/** The risks of a write, each rule once. */
export async function findRisks(
  write: ResolvedWrite,
  grants: PrivilegeGrants,
): Promise<readonly RiskFinding[]> {
  const { entry, input, reads } = write;
  const rules = matchingRules(entry.operation.risk, riskInputOf(write));
  const holds = await Promise.all(
    rules.map(
      async ({ ifPrivileged }: RiskRule) =>
        ifPrivileged === undefined || (await grants.anyHolds(entry, input, ifPrivileged, reads)),
    ),
  );
  const found = rules
    .filter((_, index) => holds[index] === true)
    .map(
      ({ risk, because, ifPrivileged }): RiskFinding => ({
        risk,
        because,
        ...(ifPrivileged !== undefined && { privileged: true }),
      }),
    );
  const lists = emptied(write);
  if (lists.length > 0) {
    found.push({ risk: 'destructive', because: `it empties ${quotedNames(lists)}` });
  }
  const why = irreversibleReason(write);
  if (why !== undefined && !found.some(({ risk }) => risk === 'irreversible')) {
    found.push({ risk: 'irreversible', because: `it cannot be undone: ${why}` });
  }
  return found;
}
