/** The view of clients with MCP Apps, in a real browser and a host over the official bridge. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Client } from '@modelcontextprotocol/client';
import { build } from 'esbuild';
import { type Browser, chromium, type FrameLocator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { type Connected, connectClient } from '../support/client.js';

/** Where Debian, Ubuntu and Alpine install it; CHROMIUM names another path. */
const executablePath = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path): path is string => path !== undefined && existsSync(path));

const VIEW_URI = 'ui://logto-management-mcp/view.html';
const views = {
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
};

type Result = Awaited<ReturnType<Client['callTool']>>;

let browser: Browser;
let hostScript: string;
let page: Page;
let connected: Connected;
let html: string;
/** Tool calls of the view, and what it told the model. */
let calls: { name: string; args: Record<string, unknown> }[];
let told: string[];
/** Requests of the page, which must load nothing. */
let requests: string[];

const frame = (): FrameLocator => page.frameLocator('iframe');

beforeAll(async () => {
  if (executablePath === undefined) {
    throw new Error(
      'No Chromium was found: install the package chromium, or name one in CHROMIUM.',
    );
  }
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./page/host.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  });
  hostScript = outputFiles[0]?.text ?? '';
}, 60_000);

afterAll(() => browser.close());

beforeEach(async () => {
  calls = [];
  told = [];
  requests = [];
  connected = await connectClient({
    fetch: createSandbox().fetch,
    policy: defaultPolicy({}),
    capabilities: views,
  });
  const { contents } = await connected.client.readResource({ uri: VIEW_URI });
  const [content] = contents;
  html = content !== undefined && 'text' in content ? content.text : '';
  page = await browser.newPage();
  page.on('request', ({ url }) => requests.push(url()));
  await page.exposeFunction('callTool', (name: string, args: Record<string, unknown>) => {
    calls.push({ name, args });
    return connected.client.callTool({ name, arguments: args });
  });
  await page.exposeFunction('toModel', async (text: string) => {
    told.push(text);
  });
  await page.setContent('<!doctype html><title>host</title>');
  await page.addScriptTag({ content: hostScript });
});

afterEach(async () => {
  await page.close();
  await connected.close();
});

/** Calls a tool as the model would, and opens the view for its result. */
async function open(
  name: string,
  args: Record<string, unknown>,
  theme: 'light' | 'dark' = 'light',
): Promise<Result> {
  const result = await connected.client.callTool({ name, arguments: args });
  await page.evaluate(
    ([text, sent, answer, shown]) => window.openView(text, sent, answer as never, shown),
    [html, args, result, theme] as const,
  );
  return result;
}

const items = async (name: string, args: Record<string, unknown>) => {
  const answer = await connected.call(name, args);
  return answer.ok ? ((answer.answer['items'] ?? []) as Record<string, unknown>[]) : [];
};

async function createUser(name: string): Promise<string> {
  const answer = await connected.call('create_user', {
    username: `u${Math.random().toString(36).slice(2, 10)}`,
    name,
  });
  return answer.ok ? String((answer.answer['result'] as { id: string }).id) : '';
}

const exists = async (userId: string): Promise<boolean> =>
  (await connected.call('get_user', { userId })).ok;

describe('the page', () => {
  it('is offered only to clients that declare the extension', async () => {
    const listed = (await connected.client.listTools()).tools;
    const withView = listed.filter(({ _meta }) => _meta?.['ui'] !== undefined);
    expect(withView.map(({ name }) => name)).toContain('delete_user');
    expect(withView.map(({ name }) => name)).toContain('list_users');
    const plain = await connectClient({ fetch: createSandbox().fetch, policy: defaultPolicy({}) });
    const { tools } = await plain.client.listTools();
    expect(tools.filter(({ _meta }) => _meta?.['ui'] !== undefined)).toEqual([]);
    const [user] = await items('list_users', { page_size: 1 });
    const planned = await plain.client.callTool({
      name: 'delete_user',
      arguments: { userId: user?.['id'] },
    });
    expect(planned._meta?.['logto-management-mcp/confirm']).toBeUndefined();
    await plain.close();
  });

  it('loads nothing from outside and allows only its own script', async () => {
    await open('list_users', { page_size: 5 });
    await frame().locator('table').waitFor();
    expect(requests.filter((url) => !url.startsWith('about:') && !url.startsWith('data:'))).toEqual(
      [],
    );
    expect(html).toContain("default-src 'none'");
    const ran = await frame()
      .locator('body')
      .evaluate((body) => {
        const script = body.ownerDocument.createElement('script');
        script.textContent = 'window.injected = true';
        body.append(script);
        return 'injected' in window;
      });
    expect(ran).toBe(false);
  });
});

describe('a plan', () => {
  it('shows markup in a name as text', async () => {
    const name = '<img src=x onerror="parent.postMessage(1)"><b>Anna</b>';
    const userId = await createUser(name);
    await open('delete_user', { userId });
    await expect.poll(() => frame().locator('.target').textContent()).toContain('<b>Anna</b>');
    expect(await frame().locator('img, b').count()).toBe(0);
  });

  it('is sent exactly as the server planned it when the person presses Confirm', async () => {
    const userId = await createUser('Berta');
    const { structuredContent } = await open('delete_user', { userId });
    const { plan } = (structuredContent as { result: { plan: string } }).result;
    expect(await exists(userId)).toBe(true);
    await frame().getByRole('button', { name: 'Confirm' }).click();
    await expect.poll(() => frame().getByRole('status').textContent()).toBe('Done.');
    expect(calls).toEqual([{ name: 'delete_user', args: { userId, plan } }]);
    expect(await exists(userId)).toBe(false);
    expect(told).toEqual(['The person pressed Confirm for this plan. Done.']);
    expect(await frame().getByRole('button', { name: 'Confirm' }).isDisabled()).toBe(true);
  });

  it('sends nothing when the person presses Cancel', async () => {
    const userId = await createUser('Carla');
    await open('delete_user', { userId });
    await frame().getByRole('button', { name: 'Cancel' }).click();
    await expect
      .poll(() => frame().getByRole('status').textContent())
      .toBe('Cancelled. Nothing was changed.');
    expect(calls).toEqual([]);
    expect(await exists(userId)).toBe(true);
  });

  it('of a runner is confirmed through the runner', async () => {
    const userId = await createUser('Dora');
    const args = { operation: 'delete_user', arguments: { userId } };
    const { structuredContent } = await open('run_destructive_operation', args);
    const { plan } = (structuredContent as { result: { plan: string } }).result;
    await frame().getByRole('button', { name: 'Confirm' }).click();
    await expect.poll(() => exists(userId)).toBe(false);
    expect(calls).toEqual([{ name: 'run_destructive_operation', args: { ...args, plan } }]);
  });

  it('of a script shows whom it touches, and is confirmed without its code', async () => {
    const people = [await createUser('Emma'), await createUser('Fritz')];
    const code = `for (const userId of ${JSON.stringify(people)}) await logto.delete_user({ userId });`;
    const { structuredContent } = await open('run_script', { code });
    const { plan } = (structuredContent as { result: { plan: string } }).result;
    await frame().locator('summary').first().click();
    await expect.poll(() => frame().locator('details').textContent()).toContain('Emma');
    await frame().getByRole('button', { name: 'Confirm' }).click();
    await expect.poll(() => exists(people[1] ?? '')).toBe(false);
    expect(calls).toEqual([{ name: 'run_script', args: { plan } }]);
  });

  it('names every target of an operation with many, and says why in words', async () => {
    const people: string[] = [];
    for (let index = 0; index < 13; index += 1) {
      people.push(await createUser(`Person ${index}`));
    }
    const code = `for (const userId of ${JSON.stringify(people)}) await logto.delete_user({ userId });`;
    await open('run_script', { code });
    await frame().locator('summary').first().click();
    await expect.poll(() => frame().locator('details li').count()).toBe(13);
    const text = (await frame().locator('article').textContent()) ?? '';
    expect(text).toContain('13 x Delete a user for good');
    expect(text).not.toMatch(/delete_user|update_user_is_suspended|destructive/);
  });

  it('that no longer holds is reported as not done', async () => {
    const userId = await createUser('Gerda');
    await open('delete_user', { userId });
    await connected.call('update_user', { userId, name: 'Somebody else' });
    await frame().getByRole('button', { name: 'Confirm' }).click();
    await expect.poll(() => frame().getByRole('status').textContent()).toMatch(/^Not done/);
    expect(await exists(userId)).toBe(true);
  });

  it('can be read and confirmed with the keyboard alone', async () => {
    const userId = await createUser('Hanna');
    await open('delete_user', { userId });
    await frame().getByRole('button', { name: 'Confirm' }).waitFor();
    await page.locator('iframe').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => frame().getByRole('status').textContent()).toBe('Done.');
    expect(calls).toHaveLength(1);
  });

  it.each(['light', 'dark'] as const)('is readable in %s colours', async (theme) => {
    const userId = await createUser('Ida');
    await open('delete_user', { userId }, theme);
    const title = frame().locator('h2');
    await title.waitFor();
    const [text, scheme] = await title.evaluate((one) => {
      const { color } = getComputedStyle(one);
      return [color, getComputedStyle(one.ownerDocument.documentElement).colorScheme];
    });
    const [red = 0, green = 0, blue = 0] = (text ?? '').match(/\d+/g)?.map(Number) ?? [];
    const brightness = (red * 299 + green * 587 + blue * 114) / 1000;
    expect(scheme).toBe(theme);
    expect(theme === 'dark' ? brightness > 180 : brightness < 75).toBe(true);
  });
});

describe('a table', () => {
  it('is sorted by a column, both ways', async () => {
    await open('list_roles', {});
    const header = frame().getByRole('button', { name: 'name', exact: true });
    await header.click();
    const column = await frame()
      .locator('th')
      .evaluateAll((heads) => heads.findIndex((head) => head.ariaSort === 'ascending') + 1);
    const cells = () => frame().locator(`tbody tr td:nth-child(${column})`).allTextContents();
    const ascending = await cells();
    expect(ascending).toEqual(ascending.toSorted((a, b) => a.localeCompare(b)));
    await header.click();
    expect(await cells()).toEqual(ascending.toReversed());
    expect(ascending.length).toBeGreaterThan(1);
  });

  it('is filtered by any cell', async () => {
    await open('list_users', { page_size: 20 });
    const all = await frame().locator('tbody tr').count();
    await frame().getByRole('searchbox').fill('anna');
    await expect.poll(() => frame().getByRole('status').textContent()).toMatch(/ of 20 rows$/);
    expect(await frame().locator('tbody tr').count()).toBeLessThan(all);
  });

  it('is copied as CSV, with formulas made harmless', async () => {
    await connected.call('create_role', { name: '=HYPERLINK("http://x")', description: 'a, "b"' });
    await open('list_roles', {});
    await frame()
      .locator('body')
      .evaluate((body) => {
        Object.defineProperty(navigator, 'clipboard', {
          value: {
            writeText: async (text: string) => {
              body.dataset['copied'] = text;
            },
          },
        });
      });
    await frame().getByRole('button', { name: 'Copy as CSV' }).click();
    await expect.poll(() => frame().getByRole('status').textContent()).toBe('Copied.');
    const text = await frame().locator('body').getAttribute('data-copied');
    expect(text).toContain('"\'=HYPERLINK(""http://x"")"');
    expect(text).toContain('"a, ""b"""');
  });

  it('shows markup in a cell as text', async () => {
    await createUser('<script>parent.injected = 1</script>');
    await open('list_users', { page_size: 20, search: 'script' });
    await expect.poll(() => frame().locator('tbody').textContent()).toContain('<script>');
    expect(await frame().locator('tbody script').count()).toBe(0);
  });

  it('is what a script returns as a list of objects', async () => {
    await open('run_read_script', {
      code: 'return (await logto.list_roles()).map(({ name, type }) => ({ name, type }));',
    });
    await expect.poll(() => frame().locator('th').allTextContents()).toEqual(['name', 'type']);
  });
});
