/** Every cascade of every removal is checked for protected entities, or has a reason why it concerns none. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import type { Cascade } from '../../../src/catalog/write-facts.js';
import { changeOf } from '../../../src/guard/changes/index.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import type { Sandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, connectSandbox, succeed } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const PART = 'a part of what is deleted, which nothing else has';
const OF_ITSELF = 'it ends by itself, and is granted anew at the next sign-in';
const TEMPLATE = 'it names organization roles, scopes or SSO connectors, which no policy protects';
const RULE = 'a rule of the deleted application: those that it names keep everything else';

/** Why a cascade concerns nothing that a policy can protect. */
const withoutProtected: Readonly<Record<string, string>> = {
  user_social_identities: PART,
  user_sso_identities: PART,
  user_mfa_verifications: PART,
  user_personal_access_tokens: PART,
  user_trusted_devices: PART,
  provider_tokens: PART,
  tokens: OF_ITSELF,
  user_sessions: OF_ITSELF,
  user_grants: OF_ITSELF,
  user_consents: OF_ITSELF,
  signed_tokens_and_cookies: OF_ITSELF,
  role_scopes: PART,
  resource_scopes: PART,
  application_secrets: PART,
  application_access_rules: RULE,
  application_user_consent_scopes: PART,
  application_sign_in_experiences: PART,
  protected_app_custom_domains: PART,
  saml_application_secrets: PART,
  organization_jit_email_domains: PART,
  organization_jit_roles: TEMPLATE,
  organization_jit_sso_connectors: TEMPLATE,
  organization_roles: TEMPLATE,
  organization_role_scopes: TEMPLATE,
  organization_role_resource_scopes: TEMPLATE,
  sign_in_targets: 'the sign-in page, which no policy protects',
  sso_connector_signing_keys: PART,
  domain_verification_files: PART,
  domains: 'domains, which no policy protects',
  email_templates: 'the templates that the call names',
  logs: 'the audit log, which no policy protects',
  identifiers: 'the addresses that the call names',
};

const graph = new OperationGraph(catalog);
const deletions = graph.operations.filter(
  (entry) => entry.operation.effect !== 'reads' && changeOf(entry, graph).deletes,
);

const isChecked = ({ kind, holders = [], ...row }: Cascade): boolean =>
  kind !== undefined || holders.length > 0 || row.names !== undefined;

describe('a cascade of the catalog', () => {
  it('is checked for protected entities, or has a reason', () => {
    expect(deletions.length).toBeGreaterThan(25);
    for (const { name, operation } of deletions) {
      for (const row of operation.cascades ?? []) {
        expect(
          isChecked(row) || Object.hasOwn(withoutProtected, row.label),
          `the cascade ${row.label} of ${name} has a kind, holders or names, or a row in withoutProtected of this file`,
        ).toBe(true);
      }
    }
  });

  it('of named entities has a list that is read as a whole', () => {
    const rows = deletions.flatMap(({ operation }) => operation.cascades ?? []);
    const named = rows.flatMap((row) => ('among' in row && row.names ? [row.among] : []));
    expect(named.length).toBeGreaterThan(2);
    for (const key of named) {
      expect(graph.keyed(key).operation.paging, key).toBeUndefined();
    }
    // `names` has no effect on any other kind of row.
    expect(rows.filter((row) => row.names !== undefined && !('among' in row))).toEqual([]);
  });
});

let free: Connected & { readonly sandbox: Sandbox };
let guarded: Connected | undefined;
beforeEach(async () => {
  free = await connectSandbox();
});
afterEach(async () => {
  await guarded?.close();
  await free.close();
});

async function under(protect: object, fetch = free.sandbox.fetch): Promise<Connected['call']> {
  await guarded?.close();
  guarded = await connectClient({ fetch, policy: defaultPolicy({ confirm: 'never', protect }) });
  return guarded.call;
}

const refusedFor = (term: string) => ({
  ok: false,
  error: { code: 'forbidden_by_policy', message: expect.stringContaining(`protect: ${term}`) },
});

async function userNamed(username: string, more: object = {}): Promise<string> {
  const created = await succeed(free.call, 'create_user', { username, ...more });
  return String(created.result?.id);
}

describe('a connector', () => {
  it('that a protected user signs in with is not deleted; one of other users is', async () => {
    const { items = [] } = await succeed(free.call, 'list_connectors', {});
    const social = items.find(({ type }) => type === 'Social');
    const [linked, other] = [await userNamed('linked'), await userNamed('other')];
    await succeed(free.call, 'replace_user_identity', {
      id: linked,
      target: social?.['target'],
      userId: 'x',
    });
    const forLinked = await under({ users: [linked] });
    expect(await forLinked('delete_connector', { id: social?.id })).toMatchObject(
      refusedFor('users'),
    );
    const forOther = await under({ users: [other] });
    expect(await forOther('delete_connector', { id: social?.id })).toMatchObject({ ok: true });
  });
});

describe('an SSO connector', () => {
  const create = async (): Promise<string> => {
    const created = await succeed(free.call, 'create_sso_connector', {
      providerName: 'OIDC',
      connectorName: 'Counted',
    });
    return String(created.result?.id);
  };

  it.each([
    ['that a protected user is linked through is not deleted', true],
    ['that a protected user is not linked through is deleted', false],
  ])('%s', async (_, isLinked) => {
    const [id, userId] = [await create(), await userNamed('sso')];
    const identity = { ssoConnectorId: isLinked ? id : 'another', identityId: 'x' };
    const call = await under({ users: [userId] }, async (url, init) =>
      new URL(url).pathname.endsWith(`/users/${userId}/all-identities`)
        ? answerOf(200, JSON.stringify({ ssoIdentities: [{ ssoIdentity: identity }] }), {
            'content-type': 'application/json',
          })
        : free.sandbox.fetch(url, init),
    );
    expect(await call('delete_sso_connector', { id })).toMatchObject(
      isLinked ? refusedFor('users') : { ok: true },
    );
  });

  it('by which people join a protected organization is not deleted', async () => {
    const id = await create();
    await succeed(free.call, 'create_organization_jit_sso_connector', {
      id: 'alpine-rentals',
      ssoConnectorIds: [id],
    });
    const call = await under({ organizations: ['alpine-rentals'] });
    expect(await call('delete_sso_connector', { id })).toMatchObject(refusedFor('organizations'));
    await succeed(free.call, 'delete_organization_jit_sso_connector', {
      id: 'alpine-rentals',
      ssoConnectorId: id,
    });
    expect(await call('delete_sso_connector', { id })).toMatchObject({ ok: true });
  });
});

describe('an invitation that is deleted with something else', () => {
  const invite = (more: object) =>
    succeed(free.call, 'create_organization_invitation', {
      organizationId: 'alpine-rentals',
      invitee: 'someone@example.com',
      expiresAt: Date.now() + 1e8,
      ...more,
    });

  it('protects its organization from the deletion of the user who sent it', async () => {
    const inviterId = await userNamed('inviter');
    await invite({ inviterId });
    const call = await under({ organizations: ['alpine-rentals'] });
    expect(await call('delete_user', { userId: inviterId })).toMatchObject(
      refusedFor('organizations'),
    );
    expect(await call('delete_user', { userId: await userNamed('bystander') })).toMatchObject({
      ok: true,
    });
  });

  it('protects its organization from the deletion of the role that it gives', async () => {
    const role = await succeed(free.call, 'create_organization_role', { name: 'Offered' });
    const other = await succeed(free.call, 'create_organization_role', { name: 'Spare' });
    await invite({ organizationRoleIds: [role.result?.id] });
    const call = await under({ organizations: ['alpine-rentals'] });
    expect(await call('delete_organization_role', { id: role.result?.id })).toMatchObject(
      refusedFor('organizations'),
    );
    expect(await call('delete_organization_role', { id: other.result?.id })).toMatchObject({
      ok: true,
    });
  });

  it.each([
    ['the user who sent it', 'inviterId'],
    ['the user who is invited', 'invitee'],
  ])('protects %s from the deletion of the organization', async (_, member) => {
    const created = await succeed(free.call, 'create_organization', { name: 'Short-lived' });
    const userId = await userNamed('concerned', { primaryEmail: 'concerned@example.com' });
    const id = created.result?.id;
    await invite({
      organizationId: id,
      ...(member === 'invitee' ? { invitee: 'Concerned@example.com' } : { inviterId: userId }),
    });
    const call = await under({ users: [userId] });
    expect(await call('delete_organization', { id })).toMatchObject(refusedFor('users'));
    const spare = await succeed(free.call, 'create_organization', { name: 'Spare' });
    expect(await call('delete_organization', { id: spare.result?.id })).toMatchObject({ ok: true });
  });
});
