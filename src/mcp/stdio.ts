/** Serves over standard input and output, to clients of both protocol eras. */
import type { Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

/** Starts serving and answers with a function that stops it. */
export function serve(
  factory: () => Server,
  report: (error: unknown) => void,
): () => Promise<void> {
  const handle = serveStdio(factory, { onerror: report });
  return () => handle.close();
}
