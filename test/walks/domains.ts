import { expect } from 'vitest';
import type { Walk } from './walk.js';

/** A plain installation has no provider of host names, so the expected refusals show that the writes arrived. */
export const domainsWalk: Walk = async (walker) => {
  const { items } = await walker.call('list_domains');
  expect(items).toBeDefined();
  const notConfigured = { status: 400, code: 'domain.not_configured' };
  const notThere = { status: 404, code: 'entity.not_exists_with_id', kind: 'not_found' };
  await walker.refused('create_domain', { domain: 'auth.example.com' }, notConfigured);
  await walker.refused('delete_domain', { id: 'nope' }, notConfigured);
  await walker.refused('cleanup_domains', { staleDays: 30 }, notConfigured);
  await walker.refused('get_domain', { id: 'nope' }, notThere);
  await walker.refused('list_domain_verification_files', { id: 'nope' }, notThere);
  await walker.refused(
    'replace_domain_verification_files',
    {
      id: 'nope',
      verificationFiles: [
        { path: '/.well-known/a.json', content: '{}', contentType: 'application/json' },
      ],
    },
    notThere,
  );
};
