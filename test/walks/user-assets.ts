import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const userAssetsWalk: Walk = async (walker) => {
  const { result } = await walker.call('get_user_asset_service_status');
  expect(['ready', 'not_configured']).toContain(textOf(result, 'status'));
  // What follows is refused here, before it reaches a tenant.
  walker.cannot('create_user_asset', 'needs a file to upload, and a storage provider');
  await walker.refused(
    'create_user_asset',
    { file: '../../etc/passwd.png' },
    { code: 'upload_refused' },
  );
};
