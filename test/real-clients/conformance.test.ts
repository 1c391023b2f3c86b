/**
 * The conformance suite of the protocol against the server over HTTP: all server scenarios of all revisions. Many of them call
 * tools, prompts and resources that a server has only to be tested; these are named here with the reason, and everything else
 * must pass.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { objectsIn } from '../../src/json.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { startHttp } from '../support/http-program.js';
import { listeningTenant } from '../support/tenant.js';
import { packages } from './packages.js';
import { runToEnd, temporaryHome } from './programs.js';
import { withPackage } from './suite.js';

/** Checks that cannot pass here, by the reason. The names are those of checks, or beginnings of names of scenarios. */
const NOT_APPLICABLE: Readonly<Record<string, readonly string[]>> = {
  'it calls a tool that a server has only for this suite': [
    'server-tools-call-image',
    'server-tools-call-audio',
    'server-tools-call-embedded-resource',
    'server-tools-call-mixed-content',
    'server-tools-call-with-logging',
    'server-tools-call-with-progress',
    'server-tools-call-sampling',
    'server-tools-call-elicitation',
    'server-json-schema-2020-12',
    'server-elicitation-sep1034-defaults',
    'server-elicitation-sep1330-enums',
    'server-server-sse-polling',
    'server-http-custom-header-server-validation',
    'server-input-required-result-',
    'sep-2575-server-rejects-undeclared-capability',
    'sep-2575-missing-capability-http-400',
  ],
  'it reads a resource or a prompt that a server has only for this suite': [
    'server-resources-read-text',
    'server-resources-read-binary',
    'server-resources-templates-read',
    'server-prompts-get-',
  ],
  'it needs a capability that this server does not declare': [
    'server-logging-set-level',
    'server-resources-subscribe',
    'server-resources-unsubscribe',
    'server-tasks-',
  ],
};

const excused = Object.values(NOT_APPLICABLE).flat();

const closers: (() => unknown)[] = [];

afterAll(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

describe('the conformance suite', () => {
  let run: (() => Promise<readonly string[]>) | undefined;
  let passed = 0;

  withPackage('conformance', (folder, node) => {
    run = async () => {
      const tenant = await listeningTenant();
      closers.push(() => tenant.close());
      const { port, stop } = await startHttp([], {
        LOGTO_ENDPOINT: tenant.origin,
        LOGTO_APP_ID: sandboxSettings.appId,
        LOGTO_APP_SECRET: sandboxSettings.appSecret,
      });
      closers.push(stop);
      const output = mkdtempSync(join(tmpdir(), 'conformance-'));
      const home = temporaryHome();
      try {
        const { package: name, entry } = packages.conformance;
        expect(folder).toContain(name);
        await runToEnd(
          node,
          [
            join(folder, entry),
            ...['server', '--url', `http://127.0.0.1:${port}/mcp`, '--suite', 'all', '-o', output],
          ],
          { env: home.env, cwd: home.folder, limit: 150_000 },
        );
        const failed: string[] = [];
        for (const scenario of readdirSync(output)) {
          const text = readFileSync(join(output, scenario, 'checks.json'), 'utf8');
          for (const { id, status, errorMessage } of objectsIn(JSON.parse(text))) {
            passed += status === 'SUCCESS' ? 1 : 0;
            const isExcused = excused.some((known) => scenario.startsWith(known) || id === known);
            if (status === 'FAILURE' && !isExcused) {
              failed.push(`${scenario}: ${String(id)}: ${String(errorMessage)}`);
            }
          }
        }
        return failed;
      } finally {
        home.remove();
        rmSync(output, { recursive: true, force: true });
      }
    };
  });

  it('finds nothing against the protocol in the server over HTTP', async () => {
    expect(await run?.()).toEqual([]);
    expect(passed).toBeGreaterThan(150);
  });
});
