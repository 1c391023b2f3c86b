import * as z from 'zod';
import { domain, operation } from './operation.js';
import { newHost, overwrites } from './risk-rules.js';

const keys = {
  siteKey: z.string(),
  secretKey: z.string().describe('from the provider; for RecaptchaEnterprise its API key'),
};

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
        config: z.discriminatedUnion('type', [
          z.strictObject({ type: z.literal('Turnstile'), ...keys }),
          z.strictObject({
            type: z.literal('RecaptchaEnterprise'),
            ...keys,
            projectId: z.string().describe('Google Cloud project'),
            domain: z
              .string()
              .optional()
              .describe('where to load the script from, e.g. recaptcha.net'),
            mode: z.enum(['invisible', 'checkbox']).optional(),
          }),
        ]),
      },
      replaces: ['config'],
      forms: { config: 'type' },
      secrets: ['config.secretKey'],
      risk: [
        {
          risk: 'irreversible',
          because: 'it overwrites the keys in use, and with wrong ones nobody passes the captcha',
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
      notes: 'Done also when there is none.',
      risk: [
        { risk: 'destructive', because: 'its keys are gone' },
        { risk: 'trust', because: 'sign-in does not ask for a captcha any more' },
      ],
      cascades: [],
    }),
  },
});
