import * as z from 'zod';
import { emailAddress, phoneNumber } from './fields.js';
import { domain, operation, whole } from './operation.js';

const Email = emailAddress.describe('e-mail address');
const Phone = phoneNumber.describe('digits only, with country code, no +: 12025550123');
const Code = z.string().min(1).describe('as the owner received it');

export const verificationCodes = domain({
  title: 'Verification codes',
  about:
    'Codes that prove who owns an e-mail address or a phone number, outside any sign-in. Codes of the sign-in page are not in the Management API.',
  operations: {
    createVerificationCode: operation('POST /api/verification-codes', {
      summary:
        'Send a new six-digit code to an e-mail address or a phone number; it replaces an unused one.',
      notes:
        'The 11th message to one recipient within 10 minutes is refused (429); delete_sentinel_activities resets that count.',
      body: whole(
        'recipient',
        z.union([z.strictObject({ email: Email }), z.strictObject({ phone: Phone })]),
      ),
      reaches: 'it sends an e-mail or a text message, which may cost money',
      needs: 'an e-mail connector, for phones an SMS connector',
      risk: [{ risk: 'irreversible', because: 'a message sent cannot be called back' }],
    }),
    verifyVerificationCode: operation('POST /api/verification-codes/verify', {
      summary: 'Check a code that create_verification_code sent; a right one is consumed.',
      notes:
        'Wrong codes count: by default 10 use it up, and it lives 10 minutes (verificationCodePolicy in get_sign_in_exp).',
      body: whole(
        'verification',
        z.union([
          z.strictObject({ email: Email, verificationCode: Code }),
          z.strictObject({ phone: Phone, verificationCode: Code }),
        ]),
      ),
      effect: 'changes',
      risk: [{ risk: 'irreversible', because: 'a right code is used up, and wrong ones count' }],
    }),
  },
});
