import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { operation } from '../../src/catalog/operation.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { type Connected, connectClient, tools } from '../support/client.js';
import { type GuardWatch, watchGuard } from '../support/guard-watch.js';
import { walks } from './index.js';
import { type State, Walker } from './walk.js';

const getStatus = operation('GET /api/status', { summary: 'Check that Logto is up.' });

/** Refusals that Logto does not give: of the sandbox for what needs a running Logto, and of our server. */
const ownRefusals = new Set(['sandbox.not_available', 'upload_refused', 'invalid_arguments']);

describe('the sandbox', () => {
  let connected: Connected;
  let uploads: string;
  let watch: GuardWatch;
  const states = new Map<string, { state: State; reason?: string }>();

  beforeAll(async () => {
    uploads = await mkdtemp(join(tmpdir(), 'logto-uploads-'));
    watch = watchGuard(createSandbox().fetch);
    connected = await connectClient({ fetch: watch.fetch, session: { uploadFolder: uploads } });
  });
  afterAll(async () => {
    watch.restore();
    await connected.close();
    await rm(uploads, { recursive: true });
  });

  it('has a walk for each domain of the catalog', () => {
    expect(Object.keys(walks).sort()).toEqual(Object.keys(catalog).sort());
  });

  it.each(Object.entries(walks))('answers the walk through %s', async (domain, walk) => {
    const walker = new Walker(connected.call, 'sandbox', uploads);
    try {
      await walk(walker);
    } finally {
      const left = await walker.cleanUp();
      for (const [tool, outcome] of walker.states) {
        if (states.get(tool)?.state !== 'answered') {
          states.set(tool, outcome);
        }
      }
      expect(left, 'not removed').toEqual([]);
    }
    const ofDomain = tools.filter((tool) => tool.domain === domain).map((tool) => tool.name);
    expect(
      ofDomain.filter((name) => !walker.states.has(name)),
      'operations that the walk does not call',
    ).toEqual([]);
  });

  it('is reached through the guard alone', async () => {
    expect(watch.inside()).toBeGreaterThan(tools.length);
    expect(watch.outside).toEqual([]);
    // A request without the guard is noticed.
    await connected.session.send(getStatus, {}, AbortSignal.timeout(10_000));
    expect(watch.outside).toEqual(['GET /api/status']);
  });

  it('answers at least 265 operations as Logto does: with success or with the refusal that Logto gives', () => {
    const asLogto = [...states].filter(
      ([, { state, reason }]) =>
        state === 'answered' || (state === 'refused as expected' && !ownRefusals.has(reason ?? '')),
    );
    expect(asLogto.length).toBeGreaterThanOrEqual(265);
  });
});
