/**
 * The server over HTTP on a real tenant, with Logto as its authorization server: set-up, sign-in by password through the API
 * of Logto's own sign-in page, scopes, two replicas on one PostgreSQL, and an operator who tries to become an administrator.
 *
 * It changes the tenant: the set-up stays, users and other things are removed at the end. Dynamic clients need a Logto with its
 * SSRF protection; that protection fetches no document from this machine, so signing in with a dynamic client is tested
 * against the sandbox's authorization server alone (test/http/sign-in.test.ts, test/real-clients).
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { freePort } from '../../src/http/compose.js';
import { memberOf, objectsIn, textsIn } from '../../src/json.js';
import { createSession, type Session } from '../../src/logto/session.js';
import { createUndiciTransport } from '../../src/logto/undici-transport.js';
import { REDIRECT, type SignedIn, signIn } from '../http/oauth-client.js';
import { type Answer, clientHeaders, operations, sendTo } from '../http/serve.js';
import { anyDatabase, type Database } from '../store/databases.js';
import { type Finished, type Running, runProgram, start } from '../support/process.js';
import { type Account, browseLogto } from './logto-browser.js';

const config = readConfig([], process.env, (path) => readFileSync(path, 'utf8'), existsSync);
const access = config.command === 'serve' ? config.access : undefined;
const credentials = access?.kind === 'live' ? access.credentials : undefined;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

type Values = Readonly<Record<string, unknown>>;

const contentOf = ({ json }: Answer): unknown =>
  memberOf(memberOf(json, 'result'), 'structuredContent');
const resultOf = (answer: Answer): unknown => memberOf(contentOf(answer), 'result');
const errorOf = (answer: Answer): unknown => memberOf(contentOf(answer), 'error');

describe.runIf(credentials !== undefined)(`the tenant at ${credentials?.endpoint}`, () => {
  const issuer = `${credentials?.endpoint}/oidc`;
  const suffix = randomBytes(4).toString('hex');
  const account = (role: string): Account => ({
    username: `mcp_${role}_${suffix}`,
    password: randomBytes(18).toString('base64url'),
  });
  const [reader, operator, administrator, stranger] = [
    account('reader'),
    account('operator'),
    account('administrator'),
    account('stranger'),
  ];
  const userIds = new Map<Account, string>();
  const undo: (() => Promise<unknown>)[] = [];
  let folder = '';
  let database: Database;
  let session: Session;
  let ports: readonly number[] = [];
  let resource = '';
  let clientId = '';
  let setUp: Finished;
  let replicas: readonly Running[] = [];
  let env: Readonly<Record<string, string>> = {};
  // The SDK's client says on stderr what a provider in memory does not keep.
  const warned = vi.spyOn(console, 'warn').mockReturnValue();

  /** Calls the Management API, beside the server under test. */
  const api = async (name: string, values: Values = {}): Promise<unknown> => {
    const entry = operations.get(name);
    if (entry === undefined) {
      throw new Error(`no ${name}`);
    }
    return (await session.send(entry.operation, values, AbortSignal.timeout(30_000))).body;
  };

  const setupArguments = (): string[] => [
    ...['setup-http', '--base-url', new URL(resource).origin],
    ...['--register', 'live-test=http://127.0.0.1/callback'],
  ];

  beforeAll(async () => {
    if (credentials === undefined) {
      return;
    }
    folder = mkdtempSync(join(tmpdir(), 'logto-http-'));
    database = await anyDatabase();
    session = createSession({ ...credentials, fetch: createUndiciTransport() });
    const [first, second] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    ports = [first, second];
    resource = `http://127.0.0.1:${first}/mcp`;
    env = {
      LOGTO_ENDPOINT: credentials.endpoint,
      LOGTO_APP_ID: credentials.appId,
      LOGTO_APP_SECRET: credentials.appSecret,
      LOGTO_API_RESOURCE: credentials.resource,
      LOGTO_MCP_STATE_DIR: folder,
      LOGTO_MCP_STATE_KEY: randomBytes(32).toString('base64'),
      LOGTO_MCP_DATABASE_URL: database.url,
    };
    const planned = await runProgram([...setupArguments(), '--dry-run', '--json'], env);
    const digest = String(memberOf(JSON.parse(planned.out), 'digest'));
    setUp = await runProgram([...setupArguments(), '--yes', digest, '--json'], env);
    clientId = String(memberOf(memberOf(JSON.parse(setUp.out), 'clients'), 'live-test'));
    const roles = objectsIn(await api('list_roles', { page: 1, page_size: 100 }));
    for (const [account, role] of [
      [reader, 'MCP reader'],
      [operator, 'MCP operator'],
      [administrator, 'MCP administrator'],
      [stranger, undefined],
    ] as const) {
      const userId = String(memberOf(await api('create_user', { ...account }), 'id'));
      userIds.set(account, userId);
      undo.push(() => api('delete_user', { userId }));
      const roleId = roles.find(({ name }) => name === role)?.['id'];
      if (roleId !== undefined) {
        await api('assign_user_roles', { userId, roleIds: [roleId] });
      }
    }
    replicas = ports.map((port) =>
      start(
        [
          ...['http', '--port', String(port), '--base-url', new URL(resource).origin],
          ...['--issuer', issuer, '--tools', 'all'],
        ],
        env,
      ),
    );
    for (const replica of replicas) {
      for (let waited = 0; !replica.stderr().includes('serving MCP'); waited += 100) {
        if (waited > 60_000) {
          throw new Error(`It does not start: ${replica.stderr()}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  });

  afterAll(async () => {
    warned.mockRestore();
    for (const replica of replicas) {
      replica.child.kill('SIGTERM');
      await replica.ended;
    }
    for (const step of undo.reverse()) {
      await step();
    }
    await database?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const connect = (account: Account): Promise<SignedIn> =>
    signIn(resource, { clientId, browse: (url) => browseLogto(url, REDIRECT, account) });

  let messages = 0;

  /** Sends a message to one of the two processes. */
  const post = (replica: 0 | 1, token: string, method: string, params: Values): Promise<Answer> => {
    messages += 1;
    return sendTo(
      ports[replica] ?? 0,
      'POST',
      '/mcp',
      clientHeaders(token),
      JSON.stringify({ jsonrpc: '2.0', id: messages, method, params }),
    );
  };

  const call = (replica: 0 | 1, token: string, name: string, input: Values): Promise<Answer> =>
    post(replica, token, 'tools/call', { name, arguments: input });

  /** Calls a tool, and confirms the plan that it answers on the other process. */
  async function confirmElsewhere(
    replica: 0 | 1,
    token: string,
    name: string,
    input: Values,
  ): Promise<Answer> {
    const shown = await call(replica, token, name, input);
    const plan = memberOf(resultOf(shown), 'plan');
    return typeof plan === 'string'
      ? call(replica === 0 ? 1 : 0, token, name, { ...input, plan })
      : shown;
  }

  /** An access token, after the client has signed in again for the scopes of each of these calls. */
  async function tokenOf(
    account: Account,
    calls: readonly (readonly [tool: string, input: Values])[] = [],
  ): Promise<string> {
    const signedIn = await connect(account);
    try {
      for (const [tool, input] of calls) {
        await signedIn.call(tool, input);
      }
      return String(signedIn.tokens()?.access_token);
    } finally {
      await signedIn.close();
    }
  }

  /** Calls that fail in Logto, and need these scopes. */
  const writing = ['update_role', { id: 'none', name: 'x' }] as const;
  const removing = ['delete_role', { id: 'none' }] as const;

  it('is set up by setup-http, which writes nothing a second time', async () => {
    const { left, clients } = JSON.parse(setUp.out);
    const hasDynamicClients = setUp.code === 0;
    if (!hasDynamicClients) {
      print(`Not set up on this tenant: ${left.join(', ')}: ${setUp.out}`);
    }
    expect(left).toEqual(hasDynamicClients ? [] : ['dynamic clients (CIMD)']);
    expect(Object.keys(clients)).toEqual(['live-test']);
    const again = await runProgram(
      [...setupArguments(), '--dry-run', ...(hasDynamicClients ? [] : ['--registered-only'])],
      env,
    );
    expect([again.code, again.out]).toEqual([0, expect.stringMatching(/^No differences/)]);
  });

  it('passes the doctor, which tries a token of another audience', async () => {
    const { code, out } = await runProgram(['doctor', '--http', resource, '--json'], env);
    const { checks } = JSON.parse(out);
    expect(code, out).toBe(0);
    const other = objectsIn(checks).find(({ id }) => id === 'other-audience');
    expect(other).toMatchObject({ status: 'ok', message: expect.stringContaining('is refused') });
  });

  it('lists for a reader what the scopes of the token allow, and challenges a write', async () => {
    const signedIn = await connect(reader);
    try {
      expect(signedIn.asked).toEqual(['logto:read']);
      expect(signedIn.tokens()?.scope).toBe('logto:read');
      const { tools } = await signedIn.client.listTools();
      expect(tools.map(({ name }) => name)).toContain('list_users');
      const writing = tools.filter(({ annotations }) => annotations?.readOnlyHint !== true);
      expect(writing.map(({ name }) => name)).toEqual([]);
      expect((await signedIn.call('list_users', { page_size: 1 })).ok).toBe(true);
      const token = String(signedIn.tokens()?.access_token);
      const refused = await call(0, token, 'delete_role', { id: 'x' });
      expect(refused.status).toBe(403);
      const challenge = String(refused.headers['www-authenticate']);
      expect(challenge).toContain('error="insufficient_scope"');
      expect(challenge).toContain('scope="logto:read logto:remove"');
      expect(challenge).toContain(`resource_metadata="${new URL(resource).origin}/.well-known/`);
    } finally {
      await signedIn.close();
    }
  });

  it('refuses a user without a role, and one whose account is suspended', async () => {
    await expect(connect(stranger)).rejects.toThrow();
    const token = await tokenOf(reader);
    const userId = userIds.get(reader);
    await api('update_user_is_suspended', { userId, isSuspended: true });
    try {
      // The account was looked at less than a minute ago by one process; the other one looks now.
      expect((await post(1, token, 'tools/list', {})).status).toBe(401);
    } finally {
      await api('update_user_is_suspended', { userId, isSuspended: false });
    }
  });

  it('confirms and undoes on one process a plan of the other, and the journal names the person', async () => {
    const created = await api('create_application', {
      name: `Live test ${suffix}`,
      type: 'SPA',
      oidcClientMetadata: { redirectUris: ['https://a.example/cb'], postLogoutRedirectUris: [] },
    });
    const id = String(memberOf(created, 'id'));
    undo.push(() => api('delete_application', { id }));
    const redirects = async () =>
      textsIn(
        memberOf(
          memberOf(await api('get_application', { id }), 'oidcClientMetadata'),
          'redirectUris',
        ),
      );
    // Undoing an addition removes it, so it needs the scope for removing.
    const token = await tokenOf(administrator, [writing, removing]);
    const input = { id, oidcClientMetadata: { redirectUris: { add: ['https://b.example/cb'] } } };
    const shown = await call(0, token, 'update_application', input);
    expect(memberOf(resultOf(shown), 'plan'), shown.text).toEqual(expect.any(String));
    expect(await redirects()).toEqual(['https://a.example/cb']);
    const plan = memberOf(resultOf(shown), 'plan');
    const confirmed = await call(1, token, 'update_application', { ...input, plan });
    expect(errorOf(confirmed), confirmed.text).toBeUndefined();
    expect(await redirects()).toEqual(['https://a.example/cb', 'https://b.example/cb']);
    const again = await call(0, token, 'update_application', { ...input, plan });
    expect(memberOf(errorOf(again), 'code')).toBe('plan_refused');
    const listed = await call(1, token, 'list_changes', {});
    const [change] = objectsIn(memberOf(contentOf(listed), 'items'));
    expect(change).toMatchObject({
      operation: 'update_application',
      by: { sub: userIds.get(administrator), client_id: clientId },
    });
    const undone = await confirmElsewhere(1, token, 'undo_change', { change: change?.['id'] });
    expect(errorOf(undone), undone.text).toBeUndefined();
    expect(await redirects()).toEqual(['https://a.example/cb']);
    const audit = replicas.map((replica) => replica.stdout()).join('');
    expect(audit).toContain(`"sub":"${userIds.get(administrator)}"`);
    expect(audit).not.toContain(token.split('.')[2]);
  });

  it('does not let an operator become an administrator in any of these ways', async () => {
    const token = await tokenOf(operator, [writing]);
    const operatorId = String(userIds.get(operator));
    const roles = objectsIn(await api('list_roles', { page: 1, page_size: 100 }));
    const roleId = (name: string) => String(roles.find((role) => role['name'] === name)?.['id']);
    const resources = objectsIn(await api('list_resources', { includeScopes: true }));
    const mcp = resources.find(({ indicator }) => indicator === resource);
    const resourceId = String(mcp?.['id']);
    const scopeId = String(
      objectsIn(mcp?.['scopes']).find(({ name }) => name === 'logto:remove')?.['id'],
    );
    const [adminRole, operatorRole] = [roleId('MCP administrator'), roleId('MCP operator')];
    const scopeIds = [scopeId];
    const attempts: readonly (readonly [string, Values])[] = [
      ['assign_user_roles', { userId: operatorId, roleIds: [adminRole] }],
      ['replace_user_roles', { userId: operatorId, roleIds: [adminRole] }],
      ['create_role_user', { id: adminRole, userIds: [operatorId] }],
      ['create_role_scope', { id: operatorRole, scopeIds }],
      ['create_role', { name: `Mine ${suffix}`, description: 'x', scopeIds }],
      ['update_role', { id: adminRole, isDefault: true }],
      ['update_role', { id: operatorRole, name: 'MCP administrator 2' }],
      ['update_resource', { id: resourceId, name: 'x' }],
      ['create_resource_scope', { resourceId, name: 'x', description: 'x' }],
      ['update_resource_scope', { resourceId, scopeId, name: 'logto:write2' }],
      ['create_organization_role', { name: `Mine ${suffix}`, resourceScopeIds: scopeIds }],
      ['update_user', { userId: userIds.get(administrator), primaryEmail: 'me@example.com' }],
      ['update_user_password', { userId: userIds.get(administrator), password: 'Tr0ub4dor&3xyz' }],
      ['create_user_personal_access_token', { userId: userIds.get(administrator), name: 'x' }],
      ['assign_cimd_user_consent_scopes', { resourceScopes: scopeIds }],
      ['update_cimd_config', { enabled: true }],
      [
        'upsert_jwt_customizer',
        { tokenTypePath: 'access-token', script: 'const getCustomJwtClaims = async () => ({});' },
      ],
      ['create_connector', { connectorId: 'google-universal', config: {} }],
    ];
    const accepted: string[] = [];
    for (const [tool, input] of attempts) {
      for (const [name, values] of [
        [tool, input],
        ['run_write_operation', { operation: tool, arguments: input }],
        ['run_destructive_operation', { operation: tool, arguments: input }],
        ['run_script', { code: `return await logto.${tool}(${JSON.stringify(input)});` }],
      ] as const) {
        const answer = await call(0, token, name, values);
        const code = memberOf(errorOf(answer), 'code');
        const isRefused =
          answer.status === 403 ||
          /sign_in_access|own_access|is refused|wrong_runner|access token lacks/.test(
            JSON.stringify(errorOf(answer)),
          );
        if (!isRefused) {
          accepted.push(`${name} ${tool}: ${answer.status} ${String(code)} ${answer.text}`);
        }
      }
    }
    const manifest = {
      roles: [
        {
          name: 'MCP operator',
          scopes: ['logto:read', 'logto:write', 'logto:remove'].map(
            (name) => `${resource} ${name}`,
          ),
        },
      ],
    };
    const applied = await call(0, token, 'apply_configuration', { manifest });
    if (errorOf(applied) === undefined && applied.status !== 403) {
      accepted.push(`apply_configuration: ${applied.text}`);
    }
    expect(accepted).toEqual([]);
    const operatorRoles = objectsIn(
      await api('list_user_roles', { userId: operatorId, page: 1, page_size: 20 }),
    );
    expect(operatorRoles.map(({ name }) => name)).toEqual(['MCP operator']);
    const scopes = objectsIn(
      await api('list_role_scopes', { id: operatorRole, page: 1, page_size: 20 }),
    );
    expect(
      scopes
        .filter((scope) => scope['resourceId'] === resourceId)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['logto:read', 'logto:write']);
  });

  it('has Logto fetch the document of a dynamic client, but from no private address', async () => {
    const { resource: indicator } = JSON.parse(setUp.out);
    const query = new URLSearchParams({
      client_id: 'https://127.0.0.1/client.json',
      redirect_uri: REDIRECT,
      response_type: 'code',
      scope: 'logto:read',
      resource: String(indicator),
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    const answer = await fetch(`${issuer}/auth?${query}`, { redirect: 'manual' });
    const body: unknown = await answer.json();
    // Where dynamic clients are off, such a client id is simply unknown.
    expect(memberOf(body, 'error_description')).toMatch(
      setUp.code === 0 ? /metadata document fetch failed/ : /invalid client/,
    );
    print(
      'Not tried on this tenant: signing in with a dynamic client, whose document must be public.',
    );
  });
});

it.runIf(credentials === undefined)(
  'needs a tenant: SKIPPED, set LOGTO_ENDPOINT, LOGTO_APP_ID and LOGTO_APP_SECRET',
  (context) => {
    context.skip();
  },
);
