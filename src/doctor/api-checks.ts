/** What the token allows: one read of each domain, and the catalog compared with what this Logto serves. */
import type { Outline } from '../catalog/operation.js';
import { BASE_RELEASE, CATALOG_RELEASE, NEXT_RELEASE } from '../catalog/release-names.js';
import type { Policy } from '../guard/policy/policy.js';
import { LogtoError } from '../logto/errors.js';
import { lackingIn, servedRoutes, unknownTo } from '../logto/openapi-routes.js';
import { reduceDocument, ServedFacts } from '../logto/served-facts.js';
import { servedReleaseOf } from '../logto/served-release.js';
import { DocumentTooLarge } from '../logto/served-schema.js';
import type { Session } from '../logto/session.js';
import type { Tool } from '../mcp/operation-tools.js';
import { documentEntries } from '../mcp/resources.js';
import type { ToolSelection } from '../mcp/tool-selection.js';
import { type Finding, fail, faultOf, passed, skipped, warn } from './runner.js';

/** A read with the smallest result. */
export interface MinimalRead {
  readonly tool: Tool;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The smallest read of an operation; undefined when it needs an id or another argument. */
async function minimalRead(tool: Tool): Promise<MinimalRead | undefined> {
  const { method, path, paging, query = {} } = tool.operation;
  if (method !== 'GET' || Object.keys(path).length > 0) {
    return undefined;
  }
  try {
    const { values } = await tool.check({
      ...(paging !== undefined && { page: 1, page_size: 1 }),
      // Logto needs longer to count a long log than to read it.
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

/** The cheapest read of a domain: a paged one, of which Logto returns one entry. */
const cheapest = (reads: readonly MinimalRead[]): MinimalRead | undefined =>
  reads.find(({ tool }) => tool.operation.paging !== undefined) ?? reads[0];

export interface ReadPlan {
  /** One for each domain. */
  readonly reads: readonly MinimalRead[];
  /** Domains whose reads all need an id. */
  readonly needIds: readonly string[];
  /** Domains whose reads the policy or the selection excludes. */
  readonly excluded: readonly string[];
}

/** Chooses one read for each domain. */
export async function planReads(
  tools: readonly Tool[],
  { permitted }: ToolSelection,
): Promise<ReadPlan> {
  const domains = [...new Set(tools.map(({ domain }) => domain))];
  const allowed = new Set(permitted.map(({ name }) => name));
  const all = await Promise.all(tools.map(minimalRead));
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
    excluded: rows
      .filter(({ possible, read }) => possible && read === undefined)
      .map(({ domain }) => domain),
  };
}

/** Milliseconds for one read, retries included. */
const READ_TIMEOUT_MS = 30_000;

/** Milliseconds for the OpenAPI document, which Logto generates for each request. */
const DOCUMENT_TIMEOUT_MS = 60_000;

/** Reads at the same time. */
const MAX_CONCURRENT_READS = 5;

interface ReadResult extends MinimalRead {
  readonly error?: LogtoError;
}

/** Sends one read. @returns the body, or the error */
async function send(
  session: Session,
  operation: Outline,
  values: MinimalRead['values'],
  timeoutMs: number,
): Promise<{ readonly body?: unknown; readonly error?: LogtoError }> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return { body: (await session.send(operation, values, signal)).body };
  } catch (error) {
    if (error instanceof LogtoError) {
      return { error };
    }
    if (signal.aborted) {
      const message = `${operation.url} was not answered within ${timeoutMs / 1000} seconds.`;
      return { error: new LogtoError({ kind: 'unavailable', code: 'timeout', message }) };
    }
    throw error;
  }
}

const tryRead = async (session: Session, { tool, values }: MinimalRead): Promise<ReadResult> => {
  const { error } = await send(session, tool.operation, values, READ_TIMEOUT_MS);
  return { tool, values, ...(error !== undefined && { error }) };
};

/**
 * Whether the read works. A setting that was never created (404) and a service that is not set up (501) are answers too.
 */
const isAnswered = ({ error }: ReadResult): boolean => {
  const { status, code } = error?.failure ?? {};
  return (
    error === undefined || (code?.includes('.') === true && (status === 404 || status === 501))
  );
};

const refusals = new Set([401, 403]);

/** Whether the Management API accepts the token, by the first of the reads. */
export async function checkAccess(session: Session, { reads }: ReadPlan): Promise<Finding> {
  const [first] = reads;
  if (first === undefined) {
    return skipped('Skipped: no read without an id is permitted.');
  }
  const { error } = await tryRead(session, first);
  return error !== undefined && refusals.has(error.failure.status ?? 0)
    ? faultOf(error)
    : passed('The Management API accepts the application.');
}

const codeOf = ({ failure: { status, code } }: LogtoError): string =>
  [status, code].filter((part) => part !== undefined).join(' ');

/** An older Logto is no fault; the check of the catalog names the operations that it lacks. */
const isUnserved = ({ error }: ReadResult): boolean =>
  error?.failure.code === 'operation_not_served';

function faultsIn({ tool, error }: ReadResult): Finding[] {
  if (error === undefined) {
    return [];
  }
  const { message, hint } = error.failure;
  return [{ ...fail(`${tool.name}: ${message} (${codeOf(error)})`, hint), item: tool.domain }];
}

/** One finding for domains that were not read; none without such domains. */
const notRead = (item: string, reason: string, domains: readonly string[]): Finding[] =>
  domains.length === 0
    ? []
    : [{ ...skipped(`Skipped, because ${reason}: ${domains.join(', ')}.`), item }];

/** Runs the reads of the plan. */
export async function checkReads(session: Session, plan: ReadPlan): Promise<readonly Finding[]> {
  const pending = [...plan.reads];
  const done: ReadResult[] = [];
  const work = async (): Promise<void> => {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      done.push(await tryRead(session, next));
    }
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_READS }, work));
  const reads = plan.reads.flatMap(({ tool }) => done.filter((read) => read.tool === tool));
  const domainsOf = (results: readonly ReadResult[]) => results.map(({ tool }) => tool.domain);
  const answered = domainsOf(reads.filter(isAnswered));
  return [
    ...(answered.length > 0
      ? [
          passed(
            `${answered.length} domain${answered.length === 1 ? '' : 's'} can be read: ${answered.join(', ')}.`,
          ),
        ]
      : []),
    ...reads.filter((read) => !isAnswered(read) && !isUnserved(read)).flatMap(faultsIn),
    ...notRead('not-served', 'this Logto does not serve them', domainsOf(reads.filter(isUnserved))),
    ...notRead('left-out', 'the settings exclude them', plan.excluded),
    ...notRead('need-ids', 'all their reads need an id', plan.needIds),
  ];
}

/** Names in one list; further ones are counted. */
const MAX_NAMES = 10;

const listOf = (names: readonly string[]): string =>
  names.length <= MAX_NAMES
    ? names.join(', ')
    : `${names.slice(0, MAX_NAMES).join(', ')} and ${names.length - MAX_NAMES} more`;

/** The OpenAPI document of the Management API, and the older one of all APIs together. */
const documentPaths = ['/api/.well-known/management.openapi.json', '/api/swagger.json'] as const;

/** One of the documents; undefined when it cannot be read. */
async function documentAt(
  session: Session,
  entries: typeof documentEntries,
  url: string,
): Promise<unknown> {
  const entry = entries.find(({ operation }) => operation.url === url);
  return entry && (await send(session, entry.operation, {}, DOCUMENT_TIMEOUT_MS)).body;
}

/**
 * Which release a document looks like, as a sentence, with the marks that were looked for; empty if it cannot be
 * recognised.
 */
function describeRelease(
  document: unknown,
  tools: readonly Tool[],
): { readonly sentence: string; readonly details: readonly string[] } {
  try {
    const report = servedReleaseOf(
      new ServedFacts(reduceDocument(document)),
      tools.map(({ name, newer: features }) => ({ name, features })),
      [],
    );
    const development =
      report.development.length === 0
        ? ''
        : ` Development features are on: ${listOf(report.development)}.`;
    const release = report.release ?? `${BASE_RELEASE} or older`;
    return {
      sentence: `It looks like ${/^\d/.test(release) ? `Logto ${release}` : release}.${development} `,
      details: report.marks,
    };
  } catch (error) {
    if (error instanceof DocumentTooLarge) {
      return { sentence: '', details: [] };
    }
    throw error;
  }
}

/** Operations of the catalog that this Logto lacks, and routes that it serves beyond the catalog. */
export async function checkCatalog(
  session: Session,
  tools: readonly Tool[],
  policy: Policy,
): Promise<Finding> {
  const [managementPath, allPath] = documentPaths;
  const entries = documentEntries.filter((entry) => policy.forbids(entry) === undefined);
  if (entries.length === 0) {
    return skipped('Skipped: the policy excludes the OpenAPI documents.');
  }
  const document = await documentAt(session, entries, managementPath);
  const management = servedRoutes(document);
  const routes =
    management.size > 0 ? management : servedRoutes(await documentAt(session, entries, allPath));
  if (routes.size === 0) {
    return warn(
      'This Logto serves no OpenAPI document, so it is not known what it lacks.',
      'Nothing has to be done: a call of an operation that it lacks says so.',
    );
  }
  // An operation that no release has yet is not counted: its absence is no reason to upgrade.
  const released = tools.filter(({ operation }) => operation.since !== NEXT_RELEASE);
  const missing = lackingIn(routes, released).map(({ name }) => name);
  const { sentence, details } =
    management.size === 0 ? { sentence: '', details: [] } : describeRelease(document, tools);
  const unreleased = tools.filter(({ operation }) => operation.since === NEXT_RELEASE);
  const later = lackingIn(routes, unreleased).length;
  const laterSentence =
    later === 0
      ? ''
      : ` ${later} ${later === 1 ? 'operation of this program belongs' : 'operations of this program belong'} to a later release.`;
  // The older document also has the APIs of the sign-in page and the account page, which the catalog leaves out.
  const unknown = unknownTo(
    [...tools, ...documentEntries].map(({ operation }) => operation),
    management,
  );
  const beyond =
    unknown.length === 0
      ? ''
      : ` ${unknown.length} that it serves are not in the catalog: ${listOf(unknown)}.`;
  const finding =
    missing.length === 0
      ? passed(
          `${sentence}It has all ${released.length} operations of this program up to Logto ${CATALOG_RELEASE}.${laterSentence}${beyond}`,
        )
      : warn(
          `${sentence}It lacks ${missing.length} of the ${released.length} operations of the catalog (Logto ${CATALOG_RELEASE}): ${listOf(missing)}.${laterSentence}${beyond}`,
          // Seen on a plain Logto of the catalog's own version: unreleased operations are in its code, but not served.
          'It is older than the catalog, or does not serve operations that are still in development: upgrade Logto, or do without them.',
        );
  return { ...finding, details };
}
