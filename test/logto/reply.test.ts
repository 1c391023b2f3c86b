/** What an answer says when it is a success, and which error it is when it is not. */
import { describe, expect, it } from 'vitest';
import { operation } from '../../src/catalog/operation.js';
import { type Failure, LogtoError } from '../../src/logto/errors.js';
import { isGone, type Received, type ReplyContext, readReply } from '../../src/logto/reply.js';
import { answerOf } from '../support/faults.js';

const JSON_TYPE = 'application/json';
const TEXT = 'text/plain';

const read = operation('GET /api/things', { summary: 'List things.' });

const received = (
  status: number,
  text: string,
  type = JSON_TYPE,
  headers: Readonly<Record<string, string>> = {},
): Received => ({ status, text, type, headers: answerOf(status, text, headers).headers });

const contextOf = (context: {
  readonly operation?: ReplyContext['operation'];
  readonly page?: ReplyContext['request']['page'];
  readonly bodyBytes?: number;
}): ReplyContext => ({
  operation: context.operation ?? read,
  request: { method: 'GET', target: '/api/things', ...(context.page && { page: context.page }) },
  endpoint: 'https://auth.example.com',
  now: 0,
  bodyBytes: context.bodyBytes ?? 0,
});

const reply = (answer: Received, context: Parameters<typeof contextOf>[0] = {}) =>
  readReply(answer, contextOf(context));

function failure(answer: Received, context: Parameters<typeof contextOf>[0] = {}): Failure {
  try {
    reply(answer, context);
  } catch (error) {
    if (error instanceof LogtoError) {
      return error.failure;
    }
    throw error;
  }
  throw new Error('It did not fail.');
}

/** The operation with another kind of answer. */
const answering = (answer: 'xml' | 'html' | 'redirect') => ({ operation: { ...read, answer } });

describe('the body of a success', () => {
  it.each<readonly [name: string, answer: Received, body: unknown]>([
    ['JSON', received(200, '{"id":"a"}'), { id: 'a' }],
    ['JSON with another status', received(201, '[1]'), [1]],
    ['the last status of success', received(299, '1'), 1],
    ['nothing', received(204, '', ''), undefined],
    ['a bare word', received(201, 'Created', TEXT), undefined],
    ['a bare word with a line break', received(200, 'OK\n', TEXT), undefined],
  ])('is read: %s', (_, answer, body) => {
    expect(reply(answer)).toEqual({ status: answer.status, body });
  });

  it.each<readonly [name: string, answer: Received]>([
    ['another word', received(200, 'Welcome', TEXT)],
    ['a bare word of another type', received(200, 'OK', 'text/html')],
    ['a web page', received(200, '<html>', 'text/html')],
    ['JSON of another type', received(200, '{}', TEXT)],
    ['JSON that breaks off', received(200, '{"id":')],
    ['a status below success', received(199, '{}', TEXT)],
  ])('does not come from the Management API: %s', (_, answer) => {
    expect(failure(answer)).toMatchObject({ code: 'unexpected_answer' });
  });

  it.each(['xml', 'html'] as const)('is a document where the operation answers %s', (kind) => {
    const types = { xml: ['application/samlmetadata+xml', 'text/xml'], html: ['text/html'] }[kind];
    for (const type of types) {
      expect(reply(received(200, '<a/>', type), answering(kind)).body).toBe('<a/>');
    }
    for (const type of [JSON_TYPE, TEXT, 'text/html; x', 'application/xml; x']) {
      expect(failure(received(200, '{}', type), answering(kind))).toMatchObject({
        code: 'unexpected_answer',
      });
    }
    expect(reply(received(200, '', types[0]), answering(kind)).body).toBe('');
  });

  it('has as many levels as are read', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(reply(received(200, nested(200))).status).toBe(200);
    expect(failure(received(200, nested(201)))).toMatchObject({ code: 'answer_too_large' });
  });

  it('has a note where a number was rounded, and none elsewhere', () => {
    expect(reply(received(200, '{"id":725653563933458432}')).note).toContain('2^53');
    expect(reply(received(200, '{"id":1}'))).not.toHaveProperty('note');
  });
});

describe('a redirect', () => {
  const to = (location?: string, status = 302) =>
    received(status, '', '', location === undefined ? {} : { location });

  it.each([300, 302, 399])('is the answer of an operation that redirects: %i', (status) => {
    expect(reply(to('https://a.example/?x=1', status), answering('redirect'))).toEqual({
      status,
      body: { location: 'https://a.example/?x=1' },
    });
  });

  it('without a place is an answer too', () => {
    expect(reply(to(), answering('redirect')).body).toEqual({ location: '' });
  });

  it('is refused elsewhere, and shows no query', () => {
    const { code, message } = failure(to('https://a.example/login?token=hush'));
    expect(code).toBe('unexpected_answer');
    expect(message).toContain('https://a.example/login ');
    expect(message).not.toContain('hush');
  });
});

describe('a 400 that answers a question', () => {
  it('is a success where the result is false', () => {
    const text = '{"result":false,"issues":[]}';
    expect(reply(received(400, text))).toEqual({ status: 400, body: JSON.parse(text) });
  });

  it.each([
    ['true', received(400, '{"result":true}')],
    ['an error of Logto', received(400, '{"code":"guard.invalid_input","message":"No."}')],
    ['a list', received(400, '[{"result":false}]')],
    ['another type', received(400, '{"result":false}', TEXT)],
    ['another status', received(422, '{"result":false}')],
  ])('is an error elsewhere: %s', (_, answer) => {
    expect(failure(answer).status).toBe(answer.status);
  });
});

describe('an error', () => {
  const wait = { 'retry-after': '7' };
  const logto = { 'logto-core-request-id': 'r' };

  it('of Logto has its code, the route for its hint, and the time to wait', () => {
    const text = '{"code":"entity.not_found","message":"Not there."}';
    expect(failure(received(404, text, JSON_TYPE, wait))).toMatchObject({
      kind: 'not_found',
      code: 'entity.not_found',
      message: 'Not there.',
      retry_after: 7,
    });
  });

  it.each<readonly [name: string, answer: Received, expected: Partial<Failure>]>([
    ['404 of the router', received(404, 'Whatever', TEXT, logto), { code: 'operation_not_served' }],
    ['405 of the router', received(405, 'Whatever', TEXT, logto), { code: 'operation_not_served' }],
    [
      '404 of an older router',
      received(404, ' Not Found\n', TEXT),
      { code: 'operation_not_served' },
    ],
    ['405 of a proxy', received(405, 'Not Found', TEXT), { code: 'refused_by_proxy' }],
    ['404 of a proxy', received(404, 'No such page', TEXT), { code: 'unexpected_answer' }],
    [
      '404 as a web page',
      received(404, 'Not Found', 'text/html', logto),
      { code: 'unexpected_answer' },
    ],
    [
      '403 in plain text with an id of Logto',
      received(403, 'No', TEXT, logto),
      { code: 'refused_by_proxy' },
    ],
    ['400 in plain text', received(400, 'No', TEXT), { code: 'unexpected_answer' }],
    [
      '413 of a proxy',
      received(413, '', TEXT),
      { kind: 'input', message: 'The body of 9 bytes was refused as too large (413).' },
    ],
    [
      '429 of a proxy',
      received(429, '', TEXT, wait),
      { kind: 'rate_limit', message: 'Logto answered 429.', retry_after: 7 },
    ],
    [
      '500 of a proxy',
      received(500, '<html>', 'text/html', wait),
      { kind: 'unavailable', message: 'Logto answered 500.', retry_after: 7 },
    ],
    ['502 of a proxy', received(502, '', ''), { kind: 'unavailable' }],
    ...[401, 403, 405, 406, 407, 451].map(
      (status) =>
        [
          `${status} of a proxy`,
          received(status, '', 'text/html'),
          { code: 'refused_by_proxy' },
        ] as const,
    ),
  ])('in other words than those of Logto is told by its status: %s', (_, answer, expected) => {
    const found = failure(answer, { bodyBytes: 9 });
    expect(found).toMatchObject({ ...expected, status: answer.status });
  });

  it('that Logto does not give has no code', () => {
    expect(failure(received(502, '', ''))).toMatchObject({ code: undefined });
  });
});

describe('the page of a list', () => {
  const page = { page: 2, pageSize: 2 };
  const headers = { 'total-number': '5', 'total-number-is-capped': 'false' };
  const two = received(200, '[1,2]', JSON_TYPE, headers);

  it('is told of a list with pages only', () => {
    expect(reply(two)).not.toHaveProperty('page');
    expect(reply(two, { page }).page).toEqual({
      page: 2,
      page_size: 2,
      total: 5,
      total_pages: 3,
      has_more: true,
      next_page: 3,
    });
  });

  it('says that the total is a lower bound where Logto does', () => {
    const capped = received(200, '[1,2]', JSON_TYPE, {
      ...headers,
      'total-number-is-capped': 'true',
    });
    expect(reply(capped, { page }).page).toMatchObject({ total_is_lower_bound: true });
  });

  it.each<readonly [name: string, text: string, items: string | undefined, hasMore: boolean]>([
    ['a list that is full', '[1,2]', undefined, true],
    ['a list that is not', '[1]', undefined, false],
    ['a member', '{"data":[1,2],"total":9}', 'data', true],
    ['a member that is not full', '{"data":[1],"total":9}', 'data', false],
    ['a list where a member is expected', '[1,2]', 'data', true],
    ['an object where a list is expected', '{"data":[1,2]}', undefined, false],
    ['no list', '{"data":{}}', 'data', false],
  ])('counts the items of %s', (_, text, items, hasMore) => {
    const at = { operation: { ...read, ...(items !== undefined && { items }) }, page };
    expect(reply(received(200, text), at).page).toMatchObject({ has_more: hasMore });
  });

  it('ends with a page that is not full where the total ignores the filters', () => {
    const one = received(200, '[1]', JSON_TYPE, headers);
    const ignoring = { ...read, totalIgnoresFilters: true as const };
    expect(reply(one, { page, operation: ignoring }).page).toMatchObject({ has_more: false });
    expect(reply(one, { page }).page).toMatchObject({ has_more: true });
  });

  it('has the note of its answer', () => {
    expect(reply(received(200, '[725653563933458432]'), { page })).toMatchObject({
      note: expect.stringContaining('2^53'),
      page: { page: 2 },
    });
  });
});

it.each([
  [404, JSON_TYPE, true],
  [404, TEXT, false],
  [403, JSON_TYPE, false],
  [200, JSON_TYPE, false],
])('a %i as %s means that the entity does not exist: %s', (status, type, gone) => {
  expect(isGone(received(status, '{}', type))).toBe(gone);
});
