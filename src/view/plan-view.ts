/** A plan: what would happen, to whom, before and after, and what cascades; with Confirm and Cancel. */
import { plainSummary, plainWords, undoneStep, undoSummary } from '../plain-words.js';
import { button, element, isRecord, memberLabelOf, textOf } from './elements.js';

/** The call that confirms a plan: its tool and arguments, as the server answered them. */
export interface ConfirmingCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface PlanActions {
  /** Sends the confirming call. @returns what became of it, in a sentence, and whether it failed */
  readonly confirm: () => Promise<{ readonly text: string; readonly failed: boolean }>;
  /** Sends nothing. */
  readonly cancel: () => void;
}

type ShownPreview = Readonly<Record<string, unknown>>;

/** Members of a preview that are shown in a place of their own. */
const PLACED = new Set([
  'operation',
  'does',
  'undone',
  'risks',
  'acts_on',
  'known_by',
  'changes',
  'loses',
  'cascades',
  'operations',
  'steps',
  'writes',
  'removals',
]);

const definitions = (entries: readonly (readonly [string, unknown])[]): HTMLElement =>
  element(
    'dl',
    '',
    ...entries.flatMap(([name, value]) => [
      element('dt', '', memberLabelOf(name)),
      element('dd', '', textOf(value)),
    ]),
  );

const section = (title: string, content: Node): HTMLElement =>
  element('section', '', element('h3', '', title), content);

const list = (values: readonly unknown[]): HTMLElement =>
  element('ul', '', ...values.map((value) => element('li', '', textOf(value))));

/** Before and after, field by field. */
function changesTable(changes: readonly unknown[]): HTMLElement {
  const row = (cell: 'th' | 'td', values: readonly unknown[]): HTMLElement =>
    element(
      'tr',
      '',
      ...values.map((value, index) =>
        element(cell, index === 0 ? 'name' : index === 1 ? 'before' : 'after', textOf(value)),
      ),
    );
  return element(
    'table',
    'changes',
    element('thead', '', row('th', ['Field', 'Before', 'After'])),
    element(
      'tbody',
      '',
      ...changes
        .filter(isRecord)
        .map(({ field, before, after }) => row('td', [field, before, after])),
    ),
  );
}

/** What an operation does, for a person. */
function sentenceOf({ does, operation, undone, effect }: ShownPreview): string {
  if (typeof does !== 'string') {
    return plainWords(textOf(operation));
  }
  return typeof undone === 'string'
    ? undoSummary(undone, does)
    : typeof effect === 'string'
      ? undoneStep(does, effect)
      : plainSummary(does);
}

/**
 * One operation of a run: how many writes of it, why it asks, and the targets.
 *
 * @param all all its targets, where the preview names a part of them
 */
function operationPart(operation: ShownPreview, all: unknown): HTMLElement {
  const { asks_because: reasons, administrators, targets } = operation;
  const names = Array.isArray(all) ? all : targets;
  return element(
    'details',
    'operation',
    element(
      'summary',
      '',
      `${textOf(operation['writes'])} x ${sentenceOf(operation)}`,
      Array.isArray(reasons) ? element('span', 'risk', reasons.map(textOf).join(' ')) : undefined,
    ),
    Array.isArray(administrators)
      ? section('With the Management API', list(administrators))
      : undefined,
    Array.isArray(names) ? list(names) : undefined,
  );
}

export interface ShownPlan {
  readonly preview: ShownPreview;
  /** All targets of each operation of which the preview names a part. */
  readonly allTargets: ShownPreview;
  /** Seconds. */
  readonly expiresInS: number;
}

/** Renders a plan. The buttons are disabled after the first press, so that a plan is sent once. */
export function planView(
  { preview, allTargets, expiresInS }: ShownPlan,
  actions: PlanActions,
): HTMLElement {
  const { risks, acts_on: actsOn, known_by: knownBy, changes, loses, cascades } = preview;
  const status = element('p', 'status');
  status.setAttribute('role', 'status');
  const confirm = button('Confirm', 'confirm', () => {
    confirm.disabled = true;
    cancel.disabled = true;
    status.textContent = 'Sending…';
    actions.confirm().then(({ text, failed }) => {
      status.textContent = text;
      status.classList.toggle('failed', failed);
    }, show);
  });
  const show = (error: unknown): void => {
    status.textContent = `Not known whether it was done: ${error instanceof Error ? error.message : String(error)}`;
    status.classList.add('failed');
  };
  const cancel = button('Cancel', 'cancel', () => {
    confirm.disabled = true;
    cancel.disabled = true;
    actions.cancel();
    status.textContent = 'Cancelled. Nothing was changed.';
  });
  const rest = Object.entries(preview).filter(([name]) => !PLACED.has(name));
  const { operations, steps } = preview;
  return element(
    'article',
    'plan',
    element('h2', '', sentenceOf(preview)),
    actsOn === undefined ? undefined : element('p', 'target', textOf(actsOn)),
    isRecord(knownBy) ? definitions(Object.entries(knownBy)) : undefined,
    isRecord(risks)
      ? element(
          'ul',
          'undone',
          'risks',
          ...Object.values(risks).map((because) => element('li', '', textOf(because))),
        )
      : undefined,
    Array.isArray(changes) && changes.length > 0 ? changesTable(changes) : undefined,
    Array.isArray(loses) && loses.length > 0 ? section('Will be removed', list(loses)) : undefined,
    isRecord(cascades)
      ? section('Deleted or lost with it', list(Object.values(cascades)))
      : undefined,
    Array.isArray(operations)
      ? section(
          `${textOf(preview['writes'])} writes, ${textOf(preview['removals'])} of them remove something`,
          element(
            'div',
            '',
            ...operations
              .filter(isRecord)
              .map((operation) =>
                operationPart(operation, allTargets[String(operation['operation'])]),
              ),
          ),
        )
      : undefined,
    Array.isArray(steps)
      ? section(
          'Steps',
          list(
            steps
              .filter(isRecord)
              .map(
                ({ does, operation, times, on, arguments: values, undoes, effect, sets, names }) =>
                  [
                    ...(times === undefined ? [] : [times, 'x']),
                    sentenceOf({ does, operation, effect }),
                    ...(Array.isArray(on) ? [on.map(textOf).join(', ')] : []),
                    ...(sets === undefined ? [values ?? undoes] : ['sets', sets]),
                    names,
                  ]
                    .filter((part) => part !== undefined)
                    .map(textOf)
                    .join(' '),
              ),
          ),
        )
      : undefined,
    rest.length > 0 ? definitions(rest) : undefined,
    element(
      'p',
      'hint',
      `Nothing has been changed yet. The plan is valid for ${Math.round(expiresInS / 60)} minutes.`,
    ),
    element('div', 'buttons', confirm, cancel),
    status,
  );
}
