import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { tenantId } from '../entities.js';
import { signInExperience } from '../experience.js';
import { created, missing, noContent, ok, problem, refuse } from '../reply.js';
import { type Tenant, table } from '../tenant.js';
import { Rejected } from '../validation.js';

/** Texts by key, nested to any depth. */
export interface Texts {
  readonly [key: string]: string | Texts;
}

export interface CustomPhrase {
  readonly id: string;
  readonly tenantId: string;
  readonly languageTag: string;
  readonly translation: Texts;
}

const customPhrases = table<CustomPhrase>('custom_phrases');

/** The language tags that Logto knows. */
const languageTags = new Set(
  (
    'af-ZA am-ET ar ar-AR as-IN az-AZ be-BY bg-BG bn-IN br-FR bs-BA ca-ES cb-IQ co-FR cs cs-CZ cx-PH cy-GB ' +
    'da-DK de de-DE el-GR en en-GB en-US eo-EO es es-ES es-419 et-EE eu-ES fa-IR ff-NG fi fi-FI fo-FO fr fr-CA ' +
    'fr-FR fy-NL ga-IE gl-ES gn-PY gu-IN ha-NG he-IL hi-IN hr-HR ht-HT hu-HU hy-AM id-ID ik-US is-IS it it-IT ' +
    'iu-CA ja ja-JP ja-KS jv-ID ka-GE kk-KZ km-KH kn-IN ko ko-KR ku-TR ky-KG lo-LA lt-LT lv-LV mg-MG mk-MK ' +
    'ml-IN mn-MN mr-IN ms-MY mt-MT my-MM nb-NO ne-NP nl nl-BE nl-NL nn-NO or-IN pa-IN pl-PL ps-AF pt pt-BR ' +
    'pt-PT ro-RO ru ru-RU rw-RW sc-IT si-LK sk-SK sl-SI sn-ZW sq-AL sr-RS sv sv-SE sw-KE sy-SY sz-PL ta-IN ' +
    'te-IN tg-TJ th th-TH tl-PH tr tr-TR tt-RU tz-MA uk-UA ur-PK uz-UZ vi-VN zh zh-CN zh-HK zh-MO zh-TW zz-TR'
  ).split(' '),
);

/** The sections of Logto's phrases. The sandbox does not know their keys. */
const sections = [
  'input',
  'secondary',
  'action',
  'description',
  'error',
  'list',
  'mfa',
  'development_tenant',
  'user_scopes',
  'profile',
  'account_center',
  'passkey_sign_in',
] as const;

export type Section = (typeof sections)[number];

const isSection = (name: string): boolean => sections.some((section) => section === name);

/** The tag in the path. */
const tagOf = (call: Call): string => {
  const tag = pathValue(call, 'languageTag');
  if (!languageTags.has(tag)) {
    throw new Rejected(
      problem(400, {
        code: 'guard.invalid_input',
        message: 'The parameters of the request are invalid.',
        data: {
          name: 'ZodError',
          issues: [
            { code: 'custom', path: ['languageTag'], message: 'No language that Logto has' },
          ],
        },
        details: 'Error in key path "languageTag": (custom) No language that Logto has',
      }),
    );
  }
  return tag;
};

/** The custom texts of a language; undefined without any. */
export const phraseIn = (tenant: Tenant, languageTag: string): CustomPhrase | undefined =>
  tenant.table(customPhrases).find((row) => row.languageTag === languageTag);

/** Removes empty texts, and groups that are empty without them. */
const cleaned = (texts: Texts): Texts =>
  Object.fromEntries(
    Object.entries(texts)
      .map(([key, value]) => [key, typeof value === 'string' ? value : cleaned(value)] as const)
      .filter(([, value]) =>
        typeof value === 'string' ? value !== '' : Object.keys(value).length > 0,
      ),
  );

export const customPhraseBehaviours: Behaviours = {
  listCustomPhrases: (call) =>
    list(
      call,
      call.tenant
        .table(customPhrases)
        .all()
        .sort((a, b) => a.languageTag.localeCompare(b.languageTag)),
    ),

  getCustomPhrase(call) {
    const phrase = phraseIn(call.tenant, tagOf(call));
    if (phrase === undefined) {
      throw missing('entity.not_found', 'custom phrase');
    }
    return ok(phrase);
  },

  replaceCustomPhrase(call) {
    const { tenant } = call;
    const languageTag = tagOf(call);
    const translation = cleaned(call.body<Texts>());
    const unknown = Object.keys(translation).find((name) => !isSection(name));
    if (unknown !== undefined) {
      throw refuse(
        422,
        'localization.invalid_translation_structure',
        `There is no section ${unknown}; there are ${sections.join(', ')}.`,
      );
    }
    const rows = tenant.table(customPhrases);
    const existing = phraseIn(tenant, languageTag);
    return created(
      existing === undefined
        ? rows.insert({ tenantId, id: tenant.newId(), languageTag, translation })
        : rows.update(existing.id, { translation }),
    );
  },

  deleteCustomPhrase(call) {
    const { tenant } = call;
    const languageTag = tagOf(call);
    if (tenant.get(signInExperience).languageInfo.fallbackLanguage === languageTag) {
      throw refuse(
        409,
        'localization.cannot_delete_default_language',
        `${languageTag} is the fallback language.`,
      );
    }
    const phrase = phraseIn(tenant, languageTag);
    if (phrase === undefined) {
      throw missing('entity.not_found', 'custom phrase');
    }
    tenant.table(customPhrases).delete(phrase.id);
    return noContent();
  },
};
