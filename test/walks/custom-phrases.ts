import { expect } from 'vitest';
import { memberOf } from '../../src/json.js';
import type { Walk } from './walk.js';

/** Languages that few tenants have custom texts for. */
const candidates = ['sz-PL', 'ik-US', 'zz-TR', 'cx-PH'];

export const customPhrasesWalk: Walk = async (walker) => {
  const { items = [] } = await walker.call('list_custom_phrases');
  const languageTag = candidates.find((tag) => items.every((item) => item['languageTag'] !== tag));
  if (languageTag === undefined) {
    for (const tool of ['get_custom_phrase', 'replace_custom_phrase', 'delete_custom_phrase']) {
      walker.skip(tool, 'the tenant has texts in every language that the walk can use');
    }
    return;
  }
  await walker.refused('get_custom_phrase', { languageTag }, { status: 404 });
  const replace = async (translation: object, more: object = {}) =>
    (
      await walker.create('replace_custom_phrase', { languageTag, translation, ...more }, () => [
        'delete_custom_phrase',
        { languageTag },
      ])
    )['translation'];

  expect(await replace({ input: { username: 'Login' }, action: { sign_in: 'Enter' } })).toEqual({
    input: { username: 'Login' },
    action: { sign_in: 'Enter' },
  });
  // Merged into the current texts by default; empty texts are dropped.
  expect(await replace({ input: { username: 'Name', password: '' } })).toEqual({
    input: { username: 'Name' },
    action: { sign_in: 'Enter' },
  });
  expect(await replace({ input: { username: 'Name' } }, { replace_whole: true })).toEqual({
    input: { username: 'Name' },
  });
  const { result: read } = await walker.call('get_custom_phrase', { languageTag });
  expect(read).toMatchObject({ languageTag, translation: { input: { username: 'Name' } } });
  const { result: shown } = await walker.call('get_sign_in_experience_phrases', {
    lng: languageTag,
  });
  expect(shown).toHaveProperty('translation.input.username', 'Name');

  await walker.refused(
    'replace_custom_phrase',
    { languageTag, translation: { no_such_section: { key: 'text' } } },
    { status: 422, code: 'localization.invalid_translation_structure' },
  );
  await walker.refused(
    'replace_custom_phrase',
    { languageTag: 'xx-XX', translation: {} },
    { status: 400, code: 'guard.invalid_input' },
  );
  const { result: experience } = await walker.call('get_well_known_experience');
  await walker.refused(
    'delete_custom_phrase',
    { languageTag: memberOf(experience?.['languageInfo'], 'fallbackLanguage') },
    { status: 409, code: 'localization.cannot_delete_default_language' },
  );
  await walker.call('delete_custom_phrase', { languageTag });
  await walker.refused('delete_custom_phrase', { languageTag }, { status: 404 });
};
