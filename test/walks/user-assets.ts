import { expect } from 'vitest';
import { textOf, type Walk, type Walker } from './walk.js';

/** A picture of one pixel. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Tries an upload only where Logto refuses it: with storage the file could not be removed again. */
export async function tryUpload(
  walker: Walker,
  tool: string,
  ending: string,
  bytes: Uint8Array,
): Promise<void> {
  const { result } = await walker.call('get_user_asset_service_status');
  const status = textOf(result, 'status');
  expect(['ready', 'not_configured']).toContain(status);
  if (status === 'ready') {
    walker.skip(tool, 'the tenant has storage, and no operation removes an uploaded file again');
    return;
  }
  await walker.refused(
    tool,
    { file: await walker.file(ending, bytes) },
    { status: 400, code: 'storage.not_configured' },
  );
}

export const userAssetsWalk: Walk = async (walker) => {
  await tryUpload(walker, 'create_user_asset', '.png', dot);
  await walker.refused(
    'create_user_asset',
    { file: '../../etc/passwd.png' },
    { code: 'upload_refused' },
  );
};
