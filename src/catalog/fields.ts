/**
 * Fields that several domains share. A description says where a value comes from and repeats the limits in words, since
 * some clients show a model neither `minLength` nor `maximum`.
 */
import * as z from 'zod';
import { type EntityKind, naming } from './entities.js';
import type { Fields, Omission, SearchField } from './operation.js';
import { openEnum } from './releases.js';

/** Entities with ids, and the tool that lists them. */
const sources = {
  user: 'list_users',
  role: 'list_roles',
  application: 'list_applications',
  resource: 'list_resources',
  scope: 'list_resource_scopes',
  connector: 'list_connectors',
  'connector factory': 'list_connector_factories',
  log: 'list_logs',
  organization: 'list_organizations',
  'organization role': 'list_organization_roles',
  'organization scope': 'list_organization_scopes',
  invitation: 'list_organization_invitations',
  hook: 'list_hooks',
  'SSO connector': 'list_sso_connectors',
  'SAML application': 'list_applications, type SAML',
  domain: 'list_domains',
  'email template': 'list_email_templates',
  'one-time token': 'list_one_time_tokens',
  'OIDC key': 'get_oidc_keys',
} as const;

export type Entity = keyof typeof sources;

/** The id of one entity, with the tool that lists it. The names of the argument and of the tool say which kind it is. */
export const id = (of: Entity) => naming(z.string().describe(`from ${sources[of]}`), of);

/** The id of an entity inside another one; `description` says where it comes from. */
export const idInside = (of: EntityKind, description: string) =>
  naming(z.string().describe(description), of);

/** The name of an entity that is addressed by it; `description` says where it comes from. */
export const nameOf = (of: EntityKind, description: string) =>
  naming(z.string().describe(description), of, 'name');

/** The ids of several entities; `atLeast` is 0 where Logto takes an empty list. */
export const ids = (of: Entity, atLeast: 0 | 1 = 1) => {
  const list = z.array(z.string().min(1));
  return naming(
    (atLeast === 1 ? list.min(1) : list).describe(
      `from ${sources[of]}${atLeast === 1 ? '; at least one' : ''}`,
    ),
    of,
  );
};

/**
 * The field that the PATCH of an organization, organization role or organization scope stored as its new id before 1.43.
 */
export const newId: Readonly<Record<string, Omission>> = {
  id: {
    because: 'Logto before 1.43 stores it as the new id, which invalidates what applications hold',
    until: '1.43',
  },
};

/** The field that creates accept and ignore. */
export const ignoredCreationTime: Readonly<Record<string, Omission>> = {
  createdAt: { because: 'Logto ignores it in a create' },
};

/** The length of a user id in characters: of the column in Logto's database since 1.44. Before, ids had 12. */
export const MAX_USER_ID_CHARS = 128;

/** The user data that a client can request, beside scopes of APIs and organizations. */
export const userScope = openEnum(
  [
    'profile',
    'email',
    'phone',
    'address',
    'custom_data',
    'identities',
    'roles',
    'urn:logto:scope:organizations',
    'urn:logto:scope:organization_roles',
    'urn:logto:scope:sessions',
  ],
  { '1.43': ['urn:logto:scope:trusted_devices'] },
);

/** A text of limited length, with the limits in words. `subject` is a clause without a full stop; limits are in characters. */
export const text = (subject: string, maxLength: number, minLength = 1) =>
  z
    .string()
    .min(minLength)
    .max(maxLength)
    .describe(`${subject}; ${minLength} to ${maxLength} characters`);

/**
 * A switch in a query. Logto treats any value of some switches as on, even "false". So `false` becomes `undefined` here and
 * is not sent.
 */
export const flag = (description: string) =>
  z
    .boolean()
    .transform((on) => (on ? true : undefined))
    .optional()
    .describe(description);

/** A postal address as OpenID Connect has it. */
export const Address = z.strictObject({
  formatted: z.string().optional(),
  streetAddress: z.string().optional(),
  locality: z.string().optional(),
  region: z.string().optional(),
  postalCode: z.string().optional(),
  country: z.string().optional(),
});

/** Additional scopes that a protected application can request. */
export const protectedAppScope = z.enum([
  'custom_data',
  'identities',
  'roles',
  'urn:logto:scope:organizations',
  'urn:logto:scope:organization_roles',
]);

/** Custom data: any JSON object. */
export const customData = (description: string) =>
  z.record(z.string(), z.unknown()).describe(description);

/**
 * A value that is validated in full but listed with its type and description only, to save tokens. `description` names the members
 * of an object.
 */
export const brief = <T extends z.ZodType>(schema: T, description: string): T =>
  schema.meta({ description, brief: true });

/**
 * An optional field that also accepts null, which means the same as leaving it out of a create. A model is not shown null:
 * the two types cost more tokens than they are worth.
 */
export const orNull = <T extends z.ZodType>(schema: T) =>
  schema.nullable().meta({ silentNull: true }).optional();

/*
 * Texts of a certain form. The message of each begins with "must" and is part of the error; the description of the field or
 * of its parent states the form too, because the listing has no long patterns.
 */

/** An address of an account: an e-mail address, a phone number, or any of the texts that people sign in with. */
export const address = <S extends z.ZodType>(schema: S): S => naming(schema, 'user', 'address');

/** An e-mail address, as loosely as Logto checks it. */
export const emailAddress = address(
  z.string().regex(/^\S+@\S+\.\S+$/, 'must be an e-mail address'),
);

/** A phone number as Logto stores it. */
export const phoneNumber = address(
  z.string().regex(/^\d+$/, 'must be digits only, with the country code and without +'),
);

/** A full web address. */
export const fullUrl = z.url('must be a full URL, such as https://example.com/logo.png');

/** #rgb or #rrggbb, which is what Logto takes. */
export const hexColor = z
  .string()
  .regex(/^#([\da-fA-F]{3}){1,2}$/, 'must be a colour as #rgb or #rrggbb');

/** An address, or an empty text, which Logto stores as null. */
export const urlOrEmpty = z.string().refine((value) => value === '' || URL.canParse(value), {
  message: 'must be a full URL, such as https://example.com/terms',
});

/** Whether a time looks like epoch seconds: as milliseconds it would be in the 1970s, before any log. */
const isSeconds = (time: unknown): time is number =>
  typeof time === 'number' && time > 1e9 && time < 1e11;

/**
 * Logs of a window of time, both ends included: Logto refuses one that ends before it begins, and would take seconds for
 * a time before all logs, so that a filter lets everything or nothing through.
 */
export const wrongWindow = ({
  start_time: start,
  end_time: end,
}: Readonly<Record<string, unknown>>): string | undefined => {
  const seconds = [start, end].find(isSeconds);
  if (seconds !== undefined) {
    return `start_time and end_time are epoch milliseconds, and ${seconds} looks like seconds: write ${seconds * 1000}`;
  }
  return typeof start === 'number' && typeof end === 'number' && end < start
    ? 'end_time must not be before start_time, both in epoch milliseconds'
    : undefined;
};

/** `page` and `page_size`, on every list that Logto pages. */
export const paging: Fields = {
  page: z.int().min(1).optional(),
  page_size: z.int().min(1).max(100).optional().describe('1 to 100; default 20'),
};

const modes = ['contains', 'exact', 'like', 'similar_to', 'posix'] as const;

const SearchMode = z.enum(modes).optional();

/** How the value of a search is compared. `contains` is our own: Logto has no mode that adds the wildcards itself. */
export type SearchMode = (typeof modes)[number];

/** One condition of a search: `values` of `field`, compared as `mode` says. */
export interface SearchCondition {
  readonly field: SearchField;
  readonly values: readonly string[];
  readonly mode?: SearchMode | undefined;
}

/** The arguments of Logto's advanced search over `fields`; `logto/search.ts` writes them into the query. */
export const searching = (fields: readonly SearchField[]): Fields => ({
  search: z
    .string()
    .min(1)
    .optional()
    .describe(`part of ${fields.join(', ')}, in any case`),
  searchMode: SearchMode.describe(
    'default contains; like: % and _ are wildcards; posix: regular expression',
  ),
  searchFields: z
    .array(
      z
        .strictObject({
          field: z.enum(fields as [string, ...string[]]),
          values: z.array(z.string().min(1)).min(1).describe('several only with exact'),
          mode: brief(SearchMode, 'as searchMode'),
        })
        .refine((condition) => condition.values.length === 1 || condition.mode === 'exact', {
          path: ['mode'],
          message: 'several values can only be compared with mode "exact"',
        }),
    )
    .min(1)
    .optional()
    .describe('conditions, each field once'),
  joint: z.enum(['or', 'and']).optional().describe('default or'),
  isCaseSensitive: z.boolean().optional().describe('similar_to needs true'),
});
