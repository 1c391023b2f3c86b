import { domain, operation } from './operation.js';

export const status = domain({
  title: 'Status',
  about: 'Whether Logto is up.',
  operations: {
    getStatus: operation('GET /api/status', {
      summary: 'Check that Logto is up and that its database answers.',
    }),
  },
});
