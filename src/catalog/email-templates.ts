import * as z from 'zod';
import { emailTemplateCascades } from './cascades.js';
import { id, text } from './fields.js';
import { domain, operation } from './operation.js';

export const TemplateType = z.enum([
  'SignIn',
  'Register',
  'ForgotPassword',
  'OrganizationInvitation',
  'Generic',
  'UserPermissionValidation',
  'BindNewIdentifier',
  'MfaVerification',
  'BindMfa',
]);

const LanguageTag = text('e.g. en or pt-BR', 16);

const Content = z
  .string()
  .describe('body, with variables such as {{code}}, in invitations {{link}}');

const optionalDetails = {
  contentType: z.enum(['text/html', 'text/plain']).optional(),
  replyTo: z.string().optional().describe('reply name or address, if the provider takes one'),
  sendFrom: z.string().optional().describe('sender name, if the provider takes one'),
};

export const emailTemplates = domain({
  title: 'Email templates',
  about:
    "Texts of the e-mails that Logto sends, by language and occasion. They come before the templates in the e-mail connector's config. A missing language falls back to the tenant's, a missing type to Generic.",
  operations: {
    listEmailTemplates: operation('GET /api/email-templates', {
      longMembers: ['details.content'],
      summary: 'List the e-mail templates, by language and type.',
      query: { languageTag: LanguageTag.optional(), templateType: TemplateType.optional() },
    }),
    replaceEmailTemplates: operation('PUT /api/email-templates', {
      summary:
        'Create e-mail templates or replace those of the same language and type; single details: update_email_template_details.',
      notes: 'Templates that are not named stay. Of a named one all details are replaced.',
      body: {
        templates: z
          .array(
            z.strictObject({
              languageTag: LanguageTag,
              templateType: TemplateType,
              details: z.strictObject({
                subject: z.string(),
                content: Content,
                ...optionalDetails,
              }),
            }),
          )
          .min(1)
          .describe('at least one'),
      },
      risk: [
        {
          risk: 'trust',
          because: 'users get these texts, with their links, in e-mails of the tenant',
        },
      ],
    }),
    getEmailTemplate: operation('GET /api/email-templates/{id}', {
      summary: 'Get one e-mail template.',
      path: { id: id('email template') },
    }),
    updateEmailTemplateDetails: operation('PATCH /api/email-templates/{id}/details', {
      summary:
        'Change single details of one e-mail template; several at once, or new ones: replace_email_templates.',
      notes: 'A detail once set can be overwritten but not taken out.',
      path: { id: id('email template') },
      body: {
        subject: z.string().optional(),
        content: Content.optional(),
        ...optionalDetails,
      },
      risk: [
        {
          risk: 'trust',
          because: 'users get these texts, with their links, in e-mails of the tenant',
          fields: ['subject', 'content', 'contentType', 'replyTo', 'sendFrom'],
        },
      ],
    }),
    deleteEmailTemplate: operation('DELETE /api/email-templates/{id}', {
      summary: 'Delete one e-mail template.',
      path: { id: id('email template') },
      risk: [{ risk: 'destructive', because: 'mails of this kind fall back to another template' }],
      cascades: [],
    }),
    deleteEmailTemplates: operation('DELETE /api/email-templates', {
      summary:
        'Delete the e-mail templates of one language, of one type, or of both at once; answers how many.',
      notes: 'At least one of the two is required.',
      query: { languageTag: LanguageTag.optional(), templateType: TemplateType.optional() },
      refuses: ({ languageTag, templateType }) =>
        languageTag === undefined && templateType === undefined
          ? 'languageTag or templateType is required, so that not all templates are deleted'
          : undefined,
      risk: [{ risk: 'destructive', because: 'mails of these kinds fall back to other templates' }],
      cascades: emailTemplateCascades,
    }),
  },
});
