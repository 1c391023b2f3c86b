/** The report of `npm run contract`: what a maintainer reads after Logto changed. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { formatReport, reportOn } from '../../src/dev/contract/report.js';
import { isObject } from '../../src/json.js';
import { managementDocument } from '../../src/sandbox/document.js';

type Json = Record<string, unknown>;

/** A document of the sandbox that can be changed. */
const documentOf = (release: '1.42' | '1.46', developmentFeatures = false): Json =>
  structuredClone(managementDocument({ release, developmentFeatures }) as Json);

/** The part of a document at a path of member names. */
function part(document: unknown, ...names: readonly string[]): Json {
  const part = names.reduce<unknown>(
    (value, name) => (isObject(value) ? value[name] : undefined),
    document,
  );
  if (!isObject(part)) {
    expect.fail(`There is no ${names.join(' ')}.`);
  }
  return part;
}

const bodyOf = (document: Json, path: string, method: string): Json =>
  part(
    document,
    'paths',
    path,
    method,
    'requestBody',
    'content',
    'application/json',
    'schema',
    'properties',
  );

const textOf = (document: Json): string =>
  formatReport(reportOn(document, catalog), 'a document', catalog, () => 7);

describe('the report on a document', () => {
  it.each(['1.42', '1.46'] as const)('of %s has no difference', (release) => {
    const report = reportOn(documentOf(release), catalog);
    expect(report.release).toBe(release);
    expect([report.new, report.changed, report.gone]).toEqual([[], [], []]);
    expect(report.ahead.every(({ since }) => since !== release)).toBe(true);
  });

  it('with a new operation names its file, and proposes code with known kinds of ids', () => {
    const document = documentOf('1.46');
    part(document, 'paths')['/api/users/{userId}/badges/{badgeId}'] = {
      delete: {
        operationId: 'DeleteUserBadge',
        tags: ['Users', 'Dev feature'],
        parameters: ['userId', 'badgeId'].map((name) => ({
          name,
          in: 'path',
          required: true,
          schema: { type: 'string' },
        })),
      },
    };
    const text = textOf(document);
    expect(text).toContain('1 new, 0 changed, 0 gone');
    expect(text).toContain('### DeleteUserBadge (Dev feature)');
    expect(text).toContain('In src/catalog/users.ts:');
    expect(text).toContain(
      "deleteUserBadge: operation('DELETE /api/users/{userId}/badges/{badgeId}', {",
    );
    expect(text).toContain(
      "path: { userId: id('user'), badgeId: idInside('badge', 'id, from list_...') },",
    );
  });

  it('with a new field and a new value names the line to edit and the code to write', () => {
    const document = documentOf('1.46');
    bodyOf(document, '/api/users', 'post')['nickname'] = { type: 'string', maxLength: 64 };
    const events = part(bodyOf(document, '/api/hooks', 'post'), 'events', 'items');
    events['enum'] = [...(Array.isArray(events['enum']) ? events['enum'] : []), 'Moon.Rose'];
    const text = textOf(document);
    expect(text).toContain('0 new, 2 changed, 0 gone');
    expect(text).toContain(
      '- src/catalog/users.ts:7 createUser: `body.nickname` only in the document: add `nickname: since(NEXT_RELEASE, z.string().max(64)).optional(),`',
    );
    expect(text).toContain(
      '- src/catalog/hooks.ts:7 createHook: `body.events[]` add the values `Moon.Rose`',
    );
  });

  it('without an operation of the base, or a part of an older release, reports that it is missing', () => {
    const document = documentOf('1.46');
    delete part(document, 'paths')['/api/status'];
    delete part(document, 'paths')['/api/configs/cimd'];
    const text = textOf(document);
    expect(text).toContain(
      '- src/catalog/status.ts:7 getStatus: the operation is not in the document',
    );
    expect(text).toContain(
      '- src/catalog/configs.ts:7 getCimdConfig: the operation should be there since 1.43',
    );
    expect(text).toMatch(/everything of Logto 1\.46/);
  });

  it('with development features counts the parts of the later release', () => {
    const document = structuredClone(
      managementDocument({ release: '1.43', developmentFeatures: true }) as Json,
    );
    const report = reportOn(document, catalog);
    expect(report.release).toBe('1.43');
    expect(report.later).toEqual([{ since: '1.44', has: 16, of: 26 }]);
    expect([report.new, report.changed, report.gone]).toEqual([[], [], []]);
  });

  it('on deliberate omissions proposes no field that the catalog leaves out', () => {
    const document = documentOf('1.42');
    expect(bodyOf(document, '/api/organizations/{id}', 'patch')).toHaveProperty('id');
    bodyOf(document, '/api/organizations/{id}', 'patch')['tenantId'] = { type: 'string' };
    expect(reportOn(document, catalog).changed).toEqual([]);
  });
});
