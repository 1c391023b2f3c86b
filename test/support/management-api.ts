/** The Management API without the server under test, to prepare a tenant and to judge its state. */
import { isObject, objectsIn } from '../../src/json.js';
import type { Transport } from '../../src/logto/transport.js';

export type Item = Readonly<Record<string, unknown>>;

export interface ApiAccess {
  readonly endpoint: string;
  readonly appId: string;
  readonly appSecret: string;
  /** Indicator of the Management API. */
  readonly resource: string;
}

const PAGE_SIZE = 100;

/** Requests to one tenant, with a token of their own. */
export class ManagementApi {
  #token: Promise<string> | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly access: ApiAccess,
  ) {}

  async #authorize(): Promise<string> {
    const { endpoint, appId, appSecret, resource } = this.access;
    const answer = await this.transport(`${endpoint}/oidc/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${appId}:${appSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource,
        scope: 'all',
      }).toString(),
      signal: AbortSignal.timeout(20_000),
    });
    const body: unknown = JSON.parse(await answer.text());
    if (!isObject(body) || typeof body['access_token'] !== 'string') {
      throw new Error(`No token: ${JSON.stringify(body)}`);
    }
    return body['access_token'];
  }

  /** Sends one request. @returns the body; undefined where there is none. @throws Error for every status from 400 on */
  async send(method: string, path: string, body?: unknown): Promise<unknown> {
    this.#token ??= this.#authorize();
    const answer = await this.transport(`${this.access.endpoint}/api/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (answer.status >= 400) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    }
    return /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
  }

  async get(path: string): Promise<Item> {
    const body = await this.send('GET', path);
    return isObject(body) ? body : {};
  }

  async post(path: string, body: unknown): Promise<Item> {
    const answer = await this.send('POST', path, body);
    return isObject(answer) ? answer : {};
  }

  /** All items of a list that has pages. */
  async all(path: string): Promise<readonly Item[]> {
    const items: Item[] = [];
    for (let page = 1; ; page += 1) {
      const mark = path.includes('?') ? '&' : '?';
      const answer = objectsIn(
        await this.send('GET', `${path}${mark}page=${page}&page_size=${PAGE_SIZE}`),
      );
      items.push(...answer);
      if (answer.length < PAGE_SIZE) {
        return items;
      }
    }
  }
}
