import * as z from 'zod';
import { isObject } from '../json.js';
import { fullUrl } from './fields.js';
import { domain, operation } from './operation.js';
import { openEnum, since } from './releases.js';
import { addressChangedWithKeptSecrets, lowers, newHost, overwrites } from './risk-rules.js';

/** Types of captcha, each with the members that it takes beside `type`, `siteKey` and `secretKey`. */
const FORMS = {
  Turnstile: { required: [], optional: [] },
  RecaptchaEnterprise: {
    required: ['projectId'],
    optional: ['domain', 'mode', 'scoreThreshold'],
  },
  Cap: { required: ['endpoint'], optional: [] },
  Geetest: { required: [], optional: [] },
} as const;

const CaptchaType = openEnum(['Turnstile', 'RecaptchaEnterprise'], {
  '1.44': ['Cap'],
  '1.46': ['Geetest'],
});

const keys = { siteKey: z.string(), secretKey: z.string() };

const scoreThreshold = since('1.44', z.number().min(0).max(1));

/** All settings, which a first call and `replace_whole` must send. */
const Config = z.union([
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('Turnstile'), ...keys }),
    z.strictObject({
      type: z.literal('RecaptchaEnterprise'),
      ...keys,
      projectId: z.string(),
      domain: z.string().optional(),
      mode: z.enum(['invisible', 'checkbox']).optional(),
      scoreThreshold: scoreThreshold.optional(),
    }),
    z.strictObject({ type: z.literal('Cap'), ...keys, endpoint: fullUrl }),
    z.strictObject({ type: z.literal('Geetest'), ...keys }),
  ]),
  // A type that this catalog does not know; Logto decides what it needs.
  z
    .looseObject({ type: CaptchaType.refine((type) => !Object.hasOwn(FORMS, type)) })
    .meta({ undocumented: true }),
]);

/** For an update, which is merged into the current value. */
const ChangedConfig = z.strictObject({
  type: CaptchaType.optional(),
  siteKey: z.string().optional().describe('Geetest: captcha id'),
  secretKey: z
    .string()
    .optional()
    .describe('from the provider; for RecaptchaEnterprise its API key'),
  projectId: z.string().optional().describe('Google Cloud project; only RecaptchaEnterprise'),
  domain: z
    .string()
    .optional()
    .describe('where to load the script from, e.g. recaptcha.net; only RecaptchaEnterprise'),
  mode: z.enum(['invisible', 'checkbox']).optional().describe('only RecaptchaEnterprise'),
  scoreThreshold: scoreThreshold
    .optional()
    .describe('0 to 1, default 0.5; only RecaptchaEnterprise, invisible'),
  endpoint: since('1.44', fullUrl).optional().describe('full URL of Cap Standalone; only Cap'),
});

/** Why a type cannot have these members, as a sentence without its full stop; undefined for an unknown type. */
function foreignMembers(config: Readonly<Record<string, unknown>>): string | undefined {
  const type = Object.keys(FORMS).find((name) => name === config['type']);
  const forms = Object.entries(FORMS);
  const form = forms.find(([name]) => name === type)?.[1];
  if (type === undefined || form === undefined) {
    return undefined;
  }
  const allowed: readonly string[] = [...form.required, ...form.optional];
  const foreign = Object.keys(config).flatMap((name) => {
    const owners = forms
      .filter(([, { required, optional }]) => [...required, ...optional].some((n) => n === name))
      .map(([owner]) => `type "${owner}"`);
    return owners.length > 0 && !allowed.includes(name)
      ? [`"${name}" inside config is for ${owners.join(' or ')} only`]
      : [];
  });
  const accepted = ['type', 'siteKey', 'secretKey', ...allowed].join(', ');
  return foreign.length > 0
    ? `${foreign.join('; ')}; with type "${type}" it takes: ${accepted}`
    : undefined;
}

export const captchaProvider = domain({
  title: 'Captcha provider',
  about:
    'The one captcha provider of the tenant. Whether sign-in asks for a captcha is captchaPolicy of the sign-in experience.',
  operations: {
    getCaptchaProvider: operation('GET /api/captcha-provider', {
      summary: 'Get the captcha provider of the tenant; 404 when there is none.',
      secrets: ['config.secretKey'],
    }),
    updateCaptchaProvider: operation('PUT /api/captcha-provider', {
      summary:
        'Set the one captcha provider of the tenant; captchaPolicy in update_sign_in_exp switches captcha on.',
      body: {
        config: ChangedConfig.describe('type, siteKey and secretKey at first'),
      },
      replaces: ['config'],
      wire: { config: Config },
      forms: { config: 'type' },
      refuses: ({ replace_whole: whole, config }) => {
        if (whole === true && !Config.safeParse(config).success) {
          return 'with replace_whole, config needs type, siteKey and secretKey, with RecaptchaEnterprise projectId, with Cap endpoint';
        }
        return isObject(config) ? foreignMembers(config) : undefined;
      },
      secrets: ['config.secretKey'],
      risk: [
        {
          risk: 'irreversible',
          because: 'it overwrites the keys in use, and wrong ones block every sign-in',
          when: overwrites,
        },
        {
          risk: 'trust',
          because: 'the sign-in page runs a script from this host',
          when: newHost('config.domain', 'config.endpoint'),
        },
        {
          risk: 'egress',
          because: 'the stored secret key is sent to the new address',
          when: addressChangedWithKeptSecrets('config'),
        },
        {
          risk: 'trust',
          because: 'robots are held off less',
          when: lowers('config.scoreThreshold'),
        },
      ],
    }),
    deleteCaptchaProvider: operation('DELETE /api/captcha-provider', {
      summary: 'Delete the captcha provider and switch captcha off at sign-in.',
      notes: 'Succeeds even without a provider.',
      risk: [
        { risk: 'destructive', because: 'its keys will be deleted' },
        { risk: 'trust', because: 'sign-in does not ask for a captcha any more' },
      ],
      cascades: [],
    }),
  },
});
