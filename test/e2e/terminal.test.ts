/** What the built program writes at a terminal, and at the start of a server for several people. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { startHttp } from '../support/http-program.js';
import { bareEnvironment, program } from '../support/process.js';
import { listeningTenant } from '../support/tenant.js';

/** Milliseconds: the program is started several times, on a machine that does other things too. */
const TIMEOUT_MS = 60_000;

const closers: (() => Promise<unknown>)[] = [];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'terminal-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** The environment of a server for the tenant at an address. */
const tenantEnvironment = (origin: string) => ({
  LOGTO_ENDPOINT: origin,
  LOGTO_APP_ID: sandboxSettings.appId,
  LOGTO_APP_SECRET: sandboxSettings.appSecret,
  LOGTO_MCP_STATE_DIR: folder,
});

/** Waits for a text. @throws Error with what was written instead */
async function until(written: () => string, text: string): Promise<void> {
  for (let waited = 0; !written().includes(text); waited += 50) {
    if (waited > 30_000) {
      throw new Error(`There is no ${JSON.stringify(text)} in: ${written()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts the program at a terminal of its own: `script` (util-linux) makes one. */
function atTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...bareEnvironment(), ...env },
  });
  let text = '';
  const read = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  closers.push(async () => {
    child.kill();
    await ended;
  });
  return { child, ended, text: () => text };
}

describe('the program without a command', () => {
  it(
    'says at a terminal that it waits for a client, whatever is configured',
    async () => {
      const starts = [
        [[], {}],
        [['--sandbox'], {}],
        [[], tenantEnvironment('http://127.0.0.1:1')],
      ] as const;
      // Side by side, because each waits two seconds for a client first.
      await Promise.all(
        starts.map(async ([args, env]) => {
          const { text } = atTerminal(args, { ...env, LOGTO_MCP_STATE_DIR: folder });
          await until(text, 'waiting for an MCP client');
          expect(text()).toMatch(/run it with init to connect a client .*or with doctor/s);
        }),
      );
    },
    TIMEOUT_MS,
  );
});

describe('http', () => {
  it(
    'warns at the start where people sign in at another origin, and only there',
    async () => {
      const tenant = await listeningTenant();
      closers.push(() => tenant.close());
      const warningOf = async (issuer: string): Promise<string> => {
        const running = await startHttp(['--issuer', issuer], tenantEnvironment(tenant.origin));
        closers.push(running.stop);
        return running.stderr();
      };
      const other = 'http://127.0.0.1:9/oidc';
      expect(await warningOf(other)).toContain(
        `People sign in at ${other}, and LOGTO_ENDPOINT is ${tenant.origin}. Check that both are the same tenant`,
      );
      expect(await warningOf(`${tenant.origin}/oidc`)).not.toContain('People sign in at');
    },
    TIMEOUT_MS,
  );
});

describe('apply at a terminal, on a tenant', () => {
  it(
    'asks, counts the writes while they are sent, and says where the undo is',
    async () => {
      const tenant = await listeningTenant();
      closers.push(() => tenant.close());
      const manifest = join(folder, 'logto.yaml');
      writeFileSync(
        manifest,
        'roles:\n  - name: Packer\n    description: Packs\n  - name: Driver\n    description: Drives\n',
      );
      const { child, ended, text } = atTerminal(
        ['apply', '--manifest', manifest],
        tenantEnvironment(tenant.origin),
      );
      await until(text, 'Type yes to apply this: ');
      expect(
        tenant.received.filter(({ method, url }) => method !== 'GET' && url !== '/oidc/token'),
      ).toEqual([]);
      child.stdin.write('yes\n');
      expect(await ended).toBe(0);
      expect(text()).toContain('2 of 2 writes');
      expect(text()).toMatch(/Created:\s+role "Packer"\s+role "Driver"/);
      expect(text()).toContain('2 created, 0 changed, 0 removed, 0 unchanged.');
      const journal =
        /Run: run-\w+\. undo_change undoes it as a whole, on a server that uses the same journal: (\S+)/;
      expect(journal.exec(text())?.[1]).toContain(folder);
      expect(text()).not.toContain('This is the sandbox');
    },
    TIMEOUT_MS,
  );

  it(
    'changes nothing where the person does not type yes',
    async () => {
      const tenant = await listeningTenant();
      closers.push(() => tenant.close());
      const manifest = join(folder, 'logto.yaml');
      writeFileSync(manifest, 'roles:\n  - name: Packer\n    description: Packs\n');
      const { child, ended, text } = atTerminal(
        ['apply', '--manifest', manifest],
        tenantEnvironment(tenant.origin),
      );
      await until(text, 'Type yes to apply this: ');
      child.stdin.write('no\n');
      expect(await ended).toBe(1);
      expect(text()).toContain('Nothing was changed.');
      expect(
        tenant.received
          .filter(({ url }) => url === '/api/roles')
          .filter(({ method }) => method === 'POST'),
      ).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
