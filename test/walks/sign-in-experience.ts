import { expect } from 'vitest';
import { tryUpload } from './user-assets.js';
import type { Walk } from './walk.js';

/** A zip archive of one empty file, `index.html`. */
const emptyArchive = Buffer.from(
  'UEsDBAoAAAAAAAAAIQAAAAAAAAAAAAAAAAAKAAAAaW5kZXguaHRtbFBLAQIUAAoAAAAAAAAAIQAAAAAAAAAAAAAAAAAKAAAAAAAAAAAAAAAAAAAAAABpbmRleC5odG1sUEsFBgAAAAABAAEAOAAAACgAAAAAAA==',
  'base64',
);

/** Settings that the walk changes and restores. */
const changed = [
  'branding',
  'color',
  'termsOfUseUrl',
  'passwordPolicy',
  'socialSignInConnectorTargets',
];

export const signInExperienceWalk: Walk = async (walker) => {
  const { result: before = {} } = await walker.call('get_sign_in_exp');
  const password = walker.name('Xk9$wq!mZ27p');
  try {
    // With replace_whole a nested setting is replaced as a whole.
    const color = { primaryColor: '#101010', isDarkModeEnabled: true, darkPrimaryColor: '#202020' };
    await walker.call('update_sign_in_exp', {
      color,
      branding: { logoUrl: 'https://a.example/l' },
    });
    const { result: branded } = await walker.call('update_sign_in_exp', {
      branding: { favicon: 'https://a.example/f.ico' },
      replace_whole: true,
    });
    expect(branded).toMatchObject({ color, branding: { favicon: 'https://a.example/f.ico' } });

    // A target without a connector is dropped silently.
    const { result: social } = await walker.call('update_sign_in_exp', {
      socialSignInConnectorTargets: ['nobody-has-this'],
    });
    expect(social).toMatchObject({ socialSignInConnectorTargets: [] });
    await walker.call('update_sign_in_exp', { termsOfUseUrl: 'https://a.example/terms' });
    const { result: cleared } = await walker.call('update_sign_in_exp', { termsOfUseUrl: null });
    expect(cleared).toMatchObject({ termsOfUseUrl: null });

    await walker.refused('update_sign_in_exp', {}, { kind: 'input' });
    // One member is enough, because the others are merged in; a whole setting needs all of them.
    const { result: recolored } = await walker.call('update_sign_in_exp', {
      color: { primaryColor: '#202030' },
    });
    expect(recolored).toMatchObject({ color: { ...color, primaryColor: '#202030' } });
    await walker.refused(
      'update_sign_in_exp',
      { color: { primaryColor: '#000000' }, replace_whole: true },
      { kind: 'input' },
    );
    await walker.refused(
      'update_sign_in_exp',
      { signUp: { identifiers: ['email'], password: true, verify: false } },
      { status: 400, code: 'sign_in_experiences.passwordless_requires_verify' },
    );
    await walker.refused(
      'update_sign_in_exp',
      { languageInfo: { autoDetect: true, fallbackLanguage: 'mt-MT' } },
      { status: 400, code: 'sign_in_experiences.unsupported_default_language' },
    );

    await walker.call('update_sign_in_exp', {
      passwordPolicy: { length: { min: 12 }, rejects: { pwned: false, userInfo: false } },
    });
    const { result: fits } = await walker.call('check_password_policy', { password });
    expect(fits).toEqual({ result: true });
    // A rejected password is an answer, not an error.
    const { result: fails } = await walker.call('check_password_policy', { password: 'abcdef' });
    expect(fails).toMatchObject({ result: false });
    expect(JSON.stringify(fails?.['issues'])).toContain('too_short');
  } finally {
    await walker.call('update_sign_in_exp', {
      ...Object.fromEntries(changed.map((name) => [name, before[name]])),
      replace_whole: true,
    });
  }
  const { result: conflicts } = await walker.call('get_username_case_conflicts', { limit: 5 });
  expect(conflicts).toMatchObject({ totalConflicts: expect.any(Number) });
  await tryUpload(walker, 'upload_custom_ui_assets', '.zip', emptyArchive);
};
