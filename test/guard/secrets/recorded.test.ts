/**
 * Each recorded response of a real Logto that holds a secret is sent through the server as the response of its operation.
 * The secret must not appear in a result, the journal or the log. The list of secret members here is independent of the
 * catalog on purpose.
 */
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { memoryJournal } from '../../../src/guard/undo/journal.js';
import { Logger } from '../../../src/logger.js';
import { type Exchange, readRecording, recordings } from '../../sandbox/recordings.js';
import { connectClient, tools } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Secret members, by the end of their path. */
const secretPath =
  /(^|\.)(secret|signingKey|token|subjectToken|secretQrCode|passwordDigest|access_token|refresh_token|id_token|clientSecret|apiKey|authToken|secretKey|password|verificationCode|(rawData|params|query|connectorData)\.code)$/;
const secretListPath = /(^|\.)codes$/;
/** Operations whose member `value` is a secret. */
const valueOperations = /ApplicationSecret|PersonalAccessToken/;

/** Replaces each secret by a unique marker, numbered from `first`. @returns the exchange and the markers */
function withMarkers(exchange: Exchange, first: number): { exchange: Exchange; secrets: string[] } {
  const secrets: string[] = [];
  const mark = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) {
      return value.map((item) => mark(item, path));
    }
    if (isObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, mark(member, `${path}.${name}`)]),
      );
    }
    const isSecret =
      typeof value === 'string' &&
      value !== '' &&
      !/^\*+$/.test(value) &&
      (secretPath.test(path) ||
        secretListPath.test(path) ||
        /\.environmentVariables\./.test(path) ||
        /(^|\.)sessions?\.payload\.jti$/.test(path) ||
        (valueOperations.test(exchange.op ?? '') && /(^|\.)value$/.test(path)));
    if (!isSecret) {
      return value;
    }
    const secret = `s3cr3t${first + secrets.length}x`;
    secrets.push(secret);
    return secret;
  };
  // Errors and phrases have members with these names that hold no secrets.
  const hasNoSecrets = exchange.status >= 400 || /Phrase|SignInExperience/.test(exchange.op ?? '');
  const body = hasNoSecrets ? exchange.body : mark(exchange.body, '');
  const requestBody = mark(exchange.requestBody, '');
  return { exchange: { ...exchange, body, requestBody }, secrets };
}

/** The tool and the arguments that lead to a recorded request; undefined without such a tool. */
function callOf({ op, method, path, query, requestBody }: Exchange) {
  const key = `${(op ?? '').charAt(0).toLowerCase()}${(op ?? '').slice(1)}`;
  const tool = tools.find(
    (candidate) => candidate.key === key && candidate.operation.method === method,
  );
  if (tool === undefined) {
    return undefined;
  }
  const names: string[] = [];
  const pattern = tool.operation.url.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    names.push(name);
    return '([^/]+)';
  });
  const match = new RegExp(`^${pattern}$`).exec(path);
  const pathValues = Object.fromEntries(
    names.map((name, index) => [name, decodeURIComponent(match?.[index + 1] ?? 'x')]),
  );
  const { body } = tool.operation;
  const bodyValues =
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
  return { tool, values: { ...pathValues, ...flags, ...bodyValues } };
}

describe('recorded secrets', () => {
  it('do not appear in results, the journal or the log', async () => {
    const logged: unknown[] = [];
    const log = new Logger({
      level: 'debug',
      human: false,
      write: (line) => void logged.push(line),
    });
    const lines = memoryJournal();
    let answer: Exchange | undefined;
    const { call, close } = await connectClient({
      policy: defaultPolicy({ confirm: 'never' }),
      secrets: new Secrets(false, undefined),
      lines,
      session: {
        clock: { now: Date.now, random: Math.random, sleep: async () => {} },
        observe: log.exchanged,
      },
      server: {
        report: (error) => log.error(error),
        around: (...call) => log.around(...call),
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
    let count = 0;
    const leaks: string[] = [];
    const called = new Set<string>();
    const answered = new Set<string>();
    for (const recorded of recordings.flatMap(readRecording)) {
      const { exchange, secrets } = withMarkers(recorded, count);
      const toolCall = secrets.length === 0 ? undefined : callOf(exchange);
      count += secrets.length;
      if (toolCall === undefined) {
        continue;
      }
      answer = exchange;
      const outcome = await call(toolCall.tool.name, toolCall.values);
      called.add(toolCall.tool.name);
      if (outcome.ok) {
        answered.add(toolCall.tool.name);
      }
      const output = `${JSON.stringify(outcome)}\n${lines.read().join('\n')}\n${String(logged)}`;
      leaks.push(
        ...secrets.filter((secret) => output.includes(secret)).map(() => toolCall.tool.name),
      );
    }
    await close();
    expect([...new Set(leaks)]).toEqual([]);
    expect(count).toBeGreaterThan(100);
    expect(answered.size).toBeGreaterThan(30);
    expect(answered).toContain('get_user_identity');
    expect(answered).toContain('list_user_all_identities');
    expect(answered).toContain('create_application_secret');
    expect(logged.length).toBeGreaterThan(called.size);
    expect(lines.read().length).toBeGreaterThan(20);
  }, 60_000);
});
