/** The keys of the summaries in a served document, for `src/mcp/search/summary-keys.tsv`. */
import { type Domain, toolName } from '../../catalog/operation.js';
import { isObject } from '../../json.js';
import { summaryKey } from '../../mcp/search/summary-keys.js';

/** A route without the names of its parameters, in which the catalog may differ from the document. */
const bare = (path: string): string => path.replace(/\{[^}]*\}/g, '{}');

/**
 * Lines of tool name, tab and key: one per operation of the catalog whose route has a summary in the document.
 *
 * @param present lines that there are, of which those stay whose operations are not in the document: of other releases
 */
export function summaryKeyLines(
  document: unknown,
  catalog: Readonly<Record<string, Domain>>,
  present = '',
): string {
  const keys = new Map(
    present
      .trimEnd()
      .split('\n')
      .map((line) => [line.split('\t')[0] ?? '', line]),
  );
  const paths = isObject(document) && isObject(document['paths']) ? document['paths'] : {};
  const items = new Map(Object.entries(paths).map(([path, item]) => [bare(path), item]));
  return Object.values(catalog)
    .flatMap(({ operations }) => Object.entries(operations))
    .flatMap(([key, operation]) => {
      const item = items.get(bare(operation.url));
      const served = isObject(item) ? item[operation.method.toLowerCase()] : undefined;
      const summary = isObject(served) ? served['summary'] : undefined;
      const name = toolName(key, operation);
      const line =
        typeof summary === 'string' && summary !== ''
          ? `${name}\t${summaryKey(summary)}`
          : served === undefined
            ? keys.get(name)
            : undefined;
      return line === undefined ? [] : [`${line}\n`];
    })
    .join('');
}
