import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const wellKnownWalk: Walk = async (walker) => {
  const { result: plain } = await walker.call('get_well_known_experience');
  expect(plain).toHaveProperty('languageInfo.fallbackLanguage');
  expect(plain).toHaveProperty('forgotPassword.email');
  expect(plain).not.toHaveProperty('emailBlocklistPolicy');
  const { result: older } = await walker.call('get_sign_in_experience_config', {
    appId: 'nope',
    organizationId: 'nope',
  });
  expect(older).toEqual(plain);

  const organization = await walker.create(
    'create_organization',
    { name: walker.name('Riders'), branding: { logoUrl: 'https://img.example/riders.png' } },
    ({ id }) => ['delete_organization', { id }],
  );
  const { result: branded } = await walker.call('get_well_known_experience', {
    organizationId: textOf(organization),
  });
  expect(branded).toHaveProperty('branding.logoUrl', 'https://img.example/riders.png');

  const { result: phrases } = await walker.call('get_sign_in_experience_phrases', { lng: 'en' });
  expect(phrases).toHaveProperty('translation.input.username');
  const { result: center } = await walker.call('get_well_known_account_center');
  expect(center).toHaveProperty('enabled');
};
