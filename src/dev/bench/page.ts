/** `docs/performance.md`, as `npm run bench` writes it. */
import { arch, cpus, platform, totalmem } from 'node:os';

/** One line of the table. */
export interface BenchRow {
  readonly what: string;
  readonly goal: string;
  readonly ratio: string;
  readonly met: boolean;
  readonly figures: string;
}

/**
 * The page: what is measured, and the table of this run.
 *
 * @param delaysMs milliseconds that the stubs of the throughput take
 */
export function performancePage(
  rows: readonly BenchRow[],
  delaysMs: readonly [near: number, far: number],
): string {
  const [cpu] = cpus();
  return [
    '# Performance',
    '',
    '<!-- Written by `npm run bench`. -->',
    '',
    'Each figure is measured with its baseline in one run, in turns; machines are noisy, so look at the ratios. Figures are medians, with minimum and maximum in parentheses.',
    '',
    `Measured on ${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB, ${platform()} ${arch()}, Node ${process.versions.node}.`,
    '',
    '| what | goal | measured | | figures |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ what, goal, ratio, met, figures }) =>
        `| ${what} | ${goal} | ${ratio} | ${met ? 'met' : 'missed'} | ${figures} |`,
    ),
    '',
    notes(delaysMs),
    '',
  ].join('\n');
}

const notes = ([near, far]: readonly [number, number]): string => `## Why

- The build prepares the lists of tools, so a start loads neither the catalog's schemas nor zod's conversion of them. It reads one file of code, smaller than the bare server, and parses of the prepared lists what it shows. The guard, the session, the catalog, the sandbox and undici are loaded by the first call that needs them; that call takes longer.
- Node and the SDK take most of the start: the bare server alone needs nearly half the time of the generated server.
- There are no dependencies: \`npx\` fetches one package.
- Connections are pooled, and all waiting calls share one token request.
- Throughput is measured against a stub of Logto that takes ${near} ms for a request, and one that takes ${far} ms. Client, server and stub share the cores of the machine. undici alone only waits for 50 requests. A server gets 50 answers at once and processes them on one thread: it reads the message, validates the arguments, parses the answer, redacts secrets and marks invisible characters, and writes the answer twice, as text and as structured content, because clients read one or the other. Answers that are ready together are written together. The forwarding server in the table does none of this and shows the limit of the SDK. At ${far} ms it is hardly above the goal itself, which leaves almost nothing for validation, redaction and the two forms of the answer. That is why this goal is missed.
- Most of the resident memory is Node's and the SDK's: compare the bare server. zod's schemas of the catalog, loaded by the first call, and undici come on top. Node lets its heap grow before it collects, so resident memory varies: the space for new objects alone takes up to 48 MB. The heap in use after a collection shows whether something leaks. The goal for resident memory is missed because of that space: if V8 is told to keep it at its first size, resident memory is about that of the bare server, but each call takes clearly more computing time. So it is not done.`;
