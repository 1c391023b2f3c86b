/** The sandbox with what happens at its sign-in page, which the Management API cannot do. */
import { logs, tenantId, users } from '../../../src/sandbox/entities.js';
import { createSandbox, type Sandbox } from '../../../src/sandbox/index.js';
import { sandboxSettings } from '../../../src/sandbox/settings.js';
import { Tenant } from '../../../src/sandbox/tenant.js';
import { ManagementApi } from '../../support/management-api.js';
import type { TrialTenant } from './seed.js';

export function sandboxTenant(): TrialTenant & { readonly fetch: Sandbox['fetch'] } {
  const tenant = new Tenant(Date.now);
  const { fetch } = createSandbox({ tenant, content: 'empty' });
  return {
    fetch,
    api: new ManagementApi(fetch, sandboxSettings),
    signIn: async (username) => {
      const user = tenant.table(users).find((item) => item.username === username);
      if (user !== undefined) {
        tenant.table(users).insert({ ...user, lastSignInAt: Date.now() });
      }
    },
    // As Logto logs it: by what was typed, without the id of the account.
    failSignIn: async (email) => {
      tenant.table(logs).insert({
        tenantId,
        id: tenant.newId(),
        key: 'Interaction.SignIn.Verification.Password.Submit',
        payload: {
          key: 'Interaction.SignIn.Verification.Password.Submit',
          result: 'Error',
          error: { code: 'session.invalid_credentials', message: 'Wrong account or password.' },
          payload: { password: '******', identifier: { type: 'email', value: email } },
          ip: '192.0.2.1',
        },
        createdAt: Date.now(),
      });
    },
  };
}
