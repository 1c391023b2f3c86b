/** The items of a list as a table that can be sorted, filtered and copied as CSV. */
import { button, element, isRecord, memberLabelOf, textOf } from './elements.js';

type TableRow = Readonly<Record<string, unknown>>;

/** Columns of the table: members in the order in which they first appear. */
export function columnsOf(rows: readonly TableRow[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

const isNumeric = (value: unknown): value is number => typeof value === 'number';

/** Orders two values of a column: numbers by size, everything else as text; absent values are last. */
function compare(left: unknown, right: unknown): number {
  if (isNumeric(left) && isNumeric(right)) {
    return left - right;
  }
  const [a, b] = [textOf(left), textOf(right)];
  return a === '' || b === '' ? (a === '' ? 1 : 0) - (b === '' ? 1 : 0) : a.localeCompare(b);
}

/**
 * A cell for CSV (RFC 4180). A text that a spreadsheet would read as a formula is preceded by an apostrophe: a name in a
 * tenant can be `=HYPERLINK(...)`.
 */
export function csvCell(value: unknown): string {
  const raw = textOf(value);
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(raw) ? `'${raw}` : raw;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvOf = (columns: readonly string[], rows: readonly TableRow[]): string =>
  [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => cells.map(csvCell).join(','))
    .join('\r\n');

export interface TableActions {
  /** Puts a text on the clipboard. */
  readonly copy: (text: string) => Promise<void>;
}

/** Renders items. Things that are no objects are shown in one column, `value`. */
export function tableView(
  items: readonly unknown[],
  note: string | undefined,
  { copy }: TableActions,
): HTMLElement {
  const rows = items.map((item): TableRow => (isRecord(item) ? item : { value: item }));
  const columns = columnsOf(rows);
  let sortedBy: string | undefined;
  let direction = 1;
  let filter = '';

  const body = element('tbody', '');
  const status = element('p', 'status');
  status.setAttribute('role', 'status');
  const headers = new Map<string, HTMLTableCellElement>();

  const shownRows = (): readonly TableRow[] => {
    const search = filter.toLowerCase();
    const matching = rows.filter((row) =>
      columns.some((column) => textOf(row[column]).toLowerCase().includes(search)),
    );
    const column = sortedBy;
    return column === undefined
      ? matching
      : matching.toSorted((left, right) => direction * compare(left[column], right[column]));
  };
  const render = (): void => {
    const shown = shownRows();
    body.replaceChildren(
      ...shown.map((row) =>
        element('tr', '', ...columns.map((column) => element('td', '', textOf(row[column])))),
      ),
    );
    status.textContent =
      shown.length === rows.length
        ? `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${note === undefined ? '' : `. ${note}`}`
        : `${shown.length} of ${rows.length} rows`;
    for (const [column, header] of headers) {
      header.ariaSort =
        column === sortedBy ? (direction === 1 ? 'ascending' : 'descending') : 'none';
    }
  };
  const heads = columns.map((column) => {
    const header = element(
      'th',
      '',
      button(memberLabelOf(column), 'sort', () => {
        direction = sortedBy === column ? -direction : 1;
        sortedBy = column;
        render();
      }),
    );
    header.scope = 'col';
    headers.set(column, header);
    return header;
  });

  const search = element('input', 'filter');
  search.type = 'search';
  search.placeholder = 'Filter';
  search.ariaLabel = 'Filter rows';
  search.addEventListener('input', () => {
    filter = search.value;
    render();
  });
  const copyButton = button('Copy as CSV', 'copy', () => {
    copy(csvOf(columns, shownRows())).then(
      () => {
        status.textContent = 'Copied.';
      },
      () => {
        status.textContent = 'The client does not allow copying.';
      },
    );
  });
  render();
  return element(
    'article',
    'table',
    element('div', 'tools', search, copyButton),
    element(
      'div',
      'scroll',
      element('table', '', element('thead', '', element('tr', '', ...heads)), body),
    ),
    status,
  );
}
