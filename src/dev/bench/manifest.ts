/**
 * Export and comparison of a large tenant, against the same requests made eight side by side and nothing else. Both run over
 * the sandbox with a latency, in this process.
 */
import { catalog } from '../../catalog/index.js';
import { Guard } from '../../guard/guard.js';
import { defaultPolicy } from '../../guard/policy/policy.js';
import { Secrets } from '../../guard/secrets/secrets.js';
import { memoryJournal } from '../../guard/undo/journal.js';
import { createSession } from '../../logto/session.js';
import type { Transport } from '../../logto/transport.js';
import { Configuration } from '../../manifest/configuration.js';
import { KindTable } from '../../manifest/members.js';
import { inlineFile } from '../../manifest/source.js';
import { createSandbox } from '../../sandbox/index.js';
import { sandboxSettings } from '../../sandbox/settings.js';
import { fillLarge } from './large-tenant.js';
import { format, interleave, type Spread } from './statistics.js';

/** Milliseconds that an answer takes. */
const LATENCY_MS = 20;

const MAX_PARALLEL = 8;
const ROUNDS = 5;

/** Milliseconds for one measured task. */
const TIMEOUT_MS = 120_000;

export interface ManifestTimes {
  readonly requests: number;
  readonly bare: Spread;
  readonly exporting: Spread;
  readonly comparing: Spread;
}

/** Runs a task and answers how long it took, in milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

export async function measureManifest(): Promise<ManifestTimes> {
  const { fetch } = createSandbox({ content: 'empty' });
  const { graph } = new KindTable(catalog);
  const plain = createSession({ ...sandboxSettings, fetch });
  const signal = () => AbortSignal.timeout(TIMEOUT_MS);
  await fillLarge(
    async (key, values) => (await plain.send(graph.keyed(key).operation, values, signal())).body,
  );
  const recordedRequests: { readonly url: string; readonly init: Parameters<Transport>[1] }[] = [];
  const slow: Transport = async (url, init) => {
    recordedRequests.push({ url, init });
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
    return fetch(url, init);
  };
  const session = createSession({ ...sandboxSettings, fetch: slow });
  const guard = new Guard({
    session,
    load: async () => catalog,
    permitted: graph.operations.map(({ name }) => name),
    policy: defaultPolicy(),
    self: sandboxSettings,
    secrets: new Secrets(false, undefined),
    lines: memoryJournal(),
  });
  const configuration = new Configuration({
    guard,
    load: async () => catalog,
    own: sandboxSettings,
    sources: { variable: () => undefined, secret: () => undefined },
  });
  const { manifest } = await configuration.export(undefined, signal());
  const files = [inlineFile(manifest)];
  const requests = recordedRequests.filter(({ url }) => url.includes('/api/'));
  const bare = async (): Promise<void> => {
    const waiting = [...requests];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const answer = await slow(next.url, { ...next.init, signal: signal() });
        JSON.parse((await answer.text()) || 'null');
      }
    };
    await Promise.all(Array.from({ length: MAX_PARALLEL }, worker));
  };
  const tasks = {
    bare: () => timed(bare),
    exporting: () => timed(() => configuration.export(undefined, signal())),
    comparing: () => timed(() => configuration.compare({ files }, signal())),
  };
  await interleave(1, tasks);
  return { requests: requests.length, ...(await interleave(ROUNDS, tasks)) };
}

/** Export and comparison may take this much of the time of their bare requests. */
const MAX_RATIO = 1.3;

/** The rows of the page. */
export async function manifestRows() {
  const { requests, bare, exporting, comparing } = await measureManifest();
  return (
    [
      ['export', exporting],
      ['comparison', comparing],
    ] as const
  ).map(([what, times]) => {
    const ratio = times.median / bare.median;
    return {
      what: `${what} of a tenant with 200 applications, 100 roles, 1,000 scopes and 50 resources, against its ${requests} requests made 8 side by side`,
      goal: `at most ${MAX_RATIO}`,
      ratio: ratio.toFixed(2),
      met: ratio <= MAX_RATIO,
      figures: `${format(times, 'ms')} against ${format(bare, 'ms')}`,
    };
  });
}
