/** The workflow in docs/configuration-as-code.md runs as it is written, on the sandbox. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCommand } from '../support/command.js';
import { bareEnvironment, program, root } from '../support/process.js';

const page = readFileSync(join(root, 'docs/configuration-as-code.md'), 'utf8');

/** The YAML blocks of the page: the manifest, and the workflow. */
const [manifest = '', workflow = ''] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(
  ([, block = '']) => block,
);

interface Job {
  readonly if?: string;
  readonly needs?: string;
  readonly environment?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly name?: string; readonly run?: string }[];
}

const { jobs, env } = parse(workflow) as {
  readonly jobs: Readonly<Record<string, Job>>;
  readonly env: Readonly<Record<string, string>>;
};

/** Milliseconds for a test that starts the program several times, on a busy machine. */
const TIMEOUT_MS = 60_000;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'workflow-'));
  writeFileSync(join(folder, 'logto.yaml'), manifest);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How the page starts our program from a checkout. */
const PROGRAM = 'node dist/main.js';

/** The script of a job with our build in the place of the packed file, on the sandbox. */
const scriptOf = (job: string): string =>
  (jobs[job]?.steps.map(({ run: lines }) => lines ?? '').join('\n') ?? '').replaceAll(
    /npx -y \.\/logto-management-mcp-[\d.]+\.tgz (\w+)/g,
    `${PROGRAM} $1 --sandbox`,
  );

/** The environment of a job. */
const environment = (): Record<string, string> => ({
  ...bareEnvironment(),
  LOGTO_MCP_MANIFEST_VARIABLES: env['LOGTO_MCP_MANIFEST_VARIABLES'] ?? '',
  LOGTO_MCP_MANIFEST_SECRETS: env['LOGTO_MCP_MANIFEST_SECRETS'] ?? '',
  APP_URL: 'https://shop.example',
  GOOGLE_SECRET: 'a-secret-of-the-test',
  GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
  GITHUB_OUTPUT: join(folder, 'output'),
});

const bash = (script: string, variables: Readonly<Record<string, string>>) =>
  spawnSync('bash', ['-e', '-c', script], { cwd: folder, encoding: 'utf8', env: variables });

/** Runs the script of a job. */
const run = (job: string, more: Readonly<Record<string, string>> = {}) =>
  bash(scriptOf(job).replaceAll(PROGRAM, `"${process.execPath}" "${program}"`), {
    ...environment(),
    ...more,
  });

/**
 * Runs a script whose last command is ours. The shell reads it, with arguments and variables; the command then runs in this
 * process.
 */
async function runLastCommand(script: string, variables: Readonly<Record<string, string>>) {
  const tell = 'JSON.stringify({ args: process.argv.slice(1), env: process.env })';
  const { stdout } = bash(
    script.replaceAll(PROGRAM, `"${process.execPath}" -p '${tell}' --`),
    variables,
  );
  const { args, env: exported } = JSON.parse(stdout);
  return runCommand(args, exported, folder);
}

describe.skipIf(process.platform === 'win32')('the example of the docs', () => {
  it(
    'is planned with the variables that the page exports',
    async () => {
      const [commands = ''] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
        .map(([, block = '']) => block)
        .filter((block) => /^export /m.test(block));
      writeFileSync(join(folder, 'shop.yaml'), manifest);
      const { code, out, err } = await runLastCommand(commands, bareEnvironment());
      expect(code, err).toBe(2);
      expect(out).toContain('https://shop.example.com/callback');
    },
    TIMEOUT_MS,
  );
});

describe.skipIf(process.platform === 'win32')('the workflow of the docs', () => {
  it(
    'writes the plan of a pull request into the summary of the job, and succeeds with changes',
    () => {
      const { status, stderr } = run('plan');
      expect(status, stderr).toBe(0);
      const summary = readFileSync(join(folder, 'summary.md'), 'utf8');
      expect(summary).toMatch(/\+ role "Order reader"/);
      expect(summary).toMatch(/Digest: [0-9a-f]{32}/);
      expect(summary).not.toContain('a-secret-of-the-test');
    },
    TIMEOUT_MS,
  );

  it(
    'applies after the approval with the digest of the plan that was shown before it',
    async () => {
      expect(jobs['plan']?.environment).toBeUndefined();
      expect(jobs['plan']?.outputs).toEqual({ digest: '${{ steps.plan.outputs.digest }}' });
      expect(jobs['apply']).toMatchObject({
        if: "github.event_name == 'push' && needs.plan.outputs.digest != ''",
        needs: 'plan',
        environment: 'production',
        env: { DIGEST: '${{ needs.plan.outputs.digest }}' },
      });
      // What the job of the test before has left.
      const [, shown] =
        /Digest: (\w+)/.exec(readFileSync(join(folder, 'summary.md'), 'utf8')) ?? [];
      const [, DIGEST = ''] =
        /^digest=(\w+)$/m.exec(readFileSync(join(folder, 'output'), 'utf8')) ?? [];
      expect(DIGEST).toMatch(/^[0-9a-f]{32}$/);
      expect(DIGEST).toBe(shown);
      writeFileSync(join(folder, 'logto.yaml'), manifest.replace('Sees orders', 'Sees all orders'));
      const refused = await runLastCommand(scriptOf('apply'), { ...environment(), DIGEST });
      expect(refused.code).toBe(1);
      writeFileSync(join(folder, 'logto.yaml'), manifest);
      const { status, stdout, stderr } = run('apply', { DIGEST });
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(/role "Order reader"/);
      // The run ends with the process, so it could not be undone.
      expect(stdout).toContain('nothing is stored');
      expect(stdout).not.toContain('undo_change');
    },
    TIMEOUT_MS,
  );

  it(
    'fails the plan of a manifest that cannot be used',
    () => {
      writeFileSync(join(folder, 'logto.yaml'), 'rolls: []');
      expect(run('plan').status).not.toBe(0);
      writeFileSync(join(folder, 'logto.yaml'), manifest);
    },
    TIMEOUT_MS,
  );

  it(
    'finds drift, and fails the job',
    async () => {
      const { code, out } = await runLastCommand(scriptOf('drift'), environment());
      expect(code).toBe(2);
      expect(out).toMatch(/^- role "Support"$/m);
    },
    TIMEOUT_MS,
  );
});
