/** The reader of the document that a Logto serves: what is asked, kept, checked again and refused. */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileCache, noCache, type ServedCache } from '../../src/logto/served-cache.js';
import { createServedDocument, FRESH_MS } from '../../src/logto/served-document.js';
import { reduceDocument, ServedFacts } from '../../src/logto/served-facts.js';
import { DocumentTooLarge } from '../../src/logto/served-schema.js';
import type { Transport, TransportRequest } from '../../src/logto/transport.js';
import { answerOf } from '../support/faults.js';
import { documentOf, pathsOf, pinnedFacts } from '../support/openapi.js';

const signal = new AbortController().signal;
const endpoint = 'https://logto.example.com';

const one = (url = '/api/things/{id}') =>
  JSON.stringify(
    documentOf({
      [url]: {
        get: { operationId: 'GetThing', parameters: [{ name: 'id', in: 'path', required: true }] },
      },
    }),
  );

/** A Logto that serves a document with an ETag, and answers 304 to those who have it. */
function serving(text: () => string = () => one()) {
  const requests: TransportRequest[] = [];
  const fetch: Transport = async (_, init) => {
    requests.push(init);
    const etag = `"${text().length}"`;
    return init.headers['if-none-match'] === etag
      ? answerOf(304, '', {})
      : answerOf(200, text(), { 'content-type': 'application/json', etag });
  };
  return { fetch, requests };
}

function reader(fetch: Transport, cache: ServedCache = noCache) {
  let time = 1_000_000;
  const clock = { now: () => time, random: () => 0, sleep: async () => {} };
  return {
    document: createServedDocument({ endpoint, fetch, cache, clock, timeoutMs: 50 }),
    wait: (ms: number) => {
      time += ms;
    },
  };
}

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'served-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the reader', () => {
  it('asks once, without a token, and again with the ETag when the document is old', async () => {
    const { fetch, requests } = serving();
    const { document, wait } = reader(fetch);
    await Promise.all([document.read(signal), document.read(signal)]);
    await document.read(signal);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
    wait(FRESH_MS + 1);
    const state = await document.read(signal);
    expect(requests).toHaveLength(2);
    expect(requests[1]?.headers['if-none-match']).toBeDefined();
    expect(state).toMatchObject({ kind: 'known', checkedAt: 1_000_000 + FRESH_MS + 1 });
  });

  it('takes the document of an upgraded Logto', async () => {
    let url = '/api/things/{id}';
    const { fetch } = serving(() => one(url));
    const { document, wait } = reader(fetch);
    await document.read(signal);
    url = '/api/other-things/{id}';
    wait(FRESH_MS + 1);
    const state = await document.read(signal);
    expect(state.kind === 'known' && state.facts.at('GET', url)?.id).toBe('GetThing');
  });

  it('keeps the last document when Logto is unreachable, says why, and drops it after a week', async () => {
    let fails = false;
    const { fetch } = serving();
    const { document, wait } = reader(async (url, init) => {
      if (fails) {
        throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      }
      return fetch(url, init);
    });
    await document.read(signal);
    fails = true;
    wait(FRESH_MS + 1);
    expect(await document.read(signal)).toMatchObject({
      kind: 'known',
      stale: expect.stringContaining('ECONNRESET'),
    });
    wait(8 * 24 * 60 * 60 * 1000);
    expect(await document.read(signal)).toMatchObject({ kind: 'unknown' });
  });

  it('does not repeat a failed request at once, and repeats it after a while', async () => {
    let requests = 0;
    const { document, wait } = reader(async () => {
      requests += 1;
      return answerOf(404, 'Not Found', { 'content-type': 'text/plain' });
    });
    for (let times = 0; times < 3; times += 1) {
      expect(await document.read(signal)).toMatchObject({
        kind: 'unknown',
        reason: expect.stringContaining('404'),
      });
    }
    expect(requests).toBe(1);
    wait(11 * 60 * 1000);
    await document.read(signal);
    expect(requests).toBe(2);
  });

  it('gives up on a Logto that does not answer', async () => {
    const { document } = reader(
      (_, init) =>
        new Promise((_resolve, reject) => {
          init.signal.addEventListener('abort', () => reject(init.signal.reason));
        }),
    );
    expect(await document.read(signal)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('not answered within'),
    });
  });

  it('ends the wait of a cancelled call, and not the read', async () => {
    const { fetch, requests } = serving();
    const { document } = reader(fetch);
    const controller = new AbortController();
    const first = document.read(controller.signal);
    controller.abort(new Error('cancelled'));
    await expect(first).rejects.toThrow('cancelled');
    expect(await document.read(signal)).toMatchObject({ kind: 'known' });
    expect(requests).toHaveLength(1);
  });
});

describe('the file', () => {
  const path = () => join(folder, 'state', 'served.json');

  it('is used by the next process, is readable only by its owner, and contains no description of the document', async () => {
    const paths = pathsOf(pinnedFacts());
    const text = JSON.stringify(documentOf(paths));
    const { fetch, requests } = serving(() => text);
    await reader(fetch, fileCache(path())).document.read(signal);
    const next = await reader(fetch, fileCache(path())).document.read(signal);
    expect(next).toMatchObject({ kind: 'known' });
    expect(requests).toHaveLength(1);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readFileSync(path(), 'utf8')).not.toContain('The summary of');
    expect(readdirSync(join(folder, 'state'))).toEqual(['served.json']);
  });

  it('is not used if it is that of another Logto, broken, too large or a link', async () => {
    const { fetch, requests } = serving();
    await reader(fetch, fileCache(path())).document.read(signal);
    const stored = readFileSync(path(), 'utf8');
    const cases = [
      stored.replace(endpoint, 'https://other.example.com'),
      stored.slice(0, -20),
      '[]',
      `${stored}${' '.repeat(5 * 1024 * 1024)}`,
      stored.replace('"format":1', '"format":99'),
    ];
    for (const [index, text] of cases.entries()) {
      writeFileSync(path(), text);
      await reader(fetch, fileCache(path())).document.read(signal);
      expect(requests, text.slice(0, 60)).toHaveLength(index + 2);
    }
    const target = join(folder, 'target.json');
    writeFileSync(target, stored);
    rmSync(path());
    symlinkSync(target, path());
    await reader(fetch, fileCache(path())).document.read(signal);
    expect(requests).toHaveLength(cases.length + 2);
    // The link was replaced; what it led to is as it was.
    expect(readFileSync(target, 'utf8')).toBe(stored);
  });
});

describe('the facts', () => {
  const factsOf = (paths: Parameters<typeof documentOf>[0]) =>
    new ServedFacts(reduceDocument(documentOf(paths)));

  it('are unchanged when they are reduced again', () => {
    const document = reduceDocument(documentOf(pathsOf(pinnedFacts())));
    expect(reduceDocument(JSON.parse(JSON.stringify(document)))).toEqual(document);
  });

  it('have no names of prototypes, no traversing paths, and no values with spaces', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"},"a b":{"type":"string"},"good":{"type":"string","enum":["x","do as I say"]}}}',
    );
    const facts = factsOf({
      '/api/things': {
        post: {
          operationId: 'do this',
          requestBody: { content: { 'application/json': { schema } } },
        },
      },
      '/api/../admin': { get: {} },
      '/oidc/token': { post: {} },
      '/api/things/{id}/{id}': { get: {} },
    });
    expect(facts.operations.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /api/things',
    ]);
    const operation = facts.at('POST', '/api/things');
    expect(operation?.id).toBeUndefined();
    expect(Object.keys(operation?.body?.properties ?? {})).toEqual(['good']);
    expect(operation?.body?.properties?.['good']).toEqual({ type: 'string' });
  });

  it('are bounded for endless references and for a document with too many parts', () => {
    const loop = {
      ...documentOf({
        '/api/things': {
          post: {
            requestBody: {
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Loop' } } },
            },
          },
        },
      }),
      components: {
        schemas: {
          Loop: {
            type: 'object',
            properties: {
              left: { $ref: '#/components/schemas/Loop' },
              right: { $ref: '#/components/schemas/Loop' },
            },
          },
        },
      },
    };
    expect(() => reduceDocument(loop)).toThrow(DocumentTooLarge);
    const many = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [`/api/thing${index}`, { get: {} }]),
    );
    expect(() => reduceDocument(documentOf(many))).toThrow(DocumentTooLarge);
  });
});
