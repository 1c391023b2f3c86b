/**
 * The messages quoted in docs/troubleshooting.md are those that a person reads: each one is provoked, and compared with the
 * page.
 */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { flags } from '../../src/config/args.js';
import { settings } from '../../src/config/settings.js';
import { type ClientFile, checkClient } from '../../src/doctor/client-checks.js';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { type Case, examined, readableFile } from '../doctor/examine.js';
import {
  type Instead,
  json,
  redirect,
  refusals,
  serveLogto,
  serveProxy,
  standIn,
  page as webPage,
} from '../doctor/stand-in.js';
import { connectClient, connectSandbox } from '../support/client.js';
import { answerOf, breaks } from '../support/faults.js';
import { root } from '../support/process.js';

const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'troubleshooting-'));
const inFolder = (name: string): string => join(folder, name);
writeFileSync(inFolder('file'), '', { mode: 0o644 });
symlinkSync(inFolder('file'), inFolder('link'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Provokes a message. @returns everything that the program says */
type Scenario = () => Promise<string>;

const LOGTO = { LOGTO_ENDPOINT: 'https://auth.example.com' };

const doctor =
  (inputs: Case): Scenario =>
  async () => {
    const { checks } = await examined({ fetch: standIn(), env: LOGTO, ...inputs });
    return checks.map(({ message, hint = '' }) => `${message} ${hint}`).join('\n');
  };

const withSettings = (env: Readonly<Record<string, string>>): Scenario => doctor({ env });

const withAnswers = (instead: Instead, env: Readonly<Record<string, string>> = LOGTO): Scenario =>
  doctor({ env, fetch: standIn(instead) });

const withTokenAnswer = (answer: Instead[string]): Scenario =>
  withAnswers({ 'POST /oidc/token': answer });

const withBrokenConnection = (code: string): Scenario =>
  doctor({ fetch: (url, init) => breaks(code)(url, init) ?? Promise.reject(new Error(code)) });

/** The doctor behind a proxy that answers with a status instead of connecting. */
const withProxyAnswer =
  (status: number): Scenario =>
  async () => {
    const logto = await serveLogto();
    const proxy = await serveProxy(status);
    try {
      const env = { LOGTO_ENDPOINT: logto.endpoint, HTTP_PROXY: proxy.endpoint };
      const { checks } = await examined({ env });
      return checks.map(({ message }) => message).join('\n');
    } finally {
      await Promise.all([logto.close(), proxy.close()]);
    }
  };

const withClientFile =
  (changes: Partial<ClientFile>): Scenario =>
  async () =>
    checkClient({ ...readableFile, ...changes })
      .map(({ message }) => message)
      .join('\n');

const DISCOVERY = '/oidc/.well-known/openid-configuration';

/** Nothing at the address answers as an OpenID provider does. */
const noDiscovery: Instead = {
  [DISCOVERY]: webPage(404),
  '/.well-known/openid-configuration': webPage(404),
};

/** Answers whose date differs from the clock of this machine. */
const withClockSkew = (skewMs: number): Scenario =>
  withAnswers({
    [DISCOVERY]: (url) =>
      json(
        200,
        { issuer: `${new URL(url).origin}/oidc` },
        { date: new Date(Date.now() + skewMs).toUTCString() },
      ),
  });

/** What an agent gets from a server over the sandbox. */
const withCall =
  (
    tool: string,
    values: Readonly<Record<string, unknown>>,
    options: Parameters<typeof connectSandbox>[0] = {},
  ): Scenario =>
  async () => {
    const { call, close } = await connectSandbox(options);
    const outcome = await call(tool, values);
    await close();
    return JSON.stringify(outcome);
  };

const tokenWithoutScope = json(200, {
  access_token: 'x',
  expires_in: 3600,
  token_type: 'Bearer',
});

/** Every message that the page quotes, with a situation in which the program shows it. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'This is Node.js …': doctor({ options: { node: '18.20.4' } }),
  'still holds a placeholder': withSettings({ LOGTO_TENANT_ID: '<tenant id>' }),
  'holds quotation marks': withSettings({ LOGTO_TENANT_ID: '"abc123"' }),
  'There is no setting …': withSettings({ ...LOGTO, LOGTO_MCP_READONLY: 'true' }),
  'has no effect: this server reads …': withSettings({ ...LOGTO, LOGTO_APPID: 'x' }),
  'so this server cannot reach Logto': withSettings({ LOGTO_APP_ID: '', LOGTO_APP_SECRET: '' }),
  'LOGTO_ENDPOINT must be the bare address of Logto': withSettings({
    LOGTO_ENDPOINT: 'https://auth.example.com/api',
  }),
  'Remove it and set LOGTO_TENANT_ID': withSettings({ LOGTO_ENDPOINT: 'abc123.logto.app' }),
  'which is part of the resource indicator of a self-hosted Logto': withSettings({
    LOGTO_ENDPOINT: 'https://default.logto.app',
  }),
  'which cannot be a custom domain of the Logto Cloud tenant …': withSettings({
    LOGTO_ENDPOINT: 'http://localhost:3001',
    LOGTO_TENANT_ID: 'abc123',
  }),
  'LOGTO_ENDPOINT is the address of the console': withSettings({
    LOGTO_ENDPOINT: 'https://auth.example.com:3002/console/applications',
  }),
  'Perhaps it is the App secret': withSettings({
    ...LOGTO,
    LOGTO_APP_ID: 'l0ngEnoughToBeASecretOfAnyLogto1',
  }),
  'Give it the App secret': withSettings({
    ...LOGTO,
    LOGTO_APP_ID: 'same-text',
    LOGTO_APP_SECRET: 'same-text',
  }),
  'LOGTO_APP_SECRET_FILE must name a file that contains only the App secret': withSettings({
    ...LOGTO,
    LOGTO_APP_SECRET: '',
    LOGTO_APP_SECRET_FILE: inFolder('file'),
  }),
  'The journal of changes cannot be kept in …': doctor({
    options: { journal: inFolder('file/changes.jsonl') },
  }),
  'by other users of this machine': doctor({ options: { journal: inFolder('file') } }),
  'is not written through links': doctor({ options: { journal: inFolder('link') } }),
  'Node.js ignores it': withSettings({ ...LOGTO, NODE_EXTRA_CA_CERTS: inFolder('missing.pem') }),

  'is not plain JSON': withClientFile({ text: '{"mcpServers":{},}' }),
  'begins with a byte order mark': withClientFile({ text: '\ufeff{"mcpServers":{}}' }),
  'This is WSL': withClientFile({ isWsl: true }),
  'may not be installed for this user': withClientFile({ isInstalled: false }),

  'the host name has no address': withBrokenConnection('ENOTFOUND'),
  'nothing listens there': withBrokenConnection('ECONNREFUSED'),
  'the connection cannot be made': withBrokenConnection('EHOSTUNREACH'),
  'no TLS is spoken there': withBrokenConnection('ERR_SSL_WRONG_VERSION_NUMBER'),
  'the connection broke off': withBrokenConnection('ECONNRESET'),
  'the certificate is not trusted': withBrokenConnection('DEPTH_ZERO_SELF_SIGNED_CERT'),
  'the certificate has expired': withBrokenConnection('CERT_HAS_EXPIRED'),
  'the certificate is not valid yet': withBrokenConnection('CERT_NOT_YET_VALID'),
  'the certificate is for another name': withBrokenConnection('ERR_TLS_CERT_ALTNAME_INVALID'),
  'asks for a password': withProxyAnswer(407),
  'does not allow it': withProxyAnswer(403),
  'instead of connecting': withProxyAnswer(502),
  'is not the address of a proxy': withSettings({ ...LOGTO, HTTPS_PROXY: 'proxy:3128' }),

  'where the Management API answers JSON': withAnswers({
    ...noDiscovery,
    '/api/status': webPage(),
  }),
  'seems to be the console of a self-hosted Logto': withAnswers({
    '/': redirect('/console/welcome'),
  }),
  'is an OpenID provider, but not Logto': withAnswers({
    '/api/status': webPage(404),
    [DISCOVERY]: webPage(404),
    '/.well-known/openid-configuration': json(200, { issuer: 'https://idp.example.com/' }),
  }),
  'but its API is not reachable there': withAnswers({ '/api/status': webPage(404) }),
  'asks for a separate sign-in': withAnswers({
    ...noDiscovery,
    '/api/status': redirect('/sign-in'),
  }),
  'Something in front of Logto refuses': withAnswers({
    ...noDiscovery,
    '/api/status': webPage(401),
  }),
  'has no tenant at': withAnswers({
    ...noDiscovery,
    '/api/status': answerOf(404, 'Not Found', { 'logto-core-request-id': 'x' }),
  }),
  'it was started with another ENDPOINT': withAnswers({
    [DISCOVERY]: json(200, { issuer: 'https://other.example.com/oidc' }),
  }),

  'Logto has no application with the App ID': withTokenAnswer(refusals.unknownApplication),
  'Logto does not accept the App secret': withTokenAnswer(refusals.wrongSecret),
  'The App secret of application … has expired': withTokenAnswer(refusals.expiredSecret),
  'its type is not Machine-to-machine': withTokenAnswer(refusals.traditional),
  'Logto does not know the API resource': withTokenAnswer(refusals.unknownResource),
  'is one of your own, not the Management API': withAnswers(
    { 'POST /oidc/token': tokenWithoutScope },
    { ...LOGTO, LOGTO_API_RESOURCE: 'https://auth.example.com/api' },
  ),
  'its token has no scope': withTokenAnswer(tokenWithoutScope),
  'Logto Cloud issues no more tokens': withTokenAnswer(
    json(429, { code: 'auth.exceed_token_limit', message: 'Token limit exceeded.' }),
  ),
  'The token is for another API': withAnswers({
    '/api/users': json(401, {
      code: 'auth.unauthorized',
      message: 'Unauthorized.',
      data: { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud', reason: 'check_failed' },
    }),
  }),

  'ahead of': withClockSkew(-300_000),
  behind: withClockSkew(300_000),
  'It lacks … of the … operations of the catalog': withAnswers({
    '/api/.well-known/management.openapi.json': json(200, {
      openapi: '3.0.1',
      paths: { '/api/roles': { get: {} } },
    }),
  }),

  'is not listed as a separate tool': withCall(
    'list_hooks',
    {},
    {
      registry: { selection: 'roles' },
    },
  ),
  'The policy of this server forbids': withCall(
    'delete_role',
    { id: 'support' },
    {
      policy: defaultPolicy({ deny: ['delete_role'] }),
    },
  ),
  'The configuration of this server excludes': withCall(
    'delete_role',
    { id: 'support' },
    {
      registry: { readOnly: true },
    },
  ),
  'No answer from …': async () => {
    const { call, close } = await connectClient({
      fetch: (url, init) => breaks('ECONNRESET')(url, init) ?? Promise.reject(new Error()),
      session: { clock: { now: Date.now, random: () => 0, sleep: async () => {} } },
    });
    const outcome = await call('list_roles', {});
    await close();
    return JSON.stringify(outcome);
  },
};

/** Messages of clients and shells, which this program does not write. */
const foreignMessages: readonly string[] = [
  'spawn node ENOENT',
  'command not found',
  'Unexpected token',
];

/** The messages in the first column of the tables. */
const quotedMessages = page
  .split('\n')
  .map((line) => /^\| ([^|]+) \|/.exec(line)?.[1] ?? '')
  .filter((cell) => cell.startsWith('`'))
  .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));

/** A quoted message as a pattern: `…` stands for any text. */
const patternOf = (message: string): RegExp =>
  new RegExp(message.replaceAll('.', '\\.').replaceAll('…', '.*'));

describe('the page on troubleshooting', () => {
  it('quotes each message that has a scenario in this test once, and no other', () => {
    expect(quotedMessages.filter((message) => !foreignMessages.includes(message)).sort()).toEqual(
      Object.keys(scenarios).sort(),
    );
  });

  it.each(Object.entries(scenarios))('quotes what the program says: %s', async (message, say) => {
    expect(await say()).toMatch(patternOf(message));
  });

  it('names only options that exist', () => {
    const names: readonly string[] = [...flags.map(({ name }) => `--${name}`)];
    // Of Node.js and of Claude Code.
    const foreignOptions = ['--use-system-ca', '--debug'];
    const quoted = page.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [];
    expect(quoted.length).toBeGreaterThan(10);
    expect(
      quoted.filter((name) => !names.includes(name) && !foreignOptions.includes(name)),
    ).toEqual([]);
  });

  it('names only variables that exist, except its example of a misspelt one', () => {
    const names: readonly string[] = settings.map(({ name }) => name);
    const quoted = page.match(/\bLOGTO_[A-Z_]*[A-Z]\b/g) ?? [];
    expect(quoted.length).toBeGreaterThan(10);
    expect([...new Set(quoted.filter((name) => !names.includes(name)))]).toEqual(['LOGTO_APPID']);
  });
});
