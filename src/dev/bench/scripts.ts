/**
 * Whole jobs, on a stand-in of Logto that takes its time: a script of this server against a program written for the job with
 * undici, and against one call of a tool after another, which is what an agent does with a server generated from a document.
 */
import { Agent, request } from 'undici';
import { isObject, memberOf } from '../../json.js';
import { sandboxSettings } from '../../sandbox/settings.js';
import { Peer } from './peer.js';
import { format, interleave, type Spread } from './statistics.js';

/** Milliseconds that each answer of the stand-in takes. */
const LATENCY_MS = 50;

/** Users of the tenant that is read. The one that is written has as many users as writes. */
const READ_USERS = 10_000;
const WRITES = 500;
const PAGE_SIZE = 100;

/** Requests that the program with undici makes side by side, as many as a script of this server. */
const MAX_PARALLEL = 8;

const ROUNDS = 3;

/** A script may take this much of the time of a program with undici. */
const MAX_READ_RATIO = 2;

/** A run of writes is at least so many times as fast as one call after another. */
const MIN_WRITE_FACTOR = 5;

const READ = `
  const users = await logto.all('list_users', { fields: ['id', 'customData'] });
  return users.filter(({ customData }) => customData.plan === 'trial').length;`;

const WRITE = `
  const users = await logto.all('list_users', {});
  for (const { id } of users) {
    await logto.update_user({ userId: id, customData: { reviewed: true } });
  }`;

/** A program for one tenant, as one writes it by hand: a token, and requests side by side. */
class PlainProgram {
  readonly #endpoint: string;
  readonly #dispatcher = new Agent();
  #token = '';

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  async signIn(): Promise<void> {
    const { appId, appSecret, resource } = sandboxSettings;
    const { body } = await request(`${this.#endpoint}/oidc/token`, {
      dispatcher: this.#dispatcher,
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${appId}:${appSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource,
        scope: 'all',
      }).toString(),
    });
    this.#token = String(memberOf(await body.json(), 'access_token'));
  }

  async send(method: 'GET' | 'PATCH', path: string, value?: object): Promise<unknown> {
    const { body, statusCode } = await request(`${this.#endpoint}/api/${path}`, {
      dispatcher: this.#dispatcher,
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(value !== undefined && { body: JSON.stringify(value) }),
    });
    const answer: unknown = await body.json();
    if (statusCode !== 200) {
      throw new Error(`${method} ${path} failed: ${JSON.stringify(answer)}`);
    }
    return answer;
  }

  /** Runs a task for each number below `count`, `MAX_PARALLEL` of them at a time. */
  async each(count: number, task: (index: number) => Promise<void>): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        next += 1;
        await task(next - 1);
      }
    };
    await Promise.all(Array.from({ length: MAX_PARALLEL }, worker));
  }
}

const objectsIn = (value: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const isOnTrial = (user: Readonly<Record<string, unknown>>): boolean =>
  memberOf(user['customData'], 'plan') === 'trial';

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** Throws where a task did not do its whole job: then its time says nothing. */
function requireCount(what: string, expected: number, measured: unknown): void {
  if (measured !== expected) {
    throw new Error(`${what}: ${JSON.stringify(measured)} instead of ${expected}.`);
  }
}

/** Milliseconds of each way of a job. */
type Times = Readonly<Record<'script' | 'program' | 'calls', Spread>>;

/** Calls a tool of the server. @throws Error where it fails */
type CallTool = (name: string, values: object) => Promise<unknown>;

/** Measures with both programs connected to a stand-in. */
async function connected(
  endpoint: string,
  measure: (call: CallTool, program: PlainProgram) => Promise<Times>,
): Promise<Times> {
  const program = new PlainProgram(endpoint);
  await program.signIn();
  const peer = new Peer(process.execPath, ['dist/main.js'], {
    LOGTO_ENDPOINT: endpoint,
    LOGTO_APP_ID: sandboxSettings.appId,
    LOGTO_APP_SECRET: sandboxSettings.appSecret,
  });
  try {
    await peer.open();
    return await measure(async (name, values) => {
      const { result } = await peer.request('tools/call', { name, arguments: values });
      const content = memberOf(result, 'structuredContent');
      if (memberOf(content, 'error') !== undefined) {
        throw new Error(`${name} failed: ${JSON.stringify(content)}`);
      }
      return content;
    }, program);
  } finally {
    await peer.close();
  }
}

/** Counts the users on trial among all. */
const measureReading = (call: CallTool, program: PlainProgram): Promise<Times> => {
  const pages = READ_USERS / PAGE_SIZE;
  const trials = READ_USERS / 10;
  return interleave(ROUNDS, {
    script: () =>
      timed(async () => {
        const read = await call('run_read_script', { code: READ });
        requireCount('users on trial', trials, memberOf(read, 'result'));
      }),
    program: () =>
      timed(async () => {
        let count = 0;
        await program.each(pages, async (index) => {
          const path = `users?page=${index + 1}&page_size=${PAGE_SIZE}`;
          const users = objectsIn(await program.send('GET', path));
          count += users.filter(isOnTrial).length;
        });
        requireCount('users on trial', trials, count);
      }),
    calls: () =>
      timed(async () => {
        let count = 0;
        for (let page = 1; page <= pages; page += 1) {
          const fields = ['id', 'customData'];
          const answer = await call('list_users', { page, page_size: PAGE_SIZE, fields });
          count += objectsIn(memberOf(answer, 'items')).filter(isOnTrial).length;
        }
        requireCount('users on trial', trials, count);
      }),
  });
};

/** Changes the custom data of every user. */
const measureWriting = async (call: CallTool, program: PlainProgram): Promise<Times> => {
  const users: Readonly<Record<string, unknown>>[] = [];
  for (let page = 1; page <= WRITES / PAGE_SIZE; page += 1) {
    const path = `users?page=${page}&page_size=${PAGE_SIZE}`;
    users.push(...objectsIn(await program.send('GET', path)));
  }
  requireCount('users', WRITES, users.length);
  return interleave(ROUNDS, {
    script: () =>
      timed(async () => {
        const planned = await call('run_script', { code: WRITE });
        const plan = memberOf(memberOf(planned, 'result'), 'plan');
        const done = await call('run_script', { plan });
        requireCount('writes', WRITES, memberOf(memberOf(memberOf(done, 'result'), 'run'), 'sent'));
      }),
    program: () =>
      timed(() =>
        program.each(WRITES, async (index) => {
          const path = `users/${users[index]?.['id']}`;
          await program.send('GET', path);
          await program.send('PATCH', path, { customData: { reviewed: true } });
        }),
      ),
    calls: () =>
      timed(async () => {
        for (const { id } of users) {
          await call('update_user', { userId: id, customData: { seen: true } });
        }
      }),
  });
};

/** Starts `stand-in.ts` with its arguments. */
export type StartStandIn = (
  args: readonly string[],
) => Promise<{ readonly endpoint: string; stop(): Promise<unknown> }>;

/** The rows of the page. The program must have been built. */
export async function scriptRows(start: StartStandIn) {
  const withUsers = async (
    count: number,
    measure: (call: CallTool, program: PlainProgram) => Promise<Times>,
  ) => {
    const standIn = await start([String(LATENCY_MS), String(count)]);
    try {
      return await connected(standIn.endpoint, measure);
    } finally {
      await standIn.stop();
    }
  };
  const reading = await withUsers(READ_USERS, measureReading);
  const writing = await withUsers(WRITES, measureWriting);
  const readRatio = reading.script.median / reading.program.median;
  const factor = writing.calls.median / writing.script.median;
  return [
    {
      what: `a script over ${READ_USERS.toLocaleString('en')} users, against a program that reads the ${READ_USERS / PAGE_SIZE} pages with undici, ${MAX_PARALLEL} side by side`,
      goal: `at most ${MAX_READ_RATIO}`,
      ratio: readRatio.toFixed(2),
      met: readRatio <= MAX_READ_RATIO,
      figures: `${format(reading.script, 'ms')} against ${format(reading.program, 'ms')}; one call of a tool for each page takes ${format(reading.calls, 'ms')}`,
    },
    {
      what: `${WRITES} writes of a script, planned, confirmed and sent, against one call of a tool after another`,
      goal: `at least ${MIN_WRITE_FACTOR} times as fast`,
      ratio: factor.toFixed(1),
      met: factor >= MIN_WRITE_FACTOR,
      figures: `${format(writing.script, 'ms')} against ${format(writing.calls, 'ms')}; a program with undici that reads and writes each, ${MAX_PARALLEL} side by side and with neither preview nor journal, takes ${format(writing.program, 'ms')}`,
    },
  ];
}
