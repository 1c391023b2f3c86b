/** Free ports for servers that cannot choose one themselves, because their address must be known before they start. */
import { freePort } from '../../src/http/compose.js';

const MAX_ATTEMPTS = 5;

/** As Node.js and PostgreSQL say it. */
const TAKEN = /EADDRINUSE|address already in use/i;

/**
 * Starts a server on a free port. Another process may take the port, or the one after it, before the server listens there;
 * then it starts again on another port.
 *
 * @param attempt throws an error with the reason in its message when the server does not start
 */
export async function onFreePort<T>(attempt: (port: number) => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt(await freePort('127.0.0.1'));
    } catch (error) {
      if (count === MAX_ATTEMPTS || !TAKEN.test(String(error))) {
        throw error;
      }
    }
  }
}
