/**
 * Replays recorded exchanges with a real Logto against the sandbox and compares status, paging headers, error codes and
 * the shape of bodies. Generated ids differ between the two, so recorded ids are translated to those of the sandbox.
 */

import type { Release } from '../../src/catalog/release-names.js';
import { isObject } from '../../src/json.js';
import { managementApi } from '../../src/sandbox/entities.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import type { Exchange } from './recordings.js';

/** One difference between a recorded response and the sandbox's. */
export interface Difference {
  /** The line of the recording, from 1. */
  readonly line: number;
  readonly operation: string;
  readonly message: string;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Members whose value Logto generates, so that it differs between tenants. */
const generatedMember =
  /^(id|.*Id|value|token|secret|signingKey|subjectToken|sessionUid|jti|grantId)$/;

const typeName = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

/** A long list is recorded by its first items and a marker with their number. */
const cutMarker = /^\u2026\[cut, (\d+) items\]$/;

const idOf = (value: unknown): string | undefined =>
  isObject(value) && typeof value['id'] === 'string' ? value['id'] : undefined;

/** Members of an error that the sandbox words by itself, or that a library of Logto's fills. */
const freeErrorMembers = new Set(['message', 'details', 'data']);

/** The connectors that the recorded tenant started with: recorded id, connector kind. */
const mockConnectors = [
  ['t31tbeo9c0mu', 'mock-email-service'],
  ['w5jw20u5eeh7', 'mock-short-message-service'],
  ['xbzc4xyv9jjy', 'mock-social-connector'],
] as const;

/** The verification code that the sandbox always accepts. */
const ACCEPTED_CODE = '123456';

/** Milliseconds since the epoch, shortly before the recordings were made: recorded expiry times stay in the future. */
const RECORDED_AT_MS = 1_795_443_330_000;

export class Replay {
  /** Called with each successful answer of the sandbox. */
  readonly #observe: (exchange: Exchange, body: unknown) => void;
  #now = RECORDED_AT_MS;
  readonly #sandbox: Sandbox;
  /** Values generated in the sandbox by their recorded counterparts. */
  readonly #translations = new Map<string, string>();
  #token = '';
  #tokenWithoutRole = '';

  /**
   * @param release the Logto that the recording was made with
   * @param observe called with each successful answer of the sandbox
   */
  constructor(
    release: Release,
    observe: (exchange: Exchange, body: unknown) => void = () => undefined,
  ) {
    this.#observe = observe;
    this.#sandbox = createSandbox({
      release,
      content: 'empty',
      now: () => {
        this.#now += 1;
        return this.#now;
      },
    });
  }

  async #send(method: string, target: string, headers: Record<string, string>, body?: string) {
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
    const { body } = await this.#send(
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

  /** Creates what the recorded tenant started with: a second application without a role, and three connectors. */
  async start(): Promise<void> {
    const { appId, appSecret } = sandboxSettings;
    this.#translations.set('mapitestbench00000001', appId);
    this.#translations.set('26oflomit7vo06xqqwyuz', managementApi.roleId);
    this.#token = await this.#tokenFor(appId, appSecret);
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const { body: application } = await this.#send(
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
    const { body: secrets } = await this.#send('GET', `/api/applications/${id}/secrets`, headers);
    const secret =
      Array.isArray(secrets) && isObject(secrets[0]) ? String(secrets[0]['value']) : '';
    this.#translations.set('noroletestbench000001', id);
    for (const [recorded, connectorId] of mockConnectors) {
      const { body: factory } = await this.#send(
        'GET',
        `/api/connector-factories/${connectorId}`,
        headers,
      );
      const config = JSON.parse(
        String(isObject(factory) ? factory['configTemplate'] : '{}'),
      ) as unknown;
      const { body: connector } = await this.#send(
        'POST',
        '/api/connectors',
        headers,
        JSON.stringify({ connectorId, config }),
      );
      this.#translations.set(recorded, idOf(connector) ?? '');
    }
    this.#tokenWithoutRole = await this.#tokenFor(id, secret);
  }

  /** Translates recorded ids in a string, also inside a longer one. */
  #translateText(text: string): string {
    const translation = this.#translations.get(text);
    if (translation !== undefined) {
      return translation;
    }
    let translated = text;
    for (const [recorded, actual] of this.#translations) {
      if (recorded.length >= 8 && translated.includes(recorded)) {
        translated = translated.replaceAll(recorded, actual);
      }
    }
    return translated;
  }

  #translate(value: unknown): Json {
    if (typeof value === 'string') {
      return this.#translateText(value);
    }
    if (Array.isArray(value)) {
      return value.map((item) => this.#translate(item));
    }
    if (isObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [
          this.#translateText(key),
          // The recorded code came from a message; the sandbox sends none and accepts a fixed code.
          key === 'verificationCode' && typeof member === 'string'
            ? ACCEPTED_CODE
            : this.#translate(member),
        ]),
      );
    }
    return value as Json;
  }

  /** Differences in members, types and list lengths. Values of strings and numbers are not compared. */
  *#differences(recorded: unknown, actual: unknown, path: string): Generator<string> {
    if (typeName(recorded) !== typeName(actual)) {
      yield `${path} is ${typeName(actual)}, recorded ${typeName(recorded)}`;
    } else if (Array.isArray(recorded) && Array.isArray(actual)) {
      const cut = cutMarker.exec(String(recorded.at(-1)))?.[1];
      const items = cut === undefined ? recorded : recorded.slice(0, -1);
      const count = cut === undefined ? items.length : Number(cut);
      if (actual.length !== count) {
        yield `${path} has ${actual.length} items, recorded ${count}`;
      }
      for (const [index, item] of items.entries()) {
        // Lists that Logto sorts by random ids have another order here, so items are matched by translated id.
        const id = this.#translations.get(idOf(item) ?? '');
        const counterpart =
          id === undefined ? actual[index] : actual.find((candidate) => idOf(candidate) === id);
        if (counterpart !== undefined) {
          yield* this.#differences(item, counterpart, `${path}[${index}]`);
        }
      }
    } else if (isObject(recorded) && isObject(actual)) {
      for (const key of Object.keys(recorded)) {
        if (!(key in actual)) {
          yield `${path}.${key} is missing`;
        } else {
          yield* this.#differences(recorded[key], actual[key], `${path}.${key}`);
        }
      }
      for (const key of Object.keys(actual)) {
        if (!(key in recorded)) {
          yield `${path}.${key} is not recorded`;
        }
      }
    }
  }

  /** Records the sandbox's counterparts of generated values. */
  #learn(recorded: unknown, actual: unknown, key = ''): void {
    if (typeof recorded === 'string' && typeof actual === 'string') {
      // Generated values are never shorter; a word such as "email" must not be translated.
      const long = recorded.length >= 10;
      if (
        long &&
        generatedMember.test(key) &&
        recorded !== actual &&
        !this.#translations.has(recorded)
      ) {
        this.#translations.set(recorded, actual);
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

  /** Sends one recorded request. @returns the differences between the responses, in words */
  async run(exchange: Exchange): Promise<string[]> {
    const { method, path, query, requestBody, status, headers } = exchange;
    const pairs = Array.isArray(query)
      ? query
      : Object.entries(query ?? {}).flatMap(([name, value]) =>
          (Array.isArray(value) ? value : [value]).map((item) => [name, String(item)]),
        );
    const search = new URLSearchParams(
      pairs.map(([name, value]): [string, string] => [
        String(name),
        this.#translateText(String(value)),
      ]),
    ).toString();
    const target = `${this.#translateText(path)}${search === '' ? '' : `?${search}`}`;
    // A recorded body that is a string was sent as it is.
    const raw = typeof requestBody === 'string';
    const form = raw && /^[\w.]+=/.test(requestBody);
    const { answer, type, body } = await this.#send(
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
    const differences: string[] = [];
    for (const name of ['total-number', 'link'] as const) {
      if ((answer.headers.get(name) !== null) !== (headers[name] !== undefined)) {
        differences.push(
          `${name} is ${answer.headers.get(name) ?? 'missing'}, recorded ${headers[name] ?? 'missing'}`,
        );
      }
    }
    if (
      headers['total-number'] !== undefined &&
      answer.headers.get('total-number') !== headers['total-number']
    ) {
      differences.push(
        `total-number is ${answer.headers.get('total-number')}, recorded ${headers['total-number']}`,
      );
    }
    const recordedType = headers['content-type']?.split(';')[0] ?? '';
    if (type.split(';')[0] !== recordedType) {
      differences.push(`content-type is ${type}, recorded ${recordedType}`);
    }
    if (status >= 400 && isObject(exchange.body) && isObject(body)) {
      if (exchange.body['code'] !== body['code']) {
        differences.push(
          `code is ${String(body['code'])}, recorded ${String(exchange.body['code'])}`,
        );
      }
      const keys = (value: Record<string, unknown>) =>
        Object.keys(value).filter((key) => !freeErrorMembers.has(key));
      if (keys(exchange.body).sort().join() !== keys(body).sort().join()) {
        differences.push(`error has ${keys(body)}, recorded ${keys(exchange.body)}`);
      }
      return differences;
    }
    this.#observe(exchange, type === '' ? undefined : body);
    this.#learn(exchange.body, body);
    if (recordedType === 'application/json') {
      differences.push(...this.#differences(exchange.body, body, 'body'));
    }
    return differences;
  }
}
