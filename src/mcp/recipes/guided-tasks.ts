/** Tasks in steps, for jobs that a script cannot do: finding a cause, and adding sign-in to the code of an application. */
import type { RecipeArgument } from './recipe.js';

export interface GuidedTask {
  /** The name of its prompt. */
  readonly name: string;
  readonly title: string;
  readonly when: string;
  readonly arguments: readonly RecipeArgument[];
  /** Operations that the task requires. */
  readonly needs: readonly string[];
  /** The message for the model. */
  readonly text: (values: Readonly<Record<string, string>>) => string;
}

const numbered = (steps: readonly string[]): string =>
  steps.map((step, index) => `${index + 1}. ${step}`).join('\n');

export const guidedTasks: readonly GuidedTask[] = [
  {
    name: 'look_into_sign_in',
    needs: ['list_users', 'get_user'],
    title: 'Why can this user not sign in?',
    when: 'Find the reason in the account, its factors, the settings of the tenant and the audit log.',
    arguments: [
      {
        name: 'user',
        description: 'Name, username, e-mail address, phone number or id',
        required: true,
        example: 'olga.kuznetsova@example.com',
      },
      {
        name: 'when',
        description: 'When it happened, in any words',
        required: false,
        example: 'this morning',
      },
    ],
    text: ({ user = '', when }) =>
      `Find out why the user "${user}" cannot sign in to Logto${when ? ` (it happened: ${when})` : ''}. Only read; change nothing.\n${numbered(
        [
          'Find the user with list_users (search). With several matches ask which one is meant. With none check the spelling, then search the address with searchFields.',
          'Call explain_user with the id: it has the ways to sign in, what blocks them, the factors, and the recent failures under every name of the account. Where it is not available, read get_user, list_user_mfa_verifications, get_sign_in_exp and list_logs; a wrong password is logged without the id of the user, with what was typed in payload.payload.identifier.value.',
          'Check not_read in the answer: what could not be read is not known.',
          'Report the cause, the evidence, how certain it is, and a fix. Offer the fix; do not apply it.',
        ],
      )}`,
  },
  {
    name: 'add_sign_in',
    needs: ['create_application'],
    title: 'Add sign-in to an application',
    when: 'Create the application in Logto and list the settings that its code needs.',
    arguments: [
      {
        name: 'name',
        description: 'Name of the application',
        required: true,
        example: 'Customer portal',
      },
      {
        name: 'kind',
        description: 'Browser app (SPA), server-rendered, mobile or desktop',
        required: true,
        example: 'SPA',
      },
      {
        name: 'address',
        description: 'Where it runs',
        required: true,
        example: 'http://localhost:3000',
      },
    ],
    text: ({ name = '', kind = '', address = '' }) =>
      `Add sign-in with Logto to the application "${name}" (${kind}) at ${address}.\n${numbered([
        'Check list_applications for an application with this name.',
        'Choose the type: SPA for a browser app, Traditional for one with a server, Native for mobile and desktop. It cannot be changed later.',
        'Show what you will create, with redirectUris (the address with a callback path; for Native often a custom scheme) and postLogoutRedirectUris. Wait for approval.',
        'create_application with oidcClientMetadata; both lists are required in it. For SPA add customClientMetadata.corsAllowedOrigins with the origin.',
        'Say which Logto SDK fits the framework of the code at hand, and write the settings: endpoint, appId, and for Traditional the secret, which must be in an environment variable, never in the code or this conversation.',
        'Check with get_application that every redirect URI is exactly what the code sends.',
      ])}`,
  },
];
