import { describe, expect, it } from 'vitest';
import {
  answerNotation,
  shallowAnswer,
  signatureOf,
  typeNotation,
} from '../../../src/mcp/search/signature.js';

const scope = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string' }, name: { type: 'string', nullable: true } },
};

const role = {
  type: 'object',
  required: ['id', 'type', 'isDefault', 'scopes'],
  properties: {
    id: { type: 'string' },
    type: { type: 'string', enum: ['User', 'MachineToMachine'] },
    isDefault: { type: 'boolean' },
    scopes: { type: 'array', items: scope },
  },
};

const input = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'string', description: 'role id, from list_roles' },
    tags: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'number' }] } },
    config: { type: 'object', properties: { url: { type: 'string' } } },
  },
};

describe('the notation of an answer', () => {
  it('has the names and types of members, without the type of texts', () => {
    expect(answerNotation(role)).toBe(
      "{id, type: 'User' | 'MachineToMachine', isDefault: boolean, scopes: {id, name?}[]}",
    );
  });

  it('follows references, and marks members that can be null or absent', () => {
    const resolve = (ref: string) => (ref === '#/scope' ? scope : undefined);
    expect(answerNotation({ type: 'array', items: { $ref: '#/scope' } }, resolve)).toBe(
      '{id, name?}[]',
    );
    expect(
      answerNotation({
        type: 'object',
        required: ['a', 'b', 'c'],
        properties: {
          a: { type: ['string', 'null'] },
          b: { anyOf: [{ type: 'number' }, { type: 'null' }] },
          c: { type: 'string' },
        },
      }),
    ).toBe('{a?, b?: number, c}');
  });

  it('merges the forms of a union and the parts of an intersection', () => {
    const forms = [
      { type: 'object', required: ['type'], properties: { type: { enum: ['a'] } } },
      {
        type: 'object',
        required: ['type', 'code'],
        properties: { type: { enum: ['b'] }, code: { type: 'integer' } },
      },
    ];
    expect(answerNotation({ oneOf: forms })).toBe("{type: 'a' | 'b', code?: number}");
    expect(
      answerNotation({ allOf: [scope, { type: 'object', properties: role.properties }] }),
    ).toBe(
      "{id, name?, type?: 'User' | 'MachineToMachine', isDefault?: boolean, scopes?: {id, name?}[]}",
    );
  });

  it('is nested one level, and none in its shallow form', () => {
    const nested = { type: 'object', required: ['role'], properties: { role } };
    expect(answerNotation(nested)).toBe(
      "{role: {id, type: 'User' | 'MachineToMachine', isDefault: boolean, scopes: object[]}}",
    );
    expect(shallowAnswer('{id, scopes: {id, name?}[], a: {b}}[]')).toBe(
      '{id, scopes: object[], a: object}[]',
    );
  });
});

describe('a signature', () => {
  const parts = { callee: 'logto.get_role', arguments: input, answer: answerNotation(role) };

  it('has arguments with their descriptions, and the answer', () => {
    expect(signatureOf(parts, 1000)).toEqual({
      text: "logto.get_role({ id: string /* role id, from list_roles */; tags?: (string | number)[]; config?: { url?: string } }): {id, type: 'User' | 'MachineToMachine', isDefault: boolean, scopes: {id, name?}[]}",
      isComplete: true,
      hasComments: true,
    });
  });

  it('leaves out parts that do not fit, and retains the names of all arguments', () => {
    const full = signatureOf(parts, 1000).text.length;
    for (let maxBytes = full; maxBytes > 80; maxBytes -= 1) {
      const { text, isComplete, hasComments } = signatureOf(parts, maxBytes);
      expect(text.length).toBeLessThanOrEqual(maxBytes);
      expect(hasComments).toBe(text.includes('/* role id'));
      expect(isComplete).toBe(text.includes('/* role id'));
      expect(text.includes('isDefault') || maxBytes < full).toBe(true);
      expect(text).toMatch(/^logto\.get_role\(\{ id: string.*; tags\?: .*; config\?: /);
    }
    expect(signatureOf(parts, 10).text).toBe(
      'logto.get_role({ id: string; tags?: (string | number)[]; config?: object })',
    );
  });

  it('without arguments or a known answer leaves them out', () => {
    expect(
      signatureOf({ callee: 'get_status', arguments: { type: 'object', properties: {} } }, 99).text,
    ).toBe('get_status()');
  });

  it('cannot be ended by a description', () => {
    const described = {
      type: 'object',
      properties: { a: { type: 'string', description: 'x */\ny' } },
    };
    expect(typeNotation(described, { depth: 2, comments: true, longEnums: 'all' })).toBe(
      '{ a?: string /* x * / y */ }',
    );
  });
});
