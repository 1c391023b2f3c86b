/** Claude Code: `claude -p` with a scripted model and the configuration that init writes. It speaks the 2026-07-28 revision, and cancels each question itself. */
import { join } from 'node:path';
import { messages } from './anthropic-messages.js';
import { runInit } from './configuration.js';
import { packages } from './packages.js';
import { startAgent } from './scripted-agent.js';
import { describeClient } from './suite.js';

describeClient({
  name: 'Claude Code',
  how: '-p',
  kind: 'agent',
  needs: 'claude',
  question: 'cancelled',
  connect: (folder) =>
    startAgent({
      dialect: messages,
      entry: join(folder, packages.claude.entry),
      args: [...['-p', 'Go on.', '--allowedTools', 'mcp__logto']],
      env: (model) => ({
        ANTHROPIC_BASE_URL: model,
        ANTHROPIC_API_KEY: 'none',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        CLAUDE_CODE_MAX_RETRIES: '0',
        DISABLE_AUTOUPDATER: '1',
        // Shows the model whole tools instead of names to search for, so that the test can compare them.
        ENABLE_TOOL_SEARCH: 'false',
        // Otherwise the first request may precede the answer of the server.
        MCP_CONNECTION_NONBLOCKING: 'false',
      }),
      configure: (home) => void runInit('claude-code', home),
    }),
});
