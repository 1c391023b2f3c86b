import { expect } from 'vitest';
import type { Walk } from './walk.js';

export const systemsWalk: Walk = async (walker) => {
  await walker.refused(
    'get_system_application_config',
    {},
    { status: 501, code: 'application.protected_app_not_configured' },
  );
  const tools = ['get_system_license', 'install_system_license'];
  const { code } = await walker
    .refused('get_system_license', {}, {})
    .catch(() => ({ code: 'installed' }));
  if (code === 'operation_not_served') {
    for (const tool of tools) {
      walker.skip(tool, 'this Logto does not have the operation yet');
    }
    return;
  }
  // A wrong key is refused and installs nothing.
  await walker.refused(
    'install_system_license',
    { license: 'wrong' },
    { status: 400, code: 'license.invalid_key' },
  );
  if (walker.place === 'sandbox') {
    await walker.call('install_system_license', { license: 'sandbox-key' });
    const { result } = await walker.call('get_system_license');
    expect(result).toMatchObject({ plan: 'sandbox', quota: { samlApplicationsLimit: null } });
    expect(JSON.stringify(result)).not.toContain('sandbox-key');
  }
};
