import { expect } from 'vitest';
import type { Walk } from './walk.js';

export const emailTemplatesWalk: Walk = async (walker) => {
  // The tag of no real language, so that no existing template is changed.
  const languageTag = `x-${Date.now().toString(36)}`;
  const details = { subject: 'Hello', content: 'Code {{code}}', contentType: 'text/plain' };
  const { items: created } = await walker.call('replace_email_templates', {
    templates: [
      { languageTag, templateType: 'SignIn', details: { ...details, replyTo: 'help@example.com' } },
      { languageTag, templateType: 'Generic', details },
    ],
  });
  const [signIn] = created ?? [];
  try {
    expect(created).toHaveLength(2);
    const { items: replaced } = await walker.call('replace_email_templates', {
      templates: [{ languageTag, templateType: 'SignIn', details }],
    });
    expect(replaced).toMatchObject([{ id: signIn?.id }]);
    expect(replaced?.[0]?.['details']).toEqual(details);

    const { items: all } = await walker.call('list_email_templates', { languageTag });
    expect(all?.map(({ templateType }) => templateType)).toEqual(['Generic', 'SignIn']);
    const { result: read } = await walker.call('get_email_template', { id: signIn?.id });
    expect(read).toMatchObject({ languageTag, templateType: 'SignIn' });
    await walker.refused('get_email_template', { id: 'nope' }, { status: 404 });

    const { result: changed } = await walker.call('update_email_template_details', {
      id: signIn?.id,
      content: 'Enter {{code}}',
    });
    expect(changed?.['details']).toEqual({ ...details, content: 'Enter {{code}}' });

    await walker.call('delete_email_template', { id: signIn?.id });
    await walker.refused('delete_email_template', { id: signIn?.id }, { status: 404 });
    await walker.refused('delete_email_templates', {}, { code: 'invalid_arguments' });
  } finally {
    const { result } = await walker.call('delete_email_templates', { languageTag });
    expect(result).toMatchObject({ rowCount: expect.any(Number) });
  }
  expect((await walker.call('list_email_templates', { languageTag })).items).toEqual([]);
};
