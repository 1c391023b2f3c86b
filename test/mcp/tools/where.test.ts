import { describe, expect, it } from 'vitest';
import {
  type Condition,
  ConditionMatcher,
  conditionProblem,
  conditionSchema,
} from '../../../src/mcp/tools/where.js';

const item = {
  isSuspended: true,
  lastSignInAt: Date.parse('2024-05-01'),
  never: null,
  name: 'Ann',
  customData: { seats: '10', since: '2024-03-01', tags: ['a', 'b'], nested: { x: 1 } },
};

const meets = (field: string, is: Condition['is'], value?: Condition['value']): boolean =>
  new ConditionMatcher({ field, is, value }).meets(item);

describe('a condition', () => {
  it.each<[string, Condition['is'], Condition['value'], boolean]>([
    ['isSuspended', 'equals', 'true', true],
    ['isSuspended', 'equals', 'False', false],
    ['isSuspended', 'not_equals', 'true', false],
    ['lastSignInAt', 'greater', '2020-01-01', true],
    ['lastSignInAt', 'greater', '2024-05-01T10:00:00Z', false],
    ['lastSignInAt', 'less', '2024-06-01', true],
    ['lastSignInAt', 'equals', '2024-05-01', true],
    ['lastSignInAt', 'greater', '5', true],
    ['lastSignInAt', 'starts_with', 17, true],
    ['lastSignInAt', 'exists', 'false', false],
    ['never', 'exists', 'false', true],
    ['never', 'exists', undefined, false],
    ['never', 'equals', null, true],
    ['customData.seats', 'greater', 9, true],
    ['customData.seats', 'equals', 10, true],
    ['customData.since', 'less', '2024-04-01', true],
    ['customData.tags', 'equals', 'B', false],
    ['customData.tags', 'equals_ignore_case', 'B', true],
    ['name', 'equals', 'ann', false],
    ['name', 'not_equals', 'ann', true],
    ['name', 'contains', 'AN', true],
    ['lastSignInAt', 'equals', '2024-05-01T02:00:00+02:00', true],
    ['nobody.has.it', 'equals', 'x', false],
  ])('%s %s %j is %s', (field, is, value, expected) => {
    expect(meets(field, is, value)).toBe(expected);
  });

  it.each<[string, Condition['is'], Condition['value'], string]>([
    ['isSuspended', 'equals', 'yes', 'isSuspended is true or false'],
    ['isSuspended', 'greater', true, 'cannot be compared (greater)'],
    ['lastSignInAt', 'less', 'yesterday', 'Write a number or a time in ISO 8601'],
    ['customData.nested', 'equals', 1, 'name one of its members (x)'],
  ])('%s %s %j says what is wrong with it', (field, is, value, words) => {
    const test = new ConditionMatcher({ field, is, value });
    expect(test.meets(item)).toBe(false);
    expect(test.mismatch).toContain(words);
  });

  it('has no fault if one value can be compared', () => {
    const test = new ConditionMatcher({ field: 'n', is: 'greater', value: 'x' });
    expect([test.meets({ n: 1 }), test.meets({ n: 'y' })]).toEqual([false, true]);
    expect(test.mismatch).toBeUndefined();
  });

  it.each([
    [{ field: 'a', is: 'exists', value: 'maybe' }, 'exists takes true or false'],
    [{ field: 'a', is: 'less' }, 'needs a value'],
    [{ field: 'a', is: 'greater', value: null }, 'null can only be compared with equals'],
  ])('%j is refused', (condition, words) => {
    expect(JSON.stringify(conditionSchema.safeParse(condition).error?.issues)).toContain(words);
  });

  it('names the items that it excludes because they have no value', () => {
    const less = new ConditionMatcher({ field: 'lastSignInAt', is: 'less', value: '2025-01-01' });
    expect([item, { lastSignInAt: null }, {}].map((item) => less.meets(item))).toEqual([
      true,
      false,
      false,
    ]);
    expect(less.notes).toEqual([expect.stringMatching(/^2 items have no lastSignInAt/)]);
  });

  it('names the items whose value differs only in case', () => {
    const equals = new ConditionMatcher({ field: 'name', is: 'equals', value: 'ann' });
    expect(equals.meets(item)).toBe(false);
    expect(equals.notes).toEqual([expect.stringContaining('equals_ignore_case includes them')]);
  });

  it.each([
    ['createdAt', 1_793_491_200, true],
    ['createdAt', '1793491200', true],
    ['identityProvider.certificateExpiresAt', 1_793_491_200, true],
    ['createdAt', 1_793_491_200_000, false],
    ['createdAt', '2026-11-01', false],
    ['customData.createdAt', 1_793_491_200, false],
    ['name', 1_793_491_200, false],
  ])('on %s with %j is read as seconds: %s', (field, value, isSeconds) => {
    const problem = conditionProblem({ field, is: 'greater', value });
    expect(problem?.includes('looks like seconds') ?? false).toBe(isSeconds);
  });
});
