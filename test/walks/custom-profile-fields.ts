import { expect } from 'vitest';
import type { Item, Walk } from './walk.js';

export const customProfileFieldsWalk: Walk = async (walker) => {
  // Names of profile fields have letters and digits only.
  const name = (prefix: string) => walker.name(prefix).replaceAll('_', '');
  const removal = (field: Item) =>
    ['delete_custom_profile_field_by_name', { name: field['name'] }] as const;
  const [company, size, years, full] = ['company', 'size', 'years', 'full'].map(name);

  await walker.create(
    'create_custom_profile_field',
    {
      field: {
        name: company,
        type: 'Text',
        label: 'Company',
        required: false,
        config: { maxLength: 50 },
      },
    },
    removal,
  );
  await walker.create(
    'create_custom_profile_field',
    {
      field: {
        name: size,
        type: 'Select',
        required: true,
        config: { options: [{ label: 'Small', value: 's' }, { value: 'm' }] },
      },
    },
    removal,
  );
  await walker.refused(
    'create_custom_profile_field',
    { field: { name: company, type: 'Url', required: false } },
    { status: 422, code: 'custom_profile_fields.name_exists', kind: 'conflict' },
  );
  await walker.refused(
    'create_custom_profile_field',
    { field: { name: 'with space', type: 'Url', required: false } },
    { kind: 'input' },
  );
  const { items: batch } = await walker.call('create_custom_profile_fields_batch', {
    profileFields: [
      { name: years, type: 'Number', required: false, config: { minValue: 0, maxValue: 60 } },
      {
        name: full,
        type: 'Fullname',
        required: false,
        config: {
          parts: [
            { name: 'givenName', type: 'Text', enabled: true, required: true },
            { name: 'familyName', type: 'Text', enabled: true, required: true },
          ],
        },
      },
    ],
  });
  expect(batch).toMatchObject([{ name: years }, { name: full }]);

  const { result: got } = await walker.call('get_custom_profile_field_by_name', { name: company });
  expect(got).toMatchObject({ label: 'Company', config: { maxLength: 50 } });
  // This PUT keeps members that are not sent.
  const { result: changed } = await walker.call('update_custom_profile_field_by_name', {
    name: company,
    field: { type: 'Text', required: true },
  });
  expect(changed).toMatchObject({ label: 'Company', required: true, config: { maxLength: 50 } });

  const order = [
    { name: size, sieOrder: 901 },
    { name: company, sieOrder: 902 },
  ];
  await walker.call('update_custom_profile_fields_order', { order });
  const { items: listed = [] } = await walker.call('list_custom_profile_fields');
  const names = listed.map((field) => field['name']);
  expect(names.indexOf(size)).toBeLessThan(names.indexOf(company));
  await walker.refused(
    'update_custom_profile_fields_order',
    { order: [{ name: 'nope', sieOrder: 1 }] },
    { status: 400, code: 'custom_profile_fields.entity_not_exists_with_names' },
  );

  for (const name of [company, size, years, full]) {
    expect(await walker.call('delete_custom_profile_field_by_name', { name })).toMatchObject({
      done: true,
    });
  }
  await walker.refused('get_custom_profile_field_by_name', { name: company }, { status: 404 });
};
