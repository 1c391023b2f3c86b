/** Questions as a person reads them: in words, with names and addresses, and the ids apart. */
import type { ElicitResult } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, it } from 'vitest';
import { risks } from '../../src/catalog/risk.js';
import { defaultPolicy, isRisk } from '../../src/guard/policy/policy.js';
import { listIn, memberOf, objectsIn } from '../../src/json.js';
import { question } from '../../src/mcp/question.js';
import { plainSummary, plainWords } from '../../src/plain-words.js';
import { type Connected, connectSandbox, type Era, succeed, tools } from '../support/client.js';

const TYPED = /Type (".*") to confirm\.$/;

const opened: Connected[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()));
});

/** A client whose person reads each question and types what it names. */
async function connect(era: Era = 'modern') {
  const questions: string[] = [];
  const forms: unknown[] = [];
  const connected = await connectSandbox({
    era,
    policy: defaultPolicy(),
    elicit: (message, form): ElicitResult => {
      questions.push(message);
      forms.push(form);
      return { action: 'accept', content: { name: JSON.parse(TYPED.exec(message)?.[1] ?? '""') } };
    },
  });
  opened.push(connected);
  return { ...connected, questions, forms };
}

const toolNames = new Set(tools.map(({ name }) => name));

/** The names of tools in a text. */
const toolNamesIn = (text: string): string[] =>
  (text.match(/\b[a-z]+(?:_[a-z0-9]+)+\b/g) ?? []).filter((word) => toolNames.has(word));

const writes = tools.filter(({ operation }) => operation.effect !== 'reads');

describe('a question about each write of the catalog', () => {
  it.each(writes.map((tool) => [tool.name, tool] as const))(
    'names no tool and no key of a risk: %s',
    (name, { operation }) => {
      const text = question(
        operation.summary,
        {
          operation: name,
          does: operation.summary,
          risks: Object.fromEntries(operation.risks.map((risk) => [risk, `${name} does it`])),
        },
        'x',
      );
      expect(toolNamesIn(text)).toEqual([]);
      const [first = ''] = text.split('\n');
      expect(first).toMatch(/^[A-Z].{8,}\.$/);
      // What a person is told is a part of the summary: nothing is made up.
      const [start = ''] = first.replace(/\.$/, '').split('; ');
      expect(plainWords(operation.summary)).toContain(start);
      expect(text).not.toMatch(/because of/);
      expect(text.split('\n').filter((line) => isRisk(line.split(':')[0] ?? ''))).toEqual([]);
    },
  );

  it('keeps the parts of a summary that name no tool', () => {
    expect(plainSummary('Delete a role; every user that holds it loses it.')).toBe(
      'Delete a role; every user that holds it loses it.',
    );
    expect(plainSummary('Delete it; it is gone; to lock out take update_user.')).toBe(
      'Delete it; it is gone.',
    );
    expect(plainSummary('Check a code that create_code sent; it is consumed.')).toBe(
      'Check a code that create code sent; it is consumed.',
    );
  });
});

describe('the question of an update', () => {
  it.each(writes.map((tool) => [tool.name, tool] as const))(
    'names in its first sentence only what changes: %s',
    (name, { operation }) => {
      const changes = [{ field: 'settings.redirectUris', before: ['a'], after: ['b'] }];
      const [first = ''] = question(operation.summary, { operation: name, changes }, 'x').split(
        '\n',
      );
      expect(first).toMatch(
        / of (an?|the|one) /.test(operation.summary) && operation.summary.startsWith('Change the ')
          ? /^Change redirect URIs of (an?|the|one) [^,;:]+\.$/
          : /^[A-Z].{8,}\.$/,
      );
    },
  );

  it('says what changes of an application', async () => {
    const { call, questions } = await connect();
    const { items = [] } = await succeed(call, 'list_applications', { page_size: 100 });
    const spa = items.find(({ type }) => type === 'SPA' || type === 'Traditional');
    await succeed(call, 'update_application', {
      id: spa?.id,
      oidcClientMetadata: { redirectUris: ['https://other.example/callback'] },
    });
    expect(questions[0]).toMatch(/^Change redirect URIs of an application\.\n/);
  });
});

describe.each<Era>(['legacy', 'modern'])('a question in the %s era', (era) => {
  it('says each reason once, in words, and names ids apart', async () => {
    const { call, questions } = await connect(era);
    const [user] = (await succeed(call, 'list_users', { page_size: 1 })).items ?? [];
    await succeed(call, 'delete_user', { userId: user?.id });
    const [text = ''] = questions;
    const [said = '', ids = ''] = text.split('\nIds:\n');
    expect(said).toContain(String(user?.['primaryEmail']));
    expect(said).toContain('Why you are asked:\n');
    expect(said.match(/account will be deleted with/gm)).toHaveLength(1);
    expect(risks.filter((risk) => new RegExp(`\\b${risk}\\b`).test(text))).toEqual([]);
    expect(said).not.toContain(String(user?.id));
    expect(ids).toContain(String(user?.id));
  });

  it('has the text to type as the title of its one field', async () => {
    const { call, forms, questions } = await connect(era);
    await succeed(call, 'delete_role', { id: 'stock-keeper' });
    expect(forms).toEqual([
      {
        type: 'object',
        properties: {
          name: {
            type: 'string',
            title: 'Type Stock keeper to confirm',
            description: 'Type "Stock keeper"',
          },
        },
        required: ['name'],
      },
    ]);
    expect(questions[0]).toMatch(/Type "Stock keeper" to confirm\.$/);
  });

  it('asks for words where nothing is named', async () => {
    const { call, questions } = await connect(era);
    const { result } = await succeed(call, 'create_hook', {
      events: ['User.Created'],
      config: { url: 'https://hooks.example/in' },
    });
    expect(result?.id).toEqual(expect.any(String));
    expect(questions[0]).toMatch(/Type "create hook" to confirm\.$/);
  });
});

describe('the question of an undo', () => {
  it('of one change names whom it is about with an address, and the ids apart', async () => {
    const { call, questions } = await connect();
    const { items = [] } = await succeed(call, 'list_users', { page_size: 1 });
    const [user] = items;
    const { items: roles = [] } = await succeed(call, 'list_roles', { search: 'Support' });
    await succeed(call, 'assign_user_roles', { userId: user?.id, roleIds: [roles[0]?.id] });
    const [change] = (await succeed(call, 'list_changes', { limit: 1 })).items ?? [];
    await succeed(call, 'undo_change', { change: change?.id });
    const [said = '', ids = ''] = (questions[0] ?? '').split('\nIds:\n');
    expect(said).toMatch(/^Undo of “Give roles to one user”\. The undo does this: Take one role/);
    expect(said).toContain('"Support"');
    expect(said).toContain(String(user?.['primaryEmail']));
    for (const id of [change?.id, user?.id]) {
      expect(said).not.toContain(String(id));
      expect(ids).toContain(JSON.stringify(id));
    }
  });

  it('of a creation says what was created, that the undo deletes it, and why it asks', async () => {
    const { call, questions } = await connect();
    await succeed(call, 'create_role', { name: 'Orders clerk', description: 'Orders' });
    const [change] = (await succeed(call, 'list_changes', { limit: 1 })).items ?? [];
    await succeed(call, 'undo_change', { change: change?.id });
    const lines = (questions.at(-1) ?? '').split('\n');
    expect(lines[0]).toMatch(
      /^Undo of “Create a role over API resources”\. The undo does this: Delete a role; .*\.$/,
    );
    expect(lines).toContain('On: "Orders clerk"');
    expect(lines).toContain('Why you are asked:');
  });

  it('of a run says what was done, what the undo does, and why it asks', async () => {
    const { call, questions } = await connect();
    const { result } = await succeed(call, 'run_script', {
      code: `
        const role = await logto.create_role({ name: 'Trial', description: 'Trial' });
        await logto.assign_user_roles({ userId: (await logto.list_users({ page_size: 1 })).items[0].id, roleIds: [role.id] });`,
    });
    await succeed(call, 'undo_change', { change: memberOf(memberOf(result, 'run'), 'id') });
    const text = questions.at(-1) ?? '';
    expect(text).toMatch(
      /^ {2}Undo of “Create a role over API resources”: this deletes what was created\.$/m,
    );
    expect(text).toMatch(/^ {2}Undo of “Give roles to one user”: this removes what was added\.$/m);
    expect(text).toMatch(/^Why you are asked:\n {2}the undo of a run changes/m);
  });

  it.each(writes.map((tool) => [tool.name, tool] as const))(
    'starts with what was done and what the undo does: %s',
    (_name, { operation: { summary } }) => {
      const [first = ''] = question(summary, { undoes: 'c-1', undone: summary }, 'x').split('\n');
      expect(first).toMatch(/^Undo of “[A-Z][^”]+[^”.]”\. The undo does this: [A-Z].*\.$/);
      expect(toolNamesIn(first)).toEqual([]);
    },
  );

  it('of a run says what each former value is for, and the ids apart', async () => {
    const { call, questions } = await connect();
    const { result } = await succeed(call, 'run_script', {
      code: `
        const { items } = await logto.list_users({ page_size: 30 });
        for (const { id } of items) await logto.update_user_is_suspended({ userId: id, isSuspended: true });`,
    });
    const run = String(memberOf(memberOf(result, 'run'), 'id'));
    await succeed(call, 'undo_change', { change: run });
    const text = questions.at(-1) ?? '';
    const [said = '', ids = ''] = text.split('\nIds:\n');
    expect(said).toMatch(/^ {4}isSuspended becomes false: "[^"]+ \([^"]+@[^"]+\)", /m);
    expect(said).toMatch(/ and \d+ more$/m);
    expect(said).toMatch(/^ {4}isSuspended becomes true: "/m);
    expect(said).not.toContain(run);
    expect(toolNamesIn(text)).toEqual([]);
    expect(ids).toContain(run);
  });

  it('of a run says what cannot be undone, once for equal writes', async () => {
    const { call, questions } = await connect();
    const { result } = await succeed(call, 'run_script', {
      code: `
        const { items } = await logto.list_users({ page_size: 3 });
        for (const { id } of items) await logto.update_user_password({ userId: id, password: 'S3cret-enough!' });
        await logto.update_role({ id: 'support', description: 'by the run' });`,
    });
    await succeed(call, 'undo_change', { change: memberOf(memberOf(result, 'run'), 'id') });
    expect(questions.at(-1)).toMatch(
      /^Cannot be undone:\n {2}3 x Set the password of a user; .* the former password is not known$/m,
    );
  });
});

describe('a plan for many targets of one operation', () => {
  const suspendAll = `
    const { items } = await logto.list_users({ page_size: 60 });
    for (const { id } of items) await logto.update_user_is_suspended({ userId: id, isSuspended: true });`;

  it('asks with the first ten names and the number of the others', async () => {
    const { call, questions } = await connect();
    await succeed(call, 'run_script', { code: suspendAll });
    const [line = ''] = /^ {2}On: .*$/m.exec(questions[0] ?? '') ?? [];
    const [, more] = / and (\d+) more$/.exec(line) ?? [];
    expect(line.match(/"[^"]+"/g)).toHaveLength(10);
    expect(questions[0]).toContain(`${10 + Number(more)} x Suspend`);
    expect(questions[0]).toContain(
      'To see all names, cancel and ask the agent for the whole list.',
    );
  });

  it('has the first ten in its preview, and all of them after it', async () => {
    const connected = await connectSandbox({ policy: defaultPolicy() });
    opened.push(connected);
    const planned = await succeed(connected.call, 'run_script', { code: suspendAll });
    const [group] = objectsIn(memberOf(memberOf(planned.result, 'preview'), 'operations'));
    const all = listIn(
      memberOf(memberOf(planned.result, 'all_targets'), 'update_user_is_suspended'),
    );
    const shown = listIn(group?.['targets']);
    expect(shown).toHaveLength(10);
    expect(all.slice(0, 10)).toEqual(shown);
    expect(group).toMatchObject({ writes: all.length, more_targets: all.length - 10 });
    expect(all.length).toBeGreaterThan(30);
    expect(planned.notes).toContainEqual(expect.stringContaining('all_targets'));
  });

  it('names everything that is given the Management API', async () => {
    const { call, questions } = await connect();
    const names = Array.from({ length: 14 }, (_, index) => `Machine ${index}`);
    for (const name of names) {
      await succeed(call, 'create_application', { name, type: 'MachineToMachine' });
    }
    await succeed(call, 'run_script', {
      code: `
        const { items } = await logto.list_applications({ page_size: 100 });
        for (const { id, name } of items) {
          if (name.startsWith('Machine ')) {
            await logto.assign_application_roles({ applicationId: id, roleIds: ['management-api-access'] });
          }
        }`,
    });
    const text = questions.at(-1) ?? '';
    const [line = ''] = /^ {2}With the Management API: .*$/m.exec(text) ?? [];
    for (const name of names) {
      expect(line).toContain(`"application ${name}"`);
    }
    expect(text).not.toMatch(/^ {2}On: /m);
  });
});
