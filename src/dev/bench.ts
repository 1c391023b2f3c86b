/**
 * `npm run bench`: measures start, latency, throughput, memory and token requests, each with its baseline in the same run, and
 * writes docs/performance.md.
 *
 * - `-- --only throughput`: one part (start, npx, latency, throughput, memory, tokens, manifest, scripts, http), printed and
 *   not written
 * - `-- --document <OpenAPI file>`: also the server that openapi-mcp-generator makes of that document; the generator is
 *   installed into a temporary folder
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { Agent, request } from 'undici';
import { httpRows } from './bench/http.js';
import { manifestRows } from './bench/manifest.js';
import { type BenchRow, performancePage } from './bench/page.js';
import { heldOptions, Peer, startTime } from './bench/peer.js';
import { scriptRows } from './bench/scripts.js';
import { format, interleave, spread } from './bench/statistics.js';

const { values: options } = parseArgs({
  options: { document: { type: 'string' }, only: { type: 'string' } },
});
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const node = process.execPath;
const GENERATOR_VERSION = '4.0.1';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const rows: BenchRow[] = [];
const add = (row: BenchRow): void => {
  rows.push(row);
  say(
    `${row.met ? 'met   ' : 'MISSED'} ${row.what}: ${row.ratio} (goal ${row.goal}); ${row.figures}`,
  );
};

/** A baseline server as one file, bundled with the settings of the program. */
async function bundleBaseline(name: 'bare' | 'forward'): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [`src/dev/bench/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    banner: {
      js: "#!/usr/bin/env node\nimport{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  });
  return outfile;
}

/** The server that the generator makes of an OpenAPI document; undefined without a document. */
async function generateServer(): Promise<string | undefined> {
  if (options.document === undefined) {
    return undefined;
  }
  const document = resolve(options.document);
  const home = join(folder, 'generator');
  mkdirSync(home);
  const quiet = { cwd: home, stdio: 'ignore' as const };
  execFileSync(
    'npm',
    ['install', '--no-audit', '--no-fund', `openapi-mcp-generator@${GENERATOR_VERSION}`],
    quiet,
  );
  const output = join(home, 'made');
  execFileSync(
    join(home, 'node_modules/.bin/openapi-mcp-generator'),
    ['--input', document, '--output', output, '--base-url', 'http://127.0.0.1:1', '--force'],
    quiet,
  );
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { ...quiet, cwd: output });
  // The generated server does not pass its own type-check, so the types are stripped and nothing else is done.
  await build({
    entryPoints: [join(output, 'src/index.ts')],
    outfile: join(output, 'build/index.js'),
    format: 'esm',
    platform: 'node',
  });
  return join(output, 'build/index.js');
}

async function measureStart(bare: string): Promise<void> {
  say('Start to the first list of tools ...');
  const live = {
    LOGTO_ENDPOINT: 'http://127.0.0.1:1',
    LOGTO_APP_ID: 'bench',
    LOGTO_APP_SECRET: 'bench-secret',
  };
  const generatedServer = await generateServer();
  const tasks = {
    bare: () => startTime(node, [bare]),
    ours: () => startTime(node, ['dist/main.js'], live),
    all: () => startTime(node, ['dist/main.js', '--tools', 'all'], live),
    ...(generatedServer !== undefined && { generated: () => startTime(node, [generatedServer]) }),
  };
  await interleave(3, tasks);
  const times = await interleave(21, tasks);
  for (const [name, time] of [
    ['the default list', times.ours],
    ['--tools all', times.all],
  ] as const) {
    const ratio = time.median / times.bare.median;
    add({
      what: `start, ${name}, against a bare one-tool server on the same SDK`,
      goal: 'at most 1.3',
      ratio: ratio.toFixed(2),
      met: ratio <= 1.3,
      figures: `${format(time, 'ms')} against ${format(times.bare, 'ms')}`,
    });
  }
  if (times.generated !== undefined) {
    const ratio = times.all.median / times.generated.median;
    add({
      what: `start, --tools all, against openapi-mcp-generator ${GENERATOR_VERSION} on the same document`,
      goal: 'at most 0.5',
      ratio: ratio.toFixed(2),
      met: ratio <= 0.5,
      figures: `${format(times.all, 'ms')} against ${format(times.generated, 'ms')}`,
    });
  }
}

/** Packs a package. @returns the path of its tarball */
function pack(from: string): string {
  const into = mkdtempSync(join(folder, 'pack-'));
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', into], {
    cwd: from,
    stdio: 'ignore',
  });
  return join(into, readdirSync(into)[0] ?? '');
}

async function measureFirstNpx(bare: string): Promise<void> {
  say('First npx from a tarball, with an empty cache ...');
  const other = join(folder, 'bare-package');
  mkdirSync(other);
  execFileSync('cp', [bare, join(other, 'main.js')]);
  writeFileSync(
    join(other, 'package.json'),
    JSON.stringify({ name: 'bare', version: '1.0.0', type: 'module', bin: { bare: 'main.js' } }),
  );
  const tarballs = { ours: pack('.'), bare: pack(other) };
  const run = (tarball: string, args: readonly string[]) => async () => {
    const cache = mkdtempSync(join(folder, 'cache-'));
    const time = await startTime(
      'npx',
      ['--yes', '--offline', '--cache', cache, `file:${tarball}`, ...args],
      {},
      folder,
    );
    rmSync(cache, { recursive: true, force: true });
    return time;
  };
  const times = await interleave(7, {
    ours: run(tarballs.ours, ['--sandbox']),
    bare: run(tarballs.bare, []),
  });
  const ratio = times.ours.median / times.bare.median;
  add({
    what: 'first npx from a packed tarball with an empty cache, against a bare single-file package',
    goal: 'under 1.5',
    ratio: ratio.toFixed(2),
    met: ratio < 1.5,
    figures: `${format(times.ours, 'ms')} against ${format(times.bare, 'ms')}`,
  });
}

/**
 * Starts a stub of Logto. `stop` answers how many tokens it has issued; NaN from one that does not count.
 *
 * @param args of the stub; by default of the one with a single list
 */
async function startStub(args: number | readonly string[], file = 'stub') {
  const child = spawn(
    node,
    [
      '--import',
      'tsx',
      `src/dev/bench/${file}.ts`,
      ...(Array.isArray(args) ? args : [String(args)]),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  return {
    endpoint: await next(),
    stop: async (): Promise<number> => {
      child.stdin.end();
      return Number(await next());
    },
  };
}

const ours = (endpoint: string, options: readonly string[] = []): Peer =>
  new Peer(node, [...options, 'dist/main.js'], {
    LOGTO_ENDPOINT: endpoint,
    LOGTO_APP_ID: 'bench',
    LOGTO_APP_SECRET: 'bench-secret',
  });

/** The request of list_roles, by undici alone. */
function bareRequest(endpoint: string) {
  const dispatcher = new Agent();
  return async (): Promise<void> => {
    const { body } = await request(`${endpoint}/api/roles?page=1&page_size=20`, {
      dispatcher,
      headers: { authorization: 'Bearer token', accept: 'application/json' },
    });
    await body.json();
  };
}

/** Milliseconds of each of `count` calls in sequence. */
async function sequence(count: number, call: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const begin = performance.now();
    await call();
    times.push(performance.now() - begin);
  }
  return times;
}

/** Calls per second with `inFlight` calls in flight. */
async function throughput(count: number, inFlight: number, call: () => Promise<void>) {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return count / ((performance.now() - begin) / 1000);
}

/** Milliseconds that the stub takes for a request: on the same network, and over the internet. */
const NEAR_MS = 10;
const FAR_MS = 50;

async function measureLatency(): Promise<void> {
  say('Latency ...');
  const quick = await startStub(0);
  const peer = ours(quick.endpoint);
  await peer.open();
  const call = () => peer.call('list_roles');
  const bare = bareRequest(quick.endpoint);
  await sequence(300, call);
  await sequence(300, bare);
  const added: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const [with_, without] = [await sequence(200, call), await sequence(200, bare)];
    added.push(spread(with_).median - spread(without).median);
  }
  const latency = spread(added);
  add({
    what: 'time that a call over stdio adds to the same request by undici alone',
    goal: 'median under 1 ms',
    ratio: `${latency.median.toFixed(2)} ms`,
    met: latency.median < 1,
    figures: format(latency, 'ms', 2),
  });
  await peer.close();
  await quick.stop();
}

/**
 * @param delay milliseconds that the stub takes
 * @param goal the part of undici's calls per second that the server must reach
 */
async function measureThroughput(delay: number, goal: number): Promise<void> {
  say(`Throughput, ${delay} ms ...`);
  const stub = await startStub(delay);
  const peer = ours(stub.endpoint);
  const forward = new Peer(node, [await bundleBaseline('forward'), stub.endpoint]);
  await Promise.all([peer.open(), forward.open()]);
  const tasks = {
    ours: () => peer.call('list_roles'),
    forward: () => forward.call('list_roles'),
    bare: bareRequest(stub.endpoint),
  };
  const rate = (count: number, task: () => Promise<void>) => () => throughput(count, 50, task);
  await interleave(1, {
    ours: rate(2000, tasks.ours),
    forward: rate(2000, tasks.forward),
    bare: rate(2000, tasks.bare),
  });
  const rates = await interleave(7, {
    ours: rate(3000, tasks.ours),
    forward: rate(3000, tasks.forward),
    bare: rate(3000, tasks.bare),
  });
  const ratio = rates.ours.median / rates.bare.median;
  const forwardRatio = rates.forward.median / rates.bare.median;
  add({
    what: `calls per second with 50 in flight, relative to undici, where Logto takes ${delay} ms`,
    goal: `at least ${goal}`,
    ratio: ratio.toFixed(2),
    met: ratio >= goal,
    figures: `${format(rates.ours, '/s')} against ${format(rates.bare, '/s')}; a server on the same SDK that passes the answer on unread has ${format(rates.forward, '/s')}, which is ${forwardRatio.toFixed(2)}`,
  });
  await Promise.all([peer.close(), forward.close()]);
  await stub.stop();
}

async function measureMemory(bareServer: string): Promise<void> {
  say('Memory ...');
  const nothing = new Peer(node, [bareServer]);
  await nothing.open();
  await throughput(10_000, 10, () => nothing.call('nothing'));
  const bareMemory = nothing.memory();
  await nothing.close();
  const stub = await startStub(0);
  /** Measures a server after 1,000, 10,000 and 30,000 calls. A collection changes what is resident, so each measure has its own server. */
  const after = async (peer: Peer, figure: () => number | Promise<number>): Promise<number[]> => {
    await peer.open();
    const figures: number[] = [];
    for (const more of [1000, 9000, 20_000]) {
      await throughput(more, 10, () => peer.call('list_roles'));
      figures.push(await figure());
    }
    await peer.close();
    return figures;
  };
  const plain = ours(stub.endpoint);
  const resident = await after(plain, () => plain.memory());
  const collected = ours(stub.endpoint, heldOptions);
  const heapSizes = await after(collected, () => collected.heapInUse());
  const [first = 0, tenth = 0] = heapSizes;
  const growth = tenth / first;
  const all = (values: readonly number[], digits: number) =>
    values.map((megabytes) => megabytes.toFixed(digits)).join(', ');
  add({
    what: 'heap in use after 10,000 calls, relative to that after the first 1,000',
    goal: 'no growth (at most 1.1)',
    ratio: growth.toFixed(2),
    met: growth <= 1.1,
    figures: `${all(heapSizes, 1)} MB after 1,000, 10,000 and 30,000 calls and a collection`,
  });
  const [, afterTenThousand = 0] = resident;
  const memoryRatio = afterTenThousand / bareMemory;
  add({
    what: 'resident memory after 10,000 calls, relative to the bare server',
    goal: 'at most 1.2',
    ratio: memoryRatio.toFixed(2),
    met: memoryRatio <= 1.2,
    figures: `${all(resident, 0)} MB after 1,000, 10,000 and 30,000 calls; the bare server has ${bareMemory.toFixed(0)} MB after 10,000 calls that do nothing`,
  });
  await stub.stop();
}

async function countTokenRequests(): Promise<void> {
  say('Token requests ...');
  const stub = await startStub(NEAR_MS);
  const peer = ours(stub.endpoint);
  await peer.open();
  await Promise.all(Array.from({ length: 1000 }, () => peer.call('list_roles')));
  await peer.close();
  const count = await stub.stop();
  add({
    what: 'token requests for 1,000 parallel calls on a cold session',
    goal: 'exactly 1',
    ratio: String(count),
    met: count === 1,
    figures: 'counted by the token endpoint',
  });
}

async function measureConfiguration(): Promise<void> {
  say('Configuration as code ...');
  (await manifestRows()).forEach(add);
}

async function measureScripts(): Promise<void> {
  say('Scripts ...');
  (await scriptRows((args) => startStub(args, 'stand-in'))).forEach(add);
}

/** The parts of the benchmark, in order. */
const parts: Readonly<Record<string, (bare: string) => Promise<void>>> = {
  start: measureStart,
  npx: measureFirstNpx,
  latency: measureLatency,
  throughput: async () => {
    await measureThroughput(NEAR_MS, 0.65);
    await measureThroughput(FAR_MS, 0.9);
  },
  memory: measureMemory,
  tokens: countTokenRequests,
  manifest: measureConfiguration,
  scripts: measureScripts,
  http: async () => (await httpRows()).forEach(add),
};

if (options.only !== undefined && parts[options.only] === undefined) {
  say(`There is no part "${options.only}". Parts: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}
try {
  execFileSync('npm', ['run', 'build'], { stdio: 'ignore' });
  const bare = await bundleBaseline('bare');
  for (const [name, measure] of Object.entries(parts)) {
    if (options.only === undefined || options.only === name) {
      await measure(bare);
    }
  }
  if (options.only === undefined) {
    writeFileSync('docs/performance.md', performancePage(rows, [NEAR_MS, FAR_MS]));
    process.stdout.write(performancePage(rows, [NEAR_MS, FAR_MS]));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
