/**
 * `npm run demo`: the main use in the sandbox, with a real MCP client over stdio, printed for people.
 * `npm run demo -- safety`: the guard.
 */
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string =>
  colour ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = (text: string) => paint(1, text);
const dim = (text: string) => paint(2, text);

const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

type Values = Readonly<Record<string, unknown>>;

interface Answer {
  readonly items?: readonly Values[];
  readonly page?: Values;
  readonly result?: Values;
  readonly error?: Values;
  readonly done?: boolean;
}

const client = new Client(
  { name: 'demo', version: '1.0.0' },
  { versionNegotiation: { mode: 'auto' } },
);

/** Calls a tool and prints the call. The caller prints the part of the answer that matters. */
async function call(heading: string, tool: string, values: Values): Promise<Answer> {
  say();
  say(bold(heading));
  say(dim(`  → ${tool} ${JSON.stringify(values)}`));
  const { structuredContent } = await client.callTool({ name: tool, arguments: values });
  // Every result of the server has structured content.
  return structuredContent as Answer;
}

const row = (...cells: unknown[]): void =>
  say(`    ${cells.map((cell) => String(cell ?? '–').padEnd(26)).join('')}`.trimEnd());

const showUsers = ({ items = [] }: Answer): void => {
  for (const { username, name, primaryEmail } of items) {
    row(username, name, primaryEmail);
  }
};

const showPage = ({ page }: Answer): void => say(dim(`    page: ${JSON.stringify(page)}`));

await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: ['dist/main.js', '--sandbox', '--tools', 'all'],
    stderr: 'ignore',
  }),
);
const { tools } = await client.listTools();
say(
  `Connected over stdio to ${bold(client.getServerVersion()?.name ?? 'the server')}: ${tools.length} tools (--tools all), a fictitious tenant.`,
);

async function everyday(): Promise<void> {
  const first = await call('Who are our users?', 'list_users', { page_size: 5 });
  showUsers(first);
  showPage(first);

  const next = await call('And the next ones?', 'list_users', {
    page_size: 5,
    page: first.page?.['next_page'],
  });
  showUsers(next);
  showPage(next);

  const wanted = String(first.items?.[0]?.['name'] ?? '').split(' ')[0] ?? '';
  const matches = await call(`Find ${wanted}.`, 'list_users', { search: wanted });
  showUsers(matches);
  showPage(matches);
  const userId = matches.items?.[0]?.['id'];

  const scopes = await call('What can be allowed on the Orders API?', 'list_resource_scopes', {
    resourceId: 'orders-api',
  });
  for (const { name, description } of scopes.items ?? []) {
    row(name, description);
  }

  const created = await call('Make a role that may read orders.', 'create_role', {
    name: 'Order desk',
    description: 'Answers questions about orders',
    scopeIds: [scopes.items?.[0]?.['id']],
  });
  row(created.result?.['id'], created.result?.['name'], created.result?.['type']);

  const assigned = await call(`Give it to ${wanted}.`, 'assign_user_roles', {
    userId,
    roleIds: [created.result?.['id']],
  });
  row(JSON.stringify(assigned.result));

  const held = await call(`Which roles does ${wanted} hold now?`, 'list_user_roles', { userId });
  for (const { name, description } of held.items ?? []) {
    row(name, description);
  }

  const mistake = await call('A mistake, and the error that the agent gets.', 'create_role', {
    name: 'Order desk',
    describtion: 'the same name, and a typing error',
  });
  for (const [key, value] of Object.entries(mistake.error ?? {})) {
    row(key, typeof value === 'string' ? value : JSON.stringify(value));
  }
}

const show = (value: unknown): void => {
  for (const line of JSON.stringify(value, null, 2).split('\n')) {
    say(`    ${line}`);
  }
};

/** The guard: a preview, a change and its undo, removals that need a confirmation, and refusals. */
async function safety(): Promise<void> {
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
  showUsers({ items: users });
  const holder = { userId: users[0]?.['id'], roleId: 'support' };
  const asked = await call('Remove it: nothing happens on one call.', 'delete_user_role', holder);
  show(asked);
  const taken = await call('The person confirms, and it is removed.', 'delete_user_role', {
    ...holder,
    plan: asked.result?.['plan'],
  });
  show(taken);
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
}

const parts = { everyday, safety } as const;
const part = process.argv[2] ?? 'everyday';
if (part === 'everyday' || part === 'safety') {
  await parts[part]();
} else {
  say(`There is no part "${part}"; the parts are ${Object.keys(parts).join(' and ')}.`);
  process.exitCode = 2;
}
say();
await client.close();
