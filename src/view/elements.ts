/** Elements of the page. Text is always set as text, never as markup: names in a tenant can contain any characters. */

type Child = Node | string | undefined;

/** Makes an element with a class and children; texts become text nodes. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== '') {
    made.className = className;
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A button that does something; its label is its accessible name. */
export function button(label: string, className: string, press: () => void): HTMLButtonElement {
  const made = element('button', className, label);
  made.type = 'button';
  made.addEventListener('click', press);
  return made;
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value in one cell: texts as they are, absent ones as nothing, everything else as JSON. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The words of a member's name: `acts_on` becomes `acts on`. */
export const memberLabelOf = (name: string): string => name.replaceAll('_', ' ');
