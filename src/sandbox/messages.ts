/** Messages, as far as a tenant without a mailbox can send any: the connector they need, and their limit. */
import type { Call } from './call.js';
import { connectors, tenantId } from './entities.js';
import { refuse } from './reply.js';
import { type Tenant, table } from './tenant.js';

/** The connectors that send messages, by what they send. */
const senders = {
  Email: new Set([
    'aliyun-direct-mail',
    'aws-ses-mail',
    'http-email',
    'logto-email',
    'mailgun-email',
    'mailjunky-email-service',
    'mock-email-service',
    'mock-email-service-alternative',
    'postmark-mail',
    'sendgrid-email-service',
    'simple-mail-transfer-protocol',
    'smtp2go-email-service',
  ]),
  Sms: new Set([
    'aliyun-short-message-auth-service',
    'aliyun-short-message-service',
    'gatewayapi-sms',
    'http-sms',
    'mock-short-message-service',
    'smsaero-short-message-service',
    'smsbao-sms',
    'tencent-short-message-service',
    'twilio-short-message-service',
    'vonage-sms',
    'whatsapp-short-message-service',
    'yunpian-sms',
  ]),
} as const;

export type MessageKind = keyof typeof senders;

/** Whether the tenant has a connector that sends such messages. */
export const canSend = (tenant: Tenant, kind: MessageKind): boolean =>
  tenant.table(connectors).find(({ connectorId }) => senders[kind].has(connectorId)) !== undefined;

/** @throws Refusal 501 `connector.not_found` */
export function requireSender(tenant: Tenant, kind: MessageKind): void {
  if (!canSend(tenant, kind)) {
    throw refuse(501, 'connector.not_found', `The tenant has no ${kind} connector.`, {
      type: kind,
    });
  }
}

/** What is counted against a person or an address. There is no sign-in here, so only messages that were sent. */
export interface Activity {
  readonly id: string;
  readonly tenantId: string;
  readonly targetType: 'User' | 'App';
  /** The real server keeps a hash of it. */
  readonly target: string;
  readonly action: 'VerificationCodeSend' | 'OrganizationInvitationSend';
  readonly createdAt: number;
}

export const sentinelActivities = table<Activity>('sentinel_activities');

/** Ten messages to one recipient within ten minutes; verification codes and invitations are counted apart. */
const limit = { messages: 10, window: 600_000 };

/** Addresses count the same in any case, numbers in any spelling. */
const normalized = (recipient: string): string =>
  recipient.includes('@') ? recipient.trim().toLowerCase() : recipient.replace(/\D/g, '');

/**
 * Runs `send`, which may refuse, unless the recipient has had too many messages; counts the message once it is sent.
 *
 * @throws Refusal 429 `request.message_rate_limited`
 */
export function withinLimit(
  { tenant, now }: Call,
  action: Activity['action'],
  recipient: string,
  send: () => void = () => {},
): void {
  const activities = tenant.table(sentinelActivities);
  const target = normalized(recipient);
  const sent = activities.filter(
    (one) => one.target === target && one.action === action && one.createdAt > now - limit.window,
  );
  if (sent.length >= limit.messages) {
    throw refuse(429, 'request.message_rate_limited', 'Too many messages to one recipient.');
  }
  send();
  activities.insert({
    id: tenant.newId(),
    tenantId,
    targetType: 'User',
    target,
    action,
    createdAt: now,
  });
}
