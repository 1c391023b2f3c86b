/**
 * `npm run bench`: measures start, latency, throughput, memory and token requests, each beside what it is compared with in
 * the same run, and writes docs/performance.md. With `-- --document <OpenAPI file>` it also measures the server that
 * openapi-mcp-generator makes of that document; it installs the generator into a temporary folder.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { Agent, request } from 'undici';
import { heldOptions, Peer, startTime } from './bench/peer.js';

const { values: options } = parseArgs({ options: { document: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const node = process.execPath;
const generatorVersion = '4.0.1';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
  return { least: at(0), median: at(0.5), most: at(1) };
}

const shown = ({ least, median, most }: Spread, unit: string, digits = 0): string =>
  `${median.toFixed(digits)} ${unit} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;

/** One line of the table. */
interface Row {
  readonly what: string;
  readonly goal: string;
  readonly ratio: string;
  readonly met: boolean;
  readonly figures: string;
}

const rows: Row[] = [];
const add = (row: Row): void => {
  rows.push(row);
  say(
    `${row.met ? 'met   ' : 'MISSED'} ${row.what}: ${row.ratio} (goal ${row.goal}); ${row.figures}`,
  );
};

/** Runs each of several measurements in turn, round by round, so that a busy moment meets all of them. */
async function inTurn<T extends Readonly<Record<string, () => Promise<number>>>>(
  rounds: number,
  tasks: T,
): Promise<{ [K in keyof T]: Spread }> {
  type K = keyof T & string;
  const names = Object.keys(tasks) as K[];
  const taken = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const task = tasks[name];
      if (task !== undefined) {
        taken.get(name)?.push(await task());
      }
    }
  }
  return Object.fromEntries(names.map((name) => [name, spread(taken.get(name) ?? [])])) as {
    [N in keyof T]: Spread;
  };
}

/** A server that we are compared with, as one file, bundled with our own settings. */
async function bundled(name: 'bare' | 'forward'): Promise<string> {
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

/** The server that the generator makes of an OpenAPI document; undefined when no document was given. */
async function generated(): Promise<string | undefined> {
  if (options.document === undefined) {
    return undefined;
  }
  const document = resolve(options.document);
  const home = join(folder, 'generator');
  mkdirSync(home);
  const quiet = { cwd: home, stdio: 'ignore' as const };
  execFileSync(
    'npm',
    ['install', '--no-audit', '--no-fund', `openapi-mcp-generator@${generatorVersion}`],
    quiet,
  );
  const made = join(home, 'made');
  execFileSync(
    join(home, 'node_modules/.bin/openapi-mcp-generator'),
    ['--input', document, '--output', made, '--base-url', 'http://127.0.0.1:1', '--force'],
    quiet,
  );
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { ...quiet, cwd: made });
  // What it makes of this document does not pass its own type-check, so the types are stripped and nothing else is done.
  await build({
    entryPoints: [join(made, 'src/index.ts')],
    outfile: join(made, 'build/index.js'),
    format: 'esm',
    platform: 'node',
  });
  return join(made, 'build/index.js');
}

async function start(bare: string): Promise<void> {
  say('Start to the first list of tools ...');
  const live = {
    LOGTO_ENDPOINT: 'http://127.0.0.1:1',
    LOGTO_APP_ID: 'bench',
    LOGTO_APP_SECRET: 'bench',
  };
  const other = await generated();
  const tasks = {
    bare: () => startTime(node, [bare]),
    ours: () => startTime(node, ['dist/main.js'], live),
    all: () => startTime(node, ['dist/main.js', '--tools', 'all'], live),
    ...(other !== undefined && { other: () => startTime(node, [other]) }),
  };
  await inTurn(3, tasks);
  const times = await inTurn(21, tasks);
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
      figures: `${shown(time, 'ms')} against ${shown(times.bare, 'ms')}`,
    });
  }
  if (times.other !== undefined) {
    const ratio = times.all.median / times.other.median;
    add({
      what: `start, --tools all, against openapi-mcp-generator ${generatorVersion} on the same document`,
      goal: 'at most 0.5',
      ratio: ratio.toFixed(2),
      met: ratio <= 0.5,
      figures: `${shown(times.all, 'ms')} against ${shown(times.other, 'ms')}`,
    });
  }
}

/** Packs a package and answers with its tarball. */
function pack(from: string): string {
  const into = mkdtempSync(join(folder, 'pack-'));
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', into], {
    cwd: from,
    stdio: 'ignore',
  });
  return join(into, readdirSync(into)[0] ?? '');
}

async function firstNpx(bare: string): Promise<void> {
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
  const times = await inTurn(7, {
    ours: run(tarballs.ours, ['--sandbox']),
    bare: run(tarballs.bare, []),
  });
  const ratio = times.ours.median / times.bare.median;
  add({
    what: 'first npx from a packed tarball with an empty cache, against a bare single-file package',
    goal: 'under 1.5',
    ratio: ratio.toFixed(2),
    met: ratio < 1.5,
    figures: `${shown(times.ours, 'ms')} against ${shown(times.bare, 'ms')}`,
  });
}

/** A stub of Logto, and how many tokens it gave out in the end. */
async function startStub(delay: number) {
  const child = spawn(node, ['--import', 'tsx', 'src/dev/bench/stub.ts', String(delay)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
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
    LOGTO_APP_SECRET: 'bench',
  });

/** The same request as list_roles makes, by undici alone. */
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

/** Milliseconds of each of `count` calls, one after the other. */
async function sequence(count: number, call: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const begin = performance.now();
    await call();
    times.push(performance.now() - begin);
  }
  return times;
}

/** Calls a second, with so many in flight. */
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

/** Milliseconds that the stand-in takes: little, which shows the work of a server, and as much as a way over the internet. */
const near = 10;
const far = 50;

async function calls(): Promise<void> {
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
    what: 'what a call over stdio takes longer than the same request by undici alone',
    goal: 'median under 1 ms',
    ratio: `${latency.median.toFixed(2)} ms`,
    met: latency.median < 1,
    figures: shown(latency, 'ms', 2),
  });
  await peer.close();
  await quick.stop();
}

/** @param delay milliseconds that the stand-in takes */
async function inFlight(delay: number): Promise<void> {
  say(`Throughput, ${delay} ms ...`);
  const stub = await startStub(delay);
  const peer = ours(stub.endpoint);
  const forward = new Peer(node, [await bundled('forward'), stub.endpoint]);
  await Promise.all([peer.open(), forward.open()]);
  const tasks = {
    ours: () => peer.call('list_roles'),
    forward: () => forward.call('list_roles'),
    bare: bareRequest(stub.endpoint),
  };
  const rate = (count: number, task: () => Promise<void>) => () => throughput(count, 50, task);
  await inTurn(1, {
    ours: rate(2000, tasks.ours),
    forward: rate(2000, tasks.forward),
    bare: rate(2000, tasks.bare),
  });
  const rates = await inTurn(7, {
    ours: rate(3000, tasks.ours),
    forward: rate(3000, tasks.forward),
    bare: rate(3000, tasks.bare),
  });
  const ratio = rates.ours.median / rates.bare.median;
  const least = rates.forward.median / rates.bare.median;
  add({
    what: `calls a second with 50 in flight, of undici's, where Logto takes ${delay} ms`,
    goal: 'at least 0.85',
    ratio: ratio.toFixed(2),
    met: ratio >= 0.85,
    figures: `${shown(rates.ours, '/s')} against ${shown(rates.bare, '/s')}; a server on the same SDK that hands the answer on unread has ${shown(rates.forward, '/s')}, which is ${least.toFixed(2)}`,
  });
  await Promise.all([peer.close(), forward.close()]);
  await stub.stop();
}

async function memory(bareServer: string): Promise<void> {
  say('Memory ...');
  const nothing = new Peer(node, [bareServer]);
  await nothing.open();
  await throughput(10_000, 10, () => nothing.call('nothing'));
  const bareMemory = nothing.memory();
  await nothing.close();
  const stub = await startStub(0);
  /** Figures of a server after so many calls. A clean-up changes what is resident, so each has a server of its own. */
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
  const asked = ours(stub.endpoint, heldOptions);
  const held = await after(asked, () => asked.held());
  const [first = 0, tenth = 0] = held;
  const growth = tenth / first;
  const all = (values: readonly number[], digits: number) =>
    values.map((megabytes) => megabytes.toFixed(digits)).join(', ');
  add({
    what: 'what the heap holds after 10,000 calls, against that after the first 1,000',
    goal: 'no growth (at most 1.1)',
    ratio: growth.toFixed(2),
    met: growth <= 1.1,
    figures: `${all(held, 1)} MB after 1,000, 10,000 and 30,000 calls and a clean-up`,
  });
  const [, most = 0] = resident;
  add({
    what: 'resident memory after 10,000 calls',
    goal: 'under 100 MB',
    ratio: `${most.toFixed(0)} MB`,
    met: most < 100,
    figures: `${all(resident, 0)} MB after 1,000, 10,000 and 30,000 calls; the bare server has ${bareMemory.toFixed(0)} MB after 10,000 calls that do nothing`,
  });
  await stub.stop();
}

async function tokens(): Promise<void> {
  say('Token requests ...');
  const stub = await startStub(near);
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

/** The page: what is measured, and the table of this run. */
function page(): string {
  const [cpu] = cpus();
  return [
    '# Performance',
    '',
    '<!-- Written by `npm run bench`. -->',
    '',
    'Each figure is measured beside what it is compared with, in turns, in one run; machines are noisy, so look at the ratios. Figures are medians, with the least and the most behind them.',
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
    notes,
    '',
  ].join('\n');
}

const notes = `## What makes it so

- The build prepares what a list of tools needs, so a start reads neither the catalog's schemas nor zod's conversion of them; the sandbox, the catalog and undici are files of their own, read by the first call that needs them. That first call takes longer for it.
- Of the start, most is Node's and the SDK's: the bare server alone takes nearly half of what the generator's server takes, which leaves little for anything else within that goal.
- Nothing is a dependency: \`npx\` fetches one package.
- One pool of kept connections, one token for all who wait.
- Throughput is measured against a stand-in for Logto that takes ${near} ms for a request, and one that takes ${far} ms; client, server and stand-in share the machine's cores. undici alone keeps its 50 requests waiting and does next to nothing itself. A server gets 50 answers at once and works through them on one thread: it reads the message, checks the arguments, parses the answer, looks through it for secrets and for what cannot be seen, and writes it twice, as text and as structured content, since clients read one or the other. What is left for that shows the server beside it in the table, which does none of it. That work, and not the way to Logto, is the limit; an agent that makes its calls one after the other does not meet it.
- Resident memory is for the most part the SDK's and Node's: see the bare server beside it. On top lie zod's schemas of the catalog, loaded by the first call, and undici. Node lets its heap grow before it cleans up, so resident memory goes up and down; what the heap holds after a clean-up tells whether anything is kept.`;

try {
  execFileSync('npm', ['run', 'build'], { stdio: 'ignore' });
  const bare = await bundled('bare');
  await start(bare);
  await firstNpx(bare);
  await calls();
  await inFlight(near);
  await inFlight(far);
  await memory(bare);
  await tokens();
  writeFileSync('docs/performance.md', page());
  process.stdout.write(page());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
