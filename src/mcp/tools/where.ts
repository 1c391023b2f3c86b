/** `where`: conditions on any member of an item, and the reasons why one cannot match. */
import * as z from 'zod';
import { isObject } from '../../json.js';
import { valuesAtName } from '../fields.js';
import { quoteName } from '../text-exit.js';
import { isTimePath, looksLikeSeconds, secondsAdvice, timeIn } from '../times.js';

const COMPARISONS = [
  'equals',
  'equals_ignore_case',
  'not_equals',
  'contains',
  'starts_with',
  'ends_with',
  'exists',
  'greater',
  'less',
] as const;

const isBooleanLike = (value: unknown): boolean =>
  typeof value === 'boolean' || (typeof value === 'string' && /^(?:true|false)$/i.test(value));

export const conditionSchema = z
  .strictObject({
    field: z.string().min(1).describe('dotted name, e.g. customData.plan'),
    is: z
      .enum(COMPARISONS)
      .describe('equals is exact; parts match in any case; exists takes true or false'),
    value: z
      .union([z.string(), z.number(), z.boolean(), z.null()])
      .optional()
      .describe('for times ISO 8601 or epoch milliseconds'),
  })
  .refine(({ is, value }) => is === 'exists' || value !== undefined, {
    path: ['value'],
    message: 'every comparison but exists needs a value',
  })
  .refine(({ is, value }) => is !== 'exists' || value === undefined || isBooleanLike(value), {
    path: ['value'],
    message: 'exists takes true or false',
  })
  .refine(({ is, value }) => value !== null || is === 'equals' || is === 'not_equals', {
    path: ['value'],
    message:
      'null can only be compared with equals and not_equals; to ask what is there use exists',
  });

/** One condition on an item. */
export type Condition = z.infer<typeof conditionSchema>;

/** The number that a text stands for when it is compared with a number: the same digits, or the milliseconds of a time. */
function numberIn(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? timeIn(text) : number;
}

type Scalar = string | number | boolean;

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/**
 * Both sides in one type. An agent writes "true" for true and a date for a number of milliseconds, and never means that
 * nothing should match.
 *
 * @returns undefined when the two cannot be compared
 */
function inOneType(current: Scalar, value: Scalar): [Scalar, Scalar] | undefined {
  if (typeof current === 'string') {
    return [current, String(value)];
  }
  if (typeof current === 'boolean') {
    return isBooleanLike(value) ? [current, String(value).toLowerCase() === 'true'] : undefined;
  }
  const number = typeof value === 'string' ? numberIn(value) : value;
  return typeof number === 'number' ? [current, number] : undefined;
}

const ignoringCase = (value: Scalar): Scalar =>
  typeof value === 'string' ? value.toLowerCase() : value;

/** Whether one text contains, begins or ends with another, in any case. */
function matchesPart(text: string, part: string, is: 'contains' | 'starts_with' | 'ends_with') {
  const [whole, piece] = [text.toLowerCase(), part.toLowerCase()];
  switch (is) {
    case 'contains':
      return whole.includes(piece);
    case 'starts_with':
      return whole.startsWith(piece);
    case 'ends_with':
      return whole.endsWith(piece);
  }
}

/** Whether a value meets a comparison; undefined when the two are of types that cannot be compared. */
function compare(
  current: unknown,
  is: Exclude<Condition['is'], 'exists' | 'not_equals'>,
  value: Condition['value'],
): boolean | undefined {
  if (current === null || value === null || value === undefined) {
    return is === 'equals' && current === value;
  }
  if (!isScalar(current)) {
    return undefined;
  }
  if (is === 'contains' || is === 'starts_with' || is === 'ends_with') {
    return matchesPart(String(current), String(value), is);
  }
  const pair = inOneType(current, value);
  if (pair === undefined) {
    return undefined;
  }
  const [left, right] = pair;
  if (is === 'equals') {
    return left === right;
  }
  if (is === 'equals_ignore_case') {
    return ignoringCase(left) === ignoringCase(right);
  }
  if (typeof left === 'boolean') {
    return undefined;
  }
  // Texts that are numbers are compared as numbers: "10" is more than "9".
  const [a, b] =
    typeof left === 'string' ? [Number(left || 'x'), Number(right || 'x')] : [left, right];
  const [low, high] =
    Number.isNaN(a) || Number.isNaN(b) ? [ignoringCase(left), ignoringCase(right)] : [a, b];
  return is === 'greater' ? low > high : low < high;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
};

/** How many members of an object an error names. */
const MAX_MEMBERS = 10;

/** What is wrong with a condition before anything is read; undefined when nothing is. */
export function conditionProblem({ field, value }: Condition): string | undefined {
  const number =
    typeof value === 'string' && /^\d{10,}$/.test(value.trim()) ? Number(value) : value;
  return isTimePath(field) && looksLikeSeconds(number) ? secondsAdvice(field, number) : undefined;
}

/** A condition over the items of a list, and what it has met so far. */
export class ConditionMatcher {
  /** Values that could be compared, and one of those that could not. */
  #comparableCount = 0;
  #incomparable: unknown;
  /** Items without a value, which `greater` and `less` leave out. */
  #emptyCount = 0;
  /** Items whose value differs in case alone. */
  #caseCount = 0;

  constructor(readonly condition: Condition) {}

  /** Whether an item meets it. Of a list, one element that does is enough; a member that is null does not exist. */
  meets(item: unknown): boolean {
    const { field, is, value } = this.condition;
    const values = valuesAtName(item, field.split('.'));
    if (is === 'exists') {
      return (
        values.some((current) => current !== null) ===
        (String(value ?? true).toLowerCase() === 'true')
      );
    }
    if ((is === 'greater' || is === 'less') && values.every((current) => current === null)) {
      this.#emptyCount += 1;
    }
    const outcomes = values.map((current) => {
      const outcome = compare(current, is === 'not_equals' ? 'equals' : is, value);
      if (outcome === undefined) {
        this.#incomparable ??= current;
      } else if (current !== null) {
        this.#comparableCount += 1;
      }
      return outcome ?? false;
    });
    const isEqual = outcomes.includes(true);
    if (
      !isEqual &&
      (is === 'equals' || is === 'not_equals') &&
      values.some((current) => compare(current, 'equals_ignore_case', value) === true)
    ) {
      this.#caseCount += 1;
    }
    return is === 'not_equals' ? !isEqual : isEqual;
  }

  /** What is wrong with it, when no value that it met could be compared; undefined when nothing is. */
  get mismatch(): string | undefined {
    const current = this.#incomparable;
    if (current === undefined || this.#comparableCount > 0) {
      return undefined;
    }
    const { field, is, value } = this.condition;
    if (isObject(current)) {
      const members = Object.keys(current).slice(0, MAX_MEMBERS).map(quoteName).join(', ');
      return `${field} is an object: name one of its members (${members}).`;
    }
    return `${field} is ${TYPE_NAMES[typeof current] ?? 'of another type'} and cannot be compared (${is}) with ${JSON.stringify(value)}.${
      typeof current === 'number' ? ' Write a number or a time in ISO 8601.' : ''
    }`;
  }

  /** What the caller has to know about the matches, in sentences. */
  get notes(): string[] {
    const { field, is } = this.condition;
    return [
      ...(this.#emptyCount > 0
        ? [
            `${this.#emptyCount} items have no ${field} (never, or not set) and are left out; where ${field} exists false finds them.`,
          ]
        : []),
      ...(this.#caseCount > 0
        ? [
            `${this.#caseCount} items differ from the value of ${field} in case alone and ${is === 'equals' ? 'do not match; equals_ignore_case includes them.' : 'are included.'}`,
          ]
        : []),
    ];
  }
}
