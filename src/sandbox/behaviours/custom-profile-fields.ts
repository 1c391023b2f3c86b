import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { tenantId } from '../entities.js';
import {
  accountCenter,
  type CustomProfileField,
  customProfileFields,
  signInExperience,
} from '../experience.js';
import { created, missing, noContent, notUnique, ok, refuse } from '../reply.js';
import type { Tenant } from '../tenant.js';

type NewField = Pick<CustomProfileField, 'name' | 'type' | 'required'> &
  Partial<CustomProfileField>;

/** Names of user fields that exist outside of the profile fields. */
const reserved = new Set([
  'username',
  'email',
  'phone',
  'primaryEmail',
  'primaryPhone',
  'password',
]);

const fieldOf = (call: Call): CustomProfileField => {
  const name = pathValue(call, 'name');
  const field = call.tenant.table(customProfileFields).find((row) => row.name === name);
  if (field === undefined) {
    throw missing('entity.not_found', 'profile field');
  }
  return field;
};

const inOrder = (tenant: Tenant): CustomProfileField[] =>
  tenant
    .table(customProfileFields)
    .all()
    .sort((a, b) => a.sieOrder - b.sieOrder);

const parts = ({ config }: Partial<CustomProfileField>): readonly { readonly type: string }[] =>
  (config?.['parts'] as readonly { readonly type: string }[] | undefined) ?? [];

function check(field: Omit<NewField, 'name'>): void {
  const { minLength, maxLength, minValue, maxValue } = field.config ?? {};
  if (Number(minLength ?? minValue) > Number(maxLength ?? maxValue)) {
    throw refuse(400, 'custom_profile_fields.invalid_min_max_input', 'min is above max.');
  }
  if (field.type === 'Address' && parts(field).length === 0) {
    throw refuse(400, 'custom_profile_fields.invalid_address_components', 'There are no parts.');
  }
  if (field.type === 'Fullname' && parts(field).length === 0) {
    throw refuse(400, 'custom_profile_fields.invalid_fullname_components', 'There are no parts.');
  }
  if (parts(field).some(({ type }) => type === 'Address' || type === 'Fullname')) {
    throw refuse(
      400,
      'custom_profile_fields.invalid_sub_component_type',
      'A part cannot have parts.',
    );
  }
}

function checkNew(tenant: Tenant, field: NewField): void {
  const { name } = field;
  if (!/^[a-zA-Z0-9]+$/.test(name)) {
    throw refuse(400, 'custom_profile_fields.invalid_name', 'A name has letters and digits only.');
  }
  if (reserved.has(name)) {
    throw refuse(
      400,
      'custom_profile_fields.name_conflict_sign_in_identifier',
      `Every user has ${name} anyway.`,
    );
  }
  check(field);
  if (tenant.table(customProfileFields).find((row) => row.name === name)) {
    throw notUnique('custom_profile_fields.name_exists', `The name ${name}`);
  }
}

const insert = ({ tenant, now }: Call, field: NewField): CustomProfileField =>
  tenant.table(customProfileFields).insert({
    tenantId,
    id: tenant.newId(),
    name: field.name,
    type: field.type,
    label: field.label ?? '',
    description: field.description ?? null,
    required: field.required,
    config: field.config ?? {},
    createdAt: now,
    sieOrder: Math.max(0, ...inOrder(tenant).map(({ sieOrder }) => sieOrder)) + 1,
  });

export const customProfileFieldBehaviours: Behaviours = {
  listCustomProfileFields: (call) => list(call, inOrder(call.tenant)),

  createCustomProfileField(call) {
    const field = call.body<NewField>();
    checkNew(call.tenant, field);
    return created(insert(call, field));
  },

  createCustomProfileFieldsBatch(call) {
    const fields = call.body<readonly NewField[]>();
    for (const field of fields) {
      checkNew(call.tenant, field);
    }
    if (new Set(fields.map(({ name }) => name)).size < fields.length) {
      throw notUnique('custom_profile_fields.name_exists', 'One of the names');
    }
    return created(fields.map((field) => insert(call, field)));
  },

  getCustomProfileFieldByName: (call) => ok(fieldOf(call)),

  updateCustomProfileFieldByName(call) {
    const field = fieldOf(call);
    const change = call.body<Omit<NewField, 'name'>>();
    check(change);
    return ok(call.tenant.table(customProfileFields).update(field.id, change));
  },

  updateCustomProfileFieldsSieOrder({ tenant, body }) {
    const { order } = body<{ order: readonly { name: string; sieOrder: number }[] }>();
    const fields = tenant.table(customProfileFields);
    const byName = new Map(fields.all().map((field) => [field.name, field.id]));
    const unknown = order.filter(({ name }) => !byName.has(name));
    if (unknown.length > 0) {
      throw refuse(
        400,
        'custom_profile_fields.entity_not_exists_with_names',
        `There is no field ${unknown.map(({ name }) => name).join(', ')}.`,
      );
    }
    const changed = order.map(({ name, sieOrder }) =>
      fields.update(byName.get(name) ?? '', { sieOrder }),
    );
    return ok(changed.sort((a, b) => a.sieOrder - b.sieOrder));
  },

  deleteCustomProfileFieldByName(call) {
    const { id, name } = fieldOf(call);
    const { tenant } = call;
    tenant.table(customProfileFields).delete(id);
    // The sign-up form and the account center no longer ask for a deleted field.
    const remaining = <F extends { readonly name: string }>(fields: readonly F[] | null) =>
      fields?.filter((field) => field.name !== name) ?? null;
    const experience = tenant.get(signInExperience);
    tenant.set(signInExperience, {
      ...experience,
      signUpProfileFields: remaining(experience.signUpProfileFields),
    });
    const center = tenant.get(accountCenter);
    tenant.set(accountCenter, { ...center, profileFields: remaining(center.profileFields) });
    return noContent();
  },
};
