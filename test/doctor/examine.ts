/** The doctor in this process, with the settings and the network of a test. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { ConfigError } from '../../src/config/args.js';
import { readConfig } from '../../src/config/config.js';
import type { ClientFile } from '../../src/doctor/client-checks.js';
import { createFileSystem } from '../../src/doctor/filesystem.js';
import { type DoctorOptions, runDoctor } from '../../src/doctor/index.js';
import { formatterFor, summaryOf } from '../../src/doctor/report.js';
import type { Check } from '../../src/doctor/runner.js';
import type { Transport } from '../../src/logto/transport.js';
import { createUndiciTransport } from '../../src/logto/undici-transport.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { tools } from '../support/client.js';

export interface Case {
  /** Besides the credentials of the sandbox's own application. */
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  /** Instead of the network. */
  readonly fetch?: Transport;
  readonly options?: Partial<DoctorOptions>;
}

export interface Examined {
  readonly checks: readonly Check[];
  readonly ok: boolean;
  /** The only check of this id. */
  check(id: string): Check;
  /** The line of a check, as it is printed into a pipe. */
  line(id: string): string;
  /** The ids of the checks that failed, or that warn. */
  readonly failed: readonly string[];
  readonly warned: readonly string[];
  readonly skipped: readonly string[];
}

/** A configuration file that its client reads. */
export const readableFile: ClientFile = {
  client: 'claude-desktop',
  title: 'Claude Desktop',
  file: '/home/ann/.config/Claude/claude_desktop_config.json',
  isDefault: true,
  text: '{"mcpServers":{}}',
  isWsl: false,
  folder: '/home/ann/.config/Claude',
  folderExists: true,
  isInstalled: true,
};

/** A real retry would only cost time. */
const quick = { now: Date.now, random: () => 0, sleep: async () => {} };

/** Checks that a text contains no secret and no token, in any form in which they are sent. */
export function expectNoSecret(text: string, secret: string): void {
  if (secret !== '') {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(encodeURIComponent(secret));
    expect(text).not.toContain(btoa(`${sandboxSettings.appId}:${secret}`));
  }
  expect(text).not.toMatch(/\b(Bearer|Basic)\s+\S/i);
  expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+/);
  expect(text).not.toMatch(/sandbox-token-\d/);
}

/** Runs the doctor, and checks that nothing it says contains the secret. */
export async function examined({ env = {}, argv = [], fetch, options }: Case): Promise<Examined> {
  const whole = {
    LOGTO_APP_ID: sandboxSettings.appId,
    LOGTO_APP_SECRET: sandboxSettings.appSecret,
    ...env,
  };
  const config = readConfig(
    ['doctor', ...argv],
    whole,
    (path) => readFileSync(path, 'utf8'),
    () => true,
  );
  if (config.command !== 'doctor') {
    throw new Error(`It is ${config.command}.`);
  }
  const { settings } = config;
  const access = settings instanceof ConfigError ? undefined : settings.access;
  const checks: Check[] = [];
  await runDoctor(
    {
      node: '20.19.0',
      engines: '>=20.19',
      settings,
      connection:
        access?.kind === 'live'
          ? {
              credentials: access.credentials,
              connect: fetch === undefined ? createUndiciTransport : () => fetch,
              sandbox: false,
            }
          : undefined,
      env: whole,
      journal: undefined,
      tools,
      fileSystem: createFileSystem('linux'),
      clock: quick,
      ...options,
    },
    (check) => {
      checks.push(check);
    },
  );
  const print = formatterFor({ colour: false, signs: false });
  expectNoSecret(JSON.stringify(checks), whole.LOGTO_APP_SECRET);
  expectNoSecret(checks.map(print).join('\n'), whole.LOGTO_APP_SECRET);
  const check = (id: string): Check => {
    const [check, another] = checks.filter((item) => item.id === id);
    if (check === undefined || another !== undefined) {
      throw new Error(`There is not one check ${id}: ${checks.map((item) => item.id).join(', ')}`);
    }
    return check;
  };
  const having = (status: Check['status']) =>
    checks.filter((item) => item.status === status).map(({ id }) => id);
  return {
    checks,
    ok: summaryOf(checks).ok,
    check,
    line: (id) => print(check(id)),
    failed: having('fail'),
    warned: having('warn'),
    skipped: having('skipped'),
  };
}
