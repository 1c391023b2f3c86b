/**
 * The doctor: checks everything between this program and Logto's answers, in the order in which faults occur most often,
 * and gives the fix of each fault. It changes nothing, and prints neither a secret nor a token.
 */
import { ConfigError } from '../config/args.js';
import type { Settings } from '../config/config.js';
import type { Policy } from '../guard/policy/policy.js';
import { type Clock, systemClock } from '../logto/clock.js';
import { type Credentials, secretsOf } from '../logto/credentials.js';
import { type ProxyRoute, type ProxyServer, routeTo } from '../logto/proxy.js';
import { createLogRedactor } from '../logto/redaction.js';
import { createSession, type Session } from '../logto/session.js';
import { cloudTenantOf, selfHostedTenant } from '../logto/tenant.js';
import { createTokenSource, type TokenSource } from '../logto/token.js';
import type { Transport } from '../logto/transport.js';
import type { Tool } from '../mcp/operation-tools.js';
import type { ToolSelection } from '../mcp/tool-selection.js';
import { checkAccess, checkCatalog, checkReads, planReads, type ReadPlan } from './api-checks.js';
import { type ClockSkewMeter, measureClockSkew } from './clock-skew.js';
import {
  checkDiscovery,
  checkLogto,
  checkRoute,
  createProbe,
  type ProbeResponse,
  reach,
  type SendProbe,
} from './connection-checks.js';
import { checkFiles } from './file-checks.js';
import type { FileSystem } from './filesystem.js';
import { checkNode, checkPolicy, checkSettings, checkTools } from './local-checks.js';
import { checkPolicyNames } from './policy-names.js';
import {
  type Check,
  type DoctorStep,
  type Finding,
  fail,
  passed,
  presentCheck,
  runSteps,
} from './runner.js';
import {
  checkClock,
  checkToken,
  requestToken,
  type TokenOutcome,
  type TokenStep,
  tokenSteps,
} from './token-checks.js';

/** How the tenant is reached. */
export interface TenantConnection {
  readonly credentials: Credentials;
  /** @param proxy undefined for a direct connection */
  readonly connect: (proxy: ProxyServer | undefined) => Transport;
  /** Whether it is the simulated tenant in this process, which needs no network. */
  readonly sandbox: boolean;
}

export interface DoctorOptions {
  /** Version of Node.js, as in `process.versions`. */
  readonly node: string;
  /** The range of Node.js in package.json. */
  readonly engines: string;
  readonly settings: Settings | ConfigError;
  /** Undefined when the settings name no tenant. */
  readonly connection: TenantConnection | undefined;
  /** For variables that are not ours but matter: proxies and certificate authorities. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file of the journal; undefined when there is none. */
  readonly journal: string | undefined;
  readonly tools: readonly Tool[];
  readonly fileSystem: FileSystem;
  readonly clock?: Clock;
  /** Milliseconds for one request without credentials. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 15_000;

/**
 * Results of steps for later ones. A step that runs finds the results that it needs, because it would be skipped otherwise.
 */
class Results {
  policy: Policy | undefined;
  selection: ToolSelection | undefined;
  route: ProxyRoute = {};
  meter: ClockSkewMeter | undefined;
  status: ProbeResponse | undefined;
  discovery: ProbeResponse | undefined;
  issuer: string | undefined;
  tokens: TokenSource | undefined;
  tokenOutcome: TokenOutcome = {};
  session: Session | undefined;
  plan: ReadPlan | undefined;
}

/** The result of an earlier step. */
function required<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('A step of the doctor ran before the one that it needs.');
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

/** Which tenant the settings mean. */
function checkTenant({ access }: Settings): Finding {
  switch (access.kind) {
    case 'unconfigured':
      return fail(
        access.failure.message,
        `If they are set in the configuration of your MCP client, run doctor with --client and its name. ${access.failure.hint ?? ''}`.trim(),
      );
    case 'sandbox':
      return passed('The sandbox, a simulated tenant in memory.');
    case 'live': {
      const { endpoint } = access.credentials;
      const isCustomDomain =
        access.tenant !== selfHostedTenant && cloudTenantOf(endpoint) === undefined;
      return passed(
        isCustomDomain
          ? `${endpoint}, a custom domain of the Logto Cloud tenant ${access.tenant}.`
          : `${endpoint} (tenant ${access.tenant}).`,
      );
    }
  }
}

/** The steps, in the order in which faults occur most often. */
function stepsFor(options: DoctorOptions): readonly DoctorStep[] {
  const { node, engines, settings, connection, env, journal, tools, fileSystem } = options;
  const { clock = systemClock, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const results = new Results();
  const readable = (): Settings => required(settings instanceof ConfigError ? undefined : settings);
  const credentials = (): Credentials => required(connection).credentials;
  const endpoint = (): string => credentials().endpoint;
  const fetch: Transport = (url, init) => required(results.meter).fetch(url, init);
  const probe: SendProbe = (path) => createProbe(fetch, endpoint(), timeoutMs)(path);

  return [
    { id: 'node', title: 'Node.js', needs: [], run: () => checkNode(node, engines) },
    { id: 'settings', title: 'Settings', needs: [], run: () => checkSettings(settings) },
    {
      id: 'policy',
      title: 'Policy',
      needs: ['settings'],
      run() {
        const { finding, policy } = checkPolicy(readable(), tools);
        results.policy = policy;
        return finding;
      },
    },
    {
      id: 'tools',
      title: 'Tools',
      needs: ['settings', 'policy'],
      run() {
        const { finding, selection } = checkTools(readable(), tools, required(results.policy));
        results.selection = selection;
        return finding;
      },
    },
    {
      id: 'folders',
      title: 'Files and folders',
      needs: ['settings'],
      run: () =>
        checkFiles(
          {
            settings: readable(),
            journal,
            authorities: env['NODE_EXTRA_CA_CERTS'] || undefined,
          },
          fileSystem,
        ),
    },
    { id: 'tenant', title: 'Tenant', needs: ['settings'], run: () => checkTenant(readable()) },
    {
      id: 'proxy',
      title: 'Proxy',
      // The HTTP client cannot be loaded in an older Node.js.
      needs: ['node', 'tenant'],
      run() {
        const { connect, sandbox } = required(connection);
        results.route = sandbox ? {} : routeTo(endpoint(), env);
        results.meter = measureClockSkew(connect(results.route.proxy), clock.now);
        return sandbox
          ? passed('None is needed; nothing leaves this machine.')
          : checkRoute(results.route, env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0');
      },
    },
    {
      id: 'endpoint',
      title: 'Endpoint',
      needs: ['proxy'],
      async run() {
        results.status = await reach(probe);
        return passed(`${endpoint()} can be reached.`);
      },
    },
    {
      id: 'logto',
      title: 'Logto',
      needs: ['endpoint'],
      async run() {
        const status = required(results.status);
        const { finding, discovery } = await checkLogto(probe, endpoint(), status);
        results.discovery = discovery;
        return finding;
      },
    },
    {
      id: 'discovery',
      title: 'Discovery document',
      needs: ['logto'],
      run() {
        const { finding, issuer } = checkDiscovery(required(results.discovery), endpoint());
        results.issuer = issuer;
        return finding;
      },
    },
    ...tokenSteps.map(
      (step, index): DoctorStep => ({
        id: step,
        title: tokenTitles[step],
        needs: [index === 0 ? 'discovery' : (tokenSteps[index - 1] ?? '')],
        async run() {
          if (index === 0) {
            results.tokens = createTokenSource(credentials(), fetch, clock);
            results.tokenOutcome = await requestToken(results.tokens);
          }
          return checkToken(step, results.tokenOutcome, credentials(), results.issuer);
        },
      }),
    ),
    {
      id: 'clock',
      title: 'Clock',
      needs: ['endpoint'],
      run: () => checkClock(required(results.meter).skewMs(), results.tokens?.life),
    },
    {
      id: 'access',
      title: 'Access',
      needs: ['role', 'tools'],
      async run() {
        const tokens = required(results.tokens);
        results.session = createSession({ ...credentials(), fetch, clock, tokens });
        results.plan = await planReads(tools, required(results.selection));
        return checkAccess(results.session, results.plan);
      },
    },
    {
      id: 'reads',
      title: 'Reads',
      needs: ['access'],
      run: () => checkReads(required(results.session), required(results.plan)),
    },
    {
      id: 'policy-names',
      title: 'Names in the policy',
      needs: ['access'],
      run: () => checkPolicyNames(required(results.session), required(results.policy)),
    },
    {
      id: 'catalog',
      title: 'Catalog',
      needs: ['access'],
      run: () => checkCatalog(required(results.session), tools, required(results.policy)),
    },
  ];
}

/**
 * Runs all checks.
 *
 * @param emit takes each check as soon as it is done
 */
export async function runDoctor(
  options: DoctorOptions,
  emit: (check: Check) => void | Promise<void>,
): Promise<void> {
  // The variable counts also when the settings cannot be used and there are no credentials.
  const { connection, env } = options;
  const secrets = [
    ...(connection === undefined ? [] : secretsOf(connection.credentials)),
    env['LOGTO_APP_SECRET']?.trim() ?? '',
  ];
  const redact = createLogRedactor(() => secrets);
  await runSteps(stepsFor(options), (check) => emit(presentCheck(check, redact)));
}
