import { type Behaviours, type Call, list, pathValue, type Query } from '../call.js';
import { tenantId } from '../entities.js';
import { missing, noContent, ok, refuse } from '../reply.js';
import { type Tenant, table } from '../tenant.js';

interface TemplateDetails {
  readonly subject: string;
  readonly content: string;
  readonly contentType?: string;
  readonly replyTo?: string;
  readonly sendFrom?: string;
}

interface EmailTemplate {
  readonly id: string;
  readonly tenantId: string;
  readonly languageTag: string;
  readonly templateType: string;
  readonly details: TemplateDetails;
  readonly createdAt: number;
}

const emailTemplates = table<EmailTemplate>('email_templates');

const templateOf = (call: Call): EmailTemplate => {
  const template = call.tenant.table(emailTemplates).get(pathValue(call, 'id'));
  if (template === undefined) {
    throw missing('entity.not_exists_with_id', 'e-mail template');
  }
  return template;
};

/** Builds the filter by language and template type. */
const asked = (query: Query) => {
  const languageTag = query.text('languageTag');
  const templateType = query.text('templateType');
  return (template: EmailTemplate): boolean =>
    (languageTag === undefined || template.languageTag === languageTag) &&
    (templateType === undefined || template.templateType === templateType);
};

export const emailTemplateBehaviours: Behaviours = {
  listEmailTemplates(call) {
    const rows = call.tenant.table(emailTemplates).filter(asked(call.query));
    return list(
      call,
      rows.sort(
        (a, b) =>
          a.languageTag.localeCompare(b.languageTag) ||
          a.templateType.localeCompare(b.templateType),
      ),
    );
  },

  replaceEmailTemplates({ tenant, now, body }) {
    const { templates } = body<{
      templates: Pick<EmailTemplate, 'languageTag' | 'templateType' | 'details'>[];
    }>();
    const rows = tenant.table(emailTemplates);
    return ok(
      templates.map(({ languageTag, templateType, details }) => {
        const existing = rows.find(
          (template) =>
            template.languageTag === languageTag && template.templateType === templateType,
        );
        return existing === undefined
          ? rows.insert({
              tenantId,
              id: tenant.newId(),
              languageTag,
              templateType,
              details,
              createdAt: now,
            })
          : rows.update(existing.id, { details });
      }),
    );
  },

  getEmailTemplate: (call) => ok(templateOf(call)),

  updateEmailTemplateDetails(call) {
    const { id, details } = templateOf(call);
    const change = call.body<Partial<TemplateDetails>>();
    return ok(call.tenant.table(emailTemplates).update(id, { details: { ...details, ...change } }));
  },

  deleteEmailTemplate(call) {
    call.tenant.table(emailTemplates).delete(templateOf(call).id);
    return noContent();
  },

  deleteEmailTemplates({ tenant, query }) {
    if (query.text('languageTag') === undefined && query.text('templateType') === undefined) {
      throw refuse(
        422,
        'connector.email_connector.bulk_deletion_no_filter',
        'A language or a type is required.',
      );
    }
    const rows = tenant.table(emailTemplates);
    const deleted = rows.filter(asked(query));
    for (const { id } of deleted) {
      rows.delete(id);
    }
    return ok({ rowCount: deleted.length });
  },
};

/** The sign-in e-mail of the company, in the two languages of its customers. */
export function seedEmailTemplates(tenant: Tenant): void {
  const texts = {
    en: { subject: 'Your Northwind Cycles code', content: 'Your code: {{code}}' },
    de: { subject: 'Ihr Code für Northwind Cycles', content: 'Ihr Code: {{code}}' },
  };
  for (const [languageTag, details] of Object.entries(texts)) {
    tenant.table(emailTemplates).insert({
      tenantId,
      id: tenant.newId(),
      languageTag,
      templateType: 'SignIn',
      details: { ...details, contentType: 'text/plain' },
      createdAt: tenant.now(),
    });
  }
}
