import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { ConfigError, commands } from '../../src/config/args.js';
import { readConfig, settings } from '../../src/config/config.js';
import { helpText } from '../../src/config/help.js';

const noFile = (): string => {
  throw new Error('there is no file');
};

const serve = (
  env: Record<string, string>,
  argv: string[] = [],
  readFile: (path: string) => string = noFile,
) => {
  const config = readConfig(argv, env, readFile, (path) => path.startsWith('/there'));
  if (config.command !== 'serve') {
    throw new Error(`it is ${config.command}`);
  }
  return config;
};

const app = { LOGTO_APP_ID: 'app', LOGTO_APP_SECRET: 'hush' };

describe('the location of Logto', () => {
  it.each([
    [
      'a Cloud tenant by its id alone',
      { LOGTO_TENANT_ID: 'abc123' },
      'https://abc123.logto.app',
      'https://abc123.logto.app/api',
    ],
    [
      'a self-hosted one by its endpoint alone',
      { LOGTO_ENDPOINT: 'https://auth.example.com/' },
      'https://auth.example.com',
      'https://default.logto.app/api',
    ],
    [
      'a custom domain on Cloud by both',
      { LOGTO_ENDPOINT: 'https://login.acme.com', LOGTO_TENANT_ID: 'abc123' },
      'https://login.acme.com',
      'https://abc123.logto.app/api',
    ],
    [
      'a Cloud tenant by its address',
      { LOGTO_ENDPOINT: 'https://abc123.logto.app' },
      'https://abc123.logto.app',
      'https://abc123.logto.app/api',
    ],
    [
      'any of them with its own indicator',
      {
        LOGTO_ENDPOINT: 'http://localhost:3001',
        LOGTO_API_RESOURCE: 'https://admin.logto.app/api',
      },
      'http://localhost:3001',
      'https://admin.logto.app/api',
    ],
  ])('%s', (_, place, endpoint, resource) => {
    expect(serve({ ...app, ...place }).access).toMatchObject({
      kind: 'live',
      credentials: { endpoint, resource, appId: 'app', appSecret: 'hush' },
    });
  });
});

describe('a value that cannot be used', () => {
  it.each([
    [
      'an endpoint without a scheme',
      { LOGTO_ENDPOINT: 'auth.example.com' },
      'https://auth.example.com',
    ],
    [
      'an endpoint with /api',
      { LOGTO_ENDPOINT: 'https://auth.example.com/api' },
      'write https://auth.example.com, without',
    ],
    [
      'an endpoint with a password',
      { LOGTO_ENDPOINT: 'https://u:hush@a.example' },
      'write https://a.example',
    ],
    ['another scheme', { LOGTO_ENDPOINT: 'ftp://a.example' }, 'https://'],
    [
      'a tenant id that is an address',
      { LOGTO_TENANT_ID: 'https://abc123.logto.app' },
      'write abc123',
    ],
    ['a tenant id with signs', { LOGTO_TENANT_ID: 'My-Tenant' }, 'lower-case letters and digits'],
    [
      'two tenants',
      { LOGTO_ENDPOINT: 'https://abc.logto.app', LOGTO_TENANT_ID: 'xyz' },
      'Remove one of them',
    ],
    [
      'an indicator that is no address',
      { LOGTO_ENDPOINT: 'https://a.example', LOGTO_API_RESOURCE: 'api' },
      'resource indicator such as',
    ],
    [
      'a secret twice',
      { LOGTO_ENDPOINT: 'https://a.example', LOGTO_APP_SECRET_FILE: '/x' },
      'not both',
    ],
    ['a placeholder', { LOGTO_ENDPOINT: '<your endpoint>' }, 'placeholder'],
    ['quotation marks', { LOGTO_ENDPOINT: '"https://a.example"' }, 'quotation marks'],
    [
      'the console of Logto Cloud',
      { LOGTO_ENDPOINT: 'https://cloud.logto.io/abc123' },
      'set LOGTO_TENANT_ID=abc123',
    ],
    [
      'the console of a self-hosted Logto',
      { LOGTO_ENDPOINT: 'https://a.example:3002/console/get-started' },
      'is the address of the console',
    ],
    [
      'an id that is too long to be one',
      { LOGTO_ENDPOINT: 'https://a.example', LOGTO_APP_ID: 'hush0123456789012345678901234567' },
      'Perhaps it is the App secret',
    ],
  ])('%s is refused with the correct form', (_, env, words) => {
    expect(() => serve({ ...app, ...env })).toThrow(ConfigError);
    expect(() => serve({ ...app, ...env })).toThrow(words);
    try {
      serve({ ...app, ...env });
    } catch (error) {
      expect(String(error)).not.toContain('hush');
    }
  });

  it.each([['--tools'], ['start']])('%s is refused with the options', (argument) => {
    expect(() => serve({}, [argument])).toThrow(/--sandbox, --sandbox-release, --tools/);
  });
});

describe('the address of a Cloud tenant in the wrong form', () => {
  it.each([
    ['abc123.logto.app', 'LOGTO_TENANT_ID=abc123'],
    ['ABC123.logto.app/', 'LOGTO_TENANT_ID=abc123'],
    ['abc123', 'belongs in LOGTO_TENANT_ID'],
    ['https://default.logto.app', 'resource indicator of a self-hosted Logto'],
    ['https://default.logto.app/api', 'resource indicator of a self-hosted Logto'],
    ['https://admin.logto.app', 'resource indicator of a self-hosted Logto'],
  ])('LOGTO_ENDPOINT=%s is refused with the setting to use', (endpoint, words) => {
    expect(() => serve({ ...app, LOGTO_ENDPOINT: endpoint })).toThrow(words);
  });

  it('the tenant of a self-hosted Logto needs its address', () => {
    expect(() => serve({ ...app, LOGTO_TENANT_ID: 'default' })).toThrow('Set LOGTO_ENDPOINT');
    const both = { LOGTO_TENANT_ID: 'default', LOGTO_ENDPOINT: 'http://localhost:3001' };
    expect(serve({ ...app, ...both }).access).toMatchObject({
      credentials: { endpoint: 'http://localhost:3001', resource: 'https://default.logto.app/api' },
    });
  });
});

describe('an endpoint beside a tenant id of Logto Cloud', () => {
  const withTenant = (endpoint: string) =>
    serve({ ...app, LOGTO_TENANT_ID: 'abc123', LOGTO_ENDPOINT: endpoint });

  it.each([
    'http://localhost:3001',
    'http://login.acme.com',
    'https://login.acme.com:3001',
    'https://192.168.0.7',
    'https://[::1]',
    'https://logto',
    'https://logto.internal',
  ])('%s is refused, because it cannot be a custom domain', (endpoint) => {
    expect(() => withTenant(endpoint)).toThrow(
      `LOGTO_ENDPOINT is ${endpoint}, which cannot be a custom domain`,
    );
  });

  it.each(['https://abc123.logto.app', 'https://login.acme.com', 'https://id.xn--mller-kva.de'])(
    '%s is accepted',
    (endpoint) => {
      expect(withTenant(endpoint).access).toMatchObject({ credentials: { endpoint } });
    },
  );

  it('counts as not set when it is empty, like every other variable', () => {
    const empty = Object.fromEntries(settings.map(({ name }) => [name, '']));
    const { access, warnings } = serve({ ...empty, ...app, LOGTO_TENANT_ID: 'abc123' });
    expect(access).toMatchObject({ credentials: { endpoint: 'https://abc123.logto.app' } });
    expect(warnings).toEqual([]);
  });
});

describe('a misspelt variable', () => {
  it.each([
    ['LOGTO_MCP_READONLY', 'LOGTO_MCP_READ_ONLY'],
    ['LOGTO_MCP_TOOL', 'LOGTO_MCP_TOOLS'],
    ['logto_mcp_policy', 'LOGTO_MCP_POLICY'],
    ['LOGTO_MCP_UPLOAD_DIR', 'LOGTO_UPLOAD_DIR'],
    ['LOGTO_MCP_APP_ID', 'LOGTO_APP_ID'],
    ['LOGTOMCP_READ_ONLY', 'LOGTO_MCP_READ_ONLY'],
    ['LOGTO_MCP_SOMETHING_ELSE', 'The settings are LOGTO_ENDPOINT'],
  ])('%s stops the start, with and without the sandbox', (name, words) => {
    expect(() => serve({ [name]: 'true' })).toThrow(ConfigError);
    expect(() => serve({ [name]: 'true' }, ['--sandbox'])).toThrow(
      new RegExp(`There is no setting ${name}\\..*${words}`),
    );
  });

  it.each([
    ['LOGTO_APPID', 'LOGTO_APP_ID'],
    ['LOGTO_APP_SECRETS', 'LOGTO_APP_SECRET'],
    ['LOGTO_ENDPIONT', 'LOGTO_ENDPOINT'],
    ['LOGTO_TENANT', 'LOGTO_TENANT_ID'],
    ['LOGTO_READ_ONLY', 'LOGTO_MCP_READ_ONLY'],
    ['LOGTO_CLIENT_ID', 'LOGTO_APP_ID'],
  ])('%s is warned about, since it may belong to another program', (name, intended) => {
    expect(serve({ [name]: 'value' }).warnings).toEqual([
      expect.stringMatching(new RegExp(`^${name} has no effect: this server reads ${intended}\\.`)),
    ]);
  });

  it.each(['LOGTO_COOKIE_SECRET', 'LOGTO_BASE_URL', 'LOGTO_SCOPES', 'LOGTO_RESOURCES', 'PATH'])(
    '%s of a web application is not mentioned',
    (name) => {
      expect(serve({ ...app, [name]: 'value' }).warnings).toEqual([]);
    },
  );

  it('is not mentioned when it is empty, or when the sandbox ignores the setting', () => {
    expect(serve({ LOGTO_MCP_READONLY: '', LOGTO_APPID: ' ' }).warnings).toEqual([]);
    expect(serve({ LOGTO_APPID: 'x', LOGTO_CLIENT_ID: 'x' }, ['--sandbox']).warnings).toEqual([]);
  });

  it('is not mentioned for another name of a setting that is set', () => {
    expect(serve({ ...app, LOGTO_CLIENT_ID: 'x' }).warnings).toEqual([]);
  });

  it('is found by Windows in any case', () => {
    // Its environment finds a name in any case, and lists it as it was written.
    const env = Object.create({ LOGTO_MCP_TOOLS: 'users' });
    Object.defineProperty(env, 'Logto_Mcp_Tools', { value: 'users', enumerable: true });
    expect(serve(env).tools).toBe('users');
  });
});

describe('a message about a value', () => {
  it.each([
    [['--log-level', 'loud'], {}, '--log-level must be one of'],
    [[], { LOGTO_MCP_LOG_LEVEL: 'loud' }, 'LOGTO_MCP_LOG_LEVEL must be one of'],
    [['--confirm', 'never'], {}, '--confirm must be one of auto, ask, plan, not "never"'],
    [[], { LOGTO_MCP_CONFIRM: 'never' }, 'LOGTO_MCP_CONFIRM must be one of'],
    [['--policy', '/no.json'], {}, 'The policy "/no.json" of --policy cannot be read'],
    [[], { LOGTO_MCP_POLICY: '/no.json' }, '"/no.json" of LOGTO_MCP_POLICY cannot be read'],
    [['--profile', ''], {}, '--profile is empty'],
  ] as const)('names the option or the variable that was used: %j %j', (argv, env, words) => {
    expect(() => serve({ ...env }, [...argv])).toThrow(words);
  });

  it('can name the source of a value that is validated later', () => {
    expect(serve({}, ['--tools', 'x']).sources.tools).toBe('--tools');
    expect(serve({ LOGTO_MCP_TOOLS: 'x' }).sources.tools).toBe('LOGTO_MCP_TOOLS');
    expect(serve({ LOGTO_MCP_LOG_FILE: '/l' }).sources.logFile).toBe('LOGTO_MCP_LOG_FILE');
  });
});

describe('confirmation and ignored arguments', () => {
  it('are read from option and environment, with a default', () => {
    expect(serve({}).confirmMode).toBe('auto');
    expect(serve({ LOGTO_MCP_CONFIRM: 'plan' }).confirmMode).toBe('plan');
    expect(serve({ LOGTO_MCP_CONFIRM: 'plan' }, ['--confirm', 'ask']).confirmMode).toBe('ask');
    expect(serve({}).ignoredArguments).toEqual([]);
    expect(
      serve({ LOGTO_MCP_IGNORE_ARGUMENTS: 'sessionId, toolCallId,sessionId' }).ignoredArguments,
    ).toEqual(['sessionId', 'toolCallId']);
    expect(() => serve({ LOGTO_MCP_IGNORE_ARGUMENTS: '{"a":1}' })).toThrow(
      'LOGTO_MCP_IGNORE_ARGUMENTS must be names',
    );
  });
});

describe('help', () => {
  const read = (...argv: string[]) => readConfig(argv, {}, noFile, () => true);

  it.each([
    [['help'], undefined],
    [['--help'], undefined],
    [['-h'], undefined],
    [['help', 'init'], 'init'],
    [['init', '--help'], 'init'],
    [['init', 'help'], 'init'],
    [['doctor', '-h'], 'doctor'],
    [['init', '--nonsense', '--help'], 'init'],
    [['--sandbox', '--help'], undefined],
  ])('%j is a request for it', (argv, topic) => {
    expect(read(...argv)).toEqual({ command: 'help', topic });
  });

  it.each(commands.map(({ name }) => name))(
    'of %s lists its own options and no others',
    (command) => {
      const text = helpText(command);
      expect(text.includes('--dry-run')).toBe(['setup-http', 'init', 'remove'].includes(command));
      expect(text.includes('--json')).toBe(
        ['setup-http', 'doctor', 'export', 'plan', 'apply'].includes(command),
      );
      expect(text.includes('LOGTO_APP_ID')).toBe(command !== 'remove');
      expect(text.split('\n').length).toBeLessThan(helpText().split('\n').length);
    },
  );

  it('has a description and an example that is a valid command line', () => {
    for (const { name, description } of commands) {
      const text = helpText(name);
      expect(text).toContain(description);
      const [, examples = ''] = text.split('Examples:\n');
      for (const line of examples.trim().split('\n')) {
        const argv = line.trim().split(' ').slice(1);
        const staging = {
          LOGTO_STAGING_ENDPOINT: 'https://staging.example',
          LOGTO_STAGING_APP_ID: 'app',
          LOGTO_STAGING_APP_SECRET: 'hush',
        };
        expect(
          readConfig(argv, argv.includes('--against') ? staging : {}, noFile, () => true).command,
        ).toMatch(new RegExp(`^${name}`));
      }
    }
  });

  it('names no file that is not installed', () => {
    expect(packageJson.files).toContain('docs');
    const texts = [helpText(), ...commands.map(({ name }) => helpText(name))];
    const named = texts.flatMap((text) => [...text.matchAll(/\bdocs\/[\w./-]+\w/g)]);
    expect(named.length).toBeGreaterThan(0);
    for (const [path] of named) {
      expect(existsSync(new URL(`../../${path}`, import.meta.url)), path).toBe(true);
    }
  });

  it.each(['--version', '-v', 'version'])('%s is the version', (word) => {
    expect(read(word)).toEqual({ command: 'version' });
  });
});

describe('a misspelt command or option', () => {
  it.each([
    [['docter'], 'no command "docter". Did you mean doctor?'],
    [['Doctor'], 'Did you mean doctor?'],
    [['int'], 'Did you mean init?'],
    [['hlep'], 'Did you mean help or http?'],
    [['help', 'docter'], 'Did you mean doctor?'],
    [['--sandbx'], 'Did you mean --sandbox?'],
    [['--read_only'], 'Did you mean --read-only?'],
    [['--readonly'], 'Did you mean --read-only?'],
    [['init', '--dryrun'], 'Did you mean --dry-run?'],
    [['--dry-run'], 'It is an option of setup-http, init, remove.'],
    [['init', 'cursor'], 'Write --client cursor.'],
    [
      ['banana'],
      'The commands are: serve, http, setup-http, doctor, export, plan, apply, init, remove, help.',
    ],
    [['--banana'], 'The options of serve are: --sandbox'],
  ])('%j is refused with the nearest', (argv, words) => {
    expect(() => readConfig(argv, {}, noFile, () => true)).toThrow(words);
  });
});

describe('several values that cannot be used', () => {
  it('are all reported at once', () => {
    const env = { LOGTO_ENDPOINT: 'a.example', LOGTO_TENANT_ID: 'A', LOGTO_MCP_READ_ONLY: 'so' };
    expect(() => serve(env)).toThrow(/LOGTO_ENDPOINT.*\nLOGTO_TENANT_ID.*\nLOGTO_MCP_READ_ONLY/);
  });

  const nothing = () => false;

  it('about folders are left to the doctor', () => {
    const env = { LOGTO_UPLOAD_DIR: '/nowhere' };
    expect(readConfig(['doctor'], env, noFile, nothing)).toMatchObject({
      settings: { uploadFolder: '/nowhere' },
    });
  });

  it('are a finding for the doctor, whose own options are not', () => {
    const config = readConfig(
      ['doctor', '--json'],
      { LOGTO_ENDPOINT: 'a.example' },
      noFile,
      nothing,
    );
    expect(config).toMatchObject({
      command: 'doctor',
      json: true,
      settings: { name: 'ConfigError' },
    });
    expect(() => readConfig(['doctor', '--dry-run'], {}, noFile, nothing)).toThrow(ConfigError);
  });

  it('repeat a wrong log level only when it cannot be a secret', () => {
    const level = (value: string) => () => serve({ LOGTO_MCP_LOG_LEVEL: value });
    expect(level('loud')).toThrow('not "loud"');
    expect(level('l0ngEnoughToBeASecretOfAnyLogto1')).toThrow(
      /silent, error, warn, info, debug\.$/,
    );
  });

  it('come from the entry alone when the doctor checks a client', () => {
    const doctor = (...argv: string[]) => readConfig(['doctor', ...argv], {}, noFile, nothing);
    expect(doctor('--client', 'codex', '--name', 'logto-staging', '--json')).toMatchObject({
      command: 'doctor of an entry',
      client: 'codex',
      name: 'logto-staging',
      json: true,
    });
    expect(() => doctor('--client', 'codex', '--tools', 'all')).toThrow('Remove --tools');
    expect(() => doctor('--name', 'logto-staging')).toThrow('doctor needs --client');
  });
});

describe('the secret', () => {
  const env = {
    LOGTO_ENDPOINT: 'https://a.example',
    LOGTO_APP_ID: 'app',
    LOGTO_APP_SECRET_FILE: '/s',
  };

  it('can be in a file', () => {
    expect(serve(env, [], () => 'hush\n').access).toMatchObject({
      credentials: { appSecret: 'hush' },
    });
  });

  const failsWith = (code: string) => () => {
    throw Object.assign(new Error(code), { code });
  };

  it.each([
    ['does not exist', failsWith('ENOENT')],
    ['may not be read by this user', failsWith('EACCES')],
    ['is a folder', failsWith('EISDIR')],
    ['cannot be read (EIO)', failsWith('EIO')],
    ['is empty', () => '\n'],
    ['contains more than one word or line', () => 'A=hush\nB=c'],
  ])('is refused with the reason when the file %s', (reason, readFile) => {
    expect(() => serve(env, [], readFile)).toThrow(ConfigError);
    expect(() => serve(env, [], readFile)).toThrow(`"/s", ${reason}.`);
    expect(() => serve(env, [], readFile)).not.toThrow('hush');
  });

  it('is refused when it is the App ID, from a file too', () => {
    const sameId = { LOGTO_TENANT_ID: 'abc', LOGTO_APP_ID: 'app' };
    expect(() => serve({ ...sameId, LOGTO_APP_SECRET: 'app' })).toThrow(
      'LOGTO_APP_SECRET is the App ID',
    );
    expect(() => serve(env, [], () => 'app\n')).toThrow(
      'LOGTO_APP_SECRET_FILE contains the App ID',
    );
  });
});

describe('a secret in the wrong setting', () => {
  const secret = 'SuperSecret123';

  it.each([
    { LOGTO_APP_SECRET_FILE: secret },
    { LOGTO_APP_SECRET_FILE: `ab/${secret}` },
    { LOGTO_ENDPOINT: secret },
    { LOGTO_ENDPOINT: `https://admin:${secret}@:bad` },
    { LOGTO_ENDPOINT: `https://admin:${secret}@a.example` },
    { LOGTO_ENDPOINT: `https://a.example/?secret=${secret}` },
    { LOGTO_ENDPOINT: `https://a.example/${secret}` },
    { LOGTO_ENDPOINT: `${secret}:x` },
    { LOGTO_API_RESOURCE: secret },
    { LOGTO_TENANT_ID: secret },
    { LOGTO_MCP_READ_ONLY: secret },
    { LOGTO_MCP_POLICY: secret },
    { LOGTO_UPLOAD_DIR: secret },
    { LOGTO_APP_SECRET: `${secret}\nMORE=1` },
  ])('is refused and not repeated: %j', (wrong) => {
    const env: Record<string, string> = {
      LOGTO_ENDPOINT: 'https://a.example',
      LOGTO_APP_ID: 'app',
      ...wrong,
    };
    expect(() => serve(env)).toThrow(ConfigError);
    try {
      serve(env);
    } catch (error) {
      expect(String(error).toLowerCase()).not.toContain(secret.toLowerCase());
    }
  });

  it('is distinguished from a plain mistake, which is repeated', () => {
    expect(() => serve({ LOGTO_ENDPOINT: 'auth.example.com' })).toThrow('not "auth.example.com"');
    expect(() => serve({ LOGTO_MCP_READ_ONLY: 'yes' })).toThrow('not "yes"');
    expect(() => serve({ ...app, LOGTO_UPLOAD_DIR: '/nowhere' })).toThrow('"/nowhere"');
  });
});

describe('a value that could only fail later', () => {
  it('is refused at the start', () => {
    expect(() => serve({ LOGTO_UPLOAD_DIR: '/nowhere' })).toThrow('LOGTO_UPLOAD_DIR');
    expect(() => serve({ LOGTO_SECRETS_DIR: '/nowhere' })).toThrow('LOGTO_SECRETS_DIR');
    expect(serve({ LOGTO_UPLOAD_DIR: '/there' })).toMatchObject({ uploadFolder: '/there' });
    expect(() => serve({}, ['--tools', ' '])).toThrow('--tools');
    expect(() =>
      serve({ ...app, LOGTO_ENDPOINT: 'https://a.example', LOGTO_APP_SECRET: 'hush hush' }),
    ).toThrow('line breaks');
  });
});

describe('a missing setting', () => {
  it.each([
    [{}, 'LOGTO_ENDPOINT', 'LOGTO_TENANT_ID'],
    [{ LOGTO_TENANT_ID: 'abc' }, 'LOGTO_APP_ID', 'Applications'],
    [{ LOGTO_TENANT_ID: 'abc', LOGTO_APP_ID: 'app' }, 'LOGTO_APP_SECRET', 'App secret'],
    [{ LOGTO_TENANT_ID: '  ', LOGTO_APP_ID: 'app' }, 'LOGTO_ENDPOINT', '--sandbox'],
    [{}, 'LOGTO_APP_ID, LOGTO_APP_SECRET', 'its App ID and its App secret'],
    [{ LOGTO_TENANT_ID: 'abc', LOGTO_APP_ID: 'app' }, 'LOGTO_APP_SECRET (or', 'is not set'],
  ])('does not stop the start, and every call names it: %j', (env, name, where) => {
    const { access } = serve(env);
    expect(access).toMatchObject({ kind: 'unconfigured', failure: { kind: 'configuration' } });
    expect(JSON.stringify(access)).toContain(name);
    expect(JSON.stringify(access)).toContain(where);
  });
});

describe('the rest', () => {
  it('chooses the release of the sandbox by option or variable', () => {
    const variable = { LOGTO_MCP_SANDBOX_RELEASE: '1.44' };
    expect(serve(variable, ['--sandbox']).access).toEqual({ kind: 'sandbox', release: '1.44' });
    expect(serve(variable, ['--sandbox', '--sandbox-release', '1.42']).access).toEqual({
      kind: 'sandbox',
      release: '1.42',
    });
    expect(() => serve({}, ['--sandbox', '--sandbox-release', '1.41'])).toThrow(
      '--sandbox-release must be one of 1.42, 1.43, 1.44, 1.45, 1.46, next',
    );
    expect(() =>
      serve({ ...app, LOGTO_TENANT_ID: 'abc123' }, ['--sandbox-release', '1.42']),
    ).toThrow('--sandbox-release needs --sandbox');
  });

  it('needs no settings for the sandbox, and does not read them', () => {
    expect(serve({ LOGTO_ENDPOINT: 'nonsense' }, ['--sandbox']).access).toEqual({
      kind: 'sandbox',
      release: '1.46',
    });
  });

  it('prefers the flag to the variable', () => {
    expect(serve({ LOGTO_MCP_TOOLS: 'none' }, ['--tools', 'all']).tools).toBe('all');
    expect(serve({ LOGTO_MCP_TOOLS: 'none' }).tools).toBe('none');
  });

  it('warns of a secret that is sent unencrypted to another machine', () => {
    expect(serve({ ...app, LOGTO_ENDPOINT: 'http://logto:3001' }).warnings).toHaveLength(1);
    expect(serve({ ...app, LOGTO_ENDPOINT: 'http://localhost:3001' }).warnings).toEqual([]);
  });

  it('explains every setting in the help', () => {
    for (const { name } of settings) {
      expect(helpText()).toContain(name);
    }
    expect(readConfig(['--version'], {}, noFile, () => true)).toEqual({ command: 'version' });
  });
});
