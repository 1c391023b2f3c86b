import type { Behaviours } from '../call.js';
import { signInExperience } from '../experience.js';
import { requireSender, withinLimit } from '../messages.js';
import { noContent, refuse } from '../reply.js';
import { type Tenant, table } from '../tenant.js';

/**
 * A sent code; deleted once it is used.
 *
 * The sandbox sends no messages, so every code is `sandboxCode`.
 */
interface Code {
  /** The recipient. */
  readonly id: string;
  readonly code: string;
  readonly tries: number;
  readonly createdAt: number;
}

const codes = table<Code>('passcodes');

/** The code of every recipient. */
export const sandboxCode = '123456';

type Recipient = { readonly email: string } | { readonly phone: string };

/** Defaults, in seconds and attempts, where the sign-in experience sets none. */
const defaultPolicy = { expirationDuration: 600, maxRetryAttempts: 10 };

const policyOf = (tenant: Tenant) => ({
  ...defaultPolicy,
  ...tenant.get(signInExperience).verificationCodePolicy,
});

const idOf = (recipient: Recipient): string =>
  'email' in recipient ? recipient.email : recipient.phone;

const wrong = (reason: 'not_found' | 'expired' | 'exceed_max_try' | 'code_mismatch') =>
  refuse(400, `verification_code.${reason}`, 'The code is not accepted.');

export const verificationCodeBehaviours: Behaviours = {
  createVerificationCode(call) {
    const { tenant, now } = call;
    const recipient = call.body<Recipient>();
    const id = idOf(recipient);
    withinLimit(call, 'VerificationCodeSend', id, () => {
      requireSender(tenant, 'email' in recipient ? 'Email' : 'Sms');
      tenant.table(codes).insert({ id, code: sandboxCode, tries: 0, createdAt: now });
    });
    return noContent();
  },

  verifyVerificationCode({ tenant, now, body }) {
    const { verificationCode, ...recipient } = body<Recipient & { verificationCode: string }>();
    const sent = tenant.table(codes).get(idOf(recipient));
    if (sent === undefined) {
      throw wrong('not_found');
    }
    const { expirationDuration, maxRetryAttempts } = policyOf(tenant);
    if (sent.createdAt + expirationDuration * 1000 < now) {
      throw wrong('expired');
    }
    if (sent.tries >= maxRetryAttempts) {
      throw wrong('exceed_max_try');
    }
    if (verificationCode !== sent.code) {
      tenant.table(codes).update(sent.id, { tries: sent.tries + 1 });
      throw wrong('code_mismatch');
    }
    tenant.table(codes).delete(sent.id);
    return noContent();
  },
};
