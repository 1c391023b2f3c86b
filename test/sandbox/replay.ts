/**
 * Replays recorded exchanges with a real Logto against the sandbox: status, paging headers, error codes and the shape of
 * bodies must agree. Ids differ, so what the recording calls by one id is called by another here.
 */
import { managementApi } from '../../src/sandbox/entities.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';

/** One line of a recording. */
export interface Exchange {
  readonly op?: string;
  readonly method: string;
  readonly path: string;
  /** A map, or a list of pairs where a key is repeated. */
  readonly query?: Readonly<Record<string, unknown>> | readonly (readonly [string, string])[];
  readonly requestBody?: unknown;
  /** `none`, `garbage` or `norole`; an ordinary token unless said. */
  readonly auth?: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly note?: string;
}

export interface Disagreement {
  readonly line: number;
  readonly operation: string;
  readonly what: string;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members whose text Logto makes up, so that it differs from one tenant to the next. */
const madeUp = /^(id|.*Id|value|token|secret|signingKey|subjectToken|sessionUid|jti|grantId)$/;

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

/** A long list is recorded by its first items and a mark that says how many there were. */
const cutMark = /^\u2026\[cut, (\d+) items\]$/;

const idOf = (value: unknown): string | undefined =>
  isObject(value) && typeof value['id'] === 'string' ? value['id'] : undefined;

/** Members whose inside is nobody's promise: our own words, or what a library reports. */
const inOurWords = new Set(['message', 'details', 'data']);

/** The connectors that the recorded tenant had from the beginning, by their ids there. */
const mockConnectors = [
  ['t31tbeo9c0mu', 'mock-email-service'],
  ['w5jw20u5eeh7', 'mock-short-message-service'],
  ['xbzc4xyv9jjy', 'mock-social-connector'],
] as const;

/** The verification code that the sandbox always accepts. */
const everyCode = '123456';

/** Milliseconds since the epoch: shortly before the recordings were made, so that what lay in the future then still does. */
const recordedAt = 1_795_443_330_000;

export class Replay {
  #now = recordedAt;
  readonly #sandbox: Sandbox = createSandbox({
    content: 'empty',
    now: () => {
      this.#now += 1;
      return this.#now;
    },
  });
  /** Recorded texts by what they are called here. */
  readonly #called = new Map<string, string>();
  #token = '';
  #tokenWithoutRole = '';

  async #raw(method: string, target: string, headers: Record<string, string>, body?: string) {
    const answer = await this.#sandbox.fetch(`${sandboxSettings.endpoint}${target}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
      signal: new AbortController().signal,
    });
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    return {
      answer,
      type,
      body: type.startsWith('application/json') ? (JSON.parse(text) as unknown) : text,
    };
  }

  async #tokenFor(id: string, secret: string): Promise<string> {
    const { body } = await this.#raw(
      'POST',
      '/oidc/token',
      {
        authorization: `Basic ${btoa(`${id}:${secret}`)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      `grant_type=client_credentials&resource=${encodeURIComponent(sandboxSettings.resource)}&scope=all`,
    );
    return isObject(body) ? String(body['access_token']) : '';
  }

  /** Makes the tenant what the recorded one was: two machine-to-machine applications, one without a role; connectors. */
  async start(): Promise<void> {
    const { appId, appSecret } = sandboxSettings;
    this.#called.set('mapitestbench00000001', appId);
    this.#called.set('26oflomit7vo06xqqwyuz', managementApi.roleId);
    this.#token = await this.#tokenFor(appId, appSecret);
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const { body: application } = await this.#raw(
      'POST',
      '/api/applications',
      headers,
      JSON.stringify({
        name: 'Test bench M2M without role',
        description: 'no role',
        type: 'MachineToMachine',
      }),
    );
    const id = isObject(application) ? String(application['id']) : '';
    const { body: secrets } = await this.#raw('GET', `/api/applications/${id}/secrets`, headers);
    const secret =
      Array.isArray(secrets) && isObject(secrets[0]) ? String(secrets[0]['value']) : '';
    this.#called.set('noroletestbench000001', id);
    for (const [recorded, connectorId] of mockConnectors) {
      const { body: factory } = await this.#raw(
        'GET',
        `/api/connector-factories/${connectorId}`,
        headers,
      );
      const config = JSON.parse(
        String(isObject(factory) ? factory['configTemplate'] : '{}'),
      ) as unknown;
      const { body: connector } = await this.#raw(
        'POST',
        '/api/connectors',
        headers,
        JSON.stringify({ connectorId, config }),
      );
      this.#called.set(recorded, idOf(connector) ?? '');
    }
    this.#tokenWithoutRole = await this.#tokenFor(id, secret);
  }

  /** What a recorded text is called here; inside longer texts too. */
  #here(text: string): string {
    const whole = this.#called.get(text);
    if (whole !== undefined) {
      return whole;
    }
    let here = text;
    for (const [recorded, actual] of this.#called) {
      if (recorded.length >= 8 && here.includes(recorded)) {
        here = here.replaceAll(recorded, actual);
      }
    }
    return here;
  }

  #translate(value: unknown): Json {
    if (typeof value === 'string') {
      return this.#here(value);
    }
    if (Array.isArray(value)) {
      return value.map((item) => this.#translate(item));
    }
    if (isObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [
          this.#here(key),
          // The recording read the code out of a message; the sandbox has one that works for everybody.
          key === 'verificationCode' && typeof member === 'string'
            ? everyCode
            : this.#translate(member),
        ]),
      );
    }
    return value as Json;
  }

  /** Differences of shape: keys, kinds and lengths; not texts and numbers. */
  *#differences(recorded: unknown, actual: unknown, place: string): Generator<string> {
    if (kindOf(recorded) !== kindOf(actual)) {
      yield `${place} is ${kindOf(actual)}, recorded ${kindOf(recorded)}`;
    } else if (Array.isArray(recorded) && Array.isArray(actual)) {
      const cut = cutMark.exec(String(recorded.at(-1)))?.[1];
      const items = cut === undefined ? recorded : recorded.slice(0, -1);
      const count = cut === undefined ? items.length : Number(cut);
      if (actual.length !== count) {
        yield `${place} has ${actual.length} items, recorded ${count}`;
      }
      for (const [index, item] of items.entries()) {
        // Where Logto sorts by its random ids the order differs: an item is held against the one it became here.
        const own = this.#called.get(idOf(item) ?? '');
        const twin = own === undefined ? actual[index] : actual.find((one) => idOf(one) === own);
        if (twin !== undefined) {
          yield* this.#differences(item, twin, `${place}[${index}]`);
        }
      }
    } else if (isObject(recorded) && isObject(actual)) {
      for (const key of Object.keys(recorded)) {
        if (!(key in actual)) {
          yield `${place}.${key} is missing`;
        } else {
          yield* this.#differences(recorded[key], actual[key], `${place}.${key}`);
        }
      }
      for (const key of Object.keys(actual)) {
        if (!(key in recorded)) {
          yield `${place}.${key} is not recorded`;
        }
      }
    }
  }

  /** Learns what the recording's made-up texts are called here. */
  #learn(recorded: unknown, actual: unknown, key = ''): void {
    if (typeof recorded === 'string' && typeof actual === 'string') {
      // Nothing that Logto makes up is shorter; a word such as "email" must stay what it is.
      const long = recorded.length >= 10;
      if (long && madeUp.test(key) && recorded !== actual && !this.#called.has(recorded)) {
        this.#called.set(recorded, actual);
      }
    } else if (Array.isArray(recorded) && Array.isArray(actual)) {
      for (const [index, item] of recorded.entries()) {
        this.#learn(item, actual[index], key);
      }
    } else if (isObject(recorded) && isObject(actual)) {
      for (const [name, member] of Object.entries(recorded)) {
        this.#learn(member, actual[name], name);
      }
    }
  }

  #authorization({ auth, body }: Exchange): Record<string, string> {
    const code = isObject(body) ? body['code'] : undefined;
    if (code === 'auth.authorization_token_type_not_supported') {
      return { authorization: `Token ${this.#token}` };
    }
    switch (auth) {
      case 'none':
        return {};
      case 'garbage':
        return { authorization: 'Bearer garbage' };
      case 'norole':
        return { authorization: `Bearer ${this.#tokenWithoutRole}` };
      default:
        return { authorization: `Bearer ${this.#token}` };
    }
  }

  /** Sends one recorded request and answers with what does not agree. */
  async run(exchange: Exchange): Promise<string[]> {
    const { method, path, query, requestBody, status, headers } = exchange;
    const pairs = Array.isArray(query)
      ? query
      : Object.entries(query ?? {}).flatMap(([name, value]) =>
          (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]),
        );
    const search = new URLSearchParams(
      pairs.map(([name, value]): [string, string] => [String(name), this.#here(String(value))]),
    ).toString();
    const target = `${this.#here(path)}${search === '' ? '' : `?${search}`}`;
    // A recorded body that is a text went out as it stands.
    const raw = typeof requestBody === 'string';
    const form = raw && /^[\w.]+=/.test(requestBody);
    const { answer, type, body } = await this.#raw(
      method,
      target,
      {
        ...this.#authorization(exchange),
        ...(requestBody !== undefined && {
          'content-type': form
            ? 'application/x-www-form-urlencoded'
            : exchange.note?.startsWith('another content type')
              ? 'text/plain'
              : 'application/json',
        }),
      },
      requestBody === undefined
        ? undefined
        : raw
          ? requestBody
          : JSON.stringify(this.#translate(requestBody)),
    );
    if (answer.status !== status) {
      const detail = isObject(body) ? ` ${JSON.stringify(body).slice(0, 200)}` : '';
      return [`status is ${answer.status}, recorded ${status}${detail}`];
    }
    const wrong: string[] = [];
    for (const name of ['total-number', 'link'] as const) {
      if ((answer.headers.get(name) !== null) !== (headers[name] !== undefined)) {
        wrong.push(
          `${name} is ${answer.headers.get(name) ?? 'missing'}, recorded ${headers[name] ?? 'missing'}`,
        );
      }
    }
    if (
      headers['total-number'] !== undefined &&
      answer.headers.get('total-number') !== headers['total-number']
    ) {
      wrong.push(
        `total-number is ${answer.headers.get('total-number')}, recorded ${headers['total-number']}`,
      );
    }
    const recordedType = headers['content-type']?.split(';')[0] ?? '';
    if (type.split(';')[0] !== recordedType) {
      wrong.push(`content-type is ${type}, recorded ${recordedType}`);
    }
    if (status >= 400 && isObject(exchange.body) && isObject(body)) {
      if (exchange.body['code'] !== body['code']) {
        wrong.push(`code is ${String(body['code'])}, recorded ${String(exchange.body['code'])}`);
      }
      const keys = (value: Record<string, unknown>) =>
        Object.keys(value).filter((key) => !inOurWords.has(key));
      if (keys(exchange.body).sort().join() !== keys(body).sort().join()) {
        wrong.push(`error has ${keys(body)}, recorded ${keys(exchange.body)}`);
      }
      return wrong;
    }
    this.#learn(exchange.body, body);
    if (recordedType === 'application/json') {
      wrong.push(...this.#differences(exchange.body, body, 'body'));
    }
    return wrong;
  }
}
