/** Gemini CLI: `gemini mcp list`, and `gemini -p` with a scripted model and the configuration that init writes. It shows the model every tool, whole. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { addSettings } from './configuration.js';
import { packages } from './packages.js';
import { type Home, runToEnd, temporaryHome } from './programs.js';
import { startAgent } from './scripted-agent.js';
import { type Dialect, stream } from './scripted-model.js';
import { describeClient, withPackage } from './suite.js';

/** The argument that this client adds to every tool and passes to the server. */
const injected = 'wait_for_previous';

const request = z.object({
  tools: z
    .array(
      z.object({
        functionDeclarations: z
          .array(
            z.object({
              name: z.string(),
              parametersJsonSchema: z
                .object({ properties: z.record(z.string(), z.unknown()).optional() })
                .optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
  contents: z.array(
    z.object({
      parts: z.array(
        z.object({
          functionResponse: z
            .object({
              response: z.object({ output: z.string().optional(), error: z.string().optional() }),
            })
            .optional(),
        }),
      ),
    }),
  ),
});

/** The client marks text from outside. */
const unframed = (output: string): string =>
  output.replace(/^<untrusted_context>\n([\s\S]*)\n<\/untrusted_context>$/, '$1');

/** Google's generateContent, streamed or not. */
const generateContent: Dialect = {
  prefix: 'mcp_logto_',
  read: (path, body) => {
    if (!/:(streamG|g)enerateContent/.test(path)) {
      return undefined;
    }
    const { tools = [], contents } = request.parse(body);
    return {
      tools: tools
        .flatMap(({ functionDeclarations = [] }) => functionDeclarations)
        .map(({ name, parametersJsonSchema }) => ({
          name,
          takes: Object.keys(parametersJsonSchema?.properties ?? {}),
        })),
      results: contents
        .flatMap(({ parts }) => parts)
        .flatMap(({ functionResponse }) => functionResponse?.response ?? [])
        .map(({ output = '', error }) => ({
          failed: error !== undefined,
          text: error ?? unframed(output),
        })),
    };
  },
  write: (path, response, reply) => {
    const part =
      'tool' in reply
        ? { functionCall: { name: reply.tool, args: reply.values } }
        : { text: reply.word };
    const data = {
      candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    };
    if (path.includes('streamGenerateContent')) {
      stream(response, [{ data }]);
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(data));
    }
  },
};

const environment = { GEMINI_API_KEY: 'none', GEMINI_CLI_TRUST_WORKSPACE: 'true' };

const configure = (home: Home): void =>
  addSettings(
    'gemini',
    home,
    {
      security: { auth: { selectedType: 'gemini-api-key' } },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      general: { enableAutoUpdate: false },
    },
    // Without a person at the terminal, tools of other servers are refused.
    { trust: true },
  );

describeClient({
  name: 'Gemini CLI',
  how: '-p',
  kind: 'agent',
  needs: 'gemini',
  question: {
    neverAsked: 'it does not say that it can ask the person; the server gives a plan instead',
  },
  connect: (folder) =>
    startAgent({
      dialect: generateContent,
      entry: join(folder, packages.gemini.entry),
      args: ['-p', 'Go on.', '-m', 'gemini-2.5-pro'],
      env: (model) => ({ ...environment, GOOGLE_GEMINI_BASE_URL: model }),
      configure,
      expectTools: (tools) => {
        expect(tools.filter(({ takes }) => !takes.includes(injected))).toEqual([]);
      },
      always: { [injected]: false },
    }),
});

describe('gemini mcp list', () => {
  let entry = '';
  withPackage('gemini', (folder) => {
    entry = join(folder, packages.gemini.entry);
  });

  it('finds the server connected', async () => {
    const home = temporaryHome(environment);
    try {
      configure(home);
      const { code, stdout, stderr } = await runToEnd(process.execPath, [entry, 'mcp', 'list'], {
        env: home.env,
        cwd: home.folder,
      });
      expect(code).toBe(0);
      expect(stdout + stderr).toMatch(/logto: .* - Connected/);
    } finally {
      home.remove();
    }
  });

  it('disables the server in a folder that is not trusted, as init says', async () => {
    const home = temporaryHome({ GEMINI_API_KEY: 'none' });
    try {
      configure(home);
      const { stdout, stderr } = await runToEnd(process.execPath, [entry, 'mcp', 'list'], {
        env: home.env,
        cwd: home.folder,
      });
      expect(stdout + stderr).toContain('untrusted');
      expect(stdout + stderr).not.toContain('Connected');
    } finally {
      home.remove();
    }
  });
});
