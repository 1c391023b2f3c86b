import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Domain, toolName } from '../../src/catalog/operation.js';
import { hintFor } from '../../src/logto/error-hints.js';
import { hintsByCode } from '../../src/logto/hints-by-code.js';
import { errorFromResponse } from '../../src/logto/response-errors.js';
import errorCodes from './fixtures/error-codes.json' with { type: 'json' };

const folder = join(import.meta.dirname, '../../src/catalog');

/** Built-in tools. */
const others = [
  'find_operations',
  'run_read_operation',
  'run_write_operation',
  'run_destructive_operation',
  'whoami',
  'collect_pages',
];

const isDomain = (value: unknown): value is Domain =>
  typeof value === 'object' && value !== null && 'operations' in value;

/** The tools of every file of the catalog, whether it is registered yet or not. */
async function catalogTools(): Promise<string[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const modules = await Promise.all(
    files.map(async (file): Promise<object> => import(join(folder, file))),
  );
  return modules
    .flatMap((module): unknown[] => Object.values(module))
    .filter(isDomain)
    .flatMap(({ operations }) =>
      Object.entries(operations).map(([key, operation]) => toolName(key, operation)),
    );
}

/** A word with an underscore, unless a value follows: `page_size=100` is an argument. */
const toolWord = /\b[a-z]+(?:_[a-z]+)+(?![\w=])/g;

const statuses = [400, 401, 403, 404, 409, 413, 422, 429, 500, 501, 502, 503, 504];

const hints: [from: string, hint: string | undefined][] = [
  ...Object.entries(hintsByCode),
  ...statuses.map((status): [string, string | undefined] => [
    String(status),
    hintFor(status, undefined),
  ]),
];

describe('the hints', () => {
  it('name only tools that exist', async () => {
    const tools = new Set([...(await catalogTools()), ...others]);
    const unknown = hints.flatMap(([from, hint = '']) =>
      [...hint.matchAll(toolWord)]
        .filter(([word]) => !tools.has(word))
        .map(([word]) => `${from}: ${word}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are sentences of at most 200 characters', () => {
    const misshapen = hints.filter(
      ([, hint = '']) => hint.length > 200 || !/^\S.*[^.\s]\.$/.test(hint),
    );
    expect(misshapen).toEqual([]);
  });

  it('depend on the code before the status', () => {
    expect(hintFor(404, 'connector.not_found')).toBe(hintsByCode['connector.not_found']);
    expect(hintFor(404, 'nobody.knows_this')).toBe(hintFor(404, undefined));
    expect(hintFor(418, undefined)).toBeUndefined();
  });

  it('depend on the operation before the code', () => {
    const roles = hintFor(
      422,
      'entity.invalid_input',
      'PUT /api/applications/{applicationId}/roles',
    );
    expect(roles).toContain('have been removed');
    expect(hintFor(422, 'entity.invalid_input', 'PATCH /api/roles/{id}')).not.toContain('role');
    expect(hintFor(400, 'request.invalid_input', 'GET /api/users')).not.toContain('password');
  });

  it('do not ask for a fix when only the sandbox lacks something', () => {
    const { failure } = errorFromResponse(501, { code: 'sandbox.not_available' });
    expect(failure.kind).toBe('unavailable');
    expect(failure.hint).toContain('nothing has to be repaired');
  });

  it('cover every observed code of Logto', () => {
    expect(errorCodes.length).toBeGreaterThan(70);
    expect(errorCodes.filter((code) => !Object.hasOwn(hintsByCode, code))).toEqual([]);
  });
});
