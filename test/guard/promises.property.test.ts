/**
 * The promises of docs/safety.md, checked after every step of random sequences: writes of the whole catalog, confirmed in
 * every right and wrong way, and undos, under random policies. The state of the sandbox decides, not what the guard says.
 *
 * `PROPERTY_RUNS=500 npm test -- test/guard/promises.property.test.ts` looks longer;
 * `PROPERTY_SEED` and `PROPERTY_PATH` repeat a failure, which prints both.
 */
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { readPolicy } from '../../src/guard/policy/policy-file.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { type JournalEntry, memoryJournal, parseLine } from '../../src/guard/undo/journal.js';
import { isObject, textsIn } from '../../src/json.js';
import { Logger } from '../../src/logger.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import {
  type Arguments,
  anyCall,
  argumentsOf,
  type GeneratedCall,
  PLANTED,
} from '../support/call-generator.js';
import { type Connected, connectClient, tools } from '../support/client.js';
import {
  differenceOf,
  keysOf,
  ObservedTenant,
  type State,
  type StateDifference,
} from '../support/tenant-state.js';
import type { Outcome } from '../walks/walk.js';

/** The seed of a plain `npm test`. Runs with `PROPERTY_RUNS` take a random one and print it on failure. */
const DEFAULT_SEED = 1142;

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 20);
const MAX_STEPS = 24;
/** Milliseconds after which no further run starts. */
const TIME_LIMIT_MS = process.env['PROPERTY_RUNS'] === undefined ? 20_000 : 3_600_000;
const PLAN_LIFETIME_MS = 5 * 60_000;

/** What happens with a plan. */
const uses = [
  'unused',
  'once',
  'once',
  'twice',
  'late',
  'with other arguments',
  'after a change',
] as const;

type Use = (typeof uses)[number];

type Step =
  | { readonly does: 'write'; readonly call: GeneratedCall; readonly use: Use }
  | { readonly does: 'undo'; readonly index: number; readonly use: Use };

const use = fc.constantFrom(...uses);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('write' as const), call: anyCall, use }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('undo' as const),
      // Mostly the newest change: the state that its undo must restore is known exactly.
      index: fc.constantFrom(0, 0, 0, 1, 2, 5),
      use,
    }),
  },
);

const riskNames = [
  'destructive',
  'irreversible',
  'credential',
  'privilege',
  'trust',
  'egress',
] as const;
const domainNames = [...new Set(tools.map(({ domain }) => domain))];
const effects = ['adds', 'changes', 'removes'] as const;
const terms = fc.oneof(
  fc.constantFrom(...domainNames),
  fc.constantFrom(...effects),
  fc.constantFrom('delete_*', 'update_*', '*_role*', 'create_user', 'replace_*'),
);

const confirm = fc.oneof(
  { weight: 3, arbitrary: fc.constant('risks' as const) },
  { weight: 2, arbitrary: fc.constant('never' as const) },
  { weight: 1, arbitrary: fc.constant('all-writes' as const) },
  { weight: 1, arbitrary: fc.constantFrom(['destructive'], ['credential', 'privilege', 'trust']) },
);

/** Entities of the sandbox's content. */
const protectable = {
  users: ['user-of-index'],
  roles: ['support', 'customer'],
  applications: ['shop-web', 'warehouse-sync'],
  organizations: ['alpine-rentals', 'harbour-wheels'],
  resources: ['orders-api'],
} as const;

interface Rules {
  readonly confirm: unknown;
  readonly deny?: readonly string[];
  readonly allow?: readonly string[];
  readonly read_only?: true;
  readonly protect?: Partial<Record<string, readonly string[]>>;
  readonly organizations?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
}

const restrictions: fc.Arbitrary<Omit<Rules, 'confirm'>> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.record({ deny: fc.uniqueArray(terms, { minLength: 1, maxLength: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ deny: fc.subarray([...riskNames], { minLength: 1 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ allow: fc.uniqueArray(terms, { minLength: 1, maxLength: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('users', 'roles', 'applications', 'organizations', 'resources')
      .chain((kind) =>
        fc.constantFrom(...protectable[kind]).map((id) => ({ protect: { [kind]: [id] } })),
      ),
  },
  { weight: 1, arbitrary: fc.constant({ organizations: ['alpine-rentals'] }) },
  {
    weight: 1,
    arbitrary: fc.record({
      limits: fc.record(
        {
          writes_per_minute: fc.nat({ max: 4 }),
          writes_per_run: fc.nat({ max: 6 }),
          removals_per_minute: fc.nat({ max: 2 }),
          removals_per_run: fc.nat({ max: 3 }),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ read_only: true as const }) },
);

const policies: fc.Arbitrary<Rules> = fc
  .tuple(confirm, restrictions)
  .map(([rule, others]) => ({ confirm: rule, ...others }));

/** Counts the checks, so that a test that checks nothing fails. */
const counts = { done: 0, planned: 0, confirmed: 0, refused: 0, undone: 0, restored: 0, stale: 0 };

const isIn = (term: string, name: string): boolean => {
  const tool = tools.find((item) => item.name === name);
  const glob = new RegExp(`^${term.replaceAll('*', '.*')}$`);
  return tool?.domain === term || tool?.operation.effect === term || glob.test(name);
};

/** A value without members that are false, null or empty: Logto answers a setting that was never made as one of these. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutDefaults);
  }
  if (!isObject(value)) {
    return value;
  }
  const members = Object.entries(value).map(([name, member]) => [name, withoutDefaults(member)]);
  const isDefault = (member: unknown) =>
    member === false ||
    member === null ||
    member === '' ||
    (typeof member === 'object' && Object.keys(member).length === 0);
  return Object.fromEntries(members.filter(([, member]) => !isDefault(member)));
}

/** A state as Logto answers it. */
const observable = (state: State): State =>
  new Map(
    [...state]
      .map(([key, value]): [string, string] => [
        key,
        JSON.stringify(withoutDefaults(value === 'undefined' ? null : JSON.parse(value))),
      ])
      .filter(([, value]) => value !== '{}' && value !== 'null'),
  );

/** One sequence: a tenant, a client under a policy, and another program that writes beside it. */
class Scenario {
  readonly tenant: ObservedTenant;
  readonly #rules: Rules;
  readonly #journal = memoryJournal();
  readonly #trace: string[] = [];
  readonly #secretTexts = new Set<string>([sandboxSettings.appSecret]);
  readonly #logged: string[] = [];
  #user: string | undefined;
  #clock = Date.UTC(2030, 0, 1);
  #client: Connected | undefined;
  #beside: Connected | undefined;
  /** The newest change, while nothing else has been changed since, and the state before it. */
  #newest: { readonly id: string; readonly before: State } | undefined;

  constructor(rules: Rules) {
    this.#rules = rules;
    this.tenant = new ObservedTenant(() => this.#clock);
  }

  async open(): Promise<void> {
    const now = () => this.#clock;
    const sandbox = createSandbox({ tenant: this.tenant, now });
    const fetch: typeof sandbox.fetch = (url, init) => {
      const [, token] = /^Bearer (.+)$/.exec(init.headers['authorization'] ?? '') ?? [];
      if (token !== undefined) {
        this.#secretTexts.add(token);
      }
      return sandbox.fetch(url, init);
    };
    const log = new Logger({
      level: 'debug',
      human: false,
      write: (line) => void this.#logged.push(line),
    });
    this.#client = await connectClient({
      fetch,
      now,
      policy: readPolicy(JSON.stringify(this.#policyFile()), undefined, tools),
      secrets: new Secrets(false, undefined),
      lines: this.#journal,
      session: { observe: log.exchanged },
      server: { around: (...call) => log.around(...call) },
    });
    this.#beside = await connectClient({ fetch, now });
    // The sandbox creates these when they are first read, which is no change.
    for (const keyType of ['private-keys', 'cookie-keys']) {
      await this.#beside.call('get_oidc_keys', { keyType });
    }
  }

  /** The rules, with the id of a user of the sandbox, which its content generates. */
  #policyFile(): Rules {
    this.#user ??= String(this.tenant.rowsOf('users')[0]?.['id']);
    return this.#rules.protect?.['users'] === undefined
      ? this.#rules
      : { ...this.#rules, protect: { users: [this.#user] } };
  }

  async close(): Promise<void> {
    await this.#client?.close();
    await this.#beside?.close();
  }

  #fail(promise: string, details: unknown = ''): never {
    const shown = typeof details === 'string' ? details : JSON.stringify(details);
    throw new Error(
      `${promise}\n${shown}\npolicy ${JSON.stringify(this.#policyFile())}\n${this.#trace.slice(-12).join('\n')}`,
    );
  }

  #entries(): JournalEntry[] {
    const lines = this.#journal.read().map(parseLine);
    const ended = new Map<string, Readonly<Record<string, unknown>>>();
    for (const line of lines) {
      if (line?.outcome !== undefined) {
        ended.set(line.id, line);
      }
    }
    return lines.flatMap((line) =>
      line?.operation === undefined
        ? []
        : [{ outcome: 'unknown', ...line, ...ended.get(line.id) } as unknown as JournalEntry],
    );
  }

  async #call(tool: string, values: Arguments): Promise<Outcome> {
    if (this.#client === undefined) {
      throw new Error('The scenario is not open.');
    }
    const before = this.tenant.state();
    const written = this.#entries().length;
    const outcome = await this.#client.call(tool, values);
    const outcomeText = outcome.ok ? 'done' : (outcome.error.code ?? outcome.error.kind);
    this.#trace.push(
      `${tool} ${JSON.stringify(values)} -> ${outcomeText}: ${JSON.stringify(outcome).slice(0, 300)}`,
    );
    this.#checkAfter(before, outcome, this.#entries().slice(written));
    return outcome;
  }

  /** Checks every promise that holds for any call. */
  #checkAfter(before: State, outcome: Outcome, written: readonly JournalEntry[]): void {
    const after = this.tenant.state();
    const difference = differenceOf(before, after);
    this.#checkJournal(difference, outcome, written);
    this.#checkOwnAccess(after);
    this.#checkPolicy(difference, before, written);
    this.#checkCeilings();
    this.#checkSecrets(JSON.stringify(outcome));
    if (keysOf(difference).length > 0) {
      this.#newest = undefined;
    }
  }

  #checkJournal(
    difference: StateDifference,
    outcome: Outcome,
    written: readonly JournalEntry[],
  ): void {
    const changed = keysOf(difference);
    if (changed.length > 0 && written.length === 0) {
      this.#fail('A change is missing in the journal.', changed);
    }
    if (changed.length > 0 && written.every((entry) => entry.outcome === 'refused')) {
      this.#fail('The journal says "refused" of a change that was made.', changed);
    }
    if (
      changed.length > 0 &&
      !outcome.ok &&
      written.every((entry) => entry.outcome === 'refused')
    ) {
      this.#fail('A call that failed changed something that the journal does not have.', changed);
    }
    if (outcome.ok && written.some((entry) => entry.outcome !== 'done')) {
      this.#fail('A call succeeded and the journal does not say so.', written);
    }
    if (!outcome.ok && written.at(-1)?.outcome === 'done') {
      this.#fail('A call failed and the journal says "done".', written);
    }
  }

  #checkOwnAccess(state: State): void {
    const { appId, appSecret, resource } = sandboxSettings;
    const application = state.get(`applications/${appId}`);
    const secret = state.get(`application_secrets/${appId}/Default secret`);
    const api = state.get('resources/management-api');
    if (
      application === undefined ||
      secret?.includes(JSON.stringify(appSecret)) !== true ||
      api?.includes(JSON.stringify(resource)) !== true ||
      !state.has('scopes/management-api-all') ||
      !state.has('roles/management-api-access') ||
      !state.has(`applications_roles: ${appId} management-api-access`) ||
      !state.has('roles_scopes: management-api-access management-api-all')
    ) {
      this.#fail('The access of this server is gone.');
    }
  }

  #checkPolicy(difference: StateDifference, before: State, written: readonly JournalEntry[]): void {
    const { read_only, deny = [], allow, organizations } = this.#rules;
    const changed = keysOf(difference);
    const names = written.map(({ operation }) => operation);
    if (read_only === true && (changed.length > 0 || names.length > 0)) {
      this.#fail('read_only changed something.', changed);
    }
    const denied = names.find((name) => deny.some((term) => isIn(term, name)));
    if (denied !== undefined) {
      this.#fail(`deny let ${denied} through.`);
    }
    if (deny.includes('removes') && difference.removed.length > 0) {
      this.#fail('deny: removes removed something.', difference);
    }
    const beyond = names.find((name) => allow?.some((term) => isIn(term, name)) === false);
    if (beyond !== undefined) {
      this.#fail(`allow let ${beyond} through.`);
    }
    for (const id of Object.values(this.#policyFile().protect ?? {}).flatMap(textsIn)) {
      const touched = changed.filter((key) => key.split(/[/ ]/).includes(id));
      if (touched.length > 0) {
        this.#fail(`The protected ${id} was touched.`, touched);
      }
    }
    if (organizations !== undefined) {
      this.#checkOrganizations(organizations, changed, before);
    }
  }

  /** With `organizations`, only entities of these may change. */
  #checkOrganizations(allowed: readonly string[], changed: readonly string[], before: State): void {
    const belongs = (user: string): boolean => {
      const all = [...before.keys()].filter(
        (key) => key.startsWith('organization_users: ') && key.endsWith(` ${user}`),
      );
      return all.length > 0 && all.every((key) => allowed.includes(key.split(' ')[1] ?? ''));
    };
    const isInside = (key: string): boolean => {
      const parts = key.split(/[/ ]/).slice(1);
      const row = this.tenant.state().get(key) ?? before.get(key) ?? '';
      return (
        parts.some((part) => allowed.includes(part) || belongs(part)) ||
        allowed.some((id) => row.includes(JSON.stringify(id))) ||
        [...before.keys()].some(
          (user) =>
            user.startsWith('users/') &&
            belongs(user.slice(6)) &&
            row.includes(JSON.stringify(user.slice(6))),
        )
      );
    };
    const outside = changed.filter((key) => !isInside(key));
    if (outside.length > 0) {
      this.#fail('Something outside of the organizations was changed.', outside);
    }
  }

  #checkCeilings(): void {
    const { limits = {} } = this.#rules;
    const entries = this.#entries();
    const removals = entries.filter(({ operation }) => isIn('removes', operation));
    const since = this.#clock - 60_000;
    const recent = (all: readonly JournalEntry[]) =>
      all.filter(({ at }) => Date.parse(at) > since).length;
    const used: Readonly<Record<string, number>> = {
      writes_per_run: entries.length,
      writes_per_minute: recent(entries),
      removals_per_run: removals.length,
      removals_per_minute: recent(removals),
    };
    for (const [name, max] of Object.entries(limits)) {
      if ((used[name] ?? 0) > max) {
        this.#fail(`The ceiling ${name} of ${max} was exceeded.`, used);
      }
    }
  }

  #checkSecrets(answer: string): void {
    for (const table of [
      'application_secrets',
      'personal_access_tokens',
      'one_time_tokens',
      'hooks',
    ]) {
      for (const row of this.tenant.rowsOf(table)) {
        for (const member of ['value', 'token', 'signingKey']) {
          const secret = row[member];
          if (typeof secret === 'string' && secret.length > 8) {
            this.#secretTexts.add(secret);
          }
        }
      }
    }
    const places = {
      'an answer': answer,
      'the journal': this.#journal.read().join('\n'),
      'the log': this.#logged.join('\n'),
    };
    for (const [place, text] of Object.entries(places)) {
      const secret = [PLANTED, ...this.#secretTexts].find((value) => text.includes(value));
      if (secret !== undefined) {
        const at = text.indexOf(secret);
        this.#fail(`A secret is in ${place}.`, text.slice(Math.max(0, at - 300), at + 60));
      }
    }
    this.#logged.length = 0;
  }

  /** The call must be refused, and change nothing. */
  async #mustBeRefused(tool: string, values: Arguments, why: string): Promise<void> {
    const before = this.tenant.state();
    const outcome = await this.#call(tool, values);
    if (outcome.ok || keysOf(differenceOf(before, this.tenant.state())).length > 0) {
      this.#fail(`A plan worked ${why}.`);
    }
    counts.stale += 1;
  }

  /** Makes a call, and with the plan that it may answer what `how` says. @returns whether it was done */
  async #makes(tool: string, values: Arguments, how: Use): Promise<boolean> {
    const before = this.tenant.state();
    const first = await this.#call(tool, values);
    const difference = differenceOf(before, this.tenant.state());
    const changed = keysOf(difference);
    if (!first.ok) {
      counts.refused += 1;
      return false;
    }
    const plan = first.answer.result?.['plan'];
    const isPlanned = typeof plan === 'string' && isObject(first.answer.result?.['preview']);
    if (!isPlanned) {
      counts.done += 1;
      if (this.#rules.confirm === 'all-writes') {
        this.#fail('A write was made without a confirmation.', changed);
      }
      if (this.#rules.confirm === 'risks' && difference.removed.length > 0) {
        this.#fail('Something was removed by one call.', difference);
      }
      return true;
    }
    counts.planned += 1;
    if (changed.length > 0) {
      this.#fail('A call that asks changed something.', changed);
    }
    if (this.#rules.confirm === 'never') {
      this.#fail('A call asks, though nothing must be confirmed.');
    }
    return this.#uses(tool, values, plan, how);
  }

  async #uses(tool: string, values: Arguments, plan: string, how: Use): Promise<boolean> {
    const confirmed = { ...values, plan };
    switch (how) {
      case 'unused':
        return false;
      case 'late':
        this.#clock += PLAN_LIFETIME_MS + 1;
        await this.#mustBeRefused(tool, confirmed, 'after five minutes');
        return false;
      case 'with other arguments': {
        const other = Object.fromEntries(
          Object.entries(values).map(([name, value]) => [
            name,
            typeof value === 'string' ? `${value}x` : value,
          ]),
        );
        if (JSON.stringify(other) === JSON.stringify(values)) {
          return false;
        }
        await this.#mustBeRefused(tool, { ...other, plan }, 'for other arguments');
        return false;
      }
      case 'after a change': {
        const operation = tools.find(({ name }) => name === tool)?.operation;
        const [, parameter] = /\{(\w+)\}$/.exec(operation?.url ?? '') ?? [];
        const isRead = tools.some(
          (other) => other.operation.method === 'GET' && other.operation.url === operation?.url,
        );
        if (
          !isRead ||
          !['DELETE', 'PATCH'].includes(operation?.method ?? '') ||
          !this.tenant.rename(String(values[parameter ?? '']))
        ) {
          return false;
        }
        this.#newest = undefined;
        this.#trace.push(`another program renames ${values[parameter ?? '']}`);
        await this.#mustBeRefused(tool, confirmed, 'after its target had changed');
        return false;
      }
      case 'once':
      case 'twice': {
        const outcome = await this.#call(tool, confirmed);
        if (!outcome.ok && outcome.error.code === 'plan_refused') {
          this.#fail('A plan did not work although nothing has moved.', outcome);
        }
        counts.confirmed += outcome.ok ? 1 : 0;
        if (how === 'twice') {
          const newest = this.#newest;
          await this.#mustBeRefused(tool, confirmed, 'twice');
          this.#newest = newest;
        }
        return outcome.ok;
      }
      default:
        return how satisfies never;
    }
  }

  async write({ call, use: how }: Extract<Step, { does: 'write' }>): Promise<void> {
    const before = this.tenant.state();
    const written = this.#entries().length;
    const isDone = await this.#makes(call.tool, argumentsOf(call, this.tenant), how);
    const [entry, ...others] = this.#entries().slice(written);
    this.#newest =
      isDone && entry !== undefined && others.length === 0
        ? { id: entry.id, before }
        : this.#newest;
  }

  async undo({ index, use: how }: Extract<Step, { does: 'undo' }>): Promise<void> {
    const entries = this.#entries().reverse();
    const entry = entries[index];
    if (entry === undefined) {
      return;
    }
    const newest = this.#newest;
    const isDone = await this.#makes('undo_change', { change: entry.id }, how);
    if (!isDone) {
      return;
    }
    counts.undone += 1;
    if (newest?.id === entry.id) {
      this.#checkRestored(newest.before);
    }
  }

  #checkRestored(before: State): void {
    const lastStep = this.#trace.at(-1) ?? '';
    if (/Not (undone|restored):/.test(lastStep)) {
      return;
    }
    counts.restored += 1;
    const difference = differenceOf(observable(before), observable(this.tenant.state()));
    if (keysOf(difference).length > 0) {
      const shown = keysOf(difference).map((key) => [
        key,
        before.get(key),
        this.tenant.state().get(key),
      ]);
      this.#fail('An undo did not restore the former state.', shown);
    }
  }
}

it(
  'keeps the promises of docs/safety.md for any sequence of calls',
  async () => {
    const seed = process.env['PROPERTY_SEED'];
    const path = process.env['PROPERTY_PATH'];
    await fc.assert(
      fc.asyncProperty(
        policies,
        fc.array(step, { minLength: 5, maxLength: MAX_STEPS }),
        async (rules, steps) => {
          const scenario = new Scenario(rules);
          await scenario.open();
          try {
            for (const step of steps) {
              await (step.does === 'write' ? scenario.write(step) : scenario.undo(step));
            }
          } finally {
            await scenario.close();
          }
        },
      ),
      {
        numRuns: RUNS,
        interruptAfterTimeLimit: TIME_LIMIT_MS,
        // A failure is reduced when it is repeated, which takes many runs.
        endOnFailure: seed === undefined,
        // The same sequences on every machine, so that a failure comes from the change; longer runs look for new ones.
        ...(seed === undefined
          ? process.env['PROPERTY_RUNS'] === undefined && { seed: DEFAULT_SEED }
          : { seed: Number(seed) }),
        ...(path !== undefined && { path }),
      },
    );
    // A sequence that is repeated may be short; so many random ones are not refused altogether.
    if (seed === undefined) {
      expect(Math.min(counts.done, counts.planned, counts.refused, counts.stale)).toBeGreaterThan(
        3,
      );
    }
  },
  TIME_LIMIT_MS * 3,
);

afterAll(() => {
  if (process.env['PROPERTY_RUNS'] !== undefined) {
    process.stdout.write(`${JSON.stringify(counts)}\n`);
  }
});
