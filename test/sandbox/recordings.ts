/**
 * Recorded exchanges with a real Logto 1.42, reduced to facts: status, headers, error codes, request bodies, and the
 * members and types of responses. Texts of responses are replaced by `t`, numbers by 0, and values that were secret by
 * made-up ones. Ids are those of the recorded tenant, because later requests repeat them.
 */
import { readFileSync } from 'node:fs';
import type { Release } from '../../src/catalog/release-names.js';

/** One recorded request with its response. */
export interface Exchange {
  /** Logto's operationId; missing where the path belongs to no operation. */
  readonly op?: string;
  readonly method: string;
  readonly path: string;
  /** A map, or a list of pairs where a key is repeated. */
  readonly query?: Readonly<Record<string, unknown>> | readonly (readonly [string, string])[];
  /** A string was sent as it is, anything else as JSON. */
  readonly requestBody?: unknown;
  /** `none`, `garbage` or `norole`; a valid token where missing. */
  readonly auth?: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly note?: string;
}

/**
 * The recordings, in the order in which they were made: `first-steps`, `exchanges` (every operation with valid input) and
 * `errors` (refusals).
 */
export type Recording = 'first-steps' | 'exchanges' | 'errors';

export const recordings: readonly Recording[] = ['first-steps', 'exchanges', 'errors'];

/** The Logto that each was made with: 1.42.0, and a state of the source between 1.42.0 and 1.43.0 with the API of 1.43. */
export const recordedWith: Readonly<Record<Recording, Release>> = {
  'first-steps': '1.42',
  exchanges: '1.43',
  errors: '1.43',
};

/** A line of a file, in which a repeated body and the default headers are left out. */
type Line = Omit<Exchange, 'headers' | 'body'> & {
  readonly headers?: Exchange['headers'];
  readonly body?: unknown;
  /** The number of the line with the same body, from 1. */
  readonly sameBodyAsLine?: number;
};

/** Reads one recording. The index in the list plus one is the line number in the file. */
export function readRecording(name: Recording): Exchange[] {
  const file = new URL(`./recordings/${name}.jsonl`, import.meta.url);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line));
  return lines.map(({ sameBodyAsLine, ...line }) => ({
    ...line,
    // A response without a body has no type; any other is JSON unless the line says otherwise.
    headers: {
      ...(line.status !== 204 && { 'content-type': 'application/json' }),
      ...line.headers,
    },
    body: sameBodyAsLine === undefined ? line.body : lines[sameBodyAsLine - 1]?.body,
  }));
}
