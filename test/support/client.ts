/** A real MCP client on our server, in one process. */
import { Client, type ElicitResult, InMemoryTransport } from '@modelcontextprotocol/client';
import { catalog } from '../../src/catalog/index.js';
import { Guard } from '../../src/guard/guard.js';
import { defaultPolicy, type Policy } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { type JournalStore, memoryJournal } from '../../src/guard/undo/journal.js';
import { createSession, type Session, type SessionOptions } from '../../src/logto/session.js';
import type { Transport } from '../../src/logto/transport.js';
import { valueSources } from '../../src/manifest/value-sources.js';
import { compileTools } from '../../src/mcp/build-manifest.js';
import { confirmationsFor } from '../../src/mcp/operation-tools.js';
import { createRegistry, permittedNames, type RegistryOptions } from '../../src/mcp/registry.js';
import { type ServerOptions, serve, serverFactory } from '../../src/mcp/server.js';
import { builtInInputs } from '../../src/mcp/tools/index.js';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import type { Caller, Outcome } from '../walks/walk.js';

export const tools = compileTools(catalog);
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
  readonly surface?: Partial<RegistryOptions>;
  readonly policy?: Policy;
  readonly secrets?: Secrets;
  readonly lines?: JournalStore;
  readonly now?: () => number;
  /** Declares that the client can ask the person, and answers each question. */
  readonly elicit?: (message: string) => ElicitResult | Promise<ElicitResult>;
  /** Milliseconds that an answer to a question takes, by the clock of the server; default 5000. */
  readonly answerTakesMs?: number;
  readonly server?: Partial<ServerOptions>;
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

const compiledTools = new Map<string, typeof tools>();

/** The tools under a policy, of which some take a plan only where it asks. */
function toolsUnder(policy: Policy): typeof tools {
  if (policy.confirm === 'never' || policy.confirm === 'destructive') {
    return tools;
  }
  const key = JSON.stringify(policy.confirm);
  const compiled = compiledTools.get(key) ?? compileTools(catalog, confirmationsFor(policy));
  compiledTools.set(key, compiled);
  return compiled;
}

/** Connects a client to a server over `setup.fetch`. */
export async function connectClient(setup: Setup): Promise<Connected> {
  const session = createSession({ ...sandboxSettings, fetch: setup.fetch, ...setup.session });
  const secrets = setup.secrets ?? new Secrets(true, undefined);
  // Tests of everything but the guard use a guard that asks nothing and redacts nothing.
  const policy = setup.policy ?? defaultPolicy({ confirm: 'never' });
  // Which tools take a plan depends on the policy. Compiling is slow, so it is done only where that differs.
  const compiled = toolsUnder(policy);
  const guard = new Guard({
    session,
    load: async () => catalog,
    permitted: permittedNames(
      compiled,
      policy,
      setup.surface?.selection ?? 'all',
      setup.surface?.readOnly ?? false,
    ),
    policy,
    self: { ...sandboxSettings, ...setup.session },
    secrets,
    lines: setup.lines ?? memoryJournal(),
    ...(setup.now && { now: setup.now }),
  });
  const surface = createRegistry({
    tools: compiled,
    inputs,
    selection: 'all',
    readOnly: false,
    place: { kind: 'sandbox' },
    version: '0.0.0-test',
    guard,
    secrets,
    configuration: {
      load: async () => catalog,
      own: { ...sandboxSettings, ...setup.session },
      sources: valueSources({ variables: [], secrets: [], secretsFolder: undefined, env: {} }),
      folder: undefined,
    },
    ...setup.surface,
  });
  let waitedMs = 0;
  const factory = serverFactory({
    ...surface,
    now: () => Date.now() + waitedMs,
    version: '0.0.0-test',
    redact: (text) => session.redact(text),
    report: (error) => {
      throw error;
    },
    ...setup.server,
  });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const stop = serve(factory, () => {}, theirs);
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    {
      versionNegotiation: { mode: negotiation[setup.era ?? 'modern'] },
      ...(setup.elicit && { capabilities: { elicitation: { form: {} } } }),
    },
  );
  const { elicit, answerTakesMs = 5000 } = setup;
  if (elicit !== undefined) {
    client.setRequestHandler('elicitation/create', ({ params }) => {
      waitedMs += answerTakesMs;
      return elicit(params.message);
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
