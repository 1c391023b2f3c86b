import * as z from 'zod';
import { domainCascades, staleDomainCascades } from './cascades.js';
import { id, text } from './fields.js';
import { domainCleanupLockout, domainLockout } from './lockouts.js';
import { domain, operation } from './operation.js';

const byId = { id: id('domain') };
const needs = 'a domain provider, which Logto Cloud has';

export const domains = domain({
  title: 'Domains',
  about: 'Custom domains of Logto, on Logto Cloud.',
  operations: {
    listDomains: operation('GET /api/domains', {
      summary: 'List the custom domains of the tenant with their state and DNS records.',
    }),
    createDomain: operation('POST /api/domains', {
      summary: 'Add a custom domain; the answer holds the DNS records to set.',
      body: { domain: text('e.g. auth.example.com', 256) },
      needs,
      risk: [{ risk: 'trust', because: 'Logto answers, and signs people in, under this domain' }],
    }),
    getDomain: operation('GET /api/domains/{id}', {
      summary: 'Get one custom domain and check its DNS records anew.',
      path: byId,
    }),
    deleteDomain: operation('DELETE /api/domains/{id}', {
      summary: 'Delete a custom domain; sign-in under its address stops.',
      path: byId,
      needs,
      risk: [{ risk: 'destructive', because: 'sign-in under its address stops' }],
      cascades: domainCascades,
      lockout: domainLockout,
    }),
    cleanupDomains: operation('POST /api/domains/cleanup', {
      summary: 'Delete the custom domains that have been broken for some days.',
      body: { staleDays: z.number().describe('days; broken for longer than this') },
      effect: 'removes',
      needs,
      risk: [{ risk: 'destructive', because: 'sign-in under their addresses stops' }],
      cascades: staleDomainCascades,
      removes: { list: 'listDomains' },
      lockout: domainCleanupLockout,
    }),
    listDomainVerificationFiles: operation('GET /api/domains/{id}/verification-files', {
      summary: 'List the files that a custom domain serves to prove who owns it.',
      path: byId,
    }),
    replaceDomainVerificationFiles: operation('PUT /api/domains/{id}/verification-files', {
      summary: 'Set the files that a custom domain serves to prove who owns it, all at once.',
      path: byId,
      body: {
        verificationFiles: z.array(
          z.strictObject({
            path: z.string().describe('e.g. /.well-known/apple-app-site-association'),
            content: z.string(),
            contentType: z.string(),
          }),
        ),
      },
      needs: 'a custom domain',
      risk: [
        { risk: 'trust', because: 'the files tell other programs what to trust under this domain' },
        { risk: 'destructive', because: 'files that are not in the list are no longer served' },
      ],
    }),
  },
});
