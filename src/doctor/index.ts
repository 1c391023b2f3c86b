/**
 * The doctor: looks at everything between this program and Logto's answers, in the order in which people fail, and says of
 * each thing what is wrong and how to mend it. It changes nothing, and prints neither a secret nor a token.
 */
import { ConfigError } from '../config/args.js';
import type { Settings } from '../config/config.js';
import type { Policy } from '../guard/policy/policy.js';
import { type Clock, systemClock } from '../logto/clock.js';
import type { Credentials } from '../logto/credentials.js';
import { type ProxyRoute, type ProxyServer, routeTo } from '../logto/proxy.js';
import { createSession, type Session } from '../logto/session.js';
import { createTokenSource, type TokenSource } from '../logto/token.js';
import type { Transport } from '../logto/transport.js';
import type { Tool } from '../mcp/operation-tools.js';
import type { ToolSelection } from '../mcp/tool-selection.js';
import { checkAccess, checkCatalog, checkReads, type Plan, planReads } from './api-checks.js';
import { type Listening, measureClockSkew } from './clock-skew.js';
import {
  type Answered,
  type Ask,
  asking,
  checkDiscovery,
  checkLogto,
  checkRoute,
  reach,
} from './connection-checks.js';
import { type FileSystem, fileSystem as realDisk } from './filesystem.js';
import { checkFolders, checkNode, checkPolicy, checkSettings, checkTools } from './local-checks.js';
import { redactor } from './redact.js';
import { type Check, fail, ok, type Step, takeSteps, warn } from './runner.js';
import {
  askForToken,
  checkClock,
  checkToken,
  type TokenOutcome,
  type TokenStep,
  tokenSteps,
} from './token-checks.js';

export { outputStyleFor, printer, summaryOf } from './report.js';
export type { Check } from './runner.js';

/** How the tenant is reached. */
export interface TenantConnection {
  readonly credentials: Credentials;
  /** @param proxy undefined for a direct way */
  readonly connect: (proxy: ProxyServer | undefined) => Transport;
  /** Whether it is a made-up tenant in this process, to which no way leads. */
  readonly sandbox: boolean;
}

export interface DoctorOptions {
  /** Node.js, as `process.versions` has it. */
  readonly node: string;
  /** The range of Node.js in package.json. */
  readonly engines: string;
  readonly settings: Settings | ConfigError;
  /** Undefined when the settings name no tenant. */
  readonly reached: TenantConnection | undefined;
  /** For what is not ours but counts: proxies and certificate authorities. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of the journal; undefined when there is none. */
  readonly journal: string | undefined;
  readonly tools: readonly Tool[];
  readonly clock?: Clock;
  readonly disk?: FileSystem;
  /** Milliseconds for one request without credentials. */
  readonly patience?: number;
}

const usualPatience = 15_000;

/** What the steps leave for those behind them. A step that is taken finds what it needs, or it would have been skipped. */
class Notes {
  policy: Policy | undefined;
  exposure: ToolSelection | undefined;
  route: ProxyRoute = {};
  listening: Listening | undefined;
  status: Answered | undefined;
  discovery: Answered | undefined;
  issuer: string | undefined;
  tokens: TokenSource | undefined;
  outcome: TokenOutcome = {};
  session: Session | undefined;
  plan: Plan | undefined;
}

/** What an earlier step must have left. */
function left<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('A step of the doctor was taken before the one that it needs.');
  }
  return value;
}

const tokenTitles: Readonly<Record<TokenStep, string>> = {
  'token-endpoint': 'Token endpoint',
  credentials: 'Credentials',
  'application-type': 'Application type',
  resource: 'API resource',
  role: 'Role',
};

/** The steps in the order in which people fail. */
function stepsFor(patient: DoctorOptions): readonly Step[] {
  const { node, engines, settings, reached, env, journal, tools } = patient;
  const { clock = systemClock, disk = realDisk, patience = usualPatience } = patient;
  const notes = new Notes();
  const readable = (): Settings => left(settings instanceof ConfigError ? undefined : settings);
  const credentials = (): Credentials => left(reached).credentials;
  const endpoint = (): string => credentials().endpoint;
  const fetch: Transport = (url, init) => left(notes.listening).fetch(url, init);
  const ask: Ask = (path) => asking(fetch, endpoint(), patience)(path);

  return [
    { id: 'node', title: 'Node.js', needs: [], look: () => checkNode(node, engines) },
    { id: 'settings', title: 'Settings', needs: [], look: () => checkSettings(settings) },
    {
      id: 'policy',
      title: 'Policy',
      needs: ['settings'],
      look() {
        const { finding, policy } = checkPolicy(readable(), tools);
        notes.policy = policy;
        return finding;
      },
    },
    {
      id: 'tools',
      title: 'Tools',
      needs: ['settings', 'policy'],
      look() {
        const { finding, exposure } = checkTools(readable(), tools, left(notes.policy));
        notes.exposure = exposure;
        return finding;
      },
    },
    {
      id: 'folders',
      title: 'Folders',
      needs: ['settings'],
      look: () =>
        checkFolders(
          {
            settings: readable(),
            journal,
            authorities: env['NODE_EXTRA_CA_CERTS'] || undefined,
          },
          disk,
        ),
    },
    {
      id: 'tenant',
      title: 'Tenant',
      needs: ['settings'],
      look() {
        const { access, warnings } = readable();
        switch (access.kind) {
          case 'unconfigured':
            return fail(
              access.failure.message,
              `If they stand in the configuration of your MCP client, run doctor with --client and its name. ${access.failure.hint ?? ''}`.trim(),
            );
          case 'sandbox':
            return ok('The sandbox, a made-up tenant in memory.');
          case 'live':
            return warnings.length > 0
              ? warn(warnings.join(' '), 'Write https:// in LOGTO_ENDPOINT.')
              : ok(`${access.credentials.endpoint} (tenant ${access.tenant}).`);
        }
      },
    },
    {
      id: 'proxy',
      title: 'Proxy',
      // An HTTP client for a newer Node.js would not even load.
      needs: ['node', 'tenant'],
      look() {
        const { connect, sandbox } = left(reached);
        notes.route = sandbox ? {} : routeTo(endpoint(), env);
        notes.listening = measureClockSkew(connect(notes.route.proxy), clock.now);
        return sandbox
          ? ok('None is needed; nothing leaves this machine.')
          : checkRoute(notes.route, env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0');
      },
    },
    {
      id: 'endpoint',
      title: 'Endpoint',
      needs: ['proxy'],
      async look() {
        notes.status = await reach(ask);
        return ok(`${endpoint()} can be reached.`);
      },
    },
    {
      id: 'logto',
      title: 'Logto',
      needs: ['endpoint'],
      async look() {
        const { finding, discovery } = await checkLogto(ask, endpoint(), left(notes.status));
        notes.discovery = discovery;
        return finding;
      },
    },
    {
      id: 'discovery',
      title: 'Discovery document',
      needs: ['logto'],
      look() {
        const { finding, issuer } = checkDiscovery(left(notes.discovery), endpoint());
        notes.issuer = issuer;
        return finding;
      },
    },
    ...tokenSteps.map(
      (step, index): Step => ({
        id: step,
        title: tokenTitles[step],
        needs: [index === 0 ? 'discovery' : (tokenSteps[index - 1] ?? '')],
        async look() {
          if (index === 0) {
            notes.tokens = createTokenSource(credentials(), fetch, clock);
            notes.outcome = await askForToken(notes.tokens);
          }
          return checkToken(step, notes.outcome, credentials(), notes.issuer);
        },
      }),
    ),
    {
      id: 'clock',
      title: 'Clock',
      needs: ['endpoint'],
      look: () => checkClock(left(notes.listening).skew(), notes.tokens?.life),
    },
    {
      id: 'access',
      title: 'Access',
      needs: ['role', 'tools'],
      async look() {
        const tokens = left(notes.tokens);
        notes.session = createSession({ ...credentials(), fetch, clock, tokens });
        notes.plan = await planReads(tools, left(notes.exposure));
        return checkAccess(notes.session, notes.plan);
      },
    },
    {
      id: 'reads',
      title: 'Reads',
      needs: ['access'],
      look: () => checkReads(left(notes.session), left(notes.plan)),
    },
    {
      id: 'catalog',
      title: 'Catalog',
      needs: ['access'],
      look: () => checkCatalog(left(notes.session), tools, left(notes.policy)),
    },
  ];
}

/**
 * Looks at everything.
 *
 * @param emit takes each check as soon as it is made
 */
export async function runDoctor(
  patient: DoctorOptions,
  emit: (check: Check) => void,
): Promise<void> {
  const conceal = redactor(patient.reached?.credentials, patient.env);
  await takeSteps(stepsFor(patient), (check) =>
    emit({
      ...check,
      message: conceal(check.message),
      ...(check.hint !== undefined && { hint: conceal(check.hint) }),
    }),
  );
}
