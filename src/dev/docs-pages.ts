/**
 * The documentation pages that are derived from the code: one for each domain's tools, the configuration, and what each tool
 * selection costs. `npm run docs` writes them; a test fails when a page on disk differs.
 */
import { readFileSync } from 'node:fs';
import { encode } from 'gpt-tokenizer/encoding/cl100k_base';
import * as z from 'zod';
import { catalog } from '../catalog/index.js';
import { describeFlag, flags, formatFlag } from '../config/args.js';
import { settings } from '../config/config.js';
import { Guard } from '../guard/guard.js';
import { defaultPolicy } from '../guard/policy/policy.js';
import { policySchema } from '../guard/policy/policy-file.js';
import { Secrets } from '../guard/secrets/secrets.js';
import { memoryJournal } from '../guard/undo/journal.js';
import { isObject } from '../json.js';
import type { Session } from '../logto/session.js';
import { manifestSchema } from '../manifest/json-schema.js';
import { valueSources } from '../manifest/value-sources.js';
import { compileTools } from '../mcp/build-manifest.js';
import type { JsonSchema } from '../mcp/json-schema.js';
import type { Tool } from '../mcp/operation-tools.js';
import { createRegistry } from '../mcp/registry.js';
import { runnerOf } from '../mcp/runners.js';
import { createSearch } from '../mcp/search/search.js';
import { defaultTools } from '../mcp/tool-selection.js';
import { builtInInputs } from '../mcp/tools/index.js';
import { withNumbers } from './readme-numbers.js';
import { recipesPage } from './recipes-page.js';
import { supportPage } from './support-page.js';

const tools = compileTools(catalog);
const inputs = builtInInputs();

const isSchema = (value: unknown): value is JsonSchema => isObject(value);

const schemaOf = (value: unknown): JsonSchema => (isSchema(value) ? value : {});

/** A cell of a table, with line breaks removed and bars escaped. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The type of an argument in a few words. */
function typeOf(schema: JsonSchema): string {
  const { type, enum: values, items, anyOf } = schema;
  if (Array.isArray(values)) {
    return values.map((value) => `\`${String(value)}\``).join(', ');
  }
  if (Array.isArray(anyOf)) {
    return anyOf.filter(isSchema).map(typeOf).join(' or ');
  }
  if (Array.isArray(type)) {
    return type.join(' or ');
  }
  if (type === 'array') {
    return isSchema(items) ? `list of ${typeOf(items)}` : 'list';
  }
  if (type === 'object' && isSchema(schema['properties'])) {
    return `object: ${Object.keys(schema['properties']).join(', ')}`;
  }
  return typeof type === 'string' ? type : 'any';
}

/** An example of a value that the schema accepts; undefined where there is none. */
function exampleOf(name: string, schema: JsonSchema): unknown {
  const { type, enum: values, items, properties, required, anyOf, minimum } = schema;
  if (Array.isArray(values)) {
    return values[0];
  }
  if (Array.isArray(anyOf)) {
    return exampleOf(name, anyOf.find(isSchema) ?? {});
  }
  switch (Array.isArray(type) ? type[0] : type) {
    case 'string':
      return schema['format'] === 'uri' || /url$/i.test(name)
        ? 'https://app.example.com'
        : /email/i.test(name)
          ? 'ann@example.com'
          : `<${name}>`;
    case 'number':
    case 'integer':
      return typeof minimum === 'number' ? Math.max(1, minimum) : 1;
    case 'boolean':
      return true;
    case 'array':
      return [exampleOf(name.replace(/s$/, ''), isSchema(items) ? items : {})];
    case 'object': {
      const members = isSchema(properties) ? properties : {};
      const needed = Array.isArray(required) ? required.map(String) : [];
      return Object.fromEntries(
        needed.map((member) => [member, exampleOf(member, schemaOf(members[member]))]),
      );
    }
    default:
      return {};
  }
}

const propertiesOf = (tool: Tool): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(schemaOf(tool.listing.inputSchema['properties'])).map(([name, schema]) => [
      name,
      schemaOf(schema),
    ]),
  );

const requiredOf = (tool: Tool): readonly string[] => {
  const required = tool.listing.inputSchema['required'];
  return Array.isArray(required) ? required.map(String) : [];
};

/** The arguments of an example: the required ones, and for an update without any, one field to change. */
function exampleArguments(tool: Tool): Record<string, unknown> {
  const properties = propertiesOf(tool);
  const required = requiredOf(tool);
  const { method, body } = tool.operation;
  const optional = method === 'PATCH' && body !== undefined ? Object.keys(body) : [];
  const changes = optional.some((name) => required.includes(name)) ? [] : optional.slice(0, 1);
  return Object.fromEntries(
    [...required, ...changes]
      .filter((name) => properties[name] !== undefined)
      .map((name) => [name, exampleOf(name, properties[name] ?? {})]),
  );
}

const effects: Readonly<Record<Tool['operation']['effect'], string>> = {
  reads: 'reads',
  adds: 'adds',
  changes: 'changes',
  removes: 'removes',
};

function section(tool: Tool): string {
  const { name, operation, listing } = tool;
  const properties = propertiesOf(tool);
  const required = new Set(requiredOf(tool));
  const rows = Object.entries(properties)
    .filter(([argument]) => argument !== 'fields')
    .map(
      ([argument, schema]) =>
        `| \`${argument}\`${required.has(argument) ? '' : '?'} | ${cell(typeOf(schema))} | ${cell(String(schema['description'] ?? ''))} |`,
    );
  return [
    `### ${name}`,
    '',
    listing.description,
    '',
    `\`${operation.method} ${operation.url}\` · ${effects[operation.effect]}${
      operation.risks.length === 0 ? '' : ` · risk: ${operation.risks.join(', ')}`
    } · ${defaultTools.includes(name) ? 'listed by default' : `run with \`${runnerOf(tool)}\` unless listed`}`,
    '',
    ...(rows.length > 0
      ? ['| argument | type | |', '| --- | --- | --- |', ...rows, '']
      : ['No arguments.', '']),
    '```json',
    JSON.stringify({ name, arguments: exampleArguments(tool) }),
    '```',
    '',
  ].join('\n');
}

const generated = '<!-- Written by `npm run docs` from the code. Change the code instead. -->';

/** The operations of a domain, as a part of the page of all tools. */
function domainPart(name: string): string {
  const domain = catalog[name];
  if (domain === undefined) {
    throw new Error(`There is no domain ${name}.`);
  }
  const domainTools = tools.filter((tool) => tool.domain === name);
  return [
    `## ${domain.title}`,
    '',
    domain.about,
    '',
    `${domainTools.length} ${domainTools.length === 1 ? 'operation' : 'operations'}; select them with \`--tools ${name}\`.`,
    '',
    ...domainTools.map(section),
  ].join('\n');
}

/** The anchor of a heading, as GitHub derives it. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');

/** The page of all tools. One file: the package has it too, and npm writes each file of it twice. */
function toolsPage(): string {
  const rows = Object.entries(catalog).map(([name, { title, about }]) => {
    const count = tools.filter(({ domain }) => domain === name).length;
    return `| [${title}](#${anchorOf(title)}) | \`${name}\` | ${count} | ${cell(about)} |`;
  });
  return [
    '# Tools',
    '',
    generated,
    '',
    `${tools.length} operations of the Management API in ${rows.length} domains. [Choosing tools](choosing-tools.md) says which of them are listed as separate tools. A \`?\` marks optional arguments. Reads also take \`fields\`, the members of the answer to keep.`,
    '',
    '| domain | name for `--tools` | operations | |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...Object.keys(catalog).map(domainPart),
  ].join('\n');
}

/** Nothing is sent when tools are only counted. */
const noSession: Session = {
  check: () => Promise.reject(new Error('Nothing is sent here.')),
  send: () => Promise.reject(new Error('Nothing is sent here.')),
  redact: (text) => text,
  tokenRequests: 0,
};

const secrets = new Secrets(false, undefined);

/** No call reaches it when tools are only counted. */
const guard = new Guard({
  session: noSession,
  load: async () => catalog,
  permitted: [],
  policy: defaultPolicy(),
  self: { appId: '', appSecret: '', resource: '', endpoint: '' },
  secrets,
  lines: memoryJournal(),
});

/** Tokens (cl100k) of a list of tools as JSON. */
export const tokensOf = (value: unknown): number => encode(JSON.stringify(value)).length;

/** The listings of a tool selection. */
export const listingsOf = (selection: string, readOnly = false) =>
  createRegistry({
    tools,
    inputs,
    selection,
    readOnly,
    tenant: { kind: 'sandbox' },
    version: '0.0.0',
    guard,
    secrets,
    configuration: {
      load: async () => catalog,
      own: { appId: '', appSecret: '', resource: '', endpoint: '' },
      sources: valueSources({ variables: [], secrets: [], secretsFolder: undefined, env: {} }),
      folder: undefined,
    },
  }).callables.map(({ listing }) => listing);

/** What ten everyday tasks cost in the sandbox; `test/e2e/ten-tasks.test.ts` measures it and compares. */
export const tenTasks = { calls: 31, kilobytes: 22 };

/**
 * Fifteen jobs, each done by an agent that saw only the instructions and the tools of a server: one tenant, one judge, server
 * versions of October and November 2026. For each trial the calls, and the KB that the agent received. In every trial the
 * judge found all fifteen jobs done.
 */
const agentTrials: readonly {
  readonly server: string;
  readonly calls: readonly number[];
  readonly kilobytes: readonly number[];
}[] = [
  { server: 'this server, default list', calls: [12, 35, 36], kilobytes: [67, 58, 45] },
  { server: 'this server, `--tools script`', calls: [9, 10, 14], kilobytes: [52, 43, 57] },
  { server: 'this server before it had scripts, single calls', calls: [408], kilobytes: [206] },
  {
    server: 'a raw script server: search, and JavaScript over `fetch`',
    calls: [3],
    kilobytes: [22],
  },
];

const selections: readonly (readonly [selection: string, readOnly: boolean, what: string])[] = [
  ['default', false, 'the everyday tools; what you get without any option'],
  ['default', true, 'the everyday reads'],
  ['none', false, 'only the built-in tools; the smallest list that still reaches everything'],
  ['users,roles', false, 'two whole domains'],
  [
    'default,organizations,organization-roles',
    false,
    'the everyday tools and all of organizations',
  ],
  ['all,!delete_*', false, 'everything but removals, which cannot be run either'],
  ['all', true, 'every read'],
  ['all', false, 'every operation as a separate tool'],
];

/** Shares of a list of the phrasings, in percent, in which the search has the right operation first and among five. */
function searchFigures(list: 'tuning' | 'heldout' | 'unseen'): string {
  const path = new URL(`../../test/finder/phrasings-${list}.json`, import.meta.url);
  const rows: { words: string; operation: string | string[] }[] = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  const search = createSearch(tools);
  const places = rows.map(({ words, operation }) =>
    search(words).operations.findIndex(({ name }) => [operation].flat().includes(name)),
  );
  const share = (count: number): string =>
    ((100 * places.filter((place) => place >= 0 && place < count).length) / rows.length).toFixed(1);
  return `${share(1)} % first and ${share(5)} % among the first five (${rows.length} phrasings)`;
}

function choosingTools(): string {
  const thousands = (count: number) => count.toLocaleString('en-US');
  const rows = selections.map(([selection, readOnly, what]) => {
    const listings = listingsOf(selection, readOnly);
    return `| \`--tools '${selection}'\`${readOnly ? ' `--read-only`' : ''} | ${listings.length} | ${thousands(tokensOf(listings))} | ${what} |`;
  });
  return [
    '# Choosing tools',
    '',
    generated,
    '',
    `The Management API has ${tools.length} operations. A list of all of them costs tokens in every conversation, and some clients show no more than 40 or 128 tools. So by default the server lists the everyday tools, and four tools that reach the rest: \`find_operations\` finds an operation by what you want to do, by its name, by its route (\`GET /api/users/{userId}\`) or by its domain, and \`run_read_operation\`, \`run_write_operation\` and \`run_destructive_operation\` run it. Arguments are validated in the same way.`,
    '',
    '| selection | tools | tokens | |',
    '| --- | ---: | ---: | --- |',
    ...rows,
    '',
    `A short list saves little if answers are long or calls fail. Ten everyday tasks (find a user by e-mail and see the last sign-in, suspend one, list the failed sign-ins of a week, tell who is on the trial plan by custom data, set up an API with scopes and a role, an organization with a member and an invitation, add a redirect URI, rotate a secret, tell who holds a role, make MFA optional) take ${tenTasks.calls} calls and ${tenTasks.kilobytes} KB of answers with the default list, look-ups and confirmations included; none fails. \`test/e2e/ten-tasks.test.ts\` does them on the sandbox and checks each; it is a script without mistakes, so a model may need more calls.`,
    '',
    'Whole jobs cost less as scripts. Fifteen jobs of an administrator on a tenant with 260 accounts (among them: suspend everybody whose contract has ended, replace a role, onboard an organization with twenty people, 200 stale accounts, a CSV of everybody with roles and organizations, five secrets rotated) take at most 40 calls and 80 KB of answers; `test/jobs/fifteen-jobs.test.ts` does them with scripts, judges each by the state of the tenant, and prints the figures.',
    '',
    '### Fifteen jobs by agents that saw only instructions and tools',
    '',
    'The jobs above, given to agents in words: one tenant, one judge, server versions of October and November 2026, one figure for each trial. In all trials every job was done right.',
    '',
    '| server | calls | KB received |',
    '| --- | --- | --- |',
    ...agentTrials.map(
      ({ server, calls, kilobytes }) =>
        `| ${server} | ${calls.join(', ')} | ${kilobytes.join(', ')} |`,
    ),
    '',
    'The raw script server is smaller: it needs the fewest calls and the least text. It has no guard: its agent made the same changes and removals without a preview, a confirmation, a journal or an undo.',
    '',
    '### The search',
    '',
    `The search of \`find_operations\` is measured on three lists of everyday phrasings: how often the right operation is first, and among the first five. Two of the lists are never used for tuning. Written before the first version: ${searchFigures('heldout')}. Written before the second ranking: ${searchFigures('unseen')}. Tuned on: ${searchFigures('tuning')}. The goal is 85 % and 97 %. Every operation is found first by its tool name, its operationId and its route in any spelling. An answer has at most 3 KB, whatever is asked: the best match as a function signature with descriptions and the members of its answer, the others shorter. One argument of a large operation is asked for by a dotted name, such as \`update_sign_in_exp.mfa\`. Up to 20 names are answered in one call, a line each where there is no space for more; names, dotted names and routes can be mixed.`,
    '',
    'Tokens are counted with cl100k over the JSON of the list. Clients that load tools on demand (Claude Code, Codex) pay only for what they load; there `all` is a good choice.',
    '',
    '## The terms of `--tools`',
    '',
    '`--tools` (or `LOGTO_MCP_TOOLS`) takes terms separated by commas or spaces:',
    '',
    '- `default`, `all`, `none`',
    `- a domain: ${Object.keys(catalog)
      .map((name) => `\`${name}\``)
      .join(', ')}`,
    '- the name of a tool, or a glob such as `list_*`',
    '- `!` before any of them excludes, and takes precedence. An excluded operation cannot be run through the runners either, so the agent cannot reach it. A selection with exclusions only starts from the default.',
    '',
    '`--read-only` (or `LOGTO_MCP_READ_ONLY=true`) excludes every operation that changes something, whatever `--tools` says.',
    '',
    'A name that matches nothing stops the start with the nearest names. The list never changes while the server runs.',
    '',
    '## Which to choose',
    '',
    '- **Asking about users, roles and logs from a desktop assistant:** the default; with `--read-only` if no change is wanted.',
    '- **A coding agent that provisions an API:** the default reaches everything it needs.',
    '- **A client that loads tools on demand:** `all`.',
    '- **A small model or a small context:** `none`.',
    '- **A job with one purpose:** its domain and related tools, for example `none,organizations,organization-roles,list_users`.',
    '',
    '## Tools without an operation',
    '',
    '- `whoami`: which tenant, live or sandbox, whether access works, what is listed and forbidden.',
    '- `find_operations` and the three runners, as above.',
    '- `collect_pages`: reads a list to its end in one call, keeps the items that meet conditions on any member (custom data too) and returns only the members that you name, or just a count.',
    '',
    '## The everyday tools',
    '',
    'Which operations are listed is decided by measurement: calls in the ten tasks above, calls in the [recipes](recipes.md), and phrasings of people that mean the operation (905 in the three lists of the search), against the tokens of each. An operation that no task and no recipe calls, and that few phrasings mean, is left to `find_operations`, where it costs one more call. So `list_resource_scopes` (306 tokens, 5 phrasings), `list_resources` (124, 4) and `delete_user_role` (99, 4) are not in the list; `update_application` (669, 11 phrasings, called by a task and two recipes) is. `delete_role` (91, 3) stays beside `delete_user`: clients that ask a person before a destructive tool know these by their annotations.',
    '',
    defaultTools.map((name) => `\`${name}\``).join(', '),
    '',
  ].join('\n');
}

function configuration(): string {
  return [
    '# Configuration',
    '',
    generated,
    '',
    'Everything is set in the environment of the server, which an MCP client sets in the `env` block of its entry, or on its command line. An empty variable counts as not set. A value that cannot be used, and an unknown name that begins with `LOGTO_MCP_`, stop the start with a message that says what to write instead. Other names that resemble a setting, such as `LOGTO_APPID`, are warned about. `node dist/main.js doctor` checks all of it, and the connection to Logto.',
    '',
    '| variable | | example |',
    '| --- | --- | --- |',
    ...settings.map(
      ({ name, description, example }) =>
        `| \`${name}\` | ${cell(description)} | ${example === '' ? '' : `\`${example}\``} |`,
    ),
    '',
    '| option | |',
    '| --- | --- |',
    ...flags.map((flag) => `| \`${formatFlag(flag)}\` | ${cell(describeFlag(flag))} |`),
    '',
    '## Which tenant',
    '',
    '| your Logto | set | resource indicator, derived |',
    '| --- | --- | --- |',
    '| Logto Cloud | `LOGTO_TENANT_ID=abc123` | `https://abc123.logto.app/api` |',
    '| Logto Cloud with a custom domain | both `LOGTO_TENANT_ID` and `LOGTO_ENDPOINT=https://auth.example.com` | `https://abc123.logto.app/api` |',
    '| self-hosted | `LOGTO_ENDPOINT=https://auth.example.com` | `https://default.logto.app/api` |',
    '',
    'The indicator names the Management API; it is not an address and is never called. A custom domain does not change it. `LOGTO_API_RESOURCE` overrides it if yours differs.',
    '',
    'With both a tenant id and an endpoint, the endpoint must be able to be a custom domain on Logto Cloud: https, the default port and a public name. Anything else is refused before the App secret is sent. Programs inherit the environment of the shell that starts them, and web applications use `LOGTO_ENDPOINT` too: set the variables that an entry does not need to an empty value there.',
    '',
    '## The policy',
    '',
    'A JSON file with any of these; [safety.md](safety.md) has an example. `profiles` contains sets of the same rules by name.',
    '',
    '| rule | |',
    '| --- | --- |',
    ...Object.entries(policySchema.shape).flatMap(([name, rule]) =>
      rule.description === undefined ? [] : [`| \`${name}\` | ${cell(rule.description)} |`],
    ),
    '',
  ].join('\n');
}

/** The JSON Schema of the policy, for editors. */
const policyJsonSchema = (): string =>
  `${JSON.stringify(z.toJSONSchema(policySchema, { io: 'input' }), null, 2)}\n`;

/** The JSON Schema of a manifest, for editors. */
const manifestJsonSchema = (): string => `${JSON.stringify(manifestSchema(catalog), null, 2)}\n`;

const readme = (): string => readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** Every page by its path from the root of the project. */
export const pages = (): ReadonlyMap<string, string> =>
  new Map([
    ['README.md', withNumbers(readme(), tools.length)],
    ['docs/tools.md', toolsPage()],
    ['docs/choosing-tools.md', choosingTools()],
    ['docs/recipes.md', recipesPage()],
    ['docs/configuration.md', configuration()],
    ['docs/support.md', supportPage()],
    ['docs/policy.schema.json', policyJsonSchema()],
    ['docs/manifest.schema.json', manifestJsonSchema()],
  ]);
