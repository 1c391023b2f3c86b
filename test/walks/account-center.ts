import { expect } from 'vitest';
import type { Walk } from './walk.js';

export const accountCenterWalk: Walk = async (walker) => {
  const { result: before = {} } = await walker.call('get_account_center_settings');
  try {
    const { result: first } = await walker.call('update_account_center_settings', {
      enabled: true,
      fields: { name: 'Edit', email: 'ReadOnly' },
      webauthnRelatedOrigins: ['https://a.example', 'https://a.example'],
      deleteAccountUrl: 'https://a.example/delete',
    });
    expect(first).toMatchObject({
      enabled: true,
      fields: { name: 'Edit', email: 'ReadOnly' },
      webauthnRelatedOrigins: ['https://a.example'],
    });
    const { result: second } = await walker.call('update_account_center_settings', {
      fields: { phone: 'Off' },
      replace_whole: true,
      deleteAccountUrl: null,
    });
    // The fields are replaced as a whole.
    expect(second?.['fields']).toEqual({ phone: 'Off' });
    expect(second).toMatchObject({ enabled: true, deleteAccountUrl: null });
    await walker.refused('update_account_center_settings', {}, { kind: 'input' });
    await walker.refused(
      'update_account_center_settings',
      { fields: { phone: 'Hidden' } },
      { kind: 'input' },
    );
  } finally {
    const { enabled, fields, webauthnRelatedOrigins, deleteAccountUrl } = before;
    await walker.call('update_account_center_settings', {
      enabled,
      fields,
      webauthnRelatedOrigins,
      deleteAccountUrl,
      replace_whole: true,
    });
  }
};
