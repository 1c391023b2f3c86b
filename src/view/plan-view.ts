/** A plan: what would happen, to whom, before and after, and what cascades; with Confirm and Cancel. */
import { button, element, isRecord, labelOf, textOf } from './elements.js';

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

type Preview = Readonly<Record<string, unknown>>;

/** Members of a preview that are shown in a place of their own. */
const PLACED = new Set([
  'operation',
  'does',
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
      element('dt', '', labelOf(name)),
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

/** One operation of a run: how many writes of it, why it asks, and the targets. */
function operationPart(operation: Preview): HTMLElement {
  const { asks_because: reasons, targets } = operation;
  return element(
    'details',
    'operation',
    element(
      'summary',
      '',
      `${textOf(operation['operation'])}: ${textOf(operation['writes'])}`,
      Array.isArray(reasons) ? element('span', 'risk', reasons.map(textOf).join(' ')) : undefined,
    ),
    Array.isArray(targets) ? list(targets) : undefined,
  );
}

/** Renders a plan. The buttons are disabled after the first press, so that a plan is sent once. */
export function planView(
  { preview, expiresInS }: { readonly preview: Preview; readonly expiresInS: number },
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
    element('h2', '', textOf(preview['does'])),
    actsOn === undefined ? undefined : element('p', 'target', textOf(actsOn)),
    isRecord(knownBy) ? definitions(Object.entries(knownBy)) : undefined,
    isRecord(risks)
      ? element(
          'ul',
          'risks',
          ...Object.entries(risks).map(([risk, because]) =>
            element('li', '', element('strong', '', risk), ` ${textOf(because)}`),
          ),
        )
      : undefined,
    Array.isArray(changes) && changes.length > 0 ? changesTable(changes) : undefined,
    Array.isArray(loses) && loses.length > 0 ? section('Would be gone', list(loses)) : undefined,
    isRecord(cascades)
      ? section('Deleted with it', definitions(Object.entries(cascades)))
      : undefined,
    Array.isArray(operations)
      ? section(
          `${textOf(preview['writes'])} writes, ${textOf(preview['removals'])} of them remove something`,
          element('div', '', ...operations.filter(isRecord).map(operationPart)),
        )
      : undefined,
    Array.isArray(steps)
      ? section(
          'Steps',
          list(
            steps
              .filter(isRecord)
              .map(({ operation, on, arguments: values, undoes, sets, names }) =>
                [
                  operation,
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
