/**
 * A conversation with the built server over the sandbox, through a real MCP client over stdio. `npm run demo` prints it and
 * `npm run picture` draws it, so both show what really happened.
 */
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { isObject, memberOf } from '../json.js';

/** Who says something: the person, the agent by a tool call, the server, or the agent with what it read. */
export type Speaker = 'person' | 'call' | 'question' | 'typed' | 'answer' | 'refused';

export interface StoryLine {
  readonly by: Speaker;
  readonly text: string;
}

/** The job as a script: what an agent would write for the person's sentence. */
const JOB = `const trial = await logto.create_role({ name: 'Trial', description: 'On the trial plan' });
const users = await logto.all('list_users', { fields: ['id', 'name', 'customData'] });
for (const { id, customData } of users) {
  if (customData.plan !== 'trial') continue;
  await logto.assign_user_roles({ userId: id, roleIds: [trial.id] });
  await logto.delete_user_role({ userId: id, roleId: 'name:Customer' });
}`;

const textAt = (value: unknown, ...path: readonly string[]): string => {
  const target = path.reduce<unknown>(memberOf, value);
  return typeof target === 'string' || typeof target === 'number' ? String(target) : '';
};

const listAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const target = path.reduce<unknown>(memberOf, value);
  return Array.isArray(target) ? target : [];
};

/** Lines of a question that are shown; a client shows all of it. */
const MAX_QUESTION_LINES = 10;

/** Characters of a line that are shown; a client wraps it. */
const MAX_LINE_CHARACTERS = 160;

/** Names of a list that are shown. */
const MAX_NAMES = 3;

/** A line as it is shown here: of a long list of names the first ones and the number of the rest, without what follows it. */
function shortened(line: string): string {
  const [list = ''] = /"[^"]*"(?:, "[^"]*")+/.exec(line) ?? [];
  const names = list.match(/"[^"]*"/g) ?? [];
  if (names.length > MAX_NAMES) {
    // The question itself counts the names beyond the first ten.
    const [, counted = '0'] = / and (\d+) more$/.exec(line) ?? [];
    const more = names.length - MAX_NAMES + Number(counted);
    return `${line.slice(0, line.indexOf(list))}${names.slice(0, MAX_NAMES).join(', ')} and ${more} more`;
  }
  return line.length > MAX_LINE_CHARACTERS ? `${line.slice(0, MAX_LINE_CHARACTERS - 1)}…` : line;
}

/** A question as a person reads it, from its first line to what has to be typed. */
function questionLines(question: string): StoryLine[] {
  const lines = question.split('\n').filter((line) => line.trim() !== '');
  const last = lines.at(-1) ?? '';
  const first = lines.slice(0, MAX_QUESTION_LINES - 2);
  const shown =
    lines.length > MAX_QUESTION_LINES
      ? [...first, `(${lines.length - first.length - 1} more lines)`, last]
      : lines;
  return shown.map((text) => ({ by: 'question', text: shortened(text) }));
}

/** Runs the conversation. @param tell receives each line as it happens */
export async function runStory(tell: (line: StoryLine) => void): Promise<void> {
  const client = new Client(
    { name: 'demo', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' }, capabilities: { elicitation: { form: {} } } },
  );
  client.setRequestHandler('elicitation/create', ({ params: { message } }) => {
    const [, quoted = '""'] = /Type (".*") to confirm/.exec(message) ?? [];
    const name: string = JSON.parse(quoted);
    for (const line of questionLines(message)) {
      tell(line);
    }
    tell({ by: 'typed', text: name });
    return { action: 'accept', content: { name } };
  });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['dist/main.js', '--sandbox'],
      stderr: 'ignore',
    }),
  );
  const call = async (
    name: string,
    args: Record<string, unknown>,
    shown = '',
  ): Promise<unknown> => {
    tell({ by: 'call', text: `${name} ${shown === '' ? JSON.stringify(args) : shown}` });
    const { structuredContent } = await client.callTool({ name, arguments: args });
    return structuredContent;
  };
  const answer = (text: string): void => tell({ by: 'answer', text });

  tell({ by: 'person', text: 'Who of our users is called Viktor?' });
  const users = await call('list_users', { search: 'viktor', fields: ['name', 'primaryEmail'] });
  const people = listAt(users, 'items').map(
    (item) => `${textAt(item, 'name')}, ${textAt(item, 'primaryEmail')}`,
  );
  answer(
    `${people.join('; ')} (page ${textAt(users, 'page', 'page')} of ${textAt(users, 'page', 'total_pages')}, ${textAt(users, 'page', 'total')} in total)`,
  );

  tell({ by: 'person', text: 'Why can he not sign in?' });
  const explained = await call('explain_user', { user: 'name:Viktor Horvat' });
  answer(
    `${textAt(explained, 'result', 'user', 'name')}, ${textAt(explained, 'result', 'user', 'primaryEmail')}: ${listAt(explained, 'result', 'sign_in', 'blockers').join('; ')}.`,
  );

  tell({
    by: 'person',
    text: 'Give everybody on the trial plan the role Trial instead of Customer.',
  });
  const done = await call(
    'run_script',
    { code: JOB },
    `${JOB.split('\n').length} lines of JavaScript`,
  );
  const run = memberOf(memberOf(done, 'result'), 'run');
  answer(`${textAt(run, 'sent')} writes sent, ${textAt(run, 'left')} left.`);

  tell({ by: 'person', text: 'Stop, that was next week. Undo it.' });
  const undone = await call('undo_change', { change: textAt(run, 'id') });
  answer(listAt(undone, 'notes').join(' '));

  tell({ by: 'person', text: 'And delete the application that you sign in with.' });
  const refused = await call('run_destructive_operation', {
    operation: 'delete_application',
    arguments: { id: 'sandbox' },
  });
  const error = isObject(refused) ? refused['error'] : undefined;
  tell({ by: 'refused', text: textAt(error, 'message') });
  await client.close();
}
