/** PGlite behind a socket: the database of tests on a machine that has no PostgreSQL. */
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { onFreePort } from '../support/free-port.js';
import type { Database } from './databases.js';

/** Types of the messages of an extended query before its Sync: Parse, Bind, Describe, Execute, Close and Flush. */
const GROUPED_MESSAGES: ReadonlySet<number | undefined> = new Set(Buffer.from('PBDECH'));

/**
 * PGlite that runs the messages of one query together. The socket server takes turns between connections after each
 * message, except in a transaction. All connections share one unnamed prepared statement, so that without this a
 * connection would execute the statement that another one has parsed.
 */
class GroupingPGlite extends PGlite {
  #isInGroup = false;

  override async execProtocolRawStream(
    ...[message, options]: Parameters<PGlite['execProtocolRawStream']>
  ): Promise<void> {
    this.#isInGroup = GROUPED_MESSAGES.has(message[0]);
    await super.execProtocolRawStream(message, options);
  }

  /** Asked by the socket server, which then serves no other connection. */
  override isInTransaction(): boolean {
    return this.#isInGroup || super.isInTransaction();
  }
}

/** PGlite behind a socket. All connections share one session, so that locks between connections are not tested with it. */
export async function embedded(): Promise<Database> {
  const db = new GroupingPGlite();
  await db.waitReady;
  const { port, server } = await onFreePort(async (port) => {
    const server = new PGLiteSocketServer({ db, port, host: '127.0.0.1', maxConnections: 100 });
    await server.start();
    return { port, server };
  });
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    stop: async () => {
      await server.stop();
      await db.close();
    },
  };
}
