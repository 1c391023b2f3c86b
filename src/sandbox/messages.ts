/** Messages: the connector that they need, and their rate limit. Nothing is sent. */
import type { Call } from './call.js';
import { connectors, tenantId } from './entities.js';
import { refuse } from './reply.js';
import { type Tenant, table } from './tenant.js';

/** Connector kinds that send messages, by type. */
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

/** Whether the tenant has a connector of this type. */
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

/** An activity that Logto counts for a user or an address. The sandbox has no sign-in, so it counts messages only. */
export interface Activity {
  readonly id: string;
  readonly tenantId: string;
  readonly targetType: 'User' | 'App';
  /** The real server stores a hash of it. */
  readonly target: string;
  readonly action: 'VerificationCodeSend' | 'OrganizationInvitationSend';
  readonly createdAt: number;
}

export const sentinelActivities = table<Activity>('sentinel_activities');

/** Ten messages to one recipient within ten minutes, counted separately for verification codes and invitations. Window in milliseconds. */
const limit = { messages: 10, window: 600_000 };

/** Addresses are compared without case, phone numbers by their digits. */
const normalized = (recipient: string): string =>
  recipient.includes('@') ? recipient.trim().toLowerCase() : recipient.replace(/\D/g, '');

/**
 * Runs `send` unless the recipient has reached the limit, and counts the message when `send` does not throw.
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
    (activity) =>
      activity.target === target &&
      activity.action === action &&
      activity.createdAt > now - limit.window,
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
