/** Reads and validates requests, and refuses invalid ones in the form of Logto's errors. */
import * as z from 'zod';
// Imported by name: `z.core` as a value would bring all of zod into the bundle.
import { $ZodArray, $ZodBoolean, $ZodNumber } from 'zod/v4/core';
import { type Fields, type Operation, type Schema, Whole } from '../catalog/operation.js';
import { unwrapped } from '../catalog/schemas.js';
import { isObject } from '../json.js';
import { tenantId } from './entities.js';
import { readByRelease, type SandboxRelease } from './release.js';
import { problem, type SandboxReply } from './reply.js';

/** Thrown to refuse a request with a complete reply. */
export class Rejected extends Error {
  constructor(readonly reply: SandboxReply) {
    super('rejected');
  }
}

interface ReportedIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const invalid = (
  part: 'body' | 'query' | 'parameters',
  issues: readonly ReportedIssue[],
): Rejected =>
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

/** Members that Logto ignores and drops: a path to an object, and the names in it. */
interface Unknown {
  readonly path: readonly PropertyKey[];
  readonly keys: readonly string[];
}

interface BodyFindings {
  readonly issues: readonly ReportedIssue[];
  readonly unknown: readonly Unknown[];
}

/**
 * Separates issues that Logto reports from unknown members, which Logto drops and our tools refuse. A form of a union fits
 * if its only issues are unknown members.
 */
function sortIssues(
  zodIssues: readonly z.core.$ZodIssue[],
  parent: readonly PropertyKey[],
): BodyFindings {
  const issues: ReportedIssue[] = [];
  const unknown: Unknown[] = [];
  for (const issue of zodIssues) {
    const path = [...parent, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      unknown.push({ path, keys: issue.keys });
      continue;
    }
    const fitting =
      issue.code === 'invalid_union'
        ? issue.errors
            .map((form) => (form.length === 0 ? undefined : sortIssues(form, path)))
            .find((form) => form !== undefined && form.issues.length === 0)
        : undefined;
    if (fitting === undefined) {
      issues.push({ code: issue.code, path, message: issue.message });
    } else {
      unknown.push(...fitting.unknown);
    }
  }
  return { issues, unknown };
}

/** A copy of `value` without the unknown members. */
function withoutUnknown(value: unknown, unknown: readonly Unknown[]): unknown {
  if (unknown.length === 0) {
    return value;
  }
  const copy: unknown = structuredClone(value);
  for (const { path, keys } of unknown) {
    const target = path.reduce<unknown>(
      (inner, key) => (isObjectOrArray(inner) ? Reflect.get(inner, key) : undefined),
      copy,
    );
    if (isObjectOrArray(target)) {
      for (const key of keys) {
        delete target[key];
      }
    }
  }
  return copy;
}

/** 400 `guard.invalid_input` for one member, where a rule of Logto's is not in the catalog's schema. */
export const invalidMember = (path: readonly PropertyKey[], message: string): Rejected =>
  invalid('body', [{ code: 'custom', path, message }]);

/**
 * Lengths in characters that only Logto's database checks: a longer value passes the validation and answers 422
 * `entity.value_too_long`.
 */
const columnLengths: Readonly<Record<string, Readonly<Record<string, number>>>> = (() => {
  const user = { username: 128, primaryEmail: 128, primaryPhone: 128, name: 128 };
  return {
    '/api/users': user,
    '/api/users/{userId}': user,
    '/api/organizations/{id}/jit/email-domains': { emailDomain: 128 },
  };
})();

/** Whether a string anywhere in the value, names of members included, holds a NUL, which PostgreSQL cannot store. */
export function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') {
    return value.includes('\0');
  }
  return (
    isObjectOrArray(value) &&
    Object.entries(value).some(([key, item]) => holdsNul(key) || holdsNul(item))
  );
}

/** Unlike `isObject`, also true of arrays. */
const isObjectOrArray = (value: unknown): value is Record<string, unknown> =>
  isObject(value) || Array.isArray(value);

/** Parses a body as Logto's server does before it validates. */
function parseBody(type: string, body: string | object | undefined): unknown {
  if (body === undefined || body === '') {
    return {};
  }
  if (typeof body === 'object') {
    // A multipart form with one file, in the field that it names.
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
  if (!isObjectOrArray(value)) {
    throw new Rejected(problem(400, { message: 'The body must be a JSON object or array.' }));
  }
  return value;
}

/** Fields that can be null and otherwise hold an object or an array: Logto refuses an empty string there. */
const objectColumns = new Set([
  'customUiAssets',
  'signUpProfileFields',
  'forgotPasswordMethods',
  'profileFields',
  'protectedAppMetadata',
  'acsUrl',
  'encryption',
]);

/** If a field can be null, an empty string means null. */
function clearEmptyTexts(body: Fields, value: Record<string, unknown>): void {
  for (const [name, schema] of Object.entries(body)) {
    if (value[name] === '' && z.safeParse(schema, null).success && !objectColumns.has(name)) {
      value[name] = null;
    }
  }
}

/**
 * Entities whose PATCH takes `tenantId` as a column to change: the current id changes nothing, and any other violates
 * the row-level security of the database.
 */
const updatesTenantId = (url: string): boolean =>
  /^\/api\/(resources|organizations|organization-roles|organization-scopes|hooks)\/\{id\}$|^\/api\/sign-in-exp$/.test(
    url,
  );

/** @throws Rejected 400 for a value that is no string, 500 for the id of another tenant */
function checkTenantId(operation: Operation, value: unknown): void {
  if (operation.method !== 'PATCH' || !isObject(value) || !updatesTenantId(operation.url)) {
    return;
  }
  const id = value['tenantId'];
  if (id !== undefined && typeof id !== 'string') {
    throw invalidMember(['tenantId'], 'It must be a string.');
  }
  if (id !== undefined && id !== tenantId) {
    throw new Rejected(problem(500, { message: 'Internal server error.' }));
  }
}

/** The only bodies in which Logto refuses unknown members. */
const isStrict = (url: string): boolean => /\/(jwt-customizer|actions)\//.test(url);

const bodySchemas = new WeakMap<Operation, Schema>();

/** The schema of the body of an operation, made once: zod compiles a schema by its first use. */
function bodySchemaOf(operation: Operation, body: Fields | Whole): Schema {
  const schema =
    bodySchemas.get(operation) ??
    (body instanceof Whole ? body.schema : z.object({ ...body, ...operation.wire }));
  bodySchemas.set(operation, schema);
  return schema;
}

/**
 * The body for a behaviour: validated, and without members that are not in the catalog.
 *
 * @throws Rejected as Logto refuses the body
 */
export function readBody(
  operation: Operation,
  type: string,
  sent: string | object | undefined,
  release: SandboxRelease,
): unknown {
  const { body, encoding, url } = operation;
  if (body === undefined) {
    return {};
  }
  const { body: value, unknown: unknownValues } = readByRelease(
    release,
    operation,
    parseBody(type, sent),
  );
  checkTenantId(operation, value);
  if (encoding === 'multipart') {
    return value;
  }
  if (!(body instanceof Whole) && isObject(value)) {
    clearEmptyTexts(body, value);
  }
  const columns = columnLengths[url] ?? {};
  const outcome = z.safeParse(bodySchemaOf(operation, body), value);
  const findings = sortIssues(outcome.success ? [] : outcome.error.issues, []);
  const issues = findings.issues.filter(
    ({ code, path: [name] }) => code !== 'too_big' || !Object.hasOwn(columns, String(name)),
  );
  if (!(body instanceof Whole) && isObject(value) && isStrict(url)) {
    issues.push(
      ...Object.keys(value)
        .filter((name) => !Object.hasOwn(body, name))
        .map((name) => ({ code: 'unrecognized_keys', path: [], message: `There is no ${name}.` })),
    );
  }
  issues.push(
    ...unknownValues.map(({ path, value: text }) => ({
      code: 'invalid_enum_value',
      path,
      message: `There is no ${text}.`,
    })),
  );
  if (issues.length > 0) {
    throw invalid('body', issues);
  }
  const tooLong = Object.entries(columns).some(([name, length]) => {
    const text = isObject(value) ? value[name] : undefined;
    return typeof text === 'string' && text.length > length;
  });
  if (tooLong) {
    throw new Rejected(
      problem(422, { code: 'entity.value_too_long', message: 'A value is too long.' }),
    );
  }
  const knownValue = withoutUnknown(value, findings.unknown);
  if (body instanceof Whole || !isObject(knownValue)) {
    return knownValue;
  }
  return Object.fromEntries(
    Object.entries(knownValue).filter(([name]) => Object.hasOwn(body, name)),
  );
}

/** Query parameters whose empty value Logto validates like any other; elsewhere an empty value counts as missing. */
const validatesEmpty = (url: string, name: string): boolean =>
  (url === '/api/roles' && name === 'type') ||
  (url === '/api/applications' && (name === 'types' || name === 'isThirdParty')) ||
  (url === '/api/organizations/{id}/users' && name === 'organizationRoleId');

/** Query parameters that Logto reads as any number: with a sign and with fractions. */
const anyNumber = new Set(['start_time', 'end_time']);

/**
 * Validates numbers, lists and enums of the query. Behaviours read booleans, since most of them take any word.
 *
 * @throws Rejected 400 `guard.invalid_input`
 */
export function checkQuery(operation: Operation, parameters: URLSearchParams): void {
  const issues: ReportedIssue[] = [];
  for (const [name, schema] of Object.entries(operation.query ?? {})) {
    const bare = unwrapped(schema);
    const sent = parameters.getAll(name);
    if (sent.includes('') && validatesEmpty(operation.url, name)) {
      issues.push({ code: 'invalid_value', path: [name], message: 'It is empty.' });
      continue;
    }
    const values = sent.filter((value) => value !== '');
    if (bare instanceof $ZodBoolean) {
      continue;
    }
    if (anyNumber.has(name)) {
      if (values.some((value) => !Number.isFinite(Number(value)))) {
        issues.push({ code: 'invalid_type', path: [name], message: 'It must be a number.' });
      }
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
      issues.push(...sortIssues(outcome.error.issues, [name]).issues);
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

/**
 * The requested page, or undefined where Logto answers the whole list.
 *
 * @throws Rejected 400 `guard.invalid_pagination`; 422 when the number of rows to skip is not an integer, which only the
 * database notices
 */
export function readPage(
  operation: Operation,
  parameters: URLSearchParams,
): { number: number; size: number } | undefined {
  const page = parameters.getAll('page').join();
  const size = parameters.getAll('page_size').join();
  if (
    operation.paging === undefined ||
    (operation.paging === 'optional' && page === '' && size === '')
  ) {
    return undefined;
  }
  const requested = {
    number: page === '' ? 1 : Number(page),
    size: size === '' ? 20 : Number(size),
  };
  if (!(requested.number >= 1) || !(requested.size >= 1) || requested.size > 100) {
    throw invalidPage();
  }
  const skipped = (requested.number - 1) * requested.size;
  if (!Number.isSafeInteger(skipped) || !Number.isInteger(requested.size)) {
    throw new Rejected(
      problem(422, { code: 'entity.invalid_input', message: 'The input is invalid.' }),
    );
  }
  return requested;
}
