import * as z from 'zod';
import { naming } from './entities.js';
import { domain, operation, whole } from './operation.js';

/** Logto knows some 110 tags and refuses others with 400; a list of them in three tools would cost 1,800 tokens. */
const languageTag = naming(
  z.string().min(1).describe('one of the tags Logto knows, e.g. en, fr-CA, zh-CN'),
  'custom phrase',
  'name',
);

const texts = z.record(z.string(), z.string());

/** Sections, and in them as many levels of keys as Logto's own phrases have. Recursion would need a `$ref`. */
const Translation = z
  .record(
    z.string(),
    z.record(z.string(), z.union([z.string(), z.record(z.string(), z.union([z.string(), texts]))])),
  )
  .describe(
    'texts by section and key, as under translation in get_sign_in_experience_phrases, e.g. {"input": {"username": "Login"}}; empty texts are dropped',
  );

export const customPhrases = domain({
  title: 'Custom phrases',
  about:
    "Texts of the sign-in page that override Logto's, by language. Texts of e-mails are e-mail templates.",
  operations: {
    listCustomPhrases: operation('GET /api/custom-phrases', {
      longMembers: ['translation'],
      summary: 'List the custom texts of the sign-in page, one entry for each language.',
    }),
    getCustomPhrase: operation('GET /api/custom-phrases/{languageTag}', {
      summary:
        'Get the custom sign-in texts of one language; all texts in use are in get_sign_in_experience_phrases.',
      path: { languageTag },
    }),
    replaceCustomPhrase: operation('PUT /api/custom-phrases/{languageTag}', {
      summary: 'Set custom sign-in texts of one language.',
      notes: 'Sections and keys that Logto does not have are refused (422).',
      path: { languageTag },
      body: whole('translation', Translation),
      replaces: ['translation'],
      risk: 'none',
    }),
    deleteCustomPhrase: operation('DELETE /api/custom-phrases/{languageTag}', {
      summary:
        'Delete the custom sign-in texts of one language, and the language itself if Logto has none.',
      notes:
        'Refused (409) for the fallback language: change languageInfo in update_sign_in_exp first.',
      path: { languageTag },
      risk: [{ risk: 'destructive', because: 'the texts of the language will be deleted' }],
      cascades: [],
    }),
  },
});
