/** The parts of `npm run demo`, printed for people: with a real MCP client on the built server over the sandbox. */
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Item } from '../catalog/write-facts.js';
import type { Values } from '../guard/operation-graph.js';
import { runStory, type Speaker } from './story.js';

const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string =>
  colour ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = (text: string) => paint(1, text);
const dim = (text: string) => paint(2, text);

/** Prints one line, an empty one by default. */
type Say = (line?: string) => void;

interface Answer {
  readonly items?: readonly Item[];
  readonly page?: Item;
  readonly result?: Item;
  readonly error?: Item;
  readonly done?: boolean;
}

/** Calls a tool and prints the call. The caller prints the part of the answer that matters. */
const callerOf =
  (client: Client, say: Say) =>
  async (heading: string, tool: string, values: Values): Promise<Answer> => {
    say();
    say(bold(heading));
    say(dim(`  → ${tool} ${JSON.stringify(values)}`));
    const { structuredContent } = await client.callTool({ name: tool, arguments: values });
    // Every result of the server has structured content.
    return structuredContent as Answer;
  };

/** How a line of the conversation is printed. */
const PRINTED: Readonly<Record<Speaker, (text: string) => string>> = {
  person: (text) => `\n${bold(`You:    ${text}`)}`,
  call: (text) => dim(`Agent:  → ${text}`),
  question: (text) => `        ${paint(33, '│')} ${text}`,
  typed: (text) => bold(`You:    [${text}]`),
  answer: (text) => `Agent:  ${text}`,
  refused: (text) => `        ${paint(31, '✗')} ${text}`,
};

/** The main use: find somebody, see why they cannot sign in, change many people at once, undo it, and a refusal. */
async function story(say: Say): Promise<void> {
  say('A conversation with the server over stdio, on a fictitious tenant.');
  await runStory(({ by, text }) => say(PRINTED[by](text)));
}

/** The guard: a preview, a change and its undo, removals that need a confirmation, and refusals. */
async function safety(say: Say): Promise<void> {
  const client = new Client(
    { name: 'demo', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  );
  const call = callerOf(client, say);
  const show = (value: unknown): void => {
    for (const line of JSON.stringify(value, null, 2).split('\n')) {
      say(`    ${line}`);
    }
  };
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['dist/main.js', '--sandbox', '--tools', 'all'],
      stderr: 'ignore',
    }),
  );
  const change = { id: 'support', description: 'Answers customers, day and night' };
  const preview = await call('What would this change do?', 'preview_operation', {
    operation: 'update_role',
    arguments: change,
  });
  show(preview.result);

  await call('Do it.', 'update_role', change);
  const { items: changes = [] } = await call('What was changed?', 'list_changes', { limit: 1 });
  show(changes[0]);
  const undone = await call('Undo it.', 'undo_change', { change: changes[0]?.['id'] });
  show(undone);

  const { items: users = [] } = await call('Who holds the role?', 'list_role_users', {
    id: 'support',
    page_size: 1,
  });
  show(users[0]?.['name']);
  const holder = { userId: users[0]?.['id'], roleId: 'support' };
  const asked = await call('Remove it: nothing happens on one call.', 'delete_user_role', holder);
  show(asked);
  const removed = await call('The person confirms, and it is removed.', 'delete_user_role', {
    ...holder,
    plan: asked.result?.['plan'],
  });
  show(removed);
  const { items: removals = [] } = await call('That was a mistake.', 'list_changes', { limit: 1 });
  show(removals[0]);
  show(
    await call('Undo the removal.', 'undo_change', {
      change: removals[0]?.['id'],
    }),
  );
  const again = await call('The user has it again.', 'list_user_roles', {
    userId: holder.userId,
    fields: ['id', 'name'],
  });
  show(again.items);

  const first = await call('Delete the role: nothing happens on one call.', 'delete_role', {
    id: 'support',
  });
  show(first);
  const plan = first.result?.['plan'];

  const other = await call('The plan is valid for this call only.', 'delete_role', {
    id: 'customer',
    plan,
  });
  show(other.error);

  const right = await call('A new plan, for the right role.', 'delete_role', { id: 'support' });
  show(
    await call('The person confirms.', 'delete_role', {
      id: 'support',
      plan: right.result?.['plan'],
    }),
  );
  const { items: deletions = [] } = await call('And the deletion?', 'list_changes', { limit: 1 });
  const refused = await call(
    'A deleted role cannot be restored, and the server says so.',
    'undo_change',
    {
      change: deletions[0]?.['id'],
    },
  );
  show(refused.error);

  const ownApplication = await call(
    'Self-lockout: the application of this server.',
    'delete_application',
    {
      id: 'sandbox',
    },
  );
  show(ownApplication.error);

  const secret = { id: 'warehouse-sync', name: 'Demo' };
  const key = await call(
    'A new secret is a new way to sign in: it asks first.',
    'create_application_secret',
    secret,
  );
  show(
    await call('The secret stays out of the conversation.', 'create_application_secret', {
      ...secret,
      plan: key.result?.['plan'],
    }),
  );
  await client.close();
}

const parts = { story, safety } as const;

/**
 * Runs one part of the demo.
 *
 * @param part its name; another one is answered with the names that there are
 * @param print receives each line
 * @returns the exit code
 */
export async function runDemo(part: string, print: (line: string) => void): Promise<number> {
  const say: Say = (line = '') => print(line);
  const isKnown = part === 'story' || part === 'safety';
  if (isKnown) {
    await parts[part](say);
  } else {
    say(`There is no part "${part}"; the parts are ${Object.keys(parts).join(' and ')}.`);
  }
  say();
  return isKnown ? 0 : 2;
}
