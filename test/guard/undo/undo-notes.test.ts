/** The notes of an undo state what this change leaves, and nothing that concerns other calls of the same operation. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { bodyNames, OperationGraph } from '../../../src/guard/operation-graph.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { type Connected, connectSandbox, succeed } from '../../support/client.js';
import { mailer } from '../../support/mailer.js';

let connected: Connected;
beforeEach(async () => {
  connected = await connectSandbox();
});
afterEach(() => connected.close());

/** The notes of the undo of the last change. */
async function undoNotes(): Promise<string> {
  const { items = [] } = await succeed(connected.call, 'list_changes', { limit: 1 });
  const { notes = [] } = await succeed(connected.call, 'undo_change', { change: items[0]?.id });
  return notes.join(' ');
}

describe('the undo of an invitation', () => {
  const invitation = (invitee: string, messagePayload: unknown) => ({
    organizationId: 'alpine-rentals',
    invitee,
    expiresAt: Date.now() + 1e8,
    ...(messagePayload !== undefined && { messagePayload }),
  });

  it.each([[undefined], [false]])(
    'without an e-mail does not mention one: messagePayload %s',
    async (payload) => {
      await succeed(
        connected.call,
        'create_organization_invitation',
        invitation('a@example.com', payload),
      );
      expect(await undoNotes()).not.toMatch(/e-mail|Not undone|Not restored/);
    },
  );

  it('with an e-mail says that it cannot be recalled, without a condition', async () => {
    await succeed(connected.call, 'create_connector', mailer);
    await succeed(
      connected.call,
      'create_organization_invitation',
      invitation('b@example.com', { code: '1' }),
    );
    const notes = await undoNotes();
    expect(notes).toContain(
      'Not undone: it sends an e-mail. What has been sent cannot be recalled.',
    );
    expect(notes).toContain('Not restored: an e-mail sent cannot be called back.');
    expect(notes).not.toContain(' if ');
  });
});

describe('the undo of a new connector', () => {
  const displaced = 'Not restored: an e-mail or SMS connector deletes the one in its place.';

  it('that displaced none does not mention a displaced one', async () => {
    const { items = [] } = await succeed(connected.call, 'list_connectors', {});
    for (const { id } of items.filter(({ type }) => type === 'Email')) {
      await succeed(connected.call, 'delete_connector', { id });
    }
    await succeed(connected.call, 'create_connector', mailer);
    expect(await undoNotes()).not.toContain('Not restored');
  });

  it('that displaced another says so, and the journal shows which', async () => {
    await succeed(connected.call, 'create_connector', mailer);
    await succeed(connected.call, 'create_connector', mailer);
    const { items = [] } = await succeed(connected.call, 'list_changes', { limit: 1 });
    const { result } = await succeed(connected.call, 'list_changes', { change: items[0]?.id });
    expect(result?.['before']).toMatchObject([{ connectorId: mailer.connectorId }]);
    expect(await undoNotes()).toContain(displaced);
  });
});

describe('an effect outside the tenant', () => {
  const graph = new OperationGraph(catalog);
  const reaching = graph.operations.filter(({ operation }) => operation.reaches !== undefined);

  it('is a clause without a condition; the condition is a separate fact', () => {
    expect(reaching.length).toBeGreaterThan(5);
    for (const { name, operation } of graph.operations) {
      expect(operation.reaches ?? '', name).not.toMatch(/ if | when | unless /);
      if (operation.reachesIf !== undefined) {
        expect(operation.reaches, name).toBeDefined();
        expect(bodyNames(operation), name).toContain(operation.reachesIf);
      }
    }
  });

  it('is only in the previews of calls that have it', async () => {
    await connected.close();
    connected = await connectSandbox({ policy: defaultPolicy({ confirm: 'all-writes' }) });
    const preview = async (config: object | undefined) => {
      const { result } = await succeed(connected.call, 'create_sso_connector', {
        providerName: 'OIDC',
        connectorName: 'New',
        ...(config && { config }),
      });
      return result?.['preview'];
    };
    const clause = { reaches: 'it fetches the address of the provider' };
    expect(await preview({ issuer: 'https://id.example.com' })).toMatchObject(clause);
    expect(await preview(undefined)).not.toHaveProperty('reaches');
  });
});
