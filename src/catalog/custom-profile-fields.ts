import * as z from 'zod';
import { naming } from './entities.js';
import { nameOf } from './fields.js';
import { domain, operation, whole } from './operation.js';

const fieldName = z.string().describe('unique; letters and digits only');

const label = z.string().min(1).optional().describe('shown to users');
const description = z.string().optional();
const required = z.boolean();
const placeholder = z.string().optional();

const Option = z.strictObject({ label: z.string().optional(), value: z.string() });

/** A part of an address or of a full name: a field of its own, of any simple type. */
const partsOf = <const N extends readonly [string, ...string[]]>(names: N) =>
  z.array(
    z.strictObject({
      name: z.enum(names),
      enabled: z.boolean(),
      type: z.enum([
        'Text',
        'Number',
        'Date',
        'Checkbox',
        'Select',
        'Url',
        'Regex',
        'Address',
        'Fullname',
      ]),
      label,
      description,
      required,
      config: z
        .strictObject({
          placeholder: z.string().max(256).optional().describe('at most 256 characters'),
          minLength: z.number().optional(),
          maxLength: z.number().optional(),
          minValue: z.number().optional(),
          maxValue: z.number().optional(),
          format: z.string().max(128).optional().describe('at most 128 characters'),
          customFormat: z.string().max(128).optional().describe('at most 128 characters'),
          options: z.array(Option).optional(),
          defaultValue: z.string().optional(),
        })
        .optional(),
    }),
  );

/** The forms of a field, one for each type; `name` is in the path when a field is changed. */
const forms = <const F extends z.ZodRawShape>(name: F) =>
  z.discriminatedUnion('type', [
    z.strictObject({
      ...name,
      type: z.literal('Text'),
      label,
      description,
      required,
      config: z
        .strictObject({
          placeholder,
          minLength: z.number().optional(),
          maxLength: z.number().optional(),
        })
        .optional(),
    }),
    z.strictObject({
      ...name,
      type: z.literal('Number'),
      label,
      description,
      required,
      config: z
        .strictObject({
          placeholder,
          minValue: z.number().optional(),
          maxValue: z.number().optional(),
        })
        .optional(),
    }),
    z.strictObject({
      ...name,
      type: z.literal('Date'),
      label,
      description,
      required,
      config: z
        .strictObject({
          placeholder,
          format: z.string().describe('e.g. yyyy-MM-dd, or custom'),
          customFormat: z.string().optional(),
        })
        .optional(),
    }),
    z.strictObject({
      ...name,
      type: z.literal('Checkbox'),
      label,
      required: z.literal(false),
      config: z.strictObject({ defaultValue: z.enum(['true', 'false']) }).optional(),
    }),
    z.strictObject({
      ...name,
      type: z.literal('Select'),
      label,
      description,
      required,
      config: z.strictObject({ placeholder, options: z.array(Option) }),
    }),
    z.strictObject({
      ...name,
      type: z.literal('Url'),
      label,
      description,
      required,
      config: z.strictObject({ placeholder }).optional(),
    }),
    z.strictObject({
      ...name,
      type: z.literal('Regex'),
      label,
      description,
      required,
      config: z.strictObject({ placeholder, format: z.string().describe('regular expression') }),
    }),
    z.strictObject({
      ...name,
      type: z.literal('Address'),
      label,
      description,
      required,
      config: z.strictObject({
        parts: partsOf([
          'formatted',
          'streetAddress',
          'locality',
          'region',
          'postalCode',
          'country',
        ]),
      }),
    }),
    z.strictObject({
      ...name,
      type: z.literal('Fullname'),
      label,
      description,
      required,
      config: z.strictObject({ parts: partsOf(['givenName', 'middleName', 'familyName']) }),
    }),
  ]);

const NewField = forms({ name: fieldName });

const byName = { name: nameOf('profile field', 'from list_custom_profile_fields') };

export const customProfileFields = domain({
  title: 'Custom profile fields',
  about:
    'Fields that users fill in when they register or in the account center. The fields asked at registration: signUpProfileFields of update_sign_in_exp.',
  operations: {
    listCustomProfileFields: operation('GET /api/custom-profile-fields', {
      summary: 'List the profile fields that can be asked of users.',
    }),
    createCustomProfileField: operation('POST /api/custom-profile-fields', {
      summary: 'Define one profile field; for several take create_custom_profile_fields_batch.',
      body: whole('field', NewField),
      risk: 'none',
    }),
    createCustomProfileFieldsBatch: operation('POST /api/custom-profile-fields/batch', {
      summary: 'Define several profile fields at once, all or none.',
      refusesWhole: {
        when: 'one of the names is in use',
        presentCode: 'custom_profile_fields.name_exists',
      },
      body: whole('profileFields', z.array(NewField).max(20).describe('at most 20')),
      risk: 'none',
    }),
    getCustomProfileFieldByName: operation('GET /api/custom-profile-fields/{name}', {
      summary: 'Get one profile field by its name.',
      path: byName,
    }),
    updateCustomProfileFieldByName: operation('PUT /api/custom-profile-fields/{name}', {
      summary: 'Change one profile field.',
      notes:
        'Behaves like a PATCH: label, description and config stay when left out; type and required are needed.',
      path: byName,
      body: whole('field', forms({})),
      partial: true,
      risk: 'none',
      updateOnly: true,
    }),
    updateCustomProfileFieldsSieOrder: operation(
      'POST /api/custom-profile-fields/properties/sie-order',
      {
        name: 'update_custom_profile_fields_order',
        summary: 'Set the order in which profile fields are asked at registration.',
        body: {
          order: z.array(
            z.strictObject({
              name: naming(z.string(), 'profile field', 'name'),
              sieOrder: z.number().describe('from 1'),
            }),
          ),
        },
        effect: 'changes',
        risk: 'none',
        undo: { items: { list: 'listCustomProfileFields', key: 'name' } },
      },
    ),
    deleteCustomProfileFieldByName: operation('DELETE /api/custom-profile-fields/{name}', {
      summary: 'Delete a profile field; values that users have filled in stay in their data.',
      path: byName,
      risk: [{ risk: 'destructive', because: 'users are not asked for the field any more' }],
      cascades: [],
    }),
  },
});
