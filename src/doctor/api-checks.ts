/** What the token lets us do: one read of each domain, and the catalog against what this Logto serves. */
import type { Outline } from '../catalog/operation.js';
import { catalogVersion } from '../catalog/version.js';
import type { Policy } from '../guard/policy/policy.js';
import { LogtoError } from '../logto/errors.js';
import { lackingIn, servedRoutes, unknownTo } from '../logto/openapi-routes.js';
import type { Session } from '../logto/session.js';
import type { Tool } from '../mcp/operation-tools.js';
import { documentEntries } from '../mcp/resources.js';
import type { ToolSelection } from '../mcp/tool-selection.js';
import { type Finding, fail, faultOf, ok, skipped, warn } from './runner.js';

/** A read that asks for as little as can be. */
export interface Asked {
  readonly tool: Tool;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The least that a read can be asked for; undefined when it needs to be told what to read. */
async function readWith(tool: Tool): Promise<Asked | undefined> {
  const { method, path, paging, query = {} } = tool.operation;
  if (method !== 'GET' || Object.keys(path).length > 0) {
    return undefined;
  }
  try {
    const { values } = await tool.check({
      ...(paging !== undefined && { page: 1, page_size: 1 }),
      // Counting a long log takes Logto longer than reading it.
      ...('enableCap' in query && { enableCap: true }),
    });
    return { tool, values };
  } catch (error) {
    if (error instanceof LogtoError) {
      return undefined;
    }
    throw error;
  }
}

/** The cheapest of a domain's reads: one of which Logto answers one entry rather than all of it. */
const cheapest = (reads: readonly Asked[]): Asked | undefined =>
  reads.find(({ tool }) => tool.operation.paging !== undefined) ?? reads[0];

export interface Plan {
  /** One for each domain. */
  readonly reads: readonly Asked[];
  /** Domains of which nothing can be read without the id of something. */
  readonly needIds: readonly string[];
  /** Domains whose reads the policy or the selection leaves out. */
  readonly leftOut: readonly string[];
}

/** Chooses the reads. */
export async function planReads(
  tools: readonly Tool[],
  { permitted }: ToolSelection,
): Promise<Plan> {
  const domains = [...new Set(tools.map(({ domain }) => domain))];
  const allowed = new Set(permitted.map(({ name }) => name));
  const all = await Promise.all(tools.map(readWith));
  const rows = domains.map((domain) => {
    const possible = all
      .filter((read) => read !== undefined)
      .filter(({ tool }) => tool.domain === domain);
    const read = cheapest(possible.filter(({ tool }) => allowed.has(tool.name)));
    return { domain, possible: possible.length > 0, read };
  });
  return {
    reads: rows.map(({ read }) => read).filter((read) => read !== undefined),
    needIds: rows.filter(({ possible }) => !possible).map(({ domain }) => domain),
    leftOut: rows
      .filter(({ possible, read }) => possible && read === undefined)
      .map(({ domain }) => domain),
  };
}

/** Milliseconds for one read, retries included. */
const patience = 30_000;

/** Milliseconds for the description of the API, which Logto makes anew for each who asks. */
const longPatience = 60_000;

/** Reads at the same time. */
const atOnce = 5;

interface Read extends Asked {
  readonly error?: LogtoError;
}

/** Sends one read. @returns the body, or why there is none */
async function sent(
  session: Session,
  operation: Outline,
  values: Asked['values'],
  milliseconds: number,
): Promise<{ readonly body?: unknown; readonly error?: LogtoError }> {
  const signal = AbortSignal.timeout(milliseconds);
  try {
    return { body: (await session.send(operation, values, signal)).body };
  } catch (error) {
    if (error instanceof LogtoError) {
      return { error };
    }
    if (signal.aborted) {
      const message = `${operation.url} was not answered within ${milliseconds / 1000} seconds.`;
      return { error: new LogtoError({ kind: 'unavailable', code: 'timeout', message }) };
    }
    throw error;
  }
}

const tryRead = async (session: Session, { tool, values }: Asked): Promise<Read> => {
  const { error } = await sent(session, tool.operation, values, patience);
  return { tool, values, ...(error !== undefined && { error }) };
};

/** A setting that was never made is an answer too (404), and so is a service that this Logto is not set up for (501). */
const answers = ({ error }: Read): boolean => {
  const { status, code } = error?.failure ?? {};
  return (
    error === undefined || (code?.includes('.') === true && (status === 404 || status === 501))
  );
};

const refusals = new Set([401, 403]);

/** Whether the Management API lets the token in, by the first of the reads. */
export async function checkAccess(session: Session, { reads }: Plan): Promise<Finding> {
  const [first] = reads;
  if (first === undefined) {
    return skipped('Not checked: no read is permitted that needs no id.');
  }
  const { error } = await tryRead(session, first);
  return error !== undefined && refusals.has(error.failure.status ?? 0)
    ? faultOf(error)
    : ok('The Management API lets the application in.');
}

const codeOf = ({ failure: { status, code } }: LogtoError): string =>
  [status, code].filter((one) => one !== undefined).join(' ');

/** An older Logto is no fault, and the check of the catalog names all that it lacks. */
const unserved = ({ error }: Read): boolean => error?.failure.code === 'operation_not_served';

function faultsIn({ tool, error }: Read): Finding[] {
  if (error === undefined) {
    return [];
  }
  const { message, hint } = error.failure;
  return [{ ...fail(`${tool.name}: ${message} (${codeOf(error)})`, hint), of: tool.domain }];
}

/** Domains that were not read, if there are any. */
const notRead = (of: string, why: string, domains: readonly string[]): Finding[] =>
  domains.length === 0
    ? []
    : [{ ...skipped(`Not checked, because ${why}: ${domains.join(', ')}.`), of }];

/** One read of each domain that is allowed. */
export async function checkReads(session: Session, plan: Plan): Promise<readonly Finding[]> {
  const left = [...plan.reads];
  const done: Read[] = [];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      done.push(await tryRead(session, next));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const reads = plan.reads.flatMap(({ tool }) => done.filter((read) => read.tool === tool));
  const domainsOf = (some: readonly Read[]) => some.map(({ tool }) => tool.domain);
  const well = domainsOf(reads.filter(answers));
  return [
    ...(well.length > 0
      ? [
          ok(
            `${well.length} domain${well.length === 1 ? '' : 's'} can be read: ${well.join(', ')}.`,
          ),
        ]
      : []),
    ...reads.filter((read) => !answers(read) && !unserved(read)).flatMap(faultsIn),
    ...notRead('not-served', 'this Logto does not serve them', domainsOf(reads.filter(unserved))),
    ...notRead('left-out', 'the settings leave them out', plan.leftOut),
    ...notRead('need-ids', 'nothing of theirs can be read without an id', plan.needIds),
  ];
}

/** Names that are shown; the rest is counted. */
const shown = 10;

const some = (names: readonly string[]): string =>
  names.length <= shown
    ? names.join(', ')
    : `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`;

/** The description of the Management API alone, and the older one, of all APIs together. */
const descriptions = ['/api/.well-known/management.openapi.json', '/api/swagger.json'] as const;

/** The routes in one of the documents; none when it cannot be had. */
async function routesIn(
  session: Session,
  entries: typeof documentEntries,
  url: string,
): Promise<ReadonlySet<string>> {
  const entry = entries.find(({ operation }) => operation.url === url);
  return entry === undefined
    ? new Set()
    : servedRoutes((await sent(session, entry.operation, {}, longPatience)).body);
}

/** What this Logto lacks of the catalog, and what it serves that the catalog does not know. */
export async function checkCatalog(
  session: Session,
  tools: readonly Tool[],
  policy: Policy,
): Promise<Finding> {
  const [ofManagement, ofAll] = descriptions;
  const entries = documentEntries.filter((entry) => policy.forbids(entry) === undefined);
  if (entries.length === 0) {
    return skipped('Not checked: the policy leaves the descriptions of the API out.');
  }
  const management = await routesIn(session, entries, ofManagement);
  const routes = management.size > 0 ? management : await routesIn(session, entries, ofAll);
  if (routes.size === 0) {
    return warn(
      'This Logto gives no description of its API, so it is not known what it lacks.',
      'Nothing has to be done: a call of something that it lacks says so.',
    );
  }
  const lacking = lackingIn(routes, tools).map(({ name }) => name);
  // The older document has the APIs of the sign-in page and of the account page too, which are none of the catalog's.
  const unknown = unknownTo(
    [...tools, ...documentEntries].map(({ operation }) => operation),
    management,
  );
  const beyond =
    unknown.length === 0
      ? ''
      : ` ${unknown.length} that it serves are not in the catalog: ${some(unknown)}.`;
  return lacking.length === 0
    ? ok(`It has all ${tools.length} operations of the catalog (Logto ${catalogVersion}).${beyond}`)
    : warn(
        `It lacks ${lacking.length} of the ${tools.length} operations of the catalog (Logto ${catalogVersion}): ${some(lacking)}.${beyond}`,
        // Seen on a plain Logto of the catalog's own version: what is not released yet is in its code and not served.
        'It is older than the catalog, or does not serve yet what is still being developed: upgrade Logto, or do without them.',
      );
}
