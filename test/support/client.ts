/** A real MCP client on our server, in one process. */
import {
  Client,
  type ClientCapabilities,
  type ElicitResult,
  InMemoryTransport,
} from '@modelcontextprotocol/client';
import { catalog } from '../../src/catalog/index.js';
import { Guard } from '../../src/guard/guard.js';
import { defaultPolicy, type Policy } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { type JournalStore, memoryJournal } from '../../src/guard/undo/journal.js';
import { checkedSession } from '../../src/logto/served-check.js';
import {
  createServedDocument,
  type ServedDocumentOptions,
  unreadDocument,
} from '../../src/logto/served-document.js';
import { createSession, type Session, type SessionOptions } from '../../src/logto/session.js';
import type { Transport } from '../../src/logto/transport.js';
import { valueSources } from '../../src/manifest/value-sources.js';
import { buildManifest } from '../../src/mcp/build-manifest.js';
import { permittedNames, selectionFor } from '../../src/mcp/listing.js';
import { confirmationsFor, defaultConfirmations, toolsOf } from '../../src/mcp/operation-tools.js';
import { createRegistry, type RegistryOptions } from '../../src/mcp/registry.js';
import { deniesDocuments } from '../../src/mcp/resources.js';
import { newerPartsIn, ServedCatalog } from '../../src/mcp/served/served-catalog.js';
import { type ServerOptions, serveMcp, serverFactory } from '../../src/mcp/server.js';
import { builtInInputs } from '../../src/mcp/tools/index.js';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import type { Caller, Outcome } from '../walks/walk.js';

export const manifest = buildManifest(catalog);

export const tools = toolsOf(manifest, async () => catalog);
const inputs = builtInInputs();

export type Era = 'legacy' | 'modern';

/** `legacy` opens with the 2025 handshake, `modern` with the 2026-07-28 discovery. */
const negotiation = { legacy: 'legacy', modern: 'auto' } as const;

export interface Connected {
  readonly client: Client;
  readonly session: Session;
  readonly call: Caller;
  close(): Promise<void>;
}

export interface Setup {
  readonly fetch: Transport;
  readonly era?: Era;
  readonly session?: Partial<SessionOptions>;
  readonly registry?: Partial<RegistryOptions>;
  readonly policy?: Policy;
  readonly secrets?: Secrets;
  readonly lines?: JournalStore;
  readonly now?: () => number;
  /** What the client declares beside asking. */
  readonly capabilities?: ClientCapabilities;
  /** Declares that the client can ask the person, and answers each question. */
  readonly elicit?: (message: string, form: unknown) => ElicitResult | Promise<ElicitResult>;
  /** Milliseconds that an answer to a question takes, by the clock of the server; default 5000. */
  readonly answerTakesMs?: number;
  readonly server?: Partial<ServerOptions>;
  /** How the document of the running Logto is read; `false` for a server that does not read it. */
  readonly served?: Partial<ServedDocumentOptions> | false;
}

/** Reads the structured content of a result. @throws Error when the text differs from it */
export function outcomeOf(result: Awaited<ReturnType<Client['callTool']>>): Outcome {
  const { structuredContent, content, isError } = result;
  const [first] = content;
  if (content.length !== 1 || first?.type !== 'text') {
    throw new Error(`A result has one text, not ${JSON.stringify(content)}`);
  }
  if (JSON.stringify(structuredContent) !== first.text) {
    throw new Error('The text of a result differs from its structured content.');
  }
  const value: unknown = JSON.parse(first.text);
  return isError === true
    ? { ok: false, ...(value as { error: Extract<Outcome, { ok: false }>['error'] }) }
    : { ok: true, answer: value as Extract<Outcome, { ok: true }>['answer'] };
}

/** Connects a client to a server over `setup.fetch`. */
export async function connectClient(setup: Setup): Promise<Connected> {
  const own = createSession({ ...sandboxSettings, fetch: setup.fetch, ...setup.session });
  const secrets = setup.secrets ?? new Secrets(true, undefined);
  // Tests of everything but the guard use a guard that asks nothing and redacts nothing.
  const policy = setup.policy ?? defaultPolicy({ confirm: 'never' });
  const confirms = policy.confirm === 'never' ? defaultConfirmations : confirmationsFor(policy);
  const { selection = 'all', readOnly = false } = setup.registry ?? {};
  const endpoint = setup.session?.endpoint ?? sandboxSettings.endpoint;
  const document = deniesDocuments(policy)
    ? unreadDocument('the policy of this server excludes the OpenAPI documents')
    : createServedDocument({ endpoint, fetch: setup.fetch, ...setup.served });
  const served =
    setup.served === false
      ? undefined
      : new ServedCatalog({
          document,
          load: async () => catalog,
          manifest,
          builtIn: Object.keys(inputs),
          confirms,
          permits: (tool) =>
            policy.forbids(tool) === undefined &&
            selectionFor(tools, policy, selection, readOnly).permitsServed(tool),
        });
  const session =
    served === undefined ? own : checkedSession(own, document, newerPartsIn(manifest));
  const compiled = toolsOf(manifest, async () => catalog, confirms, served);
  const guard = new Guard({
    session,
    readSession: own,
    load: served?.load ?? (async () => catalog),
    permitted: permittedNames(compiled, policy, selection, readOnly),
    ...(served && { permitsServed: served.permitsServed }),
    policy,
    self: { ...sandboxSettings, ...setup.session },
    secrets,
    lines: setup.lines ?? memoryJournal(),
    ...(setup.now && { now: setup.now }),
  });
  const registry = createRegistry({
    tools: compiled,
    inputs,
    selection: 'all',
    readOnly: false,
    tenant: { kind: 'sandbox' },
    version: '0.0.0-test',
    guard,
    secrets,
    served,
    configuration: {
      load: async () => catalog,
      own: { ...sandboxSettings, ...setup.session },
      sources: valueSources({ variables: [], secrets: [], secretsFolder: undefined, env: {} }),
      folder: undefined,
    },
    ...setup.registry,
  });
  let waitedMs = 0;
  const factory = serverFactory({
    ...registry,
    now: () => Date.now() + waitedMs,
    version: '0.0.0-test',
    redact: (text) => session.redact(text),
    report: (error) => {
      throw error;
    },
    ...setup.server,
  });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const stop = serveMcp(factory, () => {}, theirs);
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    {
      versionNegotiation: { mode: negotiation[setup.era ?? 'modern'] },
      capabilities: {
        ...setup.capabilities,
        ...(setup.elicit && { elicitation: { form: {} } }),
      },
    },
  );
  const { elicit, answerTakesMs = 5000 } = setup;
  if (elicit !== undefined) {
    client.setRequestHandler('elicitation/create', ({ params }) => {
      waitedMs += answerTakesMs;
      return elicit(
        params.message,
        'requestedSchema' in params ? params.requestedSchema : undefined,
      );
    });
  }
  await client.connect(ours);
  return {
    client,
    session,
    call: async (tool, values) =>
      outcomeOf(await client.callTool({ name: tool, arguments: { ...values } })),
    close: async () => {
      await client.close();
      await stop();
    },
  };
}

/** Connects a client to a server over a new sandbox. */
export async function connectSandbox(
  options: SandboxOptions & Omit<Setup, 'fetch'> = {},
): Promise<Connected & { readonly sandbox: Sandbox }> {
  const sandbox = createSandbox(options);
  return { ...(await connectClient({ ...options, fetch: sandbox.fetch })), sandbox };
}

/** Calls a tool that must succeed. @returns its answer */
export async function succeed(
  call: Connected['call'],
  tool: string,
  values: Readonly<Record<string, unknown>>,
): Promise<Extract<Outcome, { ok: true }>['answer']> {
  const outcome = await call(tool, values);
  if (!outcome.ok) {
    throw new Error(`${tool} ${JSON.stringify(values)} answered ${JSON.stringify(outcome.error)}`);
  }
  return outcome.answer;
}
