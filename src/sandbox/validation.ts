/** Reads and checks what a request carries, and refuses it in the form that Logto refuses with. */
import * as z from 'zod';
// By their names: `z.core` as a value would bring everything that zod has into the program.
import { $ZodArray, $ZodBoolean, $ZodNumber, $ZodType } from 'zod/v4/core';
import { type Fields, type Operation, type Schema, Whole } from '../catalog/operation.js';
import { problem, type Reply } from './reply.js';

/** A request that does not even reach a behaviour. */
export class Rejected extends Error {
  constructor(readonly reply: Reply) {
    super('rejected');
  }
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const invalid = (part: 'body' | 'query' | 'parameters', issues: readonly Issue[]): Rejected =>
  new Rejected(
    problem(400, {
      code: 'guard.invalid_input',
      message: `The ${part} of the request is invalid.`,
      data: { name: 'ZodError', issues },
      details: issues
        .map(
          ({ code, path, message }) =>
            `Error in key path "${path.map(String).join('.')}": (${code}) ${message}`,
        )
        .join('\n'),
    }),
  );

/** Logto ignores keys that it does not know, where our tools refuse them: only the other issues count here. */
function seriousIssues(issues: readonly z.core.$ZodIssue[]): Issue[] {
  return issues.flatMap((issue): Issue[] => {
    if (issue.code === 'unrecognized_keys') {
      return [];
    }
    if (issue.code === 'invalid_union') {
      const harmless = issue.errors.some(
        (branch) => branch.length > 0 && seriousIssues(branch).length === 0,
      );
      return harmless ? [] : [{ code: issue.code, path: issue.path, message: issue.message }];
    }
    return [{ code: issue.code, path: issue.path, message: issue.message }];
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** What the server makes of a body before it validates it. */
function parseBody(type: string, body: string | object | undefined): unknown {
  if (body === undefined || body === '') {
    return {};
  }
  if (typeof body === 'object') {
    // A multipart form: its one file is the field that it names.
    const field: unknown = Reflect.get(body, 'field');
    return { [String(field)]: body };
  }
  if (type === 'application/x-www-form-urlencoded') {
    return Object.fromEntries(new URLSearchParams(body));
  }
  if (type !== 'application/json') {
    return body;
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Rejected(problem(400, { message: 'The body is not JSON.' }));
  }
  if (!isObject(value)) {
    throw new Rejected(problem(400, { message: 'The body must be a JSON object or list.' }));
  }
  return value;
}

/** An empty text clears a field as `null` does, where the field can be cleared. */
function clearEmptyTexts(body: Fields, value: Record<string, unknown>): void {
  for (const [name, schema] of Object.entries(body)) {
    if (value[name] === '' && z.safeParse(schema, null).success) {
      value[name] = null;
    }
  }
}

/** Entities whose PATCH takes `tenantId` for a column to change, and breaks down over it. */
const tripsOverTenant = (url: string): boolean =>
  /^\/api\/(resources|organizations|organization-roles|organization-scopes|hooks)\/\{id\}$|^\/api\/sign-in-exp$/.test(
    url,
  );

/** The only bodies in which Logto refuses keys that it does not know. */
const isStrict = (url: string): boolean => url.includes('/jwt-customizer/');

/** The body as the behaviour gets it: checked, and without top-level keys that the catalog does not know. */
export function readBody(
  operation: Operation,
  type: string,
  sent: string | object | undefined,
): unknown {
  const { body, encoding } = operation;
  if (body === undefined) {
    return {};
  }
  const value = parseBody(type, sent);
  if (
    operation.method === 'PATCH' &&
    isObject(value) &&
    'tenantId' in value &&
    tripsOverTenant(operation.url)
  ) {
    throw new Rejected(problem(500, { message: 'Internal server error.' }));
  }
  if (encoding === 'multipart') {
    return value;
  }
  if (!(body instanceof Whole) && isObject(value)) {
    clearEmptyTexts(body, value);
  }
  const schema = body instanceof Whole ? body.schema : z.object({ ...body, ...operation.wire });
  const outcome = z.safeParse(schema, value);
  const issues = outcome.success ? [] : seriousIssues(outcome.error.issues);
  if (!(body instanceof Whole) && isObject(value) && isStrict(operation.url)) {
    issues.push(
      ...Object.keys(value)
        .filter((name) => !Object.hasOwn(body, name))
        .map((name) => ({ code: 'unrecognized_keys', path: [], message: `There is no ${name}.` })),
    );
  }
  if (issues.length > 0) {
    throw invalid('body', issues);
  }
  if (body instanceof Whole || !isObject(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).filter(([name]) => Object.hasOwn(body, name)));
}

/** Looks through `optional` and the like at what a query value must be. */
function inner(schema: Schema): Schema {
  const next: unknown =
    Reflect.get(schema._zod.def, 'innerType') ?? Reflect.get(schema._zod.def, 'in');
  return next instanceof $ZodType ? inner(next) : schema;
}

/** Checks numbers, lists and enums of the query; switches take any word, so they are left to the behaviour. */
export function checkQuery(operation: Operation, parameters: URLSearchParams): void {
  const issues: Issue[] = [];
  for (const [name, schema] of Object.entries(operation.query ?? {})) {
    const bare = inner(schema);
    const values = parameters.getAll(name).filter((value) => value !== '');
    if (bare instanceof $ZodBoolean) {
      continue;
    }
    const value =
      values.length === 0
        ? undefined
        : bare instanceof $ZodArray
          ? values
          : bare instanceof $ZodNumber
            ? Number(values[0])
            : values[0];
    const outcome = z.safeParse(schema, value);
    if (!outcome.success) {
      issues.push(
        ...seriousIssues(outcome.error.issues).map((issue) => ({
          ...issue,
          path: [name, ...issue.path],
        })),
      );
    }
  }
  if (issues.length > 0) {
    throw invalid('query', issues);
  }
}

const invalidPage = () =>
  new Rejected(
    problem(400, { code: 'guard.invalid_pagination', message: 'page or page_size is invalid.' }),
  );

/** The page asked for, or undefined where Logto answers everything. */
export function readPage(
  operation: Operation,
  parameters: URLSearchParams,
): { number: number; size: number } | undefined {
  const page = parameters.get('page') ?? '';
  const size = parameters.get('page_size') ?? '';
  if (
    operation.paging === undefined ||
    (operation.paging === 'optional' && page === '' && size === '')
  ) {
    return undefined;
  }
  const asked = { number: page === '' ? 1 : Number(page), size: size === '' ? 20 : Number(size) };
  if (!(asked.number >= 1) || !(asked.size >= 1) || asked.size > 100) {
    throw invalidPage();
  }
  if (!Number.isInteger(asked.number) || !Number.isInteger(asked.size)) {
    // A fraction passes the server's check and fails in its database.
    throw new Rejected(
      problem(422, { code: 'entity.invalid_input', message: 'The input is invalid.' }),
    );
  }
  return asked;
}
