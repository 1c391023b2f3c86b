/** Reads the body of a request, up to a limit. How long that may take is a limit of the HTTP server. */
import type { IncomingMessage } from 'node:http';

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * @returns the body as text
 * @throws BodyTooLargeError before more than `maxBytes` are read; Error for a connection that breaks
 */
export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const tooLarge = () => new BodyTooLargeError(`A request has at most ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // Not `for await`: leaving it would destroy the socket before the answer is sent.
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        request.pause();
        reject(tooLarge());
        return;
      }
      chunks.push(chunk);
    });
    request.once('end', resolve);
    request.once('error', reject);
    request.once('close', () => reject(new Error('The connection ended before the body')));
  });
  return Buffer.concat(chunks).toString('utf8');
}
