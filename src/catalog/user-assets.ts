import * as z from 'zod';
import { domain, operation } from './operation.js';

export const userAssets = domain({
  title: 'User assets',
  about:
    'Images for logos, icons and avatars. The archive of a custom sign-in page is in the sign-in experience domain.',
  operations: {
    getUserAssetServiceStatus: operation('GET /api/user-assets/service-status', {
      summary: 'Tell whether Logto can store uploads, which file types it takes and how large.',
    }),
    createUserAsset: operation('POST /api/user-assets', {
      summary: 'Upload an image and get its public URL, to set as a logo, an icon or an avatar.',
      encoding: 'multipart',
      uploads: 'picture',
      body: {
        file: z
          .string()
          .min(1)
          .describe(
            'path of the file inside the folder that the operator allowed, LOGTO_UPLOAD_DIR',
          ),
      },
      reaches: 'it makes the file public at the storage provider',
      needs: 'a storage provider, see get_user_asset_service_status',
      risk: [
        { risk: 'irreversible', because: 'no operation deletes an upload' },
        { risk: 'egress', because: 'the file becomes public' },
      ],
    }),
  },
});
