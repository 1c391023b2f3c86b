/** A start lists from the manifest alone, and loads what runs with the first call: both must offer the same. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { Guard } from '../../src/guard/guard.js';
import { defaultPolicy, type Policy } from '../../src/guard/policy/policy.js';
import { readPolicy } from '../../src/guard/policy/policy-file.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { memoryJournal } from '../../src/guard/undo/journal.js';
import { LogtoError } from '../../src/logto/errors.js';
import { createSession } from '../../src/logto/session.js';
import { deferRegistry } from '../../src/mcp/deferred-registry.js';
import {
  listingFor,
  offeredBuiltIns,
  permittedNames,
  selectionFor,
} from '../../src/mcp/listing.js';
import { confirmationsFor, toolsOf } from '../../src/mcp/operation-tools.js';
import { createRegistry } from '../../src/mcp/registry.js';
import type { CallContext } from '../../src/mcp/tool-call.js';
import { toolManifest } from '../../src/mcp/tool-manifest.js';
import { builtInInputs } from '../../src/mcp/tools/index.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';

const { operations, builtIns } = toolManifest;
const inputs = builtInInputs();

const tenant = { kind: 'sandbox' } as const;

/** Both registries of one configuration, and how often the loaded one was built. */
function registriesFor(policy: Policy, selected: string, readOnly: boolean) {
  const tools = toolsOf(operations, async () => catalog, confirmationsFor(policy));
  const selection = selectionFor(tools, policy, selected, readOnly);
  const secrets = new Secrets(false, undefined);
  const loaded = createRegistry({
    tools,
    inputs,
    selection: selected,
    readOnly,
    tenant,
    version: '0.0.0-test',
    guard: new Guard({
      session: createSession({ ...sandboxSettings, fetch: createSandbox().fetch }),
      load: async () => catalog,
      permitted: permittedNames(tools, policy, selected, readOnly),
      policy,
      self: sandboxSettings,
      secrets,
      lines: memoryJournal(),
    }),
    secrets,
    configuration: {
      load: async () => catalog,
      own: sandboxSettings,
      sources: { variable: () => undefined, secret: () => undefined },
      folder: undefined,
    },
  });
  let builds = 0;
  const listing = listingFor({
    selection,
    builtIns: offeredBuiltIns(builtIns, selection),
    policy,
    readOnly,
    tenant,
  });
  const deferred = deferRegistry(listing, selection, 'auto', async () => {
    builds += 1;
    return loaded;
  });
  return { loaded, deferred, builds: () => builds };
}

const context: CallContext = {
  signal: new AbortController().signal,
  client: 'test',
  confirmVia: 'plan',
  answer: undefined,
  progress: () => {},
};

const policyFrom = (rules: object): Policy =>
  readPolicy(
    JSON.stringify(rules),
    undefined,
    toolsOf(operations, async () => catalog),
  );

const policies: readonly (readonly [name: string, policy: () => Policy])[] = [
  ['no policy', () => defaultPolicy()],
  ['confirm never', () => policyFrom({ confirm: 'never' })],
  ['confirm all-writes', () => policyFrom({ confirm: 'all-writes' })],
  ['confirm one risk', () => policyFrom({ confirm: ['credential'] })],
  ['read_only', () => policyFrom({ read_only: true })],
  ['no removals', () => policyFrom({ deny: ['removes', 'irreversible', 'destructive'] })],
  ['additions alone', () => policyFrom({ allow: ['adds'] })],
  ['no documents', () => policyFrom({ deny: ['documents'] })],
];

const configurations: readonly (readonly [selection: string, readOnly: boolean])[] = [
  ['default', false],
  ['default', true],
  ['all', false],
  ['script', false],
  ['users,roles !run_destructive_operation !delete_*', false],
];

describe.each(policies)('under %s', (_, policyOf) => {
  const policy = policyOf();

  it.each(configurations)(
    'a start with "%s" (read-only: %s) shows what the loaded registry has',
    async (selected, readOnly) => {
      const { loaded, deferred, builds } = registriesFor(policy, selected, readOnly);
      expect(deferred.callables.map(({ listing }) => listing)).toEqual(
        loaded.callables.map(({ listing }) => listing),
      );
      expect(
        deferred.resources.map(({ uri, name, description }) => [uri, name, description]),
      ).toEqual(loaded.resources.map(({ uri, name, description }) => [uri, name, description]));
      expect(await deferred.prompts.list()).toEqual(await loaded.prompts.list());
      expect(deferred.instructions).toBe(loaded.instructions);
      expect(builds()).toBe(0);
    },
  );
});

it('is loaded once, by the first calls', async () => {
  const { deferred, builds } = registriesFor(defaultPolicy(), 'default', false);
  const list = deferred.callables.find(({ listing }) => listing.name === 'list_roles');
  const answers = await Promise.all([list?.run({}, context), list?.run({}, context)]);
  expect(answers.map((answer) => answer?.items?.length)).toEqual(
    [2, 2].map(() => expect.any(Number)),
  );
  expect(builds()).toBe(1);
});

it('reads resources and names unlisted tools as the loaded registry does', async () => {
  const { deferred, loaded } = registriesFor(defaultPolicy(), 'default', false);
  const [resource] = deferred.resources;
  await expect(resource?.read(context)).resolves.toHaveProperty('openapi');
  const error = await deferred.unlisted('list_hooks');
  expect(error).toBeInstanceOf(LogtoError);
  expect(error).toEqual(await loaded.unlisted('list_hooks'));
});
