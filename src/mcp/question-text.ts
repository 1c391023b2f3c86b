/**
 * A preview as a person reads it in a question, line by line: in words, with the ids apart. Words of the tenant are in quotes,
 * each on one line, so that none of them can pass for words of this server.
 */
import { oneLine } from '../guard/visible-text.js';
import { MAX_FIRST_TARGETS, type RunPreview } from '../jobs/run-preview.js';
import { isObject, type JsonObject, memberOf } from '../json.js';
import { memberWords, plainSummary, plainWords, undoneStep } from '../plain-words.js';
import { quoteName } from './text-exit.js';

/** Members that have a place of their own, or repeat the sentence above. */
const PLACED: ReadonlySet<string> = new Set([
  'operation',
  'does',
  'undoes',
  'undone',
  'risks',
  'asks_because',
  'acts_on',
  'known_by',
  'target',
  'arguments',
  'names',
  'changes',
  'loses',
  'cascades',
  'steps',
  'not_undone',
  'profile',
  'reaches',
  'new_secrets',
]);

/** Changed fields that the sentence of a question names. */
const MAX_FIELDS = 4;

/** Arguments that hold ids. */
const ID_ARGUMENT = /(^|[a-z])(id|Id|Ids|change)$/;

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** A heading with lines below it; nothing where there are none. */
const part = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [heading, ...indented(lines)];

const membersOf = (value: unknown): [string, unknown][] =>
  isObject(value) ? Object.entries(value) : [];

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Names for one line: the first of them, and how many there are beside. */
function firstNames(names: readonly unknown[]): string {
  const more = names.length - MAX_FIRST_TARGETS;
  const listed = names.slice(0, MAX_FIRST_TARGETS).map(shown).join(', ');
  return more > 0 ? `${listed} and ${more} more` : listed;
}

/** A value with names in the place of ids, at every depth. */
function withNames(value: unknown, names: JsonObject): unknown {
  if (typeof value === 'string') {
    return Object.hasOwn(names, value) ? names[value] : value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => withNames(item, names));
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, withNames(member, names)]),
      )
    : value;
}

const namesIn = (value: JsonObject): JsonObject => (isObject(value['names']) ? value['names'] : {});

const memberLines = (value: unknown, names: JsonObject): string[] =>
  membersOf(value).map(
    ([name, member]) => `${quoteName(name)}: ${shown(withNames(member, names))}`,
  );

const changeLine =
  (names: JsonObject) =>
  ({ field, before, after }: JsonObject): string =>
    before === undefined
      ? `${quoteName(String(field))}: ${shown(withNames(after, names))}`
      : `${quoteName(String(field))}: ${shown(withNames(before, names))} becomes ${shown(withNames(after, names))}`;

/** What an undo sets, in a line for each value that it sets: `isSuspended becomes false: "Ann", "Ben"`. */
function setLines(sets: unknown, on: readonly unknown[], names: JsonObject): string[] {
  const groups = new Map<string, unknown[]>();
  const inWords = (values: unknown): string =>
    membersOf(values)
      .map(([name, value]) => `${quoteName(name)} becomes ${shown(withNames(value, names))}`)
      .join(', ');
  for (const [index, label] of on.entries()) {
    const text = inWords(Array.isArray(sets) ? sets[index] : sets);
    groups.set(text, [...(groups.get(text) ?? []), label]);
  }
  return groups.size === 0
    ? [inWords(sets)]
    : [...groups].map(([text, labels]) => `${text}: ${firstNames(labels)}`);
}

/** A step of an undo: what it does how often, to what, and which values it sets. */
function stepLines(step: JsonObject): string[] {
  const { operation, does, times, on, arguments: values, undoes, effect, sets } = step;
  const names = namesIn(step);
  const summary = typeof does === 'string' ? does : `${plainWords(String(operation))}.`;
  const what = typeof effect === 'string' ? undoneStep(summary, effect) : plainSummary(summary);
  const targets = listOf(on);
  const written = undoes ?? values;
  return [
    `${typeof times === 'number' ? `${times} x ` : ''}${what}`,
    ...indented(
      sets === undefined
        ? [
            ...(targets.length > 0 ? [`On: ${firstNames(targets)}`] : []),
            ...memberLines(written, names).filter((_, index) => {
              const [name = ''] = membersOf(written)[index] ?? [];
              return targets.length > 0 || !ID_ARGUMENT.test(name);
            }),
          ]
        : setLines(sets, targets, names),
    ),
  ];
}

/** What the undo of a run leaves, and why. */
const leftLine = ({ does, times, because }: JsonObject): string =>
  `${shown(times)} x ${plainSummary(String(does))} ${oneLine(String(because))}`;

/** A summary that lists what an update can change, and of what. */
const UPDATE_SUMMARY = /^(Change|Update) .+ of ((?:an?|the|one) [^;:,]+)/;

/** A changed field in words: `redirect URIs`. Of deeper values, whose names the tenant can choose, only the field itself. */
function fieldWords(field: string): string {
  const [top = '', member, ...deeper] = field.split('.');
  const isChosen = top === 'customData' || deeper.length > 0 || !/^[A-Za-z]+$/.test(member ?? 'a');
  return memberWords(quoteName(isChosen ? top : (member ?? top))).replace(/\buris\b/g, 'URIs');
}

/** The sentence of a question: what the call does; of an update, only the fields that change. */
export function headline(does: string, preview: object): string {
  const [, verb, of] = UPDATE_SUMMARY.exec(plainSummary(does).slice(0, -1)) ?? [];
  const changed = [
    ...new Set(
      listOf(memberOf(preview, 'changes')).map((change) =>
        fieldWords(String(memberOf(change, 'field'))),
      ),
    ),
  ];
  return verb === undefined || changed.length === 0 || changed.length > MAX_FIELDS
    ? plainSummary(does)
    : `${verb} ${changed.join(', ')} of ${of}.`;
}

/** The ids that the parts above name by words, and those that only the arguments have. */
function idLines(preview: JsonObject): string[] {
  const steps = listOf(preview['steps']).filter(isObject);
  const named = new Map(
    [preview, ...steps]
      .flatMap((item) => Object.entries(namesIn(item)))
      .map(([id, name]) => [id, name]),
  );
  const unnamed = [
    preview['arguments'],
    ...steps.map((step) => step['arguments'] ?? step['undoes']),
  ]
    .flatMap(membersOf)
    .filter(
      ([name, value]) => ID_ARGUMENT.test(name) && !(typeof value === 'string' && named.has(value)),
    );
  const undone = preview['undoes'] === undefined ? [] : [`change: ${shown(preview['undoes'])}`];
  const listed = [...named].slice(0, MAX_FIRST_TARGETS);
  return [
    ...new Set([
      ...undone,
      ...unnamed
        .filter(([, value]) => !Array.isArray(value))
        .map(([name, value]) => `${quoteName(name)}: ${shown(value)}`),
      ...listed.map(([id, name]) => `${shown(name)}: ${shown(id)}`),
      ...(named.size > listed.length ? [`and ${named.size - listed.length} more`] : []),
    ]),
  ];
}

/**
 * The lines of a preview below its sentence: what it acts on, why it asks, what changes, what will be removed, and the ids.
 *
 * @param preview with invisible characters marked
 */
export function previewLines(preview: JsonObject): string[] {
  const names = namesIn(preview);
  const { acts_on: actsOn, profile, reaches, new_secrets: newSecrets } = preview;
  const rest = Object.entries(preview).filter(
    ([name, value]) => !PLACED.has(name) && value !== undefined,
  );
  const reasons = [
    ...membersOf(preview['risks']).map(([, because]) => because),
    ...listOf(preview['asks_because']),
  ].map((because) => oneLine(String(because)));
  const changes = listOf(preview['changes']).filter(isObject);
  return [
    ...(actsOn === undefined ? [] : [`On: ${shown(actsOn)}`]),
    ...indented(
      [...membersOf(preview['known_by']), ...membersOf(preview['target'])].map(
        ([name, value]) => `${memberWords(quoteName(name))}: ${shown(withNames(value, names))}`,
      ),
    ),
    ...part('Why you are asked:', [...new Set(reasons.map(plainWords))]),
    ...part(
      changes.some(({ before }) => before !== undefined) ? 'Changes:' : 'New values:',
      changes.map(changeLine(names)),
    ),
    ...part(
      'Will be removed:',
      listOf(preview['loses']).map((value) => shown(withNames(value, names))),
    ),
    ...part(
      'Deleted or lost with it:',
      membersOf(preview['cascades']).map(([, text]) => oneLine(String(text))),
    ),
    ...part('What the undo does:', listOf(preview['steps']).filter(isObject).flatMap(stepLines)),
    ...part('Cannot be undone:', listOf(preview['not_undone']).filter(isObject).map(leftLine)),
    ...(reaches === undefined ? [] : [`Outside of Logto: ${oneLine(String(reaches))}`]),
    ...(newSecrets === undefined ? [] : [oneLine(String(newSecrets))]),
    ...(profile === undefined ? [] : [`Profile of the policy: ${shown(profile)}`]),
    ...rest.map(([name, value]) => `${memberWords(quoteName(name))}: ${shown(value)}`),
    ...memberLines(preview['arguments'], names).filter((_, index) => {
      const [name = ''] = membersOf(preview['arguments'])[index] ?? [];
      return !ID_ARGUMENT.test(name);
    }),
    ...part('Ids:', idLines(preview)),
  ];
}

const quoted = (name: string): string => shown(oneLine(name));

/** One operation of a run: what it does how often, why it asks, and what it acts on. */
function operationLines({
  operation,
  writes,
  asks_because: reasons = [],
  administrators = [],
  targets = [],
  samples = [],
}: RunPreview['operations'][number]): string[] {
  const [sample] = samples;
  const what = sample === undefined ? `${plainWords(operation)}.` : plainSummary(sample.does);
  const isEachShown = samples.length >= targets.length;
  const more = targets.length - MAX_FIRST_TARGETS;
  return [
    `${writes} x ${what}`,
    ...indented([
      ...part('Why you are asked:', [
        ...new Set(reasons.map((reason) => plainWords(oneLine(reason)))),
      ]),
      ...(administrators.length > 0
        ? [`With the Management API: ${administrators.map(quoted).join(', ')}`]
        : []),
      ...(targets.length > 0 ? [`On: ${firstNames(targets.map(oneLine))}`] : []),
      ...(more > 0 && !isEachShown
        ? ['To see all names, cancel and ask the agent for the whole list.']
        : []),
    ]),
  ];
}

/** A run in lines for a person: how much of what, why it asks, and what it acts on. */
export function runLines(preview: RunPreview): string[] {
  const { does, removals, operations, new_secrets: secrets } = preview;
  const removed =
    removals === 0 ? 'None of them removes anything.' : `${removals} of them remove something.`;
  return [
    `${does} ${removed}`,
    ...(secrets === undefined ? [] : [secrets]),
    '',
    ...operations.flatMap(operationLines),
  ];
}

/**
 * One write of a run below the lines of its operation, which say why it asks. Its ids are shown where nothing else tells its
 * target apart.
 *
 * @param preview with invisible characters marked
 * @param isOnly whether no other operation of the run asks
 */
export function writeLines(preview: JsonObject, isOnly: boolean): string[] {
  const { risks: _risks, new_secrets: _secrets, does, ...rest } = preview;
  const { arguments: _arguments, names: _names, ...named } = rest;
  return [
    ...(isOnly ? [] : [plainSummary(String(does))]),
    ...previewLines(rest['known_by'] === undefined ? rest : named),
  ];
}
