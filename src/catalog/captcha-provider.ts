import * as z from 'zod';
import { domain, operation } from './operation.js';
import { newHost, overwrites } from './risk-rules.js';

/** The whole of the settings, which a first call and `replace_whole` have to give. */
const Config = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Turnstile'), siteKey: z.string(), secretKey: z.string() }),
  z.strictObject({
    type: z.literal('RecaptchaEnterprise'),
    siteKey: z.string(),
    secretKey: z.string(),
    projectId: z.string(),
    domain: z.string().optional(),
    mode: z.enum(['invisible', 'checkbox']).optional(),
  }),
]);

const onlyRecaptcha = 'only with RecaptchaEnterprise';

/** Of an update, which is merged into what is there. */
const ChangedConfig = z.strictObject({
  type: z.enum(['Turnstile', 'RecaptchaEnterprise']).optional(),
  siteKey: z.string().optional(),
  secretKey: z
    .string()
    .optional()
    .describe('from the provider; for RecaptchaEnterprise its API key'),
  projectId: z.string().optional().describe(`Google Cloud project; ${onlyRecaptcha}`),
  domain: z
    .string()
    .optional()
    .describe(`where to load the script from, e.g. recaptcha.net; ${onlyRecaptcha}`),
  mode: z.enum(['invisible', 'checkbox']).optional().describe(onlyRecaptcha),
});

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
          return 'with replace_whole, config needs type, siteKey and secretKey, and projectId for RecaptchaEnterprise';
        }
        const { type, projectId, domain, mode } = ChangedConfig.catch({}).parse(config);
        const foreign = Object.entries({ projectId, domain, mode })
          .filter(([, value]) => value !== undefined)
          .map(([name]) => JSON.stringify(name));
        return type === 'Turnstile' && foreign.length > 0
          ? `${foreign.join(', ')} inside config ${foreign.length === 1 ? 'is' : 'are'} for type "RecaptchaEnterprise" only; with type "Turnstile" it takes: type, siteKey, secretKey`
          : undefined;
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
          when: newHost('config.domain'),
        },
      ],
    }),
    deleteCaptchaProvider: operation('DELETE /api/captcha-provider', {
      summary: 'Delete the captcha provider and switch captcha off at sign-in.',
      notes: 'Succeeds even without a provider.',
      risk: [
        { risk: 'destructive', because: 'its keys are gone' },
        { risk: 'trust', because: 'sign-in does not ask for a captcha any more' },
      ],
      cascades: [],
    }),
  },
});
