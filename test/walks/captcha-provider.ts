import { expect } from 'vitest';
import type { Walk } from './walk.js';

export const captchaProviderWalk: Walk = async (walker) => {
  const absent = await walker
    .refused('get_captcha_provider', {}, { status: 404, code: 'entity.not_found' })
    .then(
      () => true,
      () => false,
    );
  if (!absent) {
    await walker.call('get_captcha_provider');
    for (const tool of ['update_captcha_provider', 'delete_captcha_provider']) {
      walker.skip(tool, 'the tenant has a captcha provider, whose secret could not be restored');
    }
    return;
  }
  const { result: settings } = await walker.call('get_sign_in_exp');
  try {
    const turnstile = { type: 'Turnstile', siteKey: 'site', secretKey: 'none' };
    const first = await walker.create('update_captcha_provider', { config: turnstile }, () => [
      'delete_captcha_provider',
      {},
    ]);
    expect(first).toMatchObject({ config: { type: 'Turnstile', siteKey: 'site' } });
    const { result: second } = await walker.call('update_captcha_provider', {
      config: {
        type: 'RecaptchaEnterprise',
        siteKey: 'site',
        secretKey: 'none',
        projectId: 'northwind',
        mode: 'checkbox',
      },
    });
    expect(second).toMatchObject({ id: first.id, config: { projectId: 'northwind' } });
    const { result: read } = await walker.call('get_captcha_provider');
    expect(read).toMatchObject({ id: first.id, config: { type: 'RecaptchaEnterprise' } });
    await walker.refused(
      'update_captcha_provider',
      { config: { type: 'Turnstile', siteKey: 'site' } },
      { kind: 'input' },
    );
    expect(await walker.call('delete_captcha_provider')).toMatchObject({ done: true });
    // Deleting a missing provider succeeds too, and a deletion switches captcha off.
    await walker.call('delete_captcha_provider');
    const { result: after } = await walker.call('get_sign_in_exp');
    expect(after?.['captchaPolicy']).toEqual({ enabled: false });
  } finally {
    await walker.call('update_sign_in_exp', {
      captchaPolicy: settings?.['captchaPolicy'],
      replace_whole: true,
    });
  }
};
