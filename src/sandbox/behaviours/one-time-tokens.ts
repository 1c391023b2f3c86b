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
  /** The stored status: still `active` after the token has expired. */
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

/** A response shows a token as expired after its time, whatever its stored status is. */
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
    const matches = rows.filter(
      (row) =>
        (email === undefined || row.email === email) &&
        (status === undefined || row.status === status),
    );
    // As in Logto, the total ignores the filters.
    return list(
      call,
      matches.map((row) => shown(row, now)),
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
      (row) => row.email === email && row.status === 'active' && row.expiresAt <= now,
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
    const stored = tokens.find((row) => row.token === token);
    if (stored === undefined) {
      throw refuse(404, 'one_time_token.token_not_found', 'There is no such token.');
    }
    if (stored.email !== email) {
      throw unusable('email_mismatch');
    }
    if (stored.expiresAt <= now || stored.status === 'expired') {
      if (stored.status === 'active') {
        tokens.update(stored.id, { status: 'expired' });
      }
      throw unusable('token_expired');
    }
    if (stored.status !== 'active') {
      throw unusable(stored.status === 'consumed' ? 'token_consumed' : 'token_revoked');
    }
    return ok(tokens.update(stored.id, { status: 'consumed' }));
  },

  replaceOneTimeTokenStatus(call) {
    const { id } = tokenOf(call);
    const { status } = call.body<Pick<OneTimeToken, 'status'>>();
    return ok(call.tenant.table(oneTimeTokens).update(id, { status }));
  },
};
