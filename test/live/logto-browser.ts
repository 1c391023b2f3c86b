/**
 * A browser without a page: signs in through the API that Logto's sign-in page uses, and consents where Logto asks for it.
 * Seen on 1.42: `/api/experience/...` for the sign-in, `/api/interaction/consent` for the consent.
 */
import { memberOf } from '../../src/json.js';

export interface Account {
  readonly username: string;
  readonly password: string;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** Redirects and pages of one sign-in. */
const MAX_STEPS = 12;

class ApiError extends Error {
  constructor(
    message: string,
    /** The answer of Logto. */
    readonly answer: string,
  ) {
    super(message);
  }
}

class Browser {
  #cookies: readonly Cookie[] = [];

  async request(url: URL, method = 'GET', body?: unknown): Promise<Response> {
    const cookie = this.#cookies
      .filter(({ path }) => url.pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { cookie, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const header of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const path = attributes.find((part) => /^path=/i.test(part))?.slice('path='.length) ?? '/';
      const added = { name: pair.slice(0, at), value: pair.slice(at + 1), path };
      this.#cookies = [
        ...this.#cookies.filter(({ name, path: other }) => name !== added.name || other !== path),
        added,
      ];
    }
    return answer;
  }

  /** Calls the API of the sign-in page. @throws ApiError with the answer where Logto refuses */
  async call(url: URL, method: string, body?: unknown): Promise<unknown> {
    const answer = await this.request(url, method, body);
    const text = await answer.text();
    if (!answer.ok) {
      throw new ApiError(`${method} ${url.pathname} answered ${answer.status}: ${text}`, text);
    }
    return text === '' ? undefined : JSON.parse(text);
  }
}

/** Completes a sign-in. Where the tenant suggests a second factor, the person skips the suggestion. */
async function submit(browser: Browser, api: (path: string) => URL): Promise<unknown> {
  try {
    return await browser.call(api('/experience/submit'), 'POST');
  } catch (error) {
    if (!(error instanceof ApiError) || !error.answer.includes('"user.suggest_mfa"')) {
      throw error;
    }
    await browser.call(api('/experience/profile/mfa/mfa-skipped'), 'POST');
    return browser.call(api('/experience/submit'), 'POST');
  }
}

/**
 * Opens the address of an authorization, signs in and consents.
 *
 * @param redirectUri the beginning of the address that the code is sent to
 * @returns the parameters that the client gets
 * @throws Error where Logto refuses the authorization or the sign-in
 */
export async function browseLogto(
  start: URL,
  redirectUri: string,
  { username, password }: Account,
): Promise<URLSearchParams> {
  const browser = new Browser();
  const { origin } = start;
  const api = (path: string): URL => new URL(`/api${path}`, origin);
  const redirectOf = (body: unknown): URL => new URL(String(memberOf(body, 'redirectTo')), origin);
  let next = start;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if (next.href.startsWith(redirectUri)) {
      return next.searchParams;
    }
    if (next.pathname === '/sign-in') {
      await browser.call(api('/experience'), 'PUT', { interactionEvent: 'SignIn' });
      const identifier = { type: 'username', value: username };
      const verified = await browser.call(api('/experience/verification/password'), 'POST', {
        identifier,
        password,
      });
      const verificationId = memberOf(verified, 'verificationId');
      await browser.call(api('/experience/identification'), 'POST', { verificationId });
      next = redirectOf(await submit(browser, api));
      continue;
    }
    const answer = await browser.request(next);
    const location = answer.headers.get('location');
    if (location !== null) {
      next = new URL(location, next);
    } else if (next.pathname === '/consent') {
      next = redirectOf(await browser.call(api('/interaction/consent'), 'POST', {}));
    } else {
      throw new Error(`${next.pathname} answered ${answer.status}: ${await answer.text()}`);
    }
  }
  throw new Error('The sign-in does not end.');
}
