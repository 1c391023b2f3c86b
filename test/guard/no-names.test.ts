/** The guard decides by facts of the catalog, and names no operation itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { OperationGraph } from '../../src/guard/operation-graph.js';
import { builtInTools } from '../../src/mcp/tools/index.js';

const withoutComments = (source: string): string =>
  source.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '');

const folder = new URL('../../src/guard/', import.meta.url).pathname;

it('src/guard contains no name of a tool, key of an operation or route', () => {
  const graph = new OperationGraph(catalog);
  const names = new Set([
    ...builtInTools,
    ...graph.operations.flatMap(({ name, key }) => [name, key]),
  ]);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(30);
  const matches = files.flatMap((file) =>
    [
      ...withoutComments(readFileSync(join(folder, file), 'utf8')).matchAll(
        /(['"`])((?:\\.|(?!\1).)*)\1/g,
      ),
    ]
      .map(([, , text = '']) => text)
      .filter((text) => names.has(text) || /^(?:[A-Z]+ )?\/api\/[a-z]/.test(text))
      .map((text) => `${file}: ${text}`),
  );
  expect(matches).toEqual([]);
});

it('every operation that a fact of the catalog names exists and reads', () => {
  const graph = new OperationGraph(catalog);
  const keys = graph.operations.flatMap(({ operation }) => {
    const { removes, displaces, lockout = [], organizationScope: scope } = operation;
    return [
      ...(typeof removes === 'object' ? [removes.list] : []),
      ...(displaces === undefined ? [] : [displaces.read, displaces.among]),
      ...lockout.flatMap((rule) => ('list' in rule ? [rule.list] : [])),
      ...(scope === undefined
        ? []
        : 'organization' in scope
          ? [
              ...(scope.admits === undefined
                ? []
                : [scope.admits.members, scope.admits.memberships]),
              ...(scope.opens === undefined ? [] : [scope.opens.list]),
            ]
          : 'account' in scope
            ? [scope.memberships, scope.roles]
            : [scope.read, scope.memberships]),
    ];
  });
  expect(keys.length).toBeGreaterThan(50);
  for (const key of new Set(keys)) {
    expect(graph.keyed(key).operation.effect, key).toBe('reads');
  }
});
