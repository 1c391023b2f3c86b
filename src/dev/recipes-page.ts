/** The page docs/recipes.md: the recipes, from their data, and everyday questions that take one or two calls. */
import { guidedTasks } from '../mcp/recipes/guided-tasks.js';
import { recipes } from '../mcp/recipes/index.js';
import type { Recipe } from '../mcp/recipes/recipe.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', '<br>');

function section({ title, name, when, request, arguments: inputs, script }: Recipe): string {
  const table =
    inputs.length === 0
      ? ''
      : `| argument | what it is | example |\n| --- | --- | --- |\n${inputs
          .map(
            ({ name: argument, description, required, example }) =>
              `| \`${argument}\`${required ? '' : ' (optional)'} | ${cell(description)} | ${cell(example)} |`,
          )
          .join('\n')}\n\n`;
  return `### ${title}\n\n${when}\n\n> ${request}\n\nPrompt \`${name}\`.\n\n${table}\`\`\`js\n${script.trim()}\n\`\`\`\n`;
}

/** Tasks of one or two calls. `test/docs/recipes.test.ts` runs them. */
const SINGLE_CALLS = `### Find a user and their last sign-in

> When did Olga last sign in?

\`\`\`calls
list_users {"search": "olga", "fields": ["id", "name", "primaryEmail", "lastSignInAt"]}
\`\`\`

\`search\` matches any part of a name, address, phone number or id. \`lastSignInAt\` is shown in ISO 8601, in UTC; null means never.

### Suspend an account

> Ana Novak has left. Make sure that she cannot sign in any more.

\`\`\`calls
list_users {"search": "Ana Novak", "fields": ["id", "name", "isSuspended"]}  user = items.0.id
update_user_is_suspended {"userId": "$user", "isSuspended": true}
get_user {"userId": "$user", "fields": ["name", "isSuspended"]}
\`\`\`

Suspending signs the user out. It does not ask first, because it can be lifted; a deletion cannot be undone, so it asks.

### All users on the trial plan

> Which customers are on the trial plan and have more than three seats?

\`\`\`calls
collect_pages {"operation": "list_users", "where": [{"field": "customData.plan", "is": "equals", "value": "trial"}, {"field": "customData.seats", "is": "greater", "value": 3}], "fields": ["id", "name", "customData.seats"]}
\`\`\`

Logto's search does not look into custom data. \`collect_pages\` reads all pages and returns the matching items only; \`complete\` says whether it read every page.

### Add a redirect URI

> The dealer portal now also runs at https://beta.dealer.northwind.example.

\`\`\`calls
get_application {"id": "partner-portal", "fields": ["name", "oidcClientMetadata"]}
update_application {"id": "partner-portal", "oidcClientMetadata": {"redirectUris": ["https://dealer.northwind.example/callback", "https://beta.dealer.northwind.example/callback"], "postLogoutRedirectUris": ["https://dealer.northwind.example/"]}}  plan = result.plan
update_application {"id": "partner-portal", "oidcClientMetadata": {"redirectUris": ["https://dealer.northwind.example/callback", "https://beta.dealer.northwind.example/callback"], "postLogoutRedirectUris": ["https://dealer.northwind.example/"]}, "plan": "$plan"}
\`\`\`

Logto replaces such a setting as a whole. This server merges it: members that you do not send stay. Lists are replaced, so send the old URIs together with the new one. A redirect URI on a new host asks first, because that host can receive sign-in codes.

### Offer a second factor

> People should be able to use an authenticator app if they want.

\`\`\`calls
get_sign_in_exp {"fields": ["mfa"]}
update_sign_in_exp {"mfa": {"factors": ["Totp", "BackupCode"], "policy": "UserControlled"}}
get_sign_in_exp {"fields": ["mfa"]}
\`\`\`

This changes the sign-in page of all users. It does not ask first, because it takes no protection away; removing a factor asks.`;

/** The text of docs/recipes.md. */
export const recipesPage = (): string => `# Recipes

${recipes.length} scripts for jobs that administrators have, and a few questions that take a call or two. A test runs each of them on the sandbox and checks the state of the tenant.

A client that shows prompts offers each script by its name, with its arguments. It also offers ${guidedTasks
  .map(({ name, title }) => `\`${name}\` (${title})`)
  .join(
    ' and ',
  )}, which have steps instead of a script. An agent can also take a script from here: it puts \`const input = { ... };\` with the arguments as texts in front of the script, and sends both as the \`code\` of \`run_script\`, or of \`run_read_script\` if the script changes nothing. [Scripts](scripts.md) says what a script can do and how its changes are confirmed and undone.

To try one, start the server with \`--sandbox\` in your client.

## Scripts

${recipes.map(section).join('\n')}
## Single calls

What a person asks, and the calls that an agent makes. \`name = path\` after a call stores a member of its result, and \`$name\` uses it in a later call; everything else is sent as shown. An agent finds tools that are not listed with \`find_operations\`.

${SINGLE_CALLS}
`;
