import * as z from 'zod';
import { brief, flag, id, ignoredCreationTime, text, wrongWindow } from './fields.js';
import { longMembersOf } from './long-members.js';
import { domain, operation } from './operation.js';
import { openEnum } from './releases.js';
import { changesField, type RiskCondition } from './risk.js';
import {
  addressChangedWithKeptSecrets,
  anyOf,
  gainsEntries,
  losesEntries,
  overwritesSecrets,
  turnsOn,
} from './risk-rules.js';

const baseEvents = [
  'PostRegister',
  'PostSignIn',
  'PostSignInAdaptiveMfaTriggered',
  'PostResetPassword',
  'User.Created',
  'User.Deleted',
  'User.Data.Updated',
  'User.SuspensionStatus.Updated',
  'Role.Created',
  'Role.Deleted',
  'Role.Data.Updated',
  'Role.Scopes.Updated',
  'Scope.Created',
  'Scope.Deleted',
  'Scope.Data.Updated',
  'Organization.Created',
  'Organization.Deleted',
  'Organization.Data.Updated',
  'Organization.Membership.Updated',
  'OrganizationRole.Created',
  'OrganizationRole.Deleted',
  'OrganizationRole.Data.Updated',
  'OrganizationRole.Scopes.Updated',
  'OrganizationScope.Created',
  'OrganizationScope.Deleted',
  'OrganizationScope.Data.Updated',
  'Identifier.Lockout',
  'Message.RateLimited',
  'Grant.LimitExceeded',
];

const trustedDeviceEvents = ['TrustedDevice.Created', 'TrustedDevice.Deleted'];

const HookEvent = openEnum(baseEvents, { '1.44': trustedDeviceEvents });

/** Of a test. Documents do not list its values, so they identify no release. */
const TestedEvent = openEnum([...baseEvents, ...trustedDeviceEvents]);

const HookConfig = z.strictObject({
  url: z.string().describe('where the events are posted to'),
  headers: z.record(z.string(), z.string()).optional().describe('sent along'),
  retries: z.number().min(0).max(3).optional().describe('0 to 3; ignored by newer versions'),
});

const byId = { id: id('hook') };

const hookSecrets = ['signingKey', 'config.headers.*'];

const changesAddress: RiskCondition = (input) => changesField(input, 'config.url');

/** A webhook that is created disabled sends nothing yet. */
const isEnabled: RiskCondition = ({ values }) => values['enabled'] !== false;

export const hooks = domain({
  title: 'Hooks',
  about: 'Webhooks: which events Logto posts to which address, and the results of the deliveries.',
  operations: {
    listHooks: operation('GET /api/hooks', {
      summary: 'List the webhooks of the tenant.',
      paging: 'optional',
      query: { includeExecutionStats: flag('add how many deliveries of the last day went well') },
      secrets: hookSecrets,
    }),
    createHook: operation('POST /api/hooks', {
      omits: ignoredCreationTime,
      summary: 'Create a webhook for one or more events.',
      body: {
        name: text('shown in the console', 256).optional(),
        events: z.array(HookEvent).min(1).optional().describe('at least one, unless event is set'),
        event: brief(HookEvent, 'old form: one of events').optional(),
        config: HookConfig,
        enabled: z.boolean().optional().describe('default true'),
      },
      refuses: ({ events, event }) =>
        events === undefined && event === undefined
          ? 'events is required: without an event the webhook never fires'
          : undefined,
      secrets: hookSecrets,
      risk: [
        { risk: 'trust', because: 'the address receives events of the tenant' },
        {
          risk: 'egress',
          because: 'data of users and events is posted to the address',
          when: isEnabled,
        },
      ],
    }),
    getHook: operation('GET /api/hooks/{id}', {
      summary: 'Get one webhook.',
      path: byId,
      query: { includeExecutionStats: flag('add how many deliveries of the last day went well') },
      secrets: hookSecrets,
    }),
    updateHook: operation('PATCH /api/hooks/{id}', {
      summary: 'Change the events, address, headers or name of a webhook, or switch it on or off.',
      path: byId,
      body: {
        name: text('shown in the console', 256).optional(),
        events: z.array(HookEvent).optional().describe('the whole list'),
        event: brief(HookEvent, 'old form: one of events; null clears it').nullable().optional(),
        config: HookConfig.partial().optional(),
        enabled: z.boolean().optional(),
        createdAt: z.number().optional().describe('epoch milliseconds; overwrites the true one'),
      },
      replaces: ['config'],
      wire: { config: HookConfig.optional() },
      refuses: ({ replace_whole: whole, config }) =>
        whole === true && !HookConfig.optional().safeParse(config).success
          ? 'with replace_whole, config needs url'
          : undefined,
      secrets: hookSecrets,
      risk: [
        {
          risk: 'trust',
          because: 'another address receives events of the tenant',
          fields: ['config.url'],
        },
        {
          risk: 'egress',
          because: 'data of users and events is posted to the address',
          when: anyOf(changesAddress, turnsOn('enabled'), gainsEntries('events')),
        },
        {
          risk: 'egress',
          because: 'stored headers are sent to the new address',
          when: addressChangedWithKeptSecrets('config'),
        },
        {
          risk: 'irreversible',
          because: 'the former headers are lost',
          when: overwritesSecrets('config'),
        },
        {
          risk: 'destructive',
          because: 'events left out are not posted any more',
          when: losesEntries('events'),
        },
      ],
    }),
    deleteHook: operation('DELETE /api/hooks/{id}', {
      summary: 'Delete a webhook; Logto no longer posts events to it.',
      path: byId,
      risk: [{ risk: 'destructive', because: 'Logto no longer posts events to it' }],
      cascades: [],
    }),
    listHookRecentLogs: operation('GET /api/hooks/{id}/recent-logs', {
      longMembers: longMembersOf.log,
      summary: "List the deliveries of a webhook, newest first, with the receiver's answer.",
      notes:
        'Without start_time and end_time: the last 24 hours. An unknown hook answers with an empty list, not 404.',
      paging: 'always',
      path: byId,
      query: {
        logKey: z
          .string()
          .optional()
          .describe('TriggerHook.<event>, exact, e.g. TriggerHook.User.Created'),
        start_time: z.int().min(0).optional().describe('epoch milliseconds, inclusive'),
        end_time: z
          .int()
          .min(0)
          .optional()
          .describe('epoch milliseconds, inclusive; not before start_time'),
        enableCap: flag('count no further than 10,000'),
      },
      refuses: wrongWindow,
    }),
    createHookTest: operation('POST /api/hooks/{id}/test', {
      summary:
        'Post a made-up event to an address and wait for the answer; the webhook itself stays.',
      notes: 'When the receiver refuses: 422 hook.endpoint_responded_with_error.',
      path: byId,
      body: {
        events: z.array(HookEvent),
        config: HookConfig,
        event: brief(TestedEvent, 'old form: one of events').optional(),
      },
      secretArguments: ['config.headers.*'],
      reaches: 'it posts to the address',
      risk: [
        { risk: 'egress', because: 'a request with the given headers is posted to the address' },
      ],
    }),
    updateHookSigningKey: operation('PATCH /api/hooks/{id}/signing-key', {
      summary: 'Give a webhook a new signing key.',
      path: byId,
      secrets: hookSecrets,
      risk: [
        {
          risk: 'irreversible',
          because:
            'the old key is gone, and the receiver refuses deliveries until it has the new one',
        },
      ],
    }),
  },
});
