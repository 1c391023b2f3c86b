/**
 * Every recorded answer of a real Logto that carries a secret goes through the server as the answer of its operation; the
 * secret stands in no result, no journal and no log. What is a secret is listed here once more, apart from the catalog.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { memoryJournal } from '../../../src/guard/undo/journal.js';
import { Logger } from '../../../src/logger.js';
import type { Exchange } from '../../sandbox/replay.js';
import { connectClient, tools } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const recordings = ['exchanges', 'errors']
  .map((name) => new URL(`../../../../shared/logto/${name}.jsonl`, import.meta.url))
  .filter((file) => existsSync(file));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** By the last name, or the last two. */
const secretNames =
  /(^|\.)(secret|signingKey|token|subjectToken|secretQrCode|passwordDigest|access_token|refresh_token|id_token|clientSecret|apiKey|authToken|secretKey|password|verificationCode|(rawData|params|query|connectorData)\.code)$/;
const listNames = /(^|\.)codes$/;
/** Only of operations on secrets of applications and personal access tokens: elsewhere `value` is no secret. */
const valueOperations = /ApplicationSecret|PersonalAccessToken/;

/** The exchange with each secret in it made one of a kind, so that it is found for sure, and those secrets. */
function marked(exchange: Exchange, first: number): { exchange: Exchange; secrets: string[] } {
  const secrets: string[] = [];
  const mark = (value: unknown, place: string): unknown => {
    if (Array.isArray(value)) {
      return value.map((item) => mark(item, place));
    }
    if (isObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, mark(member, `${place}.${name}`)]),
      );
    }
    const isSecret =
      typeof value === 'string' &&
      value !== '' &&
      !/^\*+$/.test(value) &&
      (secretNames.test(place) ||
        listNames.test(place) ||
        /\.environmentVariables\./.test(place) ||
        /(^|\.)sessions?\.payload\.jti$/.test(place) ||
        (valueOperations.test(exchange.op ?? '') && /(^|\.)value$/.test(place)));
    if (!isSecret) {
      return value;
    }
    const secret = `s3cr3t${first + secrets.length}x`;
    secrets.push(secret);
    return secret;
  };
  // Errors and phrases have members of these names that are no secrets.
  const plain = exchange.status >= 400 || /Phrase|SignInExperience/.test(exchange.op ?? '');
  const body = plain ? exchange.body : mark(exchange.body, '');
  const requestBody = mark(exchange.requestBody, '');
  return { exchange: { ...exchange, body, requestBody }, secrets };
}

/** The tool of a recorded operation, and the arguments that its request was made of. */
function callOf({ op, method, path, query, requestBody }: Exchange) {
  const key = `${(op ?? '').charAt(0).toLowerCase()}${(op ?? '').slice(1)}`;
  const tool = tools.find((one) => one.key === key && one.operation.method === method);
  if (tool === undefined) {
    return undefined;
  }
  const names: string[] = [];
  const pattern = tool.operation.url.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    names.push(name);
    return '([^/]+)';
  });
  const found = new RegExp(`^${pattern}$`).exec(path);
  const inPath = Object.fromEntries(
    names.map((name, index) => [name, decodeURIComponent(found?.[index + 1] ?? 'x')]),
  );
  const { body } = tool.operation;
  const wanted =
    isObject(body) && 'argument' in body && typeof body['argument'] === 'string'
      ? { [body['argument']]: requestBody }
      : isObject(requestBody)
        ? requestBody
        : {};
  const flags = Object.fromEntries(
    Object.entries(Array.isArray(query) ? {} : (query ?? {}))
      .filter(([name]) => /^include(?!PasswordHash)/.test(name))
      .map(([name, value]) => [name, String(value) === 'true']),
  );
  return { tool, values: { ...inPath, ...flags, ...wanted } };
}

describe('recorded secrets', () => {
  it.skipIf(recordings.length === 0)(
    'stand in no result, no journal and no log (skipped where there are no recordings)',
    async () => {
      const logged: unknown[] = [];
      const log = new Logger({
        level: 'debug',
        human: false,
        write: (line) => void logged.push(line),
      });
      const lines = memoryJournal();
      let answer: Exchange | undefined;
      const { call, close } = await connectClient({
        policy: defaultPolicy({ confirm: 'never', allow_against_self: ['*'] }),
        secrets: new Secrets(false, undefined),
        lines,
        session: {
          clock: { now: Date.now, random: Math.random, sleep: async () => {} },
          observe: log.exchanged,
        },
        server: {
          report: (error) => log.error(error),
          around: (...each) => log.around(...each),
        },
        fetch: async (url) =>
          url.endsWith('/oidc/token')
            ? answerOf(200, '{"access_token":"t","expires_in":3600,"scope":"all"}', {
                'content-type': 'application/json',
              })
            : answerOf(
                answer?.status ?? 204,
                answer?.body === null || answer?.body === undefined
                  ? ''
                  : JSON.stringify(answer.body),
                { 'content-type': 'application/json', 'total-number': '1' },
              ),
      });
      const exchanges = recordings
        .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Exchange);
      let count = 0;
      const leaks: string[] = [];
      const fed = new Set<string>();
      const answered = new Set<string>();
      for (const one of exchanges) {
        const { exchange, secrets } = marked(one, count);
        const made = secrets.length === 0 ? undefined : callOf(exchange);
        count += secrets.length;
        if (made === undefined) {
          continue;
        }
        answer = exchange;
        const outcome = await call(made.tool.name, made.values);
        fed.add(made.tool.name);
        if (outcome.ok) {
          answered.add(made.tool.name);
        }
        const seen = `${JSON.stringify(outcome)}\n${lines.read().join('\n')}\n${String(logged)}`;
        leaks.push(...secrets.filter((secret) => seen.includes(secret)).map(() => made.tool.name));
      }
      await close();
      expect([...new Set(leaks)]).toEqual([]);
      expect(count).toBeGreaterThan(100);
      expect(answered.size).toBeGreaterThan(30);
      expect(answered).toContain('get_user_identity');
      expect(answered).toContain('list_user_all_identities');
      expect(answered).toContain('create_application_secret');
      expect(logged.length).toBeGreaterThan(fed.size);
      expect(lines.read().length).toBeGreaterThan(20);
    },
    60_000,
  );
});
