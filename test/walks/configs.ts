import { expect } from 'vitest';
import { textOf, type Walk, type Walker } from './walk.js';

async function walkConsole(walker: Walker): Promise<void> {
  const { result: before } = await walker.call('get_admin_console_config');
  const changed = before?.['organizationCreated'] !== true;
  try {
    const { result } = await walker.call('update_admin_console_config', {
      organizationCreated: changed,
    });
    expect(result).toMatchObject({ ...before, organizationCreated: changed });
  } finally {
    await walker.call('update_admin_console_config', { organizationCreated: !changed });
  }
}

async function walkSession(walker: Walker): Promise<void> {
  const { result: before } = await walker.call('get_oidc_session_config');
  try {
    const { result } = await walker.call('update_oidc_session_config', { ttl: 86_400 });
    expect(result).toMatchObject({ ttl: 86_400 });
  } finally {
    await walker.call('update_oidc_session_config', { ttl: before?.['ttl'] ?? 1_209_600 });
  }
}

async function walkKeys(walker: Walker): Promise<void> {
  const { items: signing = [] } = await walker.call('get_oidc_keys', { keyType: 'private-keys' });
  expect(signing).toEqual(expect.arrayContaining([expect.objectContaining({ status: 'Current' })]));
  const current = signing.find((key) => key['status'] === 'Current');
  await walker.refused(
    'delete_oidc_key',
    { keyType: 'private-keys', keyId: textOf(current) },
    { status: 422 },
  );
  await walker.refused('get_oidc_keys', { keyType: 'other-keys' }, { kind: 'input' });
  await walker.refused(
    'rotate_oidc_keys',
    { keyType: 'cookie-keys', rotationGracePeriod: 1 },
    { status: 422, code: 'oidc.invalid_request' },
  );
  // Logto keeps two cookie keys. With two, a rotation would drop the older one, so the walk skips it. With one, the walk
  // rotates and removes only the key that it created.
  const { items: before = [] } = await walker.call('get_oidc_keys', { keyType: 'cookie-keys' });
  if (before.length === 1) {
    const { items: rotated = [] } = await walker.call('rotate_oidc_keys', {
      keyType: 'cookie-keys',
    });
    const created = { keyType: 'cookie-keys', keyId: textOf(rotated[0]) };
    const removed = walker.addCleanup('delete_oidc_key', created);
    expect(rotated).toHaveLength(2);
    expect(rotated[1]).toMatchObject({ id: before[0]?.id });
    await walker.call('delete_oidc_key', created);
    removed();
    const { items: after } = await walker.call('get_oidc_keys', { keyType: 'cookie-keys' });
    expect(after).toEqual(before);
  } else {
    for (const tool of ['rotate_oidc_keys', 'delete_oidc_key']) {
      walker.skip(tool, 'the tenant has two cookie keys, and a rotation would lose the older one');
    }
  }
  if (walker.place === 'sandbox') {
    const { items: now = [] } = await walker.call('rotate_oidc_keys', {
      keyType: 'private-keys',
      signingKeyAlgorithm: 'RSA',
      rotationGracePeriod: 0,
    });
    expect(now).toMatchObject([
      { status: 'Current', signingKeyAlgorithm: 'RSA' },
      { id: current?.id, status: 'Previous' },
    ]);
    await walker.refused(
      'delete_oidc_key',
      { keyType: 'private-keys', keyId: textOf(now[0]) },
      { status: 422, code: 'oidc.only_previous_key_can_be_deleted' },
    );
    await walker.refused(
      'delete_oidc_key',
      { keyType: 'private-keys', keyId: 'nope' },
      { status: 404, code: 'oidc.key_not_found' },
    );
    await walker.call('delete_oidc_key', { keyType: 'private-keys', keyId: textOf(current) });
    const { items: pending = [] } = await walker.call('rotate_oidc_keys', {
      keyType: 'private-keys',
      rotationGracePeriod: 60,
    });
    expect(pending).toMatchObject([
      { status: 'Next', effectiveAt: expect.stringMatching(/Z$/) },
      {},
    ]);
    await walker.refused(
      'rotate_oidc_keys',
      { keyType: 'private-keys' },
      { status: 422, code: 'oidc.invalid_request' },
    );
  }
}

/** Scripts are tried only where the tenant has none, because a walk must not replace existing ones. */
async function walkCustomizers(walker: Walker): Promise<void> {
  const script =
    'const getCustomJwtClaims = async ({ environmentVariables }) => ({ who: environmentVariables?.WHO });';
  const { items: present = [] } = await walker.call('list_jwt_customizers');
  if (present.some((script) => script['key'] === 'jwt.accessToken')) {
    for (const tool of [
      'get_jwt_customizer',
      'upsert_jwt_customizer',
      'update_jwt_customizer',
      'delete_jwt_customizer',
    ]) {
      walker.skip(tool, 'the tenant already has that script');
    }
  } else {
    const path = { tokenTypePath: 'access-token' };
    await walker.refused('get_jwt_customizer', path, { status: 404 });
    await walker.refused('delete_jwt_customizer', path, { status: 404, code: 'entity.not_found' });
    await walker.create(
      'upsert_jwt_customizer',
      { ...path, script, environmentVariables: { WHO: 'world' } },
      () => ['delete_jwt_customizer', path],
    );
    const { result: merged } = await walker.call('update_jwt_customizer', {
      ...path,
      script,
      blockIssuanceOnError: false,
    });
    expect(merged).toMatchObject({ environmentVariables: { WHO: 'world' } });
    const { result: replaced } = await walker.call('upsert_jwt_customizer', { ...path, script });
    expect(replaced).toEqual({ script });
    expect((await walker.call('get_jwt_customizer', path)).result).toEqual({ script });
    expect(await walker.call('delete_jwt_customizer', path)).toMatchObject({ done: true });
  }
  const test = {
    tokenType: 'client-credentials',
    script,
    environmentVariables: { WHO: 'test' },
    token: {},
    context: {},
  };
  if (walker.place === 'sandbox') {
    await walker.refused('test_jwt_customizer', { test }, { code: 'sandbox.not_available' });
  } else {
    expect((await walker.call('test_jwt_customizer', { test })).result).toEqual({ who: 'test' });
  }
}

async function walkActions(walker: Walker): Promise<void> {
  const script = 'const runAction = async ({ event }) => ({ seen: event });';
  const path = { actionType: 'action.postSignIn' };
  const tools = [
    'list_actions',
    'get_action',
    'upsert_action',
    'update_action',
    'delete_action',
    'test_action',
  ];
  if (!(await walker.serves('list_actions', {}, tools))) {
    return;
  }
  const { items: present = [] } = await walker.call('list_actions');
  if (present.some((script) => script['key'] === path.actionType)) {
    for (const tool of ['get_action', 'upsert_action', 'update_action', 'delete_action']) {
      walker.skip(tool, 'the tenant already has that script');
    }
  } else {
    await walker.create('upsert_action', { ...path, script, enabled: false }, () => [
      'delete_action',
      path,
    ]);
    const { result: merged } = await walker.call('update_action', {
      ...path,
      environmentVariables: { WHO: 'z' },
    });
    expect(merged).toMatchObject({ script, enabled: false, environmentVariables: { WHO: 'z' } });
    expect((await walker.call('get_action', path)).result).toMatchObject({ script });
    expect(await walker.call('delete_action', path)).toMatchObject({ done: true });
    await walker.refused('get_action', path, { status: 404 });
  }
  const test = { ...path, script, event: { user: { id: 'x' } } };
  if (walker.place === 'sandbox') {
    await walker.refused('test_action', test, { code: 'sandbox.not_available' });
  } else {
    expect((await walker.call('test_action', test)).result).toEqual({ seen: test.event });
  }
}

export const configsWalk: Walk = async (walker) => {
  await walkConsole(walker);
  await walkSession(walker);
  await walkKeys(walker);
  await walkCustomizers(walker);
  await walkActions(walker);

  const { result: claims } = await walker.call('get_id_token_config');
  try {
    const expected = { enabledExtendedClaims: ['custom_data'] };
    expect((await walker.call('upsert_id_token_config', expected)).result).toEqual(expected);
  } finally {
    // A missing list differs from an empty one.
    await walker.call('upsert_id_token_config', { ...claims });
  }

  if (await walker.serves('get_cimd_config', {}, ['get_cimd_config', 'update_cimd_config'])) {
    const { result: cimd } = await walker.call('get_cimd_config');
    const { result: same } = await walker.call('update_cimd_config', {
      enabled: cimd?.['enabled'] === true,
    });
    expect(same).toEqual(cimd);
  }
};
