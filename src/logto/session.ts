/** One session with one tenant: token, request, one renewal after a 401, retries, and the answer or a clear error. */
import type { Outline } from '../catalog/operation.js';
import { type Clock, systemClock, withTimeout } from './clock.js';
import { connectionFailed, timedOut } from './connection-errors.js';
import { type Credentials, secretsOf } from './credentials.js';
import { LogtoError, mapTexts, wasNeverSent } from './errors.js';
import { createValueRedactor } from './redaction.js';
import { isGone, type Received, type Reply, readReply, requestIdOf } from './reply.js';
import { type Arguments, encodeBody, encodeRequest, type Request } from './request.js';
import { unreadableAnswer } from './response-errors.js';
import { readRetryAfter, retryDelay } from './retry.js';
import { createTokenSource, type TokenSource } from './token.js';
import { MAX_ANSWER_BYTES, mediaType, type Transport, type Upload } from './transport.js';
import { readUpload } from './upload.js';

/** Milliseconds for one attempt, its body included. */
const TIMEOUT_MS = 25_000;

/**
 * Milliseconds for a call with all its attempts, waits and the token. Most clients give up after 60 seconds without a
 * reason; this way the error of this server arrives first.
 */
const DEADLINE_MS = 50_000;

export type { Reply };

export interface SessionOptions extends Credentials {
  readonly fetch: Transport;
  readonly clock?: Clock;
  /** Milliseconds for one attempt; default 25,000. */
  readonly timeout?: number;
  /** Is called after each exchange, with its retries counted. */
  readonly observe?: (exchange: Exchange) => void;
  /** Milliseconds for a call with all its attempts; default 50,000. */
  readonly deadline?: number;
  /** The only folder that files may be uploaded from; without it nothing can be uploaded. */
  readonly uploadFolder?: string | undefined;
  /** Where tokens come from; by default a new source from the credentials. */
  readonly tokens?: TokenSource;
}

/** One exchange with Logto, for a log: nothing of what was sent or answered. */
export interface Exchange {
  readonly method: string;
  /** The route with its parameters in braces. */
  readonly url: string;
  /** HTTP status; undefined when no answer came. */
  readonly status: number | undefined;
  readonly milliseconds: number;
  readonly retries: number;
  /** Logto's own id of the request. */
  readonly requestId: string | undefined;
}

export interface Session {
  /**
   * Refuses calls that can be refused without asking Logto: an unsafe path value, an empty update, a body that is too
   * large, a file that may not be uploaded. Done before a plan is made or a preview read, so that no person is asked about
   * it.
   *
   * @throws LogtoError of kind `input`, or `configuration` if uploads are off
   */
  check(operation: Outline, values: Arguments): Promise<void>;
  /**
   * Sends one operation.
   *
   * @param values arguments that the operation's own schema has accepted
   * @param signal aborts the request that is under way, and any wait between attempts
   * @throws LogtoError for everything that can go wrong, without the secrets of this server in it; the signal's reason when it
   * was aborted
   */
  send(operation: Outline, values: Arguments, signal: AbortSignal): Promise<Reply>;
  /** Replaces the App secret and the tokens of this session in a text by `[redacted]`, in every form in which they are sent. */
  redact(text: string): string;
  /** How many token requests this session has made. */
  readonly tokenRequests: number;
}

/** A request that is ready to be sent. */
interface Prepared {
  readonly request: Request;
  readonly body: string | Upload | undefined;
}

/** Statuses of a proxy in front of Logto that got no answer from Logto. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 504]);

const ALREADY_REMOVED =
  'The answer to the first attempt was lost, and the second found nothing to remove: it is gone, most likely by this call.';

/** The answer to one attempt, or the reason why there is none. */
type AttemptOutcome =
  | { readonly received: Received; readonly error?: undefined }
  | { readonly received?: undefined; readonly error: unknown };

/** Whether an attempt may have had an effect although it is not the last one. */
const mayHaveApplied = ({ received, error }: AttemptOutcome): boolean =>
  received === undefined ? !wasNeverSent(error) : received.status >= 500;

/** Makes a session. Nothing is sent before the first operation. */
export function createSession(options: SessionOptions): Session {
  const {
    endpoint,
    fetch: transport,
    clock = systemClock,
    timeout = TIMEOUT_MS,
    deadline = DEADLINE_MS,
  } = options;
  const { tokens = createTokenSource(options, transport, clock) } = options;

  const credentialSecrets = secretsOf(options);
  let issued: readonly string[] | undefined;
  let secrets: readonly string[] = [];
  const redact = createValueRedactor(() => {
    if (tokens.issued !== issued) {
      issued = tokens.issued;
      secrets = [...credentialSecrets, ...issued.flatMap((token) => [`Bearer ${token}`, token])];
    }
    return secrets;
  });

  const prepare = async (operation: Outline, values: Arguments): Promise<Prepared> => {
    const request = encodeRequest(operation, values);
    const body =
      request.file === undefined
        ? encodeBody(request)
        : await readUpload(options.uploadFolder, request.file, operation.uploads ?? 'picture');
    return { request, body };
  };

  /** One call of `send`: its attempts, until its deadline. */
  class Call {
    readonly #operation: Outline;
    readonly #prepared: Prepared;
    readonly #signal: AbortSignal;
    readonly #isWrite: boolean;
    readonly #begin = clock.now();
    /** Milliseconds of `performance.now()`: the deadline counts real time, also with the clock of a test. */
    readonly #deadlineAt = performance.now() + deadline;
    #retries = 0;
    #wasSent = false;
    #isExpired = false;
    /** Attempts before the current one that may have had an effect. */
    #earlierEffects = 0;
    /** Whether an earlier attempt may have been processed and its answer lost. */
    #inDoubt = false;

    constructor(operation: Outline, prepared: Prepared, signal: AbortSignal) {
      this.#operation = operation;
      this.#prepared = prepared;
      this.#signal = signal;
      this.#isWrite = prepared.request.method !== 'GET';
    }

    /** Runs a step that must end before the deadline of the call. */
    #beforeDeadline<T>(task: (signal: AbortSignal) => Promise<T>, limitMs = deadline): Promise<T> {
      const leftMs = Math.max(0, this.#deadlineAt - performance.now());
      const expired = () =>
        leftMs <= limitMs
          ? this.#expired()
          : timedOut(limitMs, endpoint, this.#wasSent && this.#isWrite);
      return withTimeout(Math.min(leftMs, limitMs), this.#signal, expired, task);
    }

    #expired(): LogtoError {
      this.#isExpired = true;
      return timedOut(deadline, endpoint, this.#wasSent && this.#isWrite);
    }

    #observe(received: Received | undefined): void {
      options.observe?.({
        method: this.#operation.method,
        url: this.#operation.url,
        status: received?.status,
        milliseconds: clock.now() - this.#begin,
        retries: this.#retries,
        requestId: received && requestIdOf(received),
      });
    }

    async #attempt(token: string): Promise<AttemptOutcome> {
      const { request, body } = this.#prepared;
      this.#wasSent = true;
      try {
        return {
          received: await this.#beforeDeadline(async (signal) => {
            const response = await transport(`${endpoint}${request.target}`, {
              method: request.method,
              headers:
                typeof body === 'string'
                  ? {
                      authorization: `Bearer ${token}`,
                      accept: 'application/json',
                      'content-type': 'application/json',
                    }
                  : { authorization: `Bearer ${token}`, accept: 'application/json' },
              ...(body !== undefined && { body }),
              signal,
            });
            const text = await response.text();
            if (text.length > MAX_ANSWER_BYTES) {
              throw unreadableAnswer(
                response.status,
                `it is larger than ${MAX_ANSWER_BYTES / 2 ** 20} MB`,
              );
            }
            const { status, headers } = response;
            return { status, headers, type: mediaType(response), text };
          }, timeout),
        };
      } catch (error) {
        if (this.#signal.aborted) {
          this.#observe(undefined);
          throw this.#signal.reason;
        }
        return { error };
      }
    }

    /** Milliseconds until the next attempt; undefined when this was the last one. */
    #retryDelay({ received, error }: AttemptOutcome): number | undefined {
      if (this.#isExpired) {
        return undefined;
      }
      if (error instanceof LogtoError && error.failure.code !== 'timeout') {
        // The answer is too large, and would be too large again.
        return undefined;
      }
      return retryDelay(
        {
          method: this.#prepared.request.method,
          number: this.#retries,
          status: received?.status,
          neverSent: wasNeverSent(error),
          retryAfter: received && readRetryAfter(received.headers.get('retry-after'), clock.now()),
        },
        clock.random,
      );
    }

    #read({ received, error }: AttemptOutcome): Reply {
      const { request, body } = this.#prepared;
      this.#observe(received);
      if (received === undefined) {
        throw error instanceof LogtoError
          ? error
          : connectionFailed(error, endpoint, this.#isWrite);
      }
      if (request.method === 'DELETE' && this.#inDoubt && isGone(received)) {
        return { status: 204, note: ALREADY_REMOVED };
      }
      return readReply(received, {
        operation: this.#operation,
        request,
        endpoint,
        now: clock.now(),
        bodyBytes: typeof body === 'string' ? Buffer.byteLength(body) : (body?.bytes.length ?? 0),
      });
    }

    async #run(): Promise<Reply> {
      let isRenewed = false;
      while (true) {
        const token =
          tokens.current ?? (await this.#beforeDeadline((signal) => tokens.get(signal)));
        const attempt = await this.#attempt(token);
        if (attempt.received?.status === 401 && !isRenewed) {
          // Rotated signing keys make a valid token invalid before its end. A new one is tried once, whatever the verb,
          // because authentication comes before everything else.
          isRenewed = true;
          tokens.drop(token);
          continue;
        }
        const delayMs = this.#retryDelay(attempt);
        if (delayMs === undefined) {
          return this.#read(attempt);
        }
        this.#retries += 1;
        if (mayHaveApplied(attempt)) {
          this.#earlierEffects += 1;
          this.#inDoubt ||=
            attempt.received === undefined || GATEWAY_STATUSES.has(attempt.received.status);
        }
        await this.#beforeDeadline((signal) => clock.sleep(delayMs, signal));
      }
    }

    /** The answer. @throws LogtoError with the number of attempts that may have taken effect, and without secrets */
    async answer(): Promise<Reply> {
      try {
        return await this.#run();
      } catch (error) {
        if (!(error instanceof LogtoError)) {
          throw error;
        }
        const attempts = this.#earlierEffects + 1;
        const failure = mapTexts(error.failure, redact);
        throw new LogtoError(attempts > 1 ? { ...failure, attempts } : failure, {
          cause: error.cause,
        });
      }
    }
  }

  return {
    async check(operation, values) {
      await prepare(operation, values);
    },
    async send(operation, values, signal) {
      signal.throwIfAborted();
      return new Call(operation, await prepare(operation, values), signal).answer();
    },
    redact,
    get tokenRequests() {
      return tokens.requests;
    },
  };
}
