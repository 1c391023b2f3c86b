import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { type Connected, connectSandbox, tools } from '../support/client.js';
import { walks } from './index.js';
import { type State, Walker } from './walk.js';

/** Refusals that no Logto gives: what only a running Logto can do, and what this server holds back by itself. */
const ownRefusals = new Set(['sandbox.not_available', 'upload_refused', 'invalid_arguments']);

describe('the sandbox', () => {
  let connected: Connected;
  let uploads: string;
  const states = new Map<string, { state: State; reason?: string }>();

  beforeAll(async () => {
    uploads = await mkdtemp(join(tmpdir(), 'logto-uploads-'));
    connected = await connectSandbox({ session: { uploadFolder: uploads } });
  });
  afterAll(async () => {
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
      expect(left, 'what could not be removed').toEqual([]);
    }
    const own = tools.filter((tool) => tool.domain === domain).map((tool) => tool.name);
    expect(
      own.filter((name) => !walker.states.has(name)),
      'operations that the walk leaves out',
    ).toEqual([]);
  });

  it('answers at least 265 operations as a plain Logto does: a success, or the refusal that Logto gives', () => {
    const asLogto = [...states].filter(
      ([, { state, reason }]) =>
        state === 'answered' || (state === 'refused as expected' && !ownRefusals.has(reason ?? '')),
    );
    expect(asLogto.length).toBeGreaterThanOrEqual(265);
  });
});
