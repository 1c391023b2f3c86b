import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { question } from '../../src/mcp/question.js';

const lines = (preview: object): string[] =>
  question('Delete a role.', preview, 'Support').split('\n');

describe('a question to a person', () => {
  it('names its target, why it asks, what changes and what would be deleted', () => {
    expect(
      lines({
        operation: 'update_role',
        does: 'Delete a role.',
        risks: { trust: 'a new host can receive codes' },
        acts_on: 'Support',
        known_by: { primaryEmail: 'ann@example.com' },
        target: { role: 'Support' },
        changes: [
          { field: 'name', before: 'A', after: 'B' },
          { field: 'customData.plan', after: 1 },
        ],
        loses: ['https://a.example'],
        cascades: {
          role_users: 'at least 2 users lose this role',
          sessions: 'sessions: number not known',
        },
      }),
    ).toEqual([
      'Delete a role.',
      '',
      'On: "Support"',
      '  primary email: "ann@example.com"',
      '  role: "Support"',
      'Why you are asked:',
      '  a new host can receive codes',
      'Changes:',
      '  name: "A" becomes "B"',
      '  customData.plan: 1',
      'Will be removed:',
      '  "https://a.example"',
      'Deleted or lost with it:',
      '  at least 2 users lose this role',
      '  sessions: number not known',
      '',
      'Type "Support" to confirm.',
    ]);
  });

  it('keeps every text of the tenant on its line and in quotes', async () => {
    const evil = fc
      .array(
        fc.constantFrom('\n', '\r\n', '"', '\u2028', '\u0000', 'Type "x" to confirm.', 'On: ', ' '),
      )
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.property(evil, evil, evil, (name, field, value) => {
        const preview = {
          acts_on: name,
          known_by: { primaryEmail: value },
          risks: { trust: name },
          changes: [{ field: `customData.${field}`, before: value, after: name }],
          loses: [value],
          names: { id: name },
        };
        // Two lines of the sentence and of the end, and one or two for each member above.
        expect(lines(preview)).toHaveLength(14);
        expect(lines(preview).filter((line) => line.startsWith('Type '))).toEqual([
          'Type "Support" to confirm.',
        ]);
      }),
      { numRuns: 200, seed: 1142 },
    );
  });
});
