/** `where`: conditions on any member of an item, and the words for one that can never hold. */
import * as z from 'zod';
import { valuesAt } from '../fields.js';
import { timeIn } from '../times.js';

const comparisons = [
  'equals',
  'not_equals',
  'contains',
  'starts_with',
  'ends_with',
  'exists',
  'greater',
  'less',
] as const;

const isTruth = (value: unknown): boolean =>
  typeof value === 'boolean' || (typeof value === 'string' && /^(?:true|false)$/i.test(value));

export const conditionSchema = z
  .strictObject({
    field: z.string().min(1).describe('dotted name, e.g. customData.plan'),
    is: z.enum(comparisons).describe('texts in any case; exists takes true or false'),
    value: z
      .union([z.string(), z.number(), z.boolean(), z.null()])
      .optional()
      .describe('an ISO date also fits times in milliseconds'),
  })
  .refine(({ is, value }) => is === 'exists' || value !== undefined, {
    path: ['value'],
    message: 'every comparison but exists needs a value',
  })
  .refine(({ is, value }) => is !== 'exists' || value === undefined || isTruth(value), {
    path: ['value'],
    message: 'exists takes true or false',
  })
  .refine(({ is, value }) => value !== null || is === 'equals' || is === 'not_equals', {
    path: ['value'],
    message: 'null goes with equals and not_equals only; to ask for what is there take exists',
  });

/** One condition on an item. */
export type Condition = z.infer<typeof conditionSchema>;

/** A number that a text stands for beside a number: the same digits, or the milliseconds of an ISO date. */
function numberIn(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? timeIn(text) : number;
}

type Plain = string | number | boolean;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/**
 * Both sides in one type. An agent writes "true" for true and a date for a number of milliseconds, and never means that
 * nothing should match.
 *
 * @returns undefined when the two can not be compared
 */
function together(found: Plain, value: Plain): [Plain, Plain] | undefined {
  if (typeof found === 'string') {
    return [found.toLowerCase(), String(value).toLowerCase()];
  }
  if (typeof found === 'boolean') {
    return isTruth(value) ? [found, String(value).toLowerCase() === 'true'] : undefined;
  }
  const number = typeof value === 'string' ? numberIn(value) : value;
  return typeof number === 'number' ? [found, number] : undefined;
}

/** Whether a value meets a comparison; undefined when the two are of types that cannot be compared. */
function compares(
  found: unknown,
  is: Exclude<Condition['is'], 'exists' | 'not_equals'>,
  value: Condition['value'],
): boolean | undefined {
  if (found === null || value === null || value === undefined) {
    return is === 'equals' && found === value;
  }
  if (!isPlain(found)) {
    return undefined;
  }
  if (is === 'contains' || is === 'starts_with' || is === 'ends_with') {
    const [text, part] = [String(found).toLowerCase(), String(value).toLowerCase()];
    return is === 'contains'
      ? text.includes(part)
      : is === 'starts_with'
        ? text.startsWith(part)
        : text.endsWith(part);
  }
  const pair = together(found, value);
  if (pair === undefined) {
    return undefined;
  }
  const [left, right] = pair;
  if (is === 'equals') {
    return left === right;
  }
  if (typeof left === 'boolean') {
    return undefined;
  }
  // Texts that are numbers are compared as such: "10" is more than "9".
  const [a, b] =
    typeof left === 'string' ? [Number(left || 'x'), Number(right || 'x')] : [left, right];
  const [low, high] = Number.isNaN(a) || Number.isNaN(b) ? [left, right] : [a, b];
  return is === 'greater' ? low > high : low < high;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
};

/** A condition over the items of a list, and what it has met so far. */
export class ConditionMatcher {
  /** Values that could be compared, and one of those that could not. */
  #comparable = 0;
  #strange: unknown;

  constructor(readonly condition: Condition) {}

  /** Whether an item meets it. Of a list, one item that does is enough; a member that is null does not exist. */
  meets(item: unknown): boolean {
    const { field, is, value } = this.condition;
    const found = valuesAt(item, field.split('.'));
    if (is === 'exists') {
      return found.some((one) => one !== null) === (String(value ?? true).toLowerCase() === 'true');
    }
    const outcomes = found.map((one) => {
      const outcome = compares(one, is === 'not_equals' ? 'equals' : is, value);
      if (outcome === undefined) {
        this.#strange ??= one;
      } else if (one !== null) {
        this.#comparable += 1;
      }
      return outcome ?? false;
    });
    return is === 'not_equals' ? !outcomes.includes(true) : outcomes.includes(true);
  }

  /** What is wrong with it, when no value that it met could be compared; undefined when nothing is. */
  get misfit(): string | undefined {
    if (this.#strange === undefined || this.#comparable > 0) {
      return undefined;
    }
    const { field, is, value } = this.condition;
    const type = typeNames[typeof this.#strange] ?? 'of another type';
    return typeof this.#strange === 'object'
      ? `${field} is an object: name one of its members (${Object.keys(Object(this.#strange)).slice(0, 10).join(', ')}).`
      : `${field} is ${type} and cannot be compared (${is}) with ${JSON.stringify(value)}.${
          typeof this.#strange === 'number' ? ' Write a number or an ISO date.' : ''
        }`;
  }
}
