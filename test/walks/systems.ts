import type { Walk } from './walk.js';

export const systemsWalk: Walk = async (walker) => {
  await walker.refused(
    'get_system_application_config',
    {},
    { status: 501, code: 'application.protected_app_not_configured' },
  );
};
