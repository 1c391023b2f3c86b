/** The single calls of docs/recipes.md, against the sandbox as a default start guards it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { recipes as scripts } from '../../src/mcp/recipes/index.js';
import { connectSandbox, tools } from '../support/client.js';
import { listedByDefault } from '../support/default-list.js';

interface Step {
  readonly tool: string;
  readonly values: string;
  /** `user = items.0.id` */
  readonly keeps: readonly [name: string, place: string] | undefined;
}

function stepOf(line: string): Step {
  const [, tool = '', values = '', name, place] =
    /^(\w+) (\{.*\})(?: {2}(\w+) = ([\w.]+))?$/.exec(line) ?? [];
  if (tool === '') {
    throw new Error(`No call: ${line}`);
  }
  return {
    tool,
    values,
    keeps: name === undefined || place === undefined ? undefined : [name, place],
  };
}

const page = readFileSync(new URL('../../docs/recipes.md', import.meta.url), 'utf8');

const recipes = page
  .split(/^### /m)
  .slice(1)
  .map((section) => ({
    title: section.split('\n', 1)[0] ?? '',
    steps: [...section.matchAll(/```calls\n([\s\S]*?)\n```/g)].flatMap(([, calls = '']) =>
      calls.split('\n').map(stepOf),
    ),
  }))
  .filter(({ steps }) => steps.length > 0);

const at = (value: unknown, place: string): unknown =>
  place
    .split('.')
    .reduce<unknown>(
      (inner, name) =>
        typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined,
      value,
    );

/** What the last call of a recipe must show, so that a recipe without effect fails. */
const shows: Readonly<Record<string, unknown>> = {
  'Find a user and their last sign-in': {
    items: [
      {
        name: 'Olga Kuznetsova',
        lastSignInAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    ],
  },
  'Suspend an account': { result: { name: 'Ana Novak', isSuspended: true } },
  'All users on the trial plan': { complete: true, items: expect.any(Array) },
  'Add a redirect URI': {
    result: {
      name: 'Dealer portal',
      oidcClientMetadata: {
        redirectUris: [
          'https://dealer.northwind.example/callback',
          'https://beta.dealer.northwind.example/callback',
        ],
      },
    },
  },
  'Offer a second factor': { result: { mfa: { factors: ['Totp', 'BackupCode'] } } },
};

describe('the single calls', () => {
  it('are five, and each has an expected answer here', () => {
    expect(recipes.map(({ title }) => title)).toEqual(Object.keys(shows));
    expect(recipes).toHaveLength(5);
  });

  it.each(recipes)('return the expected answer: $title', async ({ title, steps }) => {
    const connected = await connectSandbox({
      policy: defaultPolicy(),
      secrets: new Secrets(false, undefined),
    });
    const kept = new Map<string, unknown>();
    let answer: unknown;
    for (const { tool, values, keeps } of steps) {
      const sent = values.replaceAll(/"\$(\w+)"/g, (_, name: string) =>
        JSON.stringify(kept.get(name)),
      );
      const outcome = await connected.call(tool, JSON.parse(sent));
      expect(outcome, `${tool} ${sent}`).toMatchObject({ ok: true });
      answer = outcome.ok ? outcome.answer : undefined;
      if (keeps !== undefined) {
        const value = at(answer, keeps[1]);
        expect(value, `${keeps[1]} of ${tool}`).toBeTypeOf('string');
        kept.set(keeps[0], value);
      }
    }
    await connected.close();
    expect(answer).toMatchObject(Object(shows[title]));
    const items = at(answer, 'items');
    expect(Array.isArray(items) ? items.length : 1).toBeGreaterThan(0);
  });

  it('name existing tools', () => {
    const names = new Set([...tools.map(({ name }) => name), 'collect_pages']);
    expect(recipes.flatMap(({ steps }) => steps).filter(({ tool }) => !names.has(tool))).toEqual(
      [],
    );
  });
});

it('the README states the numbers of tools, operations and recipes', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const operations = listedByDefault.filter((name) =>
    tools.some((tool) => tool.name === name),
  ).length;
  expect(readme).toContain(
    `${listedByDefault.length} tools are listed: ${operations} operations and ${listedByDefault.length - operations} tools of this server. \`find_operations\` and the runners reach all ${tools.length} operations.`,
  );
  expect(readme).toContain(`[${scripts.length} recipes]`);
});
