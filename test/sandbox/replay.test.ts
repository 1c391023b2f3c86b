import { describe, expect, it } from 'vitest';
import { accepted } from './accepted.js';
import { type Recording, readRecording, recordedWith, recordings } from './recordings.js';
import { type Difference, Replay } from './replay.js';

/** Replays a recording. @returns the differences that are not accepted, and the accepted ones that did not occur */
async function replay(recording: Recording) {
  const replayer = new Replay(recordedWith[recording]);
  await replayer.start();
  const differences: Difference[] = [];
  for (const [index, exchange] of readRecording(recording).entries()) {
    for (const message of await replayer.run(exchange)) {
      differences.push({ line: index + 1, operation: exchange.op ?? exchange.path, message });
    }
  }
  const rows = accepted.filter((row) => row.recording === recording);
  const acceptedBy = (difference: Difference) =>
    rows.filter(
      ({ operations, lines, message }) =>
        operations.includes(difference.operation) &&
        (lines?.includes(difference.line) ?? true) &&
        message.test(difference.message),
    );
  return {
    unaccepted: differences.filter((difference) => acceptedBy(difference).length === 0),
    unused: rows.filter(
      (row) => !differences.some((difference) => acceptedBy(difference).includes(row)),
    ),
  };
}

describe('the sandbox', () => {
  it.each(recordings)('answers the recording "%s" as Logto did', async (recording) => {
    const { unaccepted, unused } = await replay(recording);
    expect(
      unaccepted.map(({ line, operation, message }) => `${line} ${operation}: ${message}`),
    ).toEqual([]);
    expect(unused, 'accepted differences that do not occur').toEqual([]);
  });
});
