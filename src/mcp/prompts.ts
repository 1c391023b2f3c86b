/** Prompts that a person picks from a menu: step-by-step tasks that name the tools and say what to ask before changing anything. */
import { LogtoError } from '../logto/errors.js';
import type { Tool } from './operation-tools.js';
import { runnerOf } from './runners.js';

interface Argument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
}

export interface Prompt {
  readonly name: string;
  /** Operations that the task requires. The prompt is offered only if all of them are permitted. */
  readonly needs: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly Argument[];
  /** The message for the model. */
  readonly text: (values: Readonly<Record<string, string>>) => string;
}

const required = (name: string, description: string): Argument => ({
  name,
  description,
  required: true,
});
const optional = (name: string, description: string): Argument => ({
  name,
  description,
  required: false,
});

const numbered = (steps: readonly string[]): string =>
  steps.map((step, index) => `${index + 1}. ${step}`).join('\n');

export const prompts: readonly Prompt[] = [
  {
    name: 'look_into_sign_in',
    needs: ['list_users', 'get_user'],
    title: 'Why can this user not sign in?',
    description: 'Finds the reason in the account, its factors and the audit log.',
    arguments: [
      required('user', 'Name, username, e-mail address, phone number or id'),
      optional('when', 'When it happened, in any words'),
    ],
    text: ({ user = '', when }) =>
      `Find out why the user "${user}" cannot sign in to Logto${when ? ` (it happened: ${when})` : ''}. Only read; change nothing.\n${numbered(
        [
          'Find the user with list_users (search). With several matches ask which one is meant. With none check the spelling, then search the address with searchFields.',
          'Read the account with get_user: isSuspended, hasPassword, primaryEmail, primaryPhone, lastSignInAt.',
          'Read list_user_mfa_verifications: is there a second factor that the person may have lost?',
          'Read the log with list_logs, userId of the user. A wrong password is logged without a user id: find those with collect_pages over list_logs, where payload.payload.identifier.value equals what the user types (username, e-mail address or phone number) and payload.result equals Error. payload.error says what was wrong.',
          'Compare with get_sign_in_exp: is the method that the user tries (password, code, social, SSO) enabled? Has the password expired (passwordExpiration)? Did failed attempts lock the account (sentinelPolicy, list_logs)?',
          'Report the cause, the evidence, how certain it is, and a fix. Offer the fix; do not apply it.',
        ],
      )}`,
  },
  {
    name: 'set_up_api',
    needs: ['create_resource', 'create_resource_scope', 'create_role'],
    title: 'Set up an API with scopes and roles',
    description: 'Registers an API resource, its scopes, and roles that grant them.',
    arguments: [
      required('name', 'Name of the API, e.g. Orders API'),
      required('indicator', 'Its indicator, e.g. https://api.example.com/orders'),
      required('permissions', 'Its permissions, e.g. read:orders, write:orders'),
      optional('roles', 'The roles and what each may do'),
    ],
    text: ({ name = '', indicator = '', permissions = '', roles }) =>
      `Set up the API "${name}" with the indicator ${indicator} in Logto. Scopes: ${permissions}.${roles ? ` Roles: ${roles}.` : ''}\n${numbered(
        [
          'Check list_resources and list_roles for existing entries, and use them instead of creating them again.',
          'Show what you will do: the resource, each scope, each role with its scopes and its type (User, or MachineToMachine for services). Wait for approval.',
          'create_resource, then create_resource_scope for each scope, then create_role with the scopeIds of each role.',
          'Read back list_resource_scopes and list_role_scopes and compare them with the plan.',
          'State what a client must send: resource=<indicator> and the scopes, at /oidc/auth and /oidc/token. The indicator cannot be changed later.',
        ],
      )}`,
  },
  {
    name: 'onboard_organization',
    needs: ['create_organization', 'add_organization_users', 'assign_organization_roles_to_user'],
    title: 'Onboard an organization',
    description: 'Creates an organization, gives its members roles, and invites the others.',
    arguments: [
      required('name', 'Name of the organization'),
      required('people', 'Members with their roles, e.g. ann@example.com admin'),
      optional('inviter', 'Who invites them'),
    ],
    text: ({ name = '', people = '', inviter }) =>
      `Onboard the organization "${name}" in Logto. People: ${people}.${inviter ? ` Inviter: ${inviter}.` : ''}\n${numbered(
        [
          'Check list_organizations for an organization with this name, and list_organization_roles for the matching roles.',
          'Find each person with list_users. People with an account become members at once; the others are invited.',
          'Show what you will do and say that invitations send e-mail. Wait for approval.',
          'create_organization, add_organization_users with all members, then assign_organization_roles_to_user for each of them.',
          'create_organization_invitation for the others, with their roles, an expiresAt in the future and a messagePayload with the link of your page; messagePayload false sends no e-mail.',
          'Read back list_organization_users and the invitations, and say who still has to accept.',
        ],
      )}`,
  },
  {
    name: 'review_powerful_roles',
    needs: ['list_roles', 'list_role_users'],
    title: 'Who holds powerful roles?',
    description:
      'Lists the people and machines with far-reaching permissions, and suspicious grants.',
    arguments: [optional('scope', 'Only these roles or this API')],
    text: ({ scope }) =>
      `Review who holds powerful roles in Logto${scope ? `, limited to: ${scope}` : ''}. Only read; change nothing.\n${numbered(
        [
          'list_roles to the end: type, scopes, usersCount, applicationsCount. list_role_scopes lists what each allows.',
          'Powerful means: the Management API (scope "all" of its resource), anything that writes, deletes or pays, and default roles (isDefault), which every new user gets.',
          'For each of those: list_role_users, and list_role_applications. For many holders use collect_pages with fields id, name, primaryEmail, lastSignInAt, isSuspended.',
          'Do the same for organization roles: list_organization_roles, list_organization_users.',
          'Report a table of holder, role, why it is powerful, last sign-in. Mark suspended holders, holders who have not signed in for 90 days, and machines with more than they seem to need. Propose changes; do not make any.',
        ],
      )}`,
  },
  {
    name: 'add_sign_in',
    needs: ['create_application'],
    title: 'Add sign-in to an application',
    description: 'Creates the application in Logto and lists the settings that its code needs.',
    arguments: [
      required('name', 'Name of the application'),
      required('kind', 'Browser app (SPA), server-rendered, mobile or desktop'),
      required('address', 'Where it runs, e.g. http://localhost:3000'),
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

/** What the prompts depend on. */
export interface PromptOptions {
  readonly permitted: readonly Tool[];
  /** Names of all listed tools. */
  readonly listed: ReadonlySet<string>;
}

export interface Prompts {
  readonly offered: readonly Prompt[];
  /**
   * The message of a prompt.
   *
   * @throws LogtoError of kind `input` for an unknown name or a missing argument
   */
  text(name: string, values: Readonly<Record<string, string>>): string;
}

/** The prompts that can be carried out here, each with the runner of every operation that is not listed. */
export function promptsFor({ permitted, listed }: PromptOptions): Prompts {
  const byName = new Map(permitted.map((tool) => [tool.name, tool]));
  const offered = prompts.filter(({ needs }) => needs.every((name) => byName.has(name)));

  /** How to call the operations in a text that are not listed as tools; empty if all are listed. */
  const runnersFor = (text: string): string => {
    const named = [...new Set(text.match(/\b[a-z]+(?:_[a-z]+)+\b/g))];
    const unlisted = named.flatMap((name) => (listed.has(name) ? [] : (byName.get(name) ?? [])));
    return unlisted.length === 0
      ? ''
      : `\n\nNot in the list of tools, so call them through their runner (find_operations with the name shows the arguments): ${unlisted
          .map((tool) => `${tool.name} with ${runnerOf(tool)}`)
          .join(', ')}.`;
  };

  return {
    offered,
    text(name, values) {
      const prompt = offered.find((known) => known.name === name);
      if (prompt === undefined) {
        throw new LogtoError({
          kind: 'input',
          code: 'unknown_prompt',
          message: `There is no prompt ${JSON.stringify(name)} here.`,
          hint: `Available prompts: ${offered.map((known) => known.name).join(', ')}.`,
        });
      }
      const missing = prompt.arguments
        .filter(({ name: argument, required }) => required && !values[argument]?.trim())
        .map((argument) => argument.name);
      if (missing.length > 0) {
        throw new LogtoError({
          kind: 'input',
          code: 'invalid_arguments',
          message: `The prompt ${name} needs ${missing.join(' and ')}.`,
          hint: 'Add it and try again.',
        });
      }
      // Operations are looked up in the text of this server only: a person may type any name.
      return `${prompt.text(values)}${runnersFor(prompt.text({}))}`;
    },
  };
}
