/** What a person does at the sign-in page of a real Logto: its experience API, with the cookies of a browser. */
import { isObject } from '../../src/json.js';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One visit of the sign-in page. */
export class SignInPage {
  readonly #cookies = new Map<string, string>();

  private constructor(private readonly endpoint: string) {}

  /** Opens the page for an application with this redirect URI. */
  static async open(endpoint: string, appId: string, redirectUri: string): Promise<SignInPage> {
    const page = new SignInPage(endpoint);
    const query = new URLSearchParams({
      client_id: appId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      prompt: 'login',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    await page.#request('GET', `${endpoint}/oidc/auth?${query}`);
    await page.#send('PUT', '', { interactionEvent: 'SignIn' });
    return page;
  }

  async #request(method: string, url: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      this.#cookies.set(name, value.join('='));
    }
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, body: isJson ? JSON.parse(text) : text };
  }

  #send(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#request(method, `${this.endpoint}/api/experience${path}`, body);
  }

  /** Types an identifier and a password. @returns the status of the first refusal; undefined where the sign-in works */
  async signIn(
    type: 'username' | 'email' | 'phone',
    value: string,
    password: string,
  ): Promise<number | undefined> {
    const verified = await this.#send('POST', '/verification/password', {
      identifier: { type, value },
      password,
    });
    if (verified.status >= 400) {
      return verified.status;
    }
    const verificationId = isObject(verified.body) ? verified.body['verificationId'] : undefined;
    const identified = await this.#send('POST', '/identification', { verificationId });
    if (identified.status >= 400) {
      return identified.status;
    }
    const submitted = await this.#send('POST', '/submit');
    if (submitted.status >= 400) {
      return submitted.status;
    }
    const next = isObject(submitted.body) ? submitted.body['redirectTo'] : undefined;
    await this.#request('GET', String(next));
    return undefined;
  }
}
