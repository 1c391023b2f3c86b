import { describe, expect, it } from 'vitest';
import { ConfigError, helpText } from '../../src/config/args.js';
import { readConfig, settings } from '../../src/config/config.js';

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

describe('where Logto is', () => {
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
      'Leave one of them out',
    ],
    [
      'an indicator that is no address',
      { LOGTO_ENDPOINT: 'https://a.example', LOGTO_API_RESOURCE: 'api' },
      'indicator such as',
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
      'names the console',
    ],
    [
      'an id that is too long to be one',
      { LOGTO_ENDPOINT: 'https://a.example', LOGTO_APP_ID: 'hush0123456789012345678901234567' },
      'Perhaps it is the App secret',
    ],
  ])('%s is refused with what to write', (_, env, words) => {
    expect(() => serve({ ...app, ...env })).toThrow(ConfigError);
    expect(() => serve({ ...app, ...env })).toThrow(words);
    try {
      serve({ ...app, ...env });
    } catch (error) {
      expect(String(error)).not.toContain('hush');
    }
  });

  it.each([['--sandbx'], ['--tools'], ['start']])('%s is refused with the options', (argument) => {
    expect(() => serve({}, [argument])).toThrow(/--sandbox, --tools/);
  });
});

describe('several values that cannot be used', () => {
  it('are all told of at once', () => {
    const env = { LOGTO_ENDPOINT: 'a.example', LOGTO_TENANT_ID: 'A', LOGTO_MCP_READ_ONLY: 'so' };
    expect(() => serve(env)).toThrow(/LOGTO_ENDPOINT.*\nLOGTO_TENANT_ID.*\nLOGTO_MCP_READ_ONLY/);
  });

  const nothing = () => false;

  it('leave the folders to the doctor, who looks at the rest besides', () => {
    const env = { LOGTO_UPLOAD_DIR: '/nowhere' };
    expect(readConfig(['doctor'], env, noFile, nothing)).toMatchObject({
      settings: { uploadFolder: '/nowhere' },
    });
  });

  it('are a finding for the doctor, whose own options are not', () => {
    const found = readConfig(
      ['doctor', '--json'],
      { LOGTO_ENDPOINT: 'a.example' },
      noFile,
      nothing,
    );
    expect(found).toMatchObject({
      command: 'doctor',
      json: true,
      settings: { name: 'ConfigError' },
    });
    expect(() => readConfig(['doctor', '--dry-run'], {}, noFile, nothing)).toThrow(ConfigError);
  });

  it('repeat no level of the log that is none but may be a secret', () => {
    const level = (value: string) => () => serve({ LOGTO_MCP_LOG_LEVEL: value });
    expect(level('loud')).toThrow('not "loud"');
    expect(level('l0ngEnoughToBeASecretOfAnyLogto1')).toThrow(
      /silent, error, warn, info, debug\.$/,
    );
  });

  it('are taken from an entry by the doctor, with nothing beside it', () => {
    const doctor = (...argv: string[]) => readConfig(['doctor', ...argv], {}, noFile, nothing);
    expect(doctor('--client', 'codex', '--name', 'logto-staging', '--json')).toMatchObject({
      command: 'doctor of an entry',
      client: 'codex',
      name: 'logto-staging',
      json: true,
    });
    expect(() => doctor('--client', 'codex', '--tools', 'all')).toThrow('Leave --tools out');
    expect(() => doctor('--name', 'logto-staging')).toThrow('doctor needs --client');
  });
});

describe('the secret', () => {
  const env = {
    LOGTO_ENDPOINT: 'https://a.example',
    LOGTO_APP_ID: 'app',
    LOGTO_APP_SECRET_FILE: '/s',
  };

  it('can stand in a file', () => {
    expect(serve(env, [], () => 'hush\n').access).toMatchObject({
      credentials: { appSecret: 'hush' },
    });
  });

  it.each([
    ['cannot be read', noFile],
    ['is empty', () => '\n'],
    ['holds more than the secret', () => 'A=hush\nB=c'],
  ])('is refused when the file %s, without a word of what is in it', (_, readFile) => {
    expect(() => serve(env, [], readFile)).toThrow(ConfigError);
    expect(() => serve(env, [], readFile)).not.toThrow('hush');
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

  it('is told from a plain mistake, which is repeated', () => {
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

describe('what is missing', () => {
  it.each([
    [{}, 'LOGTO_ENDPOINT', 'LOGTO_TENANT_ID'],
    [{ LOGTO_TENANT_ID: 'abc' }, 'LOGTO_APP_ID', 'Applications'],
    [{ LOGTO_TENANT_ID: 'abc', LOGTO_APP_ID: 'app' }, 'LOGTO_APP_SECRET', 'App secret'],
    [{ LOGTO_TENANT_ID: '  ', LOGTO_APP_ID: 'app' }, 'LOGTO_ENDPOINT', '--sandbox'],
    [{}, 'LOGTO_APP_ID, LOGTO_APP_SECRET', 'its App ID and its App secret'],
  ])('does not stop the start, and is named by each call: %j', (env, name, where) => {
    const { access } = serve(env);
    expect(access).toMatchObject({ kind: 'unconfigured', failure: { kind: 'configuration' } });
    expect(JSON.stringify(access)).toContain(name);
    expect(JSON.stringify(access)).toContain(where);
  });
});

describe('the rest', () => {
  it('needs no settings for the sandbox, and does not read them', () => {
    expect(serve({ LOGTO_ENDPOINT: 'nonsense' }, ['--sandbox']).access).toEqual({
      kind: 'sandbox',
    });
  });

  it('prefers the flag to the variable', () => {
    expect(serve({ LOGTO_MCP_TOOLS: 'none' }, ['--tools', 'all']).tools).toBe('all');
    expect(serve({ LOGTO_MCP_TOOLS: 'none' }).tools).toBe('none');
  });

  it('warns of a secret that travels unencrypted, and not on this machine', () => {
    expect(serve({ ...app, LOGTO_ENDPOINT: 'http://logto:3001' }).warnings).toHaveLength(1);
    expect(serve({ ...app, LOGTO_ENDPOINT: 'http://localhost:3001' }).warnings).toEqual([]);
  });

  it('explains every setting in the help', () => {
    for (const { name } of settings) {
      expect(helpText(settings)).toContain(name);
    }
    expect(readConfig(['-h'], {}, noFile, () => true)).toEqual({ command: 'help' });
    expect(readConfig(['--version'], {}, noFile, () => true)).toEqual({ command: 'version' });
  });
});
