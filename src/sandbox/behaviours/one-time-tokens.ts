import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { type Json, tenantId } from '../entities.js';
import { created, missing, noContent, ok, refuse } from '../reply.js';
import { table } from '../tenant.js';

interface OneTimeToken {
  readonly id: string;
  readonly tenantId: string;
  readonly email: string;
  readonly token: string;
  readonly context: Json;
  /** As stored: still `active` after it has expired. */
  readonly status: 'active' | 'consumed' | 'revoked' | 'expired';
  readonly createdAt: number;
  readonly expiresAt: number;
}

const oneTimeTokens = table<OneTimeToken>('one_time_tokens');

/** Seconds. */
const defaultLifetime = 600;

const tokenOf = (call: Call): OneTimeToken => {
  const token = call.tenant.table(oneTimeTokens).get(pathValue(call, 'id'));
  if (token === undefined) {
    throw missing('entity.not_exists_with_id', 'one-time token');
  }
  return token;
};

/** A response shows a token as expired after its time, whatever is stored. */
const shown = ({ status, ...token }: OneTimeToken, now: number) => ({
  ...token,
  status: status === 'active' && token.expiresAt < now ? ('expired' as const) : status,
});

const unusable = (
  reason: 'email_mismatch' | 'token_expired' | 'token_consumed' | 'token_revoked',
) => refuse(400, `one_time_token.${reason}`, 'The token cannot be used.');

export const oneTimeTokenBehaviours: Behaviours = {
  listOneTimeTokens(call) {
    const { tenant, query, now } = call;
    const email = query.text('email');
    const status = query.text('status');
    const rows = tenant.table(oneTimeTokens).newestFirst();
    const found = rows.filter(
      (one) =>
        (email === undefined || one.email === email) &&
        (status === undefined || one.status === status),
    );
    // As in Logto, the total ignores the filters.
    return list(
      call,
      found.map((one) => shown(one, now)),
      { total: rows.length },
    );
  },

  addOneTimeTokens({ tenant, now, body }) {
    const {
      email,
      expiresIn = defaultLifetime,
      context = {},
    } = body<{ email: string; expiresIn?: number; context?: Json }>();
    const tokens = tenant.table(oneTimeTokens);
    for (const { id } of tokens.filter(
      (one) => one.email === email && one.status === 'active' && one.expiresAt <= now,
    )) {
      tokens.update(id, { status: 'expired' });
    }
    return created(
      tokens.insert({
        tenantId,
        id: tenant.newId(),
        email,
        token: tenant.newId(32),
        context,
        status: 'active',
        createdAt: now,
        expiresAt: now + expiresIn * 1000,
      }),
    );
  },

  getOneTimeToken: (call) => ok(shown(tokenOf(call), call.now)),

  deleteOneTimeToken(call) {
    if (!call.tenant.table(oneTimeTokens).delete(pathValue(call, 'id'))) {
      throw missing('entity.not_found', 'one-time token');
    }
    return noContent();
  },

  verifyOneTimeToken({ tenant, now, body }) {
    const { token, email } = body<{ token: string; email: string }>();
    const tokens = tenant.table(oneTimeTokens);
    const found = tokens.find((one) => one.token === token);
    if (found === undefined) {
      throw refuse(404, 'one_time_token.token_not_found', 'There is no such token.');
    }
    if (found.email !== email) {
      throw unusable('email_mismatch');
    }
    if (found.expiresAt <= now || found.status === 'expired') {
      if (found.status === 'active') {
        tokens.update(found.id, { status: 'expired' });
      }
      throw unusable('token_expired');
    }
    if (found.status !== 'active') {
      throw unusable(found.status === 'consumed' ? 'token_consumed' : 'token_revoked');
    }
    return ok(tokens.update(found.id, { status: 'consumed' }));
  },

  replaceOneTimeTokenStatus(call) {
    const { id } = tokenOf(call);
    const { status } = call.body<Pick<OneTimeToken, 'status'>>();
    return ok(call.tenant.table(oneTimeTokens).update(id, { status }));
  },
};
