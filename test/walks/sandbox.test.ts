import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { type Connected, connectSandbox, tools } from '../support/client.js';
import { walks } from './index.js';
import { Walker } from './walk.js';

describe('the sandbox', () => {
  let connected: Connected;

  beforeAll(async () => {
    connected = await connectSandbox();
  });
  afterAll(() => connected.close());

  it('has a walk for each domain of the catalog', () => {
    expect(Object.keys(walks).sort()).toEqual(Object.keys(catalog).sort());
  });

  it.each(Object.entries(walks))('answers the walk through %s', async (domain, walk) => {
    const walker = new Walker(connected.call, 'sandbox');
    try {
      await walk(walker);
    } finally {
      await walker.cleanUp();
    }
    const own = tools.filter((tool) => tool.domain === domain).map((tool) => tool.name);
    expect(
      own.filter((name) => !walker.states.has(name)),
      'operations that the walk leaves out',
    ).toEqual([]);
  });
});
