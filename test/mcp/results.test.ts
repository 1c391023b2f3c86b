import { describe, expect, it } from 'vitest';
import { operation } from '../../src/catalog/operation.js';
import { LogtoError } from '../../src/logto/errors.js';
import { failure, shapeResult, success } from '../../src/mcp/results.js';
import { MAX_RESULT_BYTES } from '../../src/mcp/truncate.js';

const list = operation('GET /api/users', { summary: 'List.', paging: 'always' });
const wrapped = operation('GET /api/sessions', { summary: 'List.', items: 'sessions' });
const page = { page: 1, page_size: 100, total: 300, total_pages: 3, has_more: true, next_page: 2 };

const big = (bytes: number) => 'x'.repeat(bytes);

describe('an answer', () => {
  it.each([
    ['a list', list, { status: 200, body: [{ id: 'a' }], page }, { items: [{ id: 'a' }], page }],
    ['one thing', list, { status: 200, body: { id: 'a' } }, { result: { id: 'a' } }],
    ['nothing', list, { status: 204 }, { done: true }],
    ['a list inside an object', wrapped, { status: 200, body: { sessions: [1] } }, { items: [1] }],
    ['null', list, { status: 200, body: null }, { result: null }],
  ])('has one form for %s', (_, of, reply, expected) => {
    expect(shapeResult(of, reply)).toEqual(expected);
  });

  it('is the same as text and as structured content', () => {
    const { content, structuredContent } = success({ items: [{ name: 'Zoë "Z"' }], page });
    expect(content).toEqual([{ type: 'text', text: JSON.stringify(structuredContent) }]);
  });

  it('says that a capped total is a lower bound', () => {
    const capped = { ...page, total_is_lower_bound: true as const };
    expect(shapeResult(list, { status: 200, body: [], page: capped }).notes?.[0]).toContain(
      'lower bound',
    );
  });
});

describe('a result that is too long', () => {
  const bytes = (result: { content: { text: string }[] }) =>
    Buffer.byteLength(result.content[0]?.text ?? '');

  it('is cut at an item, and says how to get all', () => {
    const items = Array.from({ length: 100 }, (_, id) => ({ id, text: big(1000) }));
    const result = success({ items, page });
    expect(bytes(result)).toBeLessThanOrEqual(MAX_RESULT_BYTES);
    const {
      items: kept,
      complete,
      notes,
    } = result.structuredContent as { items: unknown[]; complete: boolean; notes: string[] };
    expect(complete).toBe(false);
    expect(kept).toEqual(items.slice(0, kept.length));
    expect(kept.length).toBeGreaterThan(30);
    expect(notes[0]).toContain(`page_size ${kept.length} or less`);
  });

  it('keeps the id of an item that is too long by itself, and every other item', () => {
    const items = [
      { id: 'a', customData: { plan: 'trial', log: big(50_000) } },
      ...Array.from({ length: 5 }, (_, id) => ({ id, name: 'x' })),
    ];
    const result = success({ items, page });
    expect(result.structuredContent).toMatchObject({
      items: [{ id: 'a', customData: { plan: 'trial' } }, ...items.slice(1)],
      complete: false,
      page,
      notes: [expect.stringMatching(/customData\.log.*Choose fields/)],
    });
    expect(bytes(result)).toBeLessThanOrEqual(MAX_RESULT_BYTES);
  });

  it('is cut at an element of a nested long list, and says where', () => {
    const entries = Array.from({ length: 900 }, (_, number) => ({ number, text: big(100) }));
    const result = success({ result: { customData: { entries } } });
    const { result: kept, notes } = result.structuredContent as {
      result: { customData: { entries: unknown[] } };
      notes: string[];
    };
    expect(kept.customData.entries).toEqual(entries.slice(0, kept.customData.entries.length));
    expect(kept.customData.entries.length).toBeGreaterThan(200);
    expect(notes[0]).toContain('of 900');
    expect(bytes(result)).toBeLessThanOrEqual(MAX_RESULT_BYTES);
  });

  it('loses its largest members first, and names them', () => {
    const result = success({
      result: { id: 'a', name: 'Ann', log: big(60_000), more: big(30_000) },
    });
    expect(result.structuredContent).toMatchObject({
      complete: false,
      result: { id: 'a', name: 'Ann' },
    });
    expect(JSON.stringify(result.structuredContent['notes'])).toContain('log');
    expect(bytes(result)).toBeLessThanOrEqual(MAX_RESULT_BYTES);
  });

  it('is cut inside its one large member', () => {
    const texts = Object.fromEntries(
      Array.from({ length: 60 }, (_, key) => [`section${key}`, { a: big(1000) }]),
    );
    const result = success({ result: { language: 'fr', texts } });
    const { result: kept } = result.structuredContent as {
      result: { language: string; texts: object };
    };
    expect(kept.language).toBe('fr');
    expect(Object.keys(kept.texts).length).toBeGreaterThan(20);
    expect(JSON.stringify(result.structuredContent['notes'])).toMatch(/texts\.section\d+/);
    expect(bytes(result)).toBeLessThanOrEqual(MAX_RESULT_BYTES);
  });

  it('is cut when it is one text, also of quotes', () => {
    expect(bytes(success({ result: '"'.repeat(90_000) }))).toBeLessThanOrEqual(MAX_RESULT_BYTES);
  });
});

describe('a failure', () => {
  it('says who can fix it and how', () => {
    const error = new LogtoError({
      kind: 'conflict',
      status: 422,
      code: 'role.name_in_use',
      message: 'Taken.',
      hint: 'Take another.',
      details: undefined,
    });
    expect(failure(error, () => {}).structuredContent).toEqual({
      error: {
        kind: 'conflict',
        status: 422,
        code: 'role.name_in_use',
        message: 'Taken.',
        hint: 'Take another.',
      },
    });
    expect(failure(error, () => {}).isError).toBe(true);
  });

  it('stays under the size limit for any number of mistakes', () => {
    const details = Array.from({ length: 3000 }, (_, number) => `roleIds[${number}] ${big(900)}`);
    const result = failure(
      new LogtoError({ kind: 'input', message: big(50_000), hint: big(50_000), details }),
      () => {},
    );
    expect(Buffer.byteLength(result.content[0]?.text ?? '')).toBeLessThanOrEqual(MAX_RESULT_BYTES);
    expect(result.content[0]?.text).toContain('and 2980 more');
  });

  it('that is unexpected is reported, and shows the model no internals', () => {
    const reported: unknown[] = [];
    const result = failure(new TypeError('cannot read secret of undefined'), (error) =>
      reported.push(error),
    );
    expect(reported).toHaveLength(1);
    expect(JSON.stringify(result)).not.toContain('secret');
  });
});
