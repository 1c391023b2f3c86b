import { idInside } from './fields.js';
import { domain, operation } from './operation.js';

export const secrets = domain({
  title: 'Secrets',
  about:
    'Tokens of third-party providers, stored with the identities of users. Secrets of applications are in the applications domain.',
  operations: {
    deleteSecret: operation('DELETE /api/secrets/{id}', {
      summary:
        "Delete the provider's tokens stored with a user's social or enterprise identity; the identity stays.",
      notes: 'For the secret of an application take delete_application_secret.',
      path: {
        id: idInside(
          'token secret',
          'tokenSecret.id, from list_user_all_identities with includeTokenSecret',
        ),
      },
      risk: [
        {
          risk: 'destructive',
          because: "the provider's tokens are gone until the user signs in with it again",
        },
      ],
      cascades: [],
      unknownOwner: 'users',
    }),
  },
});
