/** The doctor on what the application may read, and on the catalog against what a Logto serves. */
import { describe, expect, it } from 'vitest';
import { documents } from '../../src/catalog/documents.js';
import type { TransportResponse } from '../../src/logto/transport.js';
import { tools } from '../support/client.js';
import { answerOf } from '../support/faults.js';
import { examined } from './examine.js';
import { type Instead, json, standIn } from './stand-in.js';

const at = (instead: Instead, argv: readonly string[] = []) =>
  examined({ env: { LOGTO_ENDPOINT: 'https://auth.example.com' }, argv, fetch: standIn(instead) });

const operations = [...tools, ...documents].map(({ operation }) => operation);

/** The document of a Logto that serves everything except `without`, and also `more`. */
function described(without: readonly string[], more: readonly string[] = []): TransportResponse {
  const routes = operations
    .map(({ method, url }) => `${method} ${url}`)
    .filter((route) => !without.includes(route));
  const paths: Record<string, Record<string, object>> = {};
  for (const route of [...routes, ...more]) {
    const [method = '', url = ''] = route.split(' ');
    paths[url] = { ...paths[url], [method.toLowerCase()]: {} };
  }
  return json(200, { openapi: '3.0.1', paths });
}

const management = '/api/.well-known/management.openapi.json';

describe('the reads', () => {
  it('are one per domain, with the smallest answer', async () => {
    const requests: string[] = [];
    const fetch = standIn();
    const { check } = await examined({
      env: { LOGTO_ENDPOINT: 'https://auth.example.com' },
      fetch: (url, init) => {
        requests.push(`${init.method} ${url.replace('https://auth.example.com', '')}`);
        return fetch(url, init);
      },
    });
    const domains = new Set(tools.map(({ domain }) => domain)).size;
    const messages = `${check('reads').message} ${check('reads.need-ids').message}`;
    for (const { domain } of tools) {
      expect(messages).toMatch(new RegExp(`[ ]${domain}[,.]`));
    }
    expect(check('reads').message).toMatch(/^\d+ domains/);
    expect(requests).toContain('GET /api/users?page=1&page_size=1');
    expect(requests).toContain('GET /api/logs?enableCap=true&page=1&page_size=1');
    const read = requests.filter((request) =>
      /^GET \/api\/(?!status|swagger|\.well-known)/.test(request),
    );
    // The first of them is made once more than the others: it shows whether there is access.
    expect(read.length).toBeLessThanOrEqual(domains + 1);
  });

  it('that fail are reported with the code of Logto, and the others run', async () => {
    const { line, failed, check } = await at({
      '/api/hooks': json(403, { code: 'auth.forbidden', message: 'Forbidden.' }),
      '/api/connectors': answerOf(500, JSON.stringify({ message: 'Internal server error.' }), {
        'content-type': 'application/json',
      }),
    });
    expect(failed).toEqual(['reads.connectors', 'reads.hooks']);
    expect(line('reads.hooks')).toContain('list_hooks: Forbidden. (403 auth.forbidden)');
    expect(line('reads.connectors')).toContain('list_connectors: Internal server error. (500)');
    expect(check('reads').message).toContain('roles');
    expect(check('reads').message).not.toContain('hooks');
    expect(check('catalog').status).toBe('ok');
  });

  it('of settings that were never set up are ok', async () => {
    const { failed, check } = await at({
      '/api/captcha-provider': json(404, { code: 'entity.not_found', message: 'None.' }),
      '/api/systems/application': json(501, {
        code: 'application.protected_app_not_configured',
        message: 'None.',
      }),
    });
    expect(failed).toEqual([]);
    expect(check('reads').message).toContain('captcha-provider');
    expect(check('reads').message).toContain('systems');
  });

  it('that an older Logto does not serve are not a fault', async () => {
    const { ok, check } = await at({
      '/api/cimd/user-consent-scopes': answerOf(404, 'Not Found', { 'content-type': 'text/plain' }),
    });
    expect(ok).toBe(true);
    expect(check('reads.not-served')).toMatchObject({
      status: 'skipped',
      message: 'Skipped, because this Logto does not serve them: cimd.',
    });
  });

  it('follow a selection, and state what it excludes', async () => {
    const { check } = await at({}, ['--tools', 'all,!get_*,!list_*,list_roles']);
    expect(check('reads.left-out').message).toContain('because the settings exclude them');
  });

  it('are empty where no read is permitted', async () => {
    const { check, ok } = await at({}, ['--tools', 'none,!*']);
    expect(ok).toBe(true);
    expect(check('tools').status).toBe('warn');
    expect(check('access').status).toBe('skipped');
  });
});

/** The operations that some release has. */
const released = tools.filter(({ operation }) => operation.since !== 'next');

describe('the catalog', () => {
  it('is complete', async () => {
    const { check } = await at({ [management]: described([]) });
    expect(check('catalog')).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(
        new RegExp(
          `^It looks like a release after [\\d.]+\\. It has all ${released.length} operations of this program up to Logto`,
        ),
      ),
    });
    expect(check('catalog').message).not.toContain('not in the catalog');
  });

  it('warns of operations that this Logto lacks, by tool name', async () => {
    const { line, warned } = await at({
      [management]: described(['GET /api/cimd/user-consent-scopes', 'POST /api/roles']),
    });
    expect(warned).toEqual(['catalog']);
    expect(line('catalog')).toContain(
      `It lacks 2 of the ${released.length} operations of the catalog`,
    );
    expect(line('catalog')).toContain('create_role');
    expect(line('catalog')).toContain('upgrade Logto, or do without them');
  });

  it('lists further operations of a newer Logto, and counts the rest of a long list', async () => {
    const more = Array.from({ length: 12 }, (_, index) => `GET /api/novelties/number${index}`);
    const { check, ok } = await at({ [management]: described([], more) });
    expect(ok).toBe(true);
    expect(check('catalog').message).toContain('12 that it serves are not in the catalog');
    expect(check('catalog').message).toContain('GET /api/novelties/number0');
    expect(check('catalog').message).toContain('and 2 more');
  });

  it('is compared with the older document where there is no other', async () => {
    const { check } = await at({
      [management]: answerOf(404, 'Not Found', { 'content-type': 'text/plain' }),
      '/api/swagger.json': described(['POST /api/roles'], ['POST /api/experience/submit']),
    });
    expect(check('catalog').message).toContain('It lacks 1');
    expect(check('catalog').message).not.toContain('experience');
  });

  it('is a warning when Logto serves no OpenAPI document', async () => {
    const { check } = await at({
      [management]: json(200, {}),
      '/api/swagger.json': json(500, { message: 'Internal server error.' }),
    });
    expect(check('catalog')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('serves no OpenAPI document'),
    });
  });
});
