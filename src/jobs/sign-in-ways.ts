/**
 * The ways in which one account can sign in, and what blocks the others. Derived from the account, its factors and the
 * settings of the tenant, because Logto has no operation that answers this.
 */
import type { Item } from '../catalog/write-facts.js';
import { isObject } from '../json.js';

/** What is known of an account and its tenant. A member that could not be read is undefined. */
export interface SignInFacts {
  readonly user: Item;
  readonly hasPassword: boolean | undefined;
  /** Second factors that the account has set up. */
  readonly factors: readonly Item[] | undefined;
  /** The sign-in experience of the tenant. */
  readonly settings: Item | undefined;
  readonly connectors: readonly Item[] | undefined;
  readonly ssoConnectors: readonly Item[] | undefined;
  /** Epoch milliseconds until which Logto refuses further attempts, if the log says that it does. */
  readonly lockedUntil?: number | undefined;
}

/** One way to sign in. */
export interface SignInWay {
  readonly way: string;
  readonly works: boolean | 'not known';
  /** Why it does not work, or why that is not known; a clause. */
  readonly because?: string;
}

/** A way with what blocks it, or with what could not be read about it. */
function wayOf(way: string, blocked: string | undefined, unread: string | undefined): SignInWay {
  const because = blocked ?? unread;
  return {
    way,
    works: blocked !== undefined ? false : unread !== undefined ? 'not known' : true,
    ...(because !== undefined && { because }),
  };
}

/** A way of an account that is blocked as a whole, with the state that the way would have otherwise. */
function blockedBy(blocks: readonly string[], { way, works, because }: SignInWay): SignInWay {
  if (blocks.length === 0) {
    return { way, works, ...(because !== undefined && { because }) };
  }
  const rest =
    works === true ? 'there is no other reason' : `also, ${because ?? 'it does not work'}`;
  return { way, works: false, because: `${blocks.join(', and ')}; ${rest}` };
}

export interface SignInVerdict {
  /** True if a way works, false if none does. */
  readonly can_sign_in: boolean | 'not known';
  /** What blocks every way. */
  readonly blockers: readonly string[];
  readonly ways: readonly SignInWay[];
  /** What the account is asked for after the first factor. */
  readonly second_factor?: string;
}

const itemsIn = (value: unknown): readonly Item[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** The member of an account that belongs to an identifier of a sign-in method. */
const identifierMembers: Readonly<Record<string, string>> = {
  username: 'username',
  email: 'primaryEmail',
  phone: 'primaryPhone',
};

/** The type of connector that sends a code to an identifier. */
const codeConnectors: Readonly<Record<string, string>> = { email: 'Email', phone: 'Sms' };

/** The SSO connector that claims the domain of the account's address; Logto then sends the person there. */
function claimingConnector({ user, settings, ssoConnectors }: SignInFacts): Item | undefined {
  const email = user['primaryEmail'];
  if (typeof email !== 'string' || settings?.['singleSignOnEnabled'] !== true) {
    return undefined;
  }
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return ssoConnectors?.find((connector) =>
    textsIn(connector['domains']).some((claimed) => claimed.toLowerCase() === domain),
  );
}

/** The ways by an identifier with a password or a code. */
function identifierWays(facts: SignInFacts): SignInWay[] {
  const { user, hasPassword, settings, connectors, ssoConnectors } = facts;
  const methods = isObject(settings?.['signIn']) ? itemsIn(settings['signIn']['methods']) : [];
  const claimed = claimingConnector(facts);
  const redirect =
    claimed === undefined
      ? undefined
      : `an address of this domain is sent to the SSO connector ${JSON.stringify(claimed['connectorName'])}`;
  return methods.flatMap((method) => {
    const identifier = String(method['identifier']);
    const member = identifierMembers[identifier];
    const value = member === undefined ? undefined : user[member];
    const missing =
      typeof value === 'string' && value !== '' ? undefined : `the account has no ${identifier}`;
    const blocked = missing ?? (identifier === 'email' ? redirect : undefined);
    const unreadSso =
      identifier === 'email' &&
      settings?.['singleSignOnEnabled'] === true &&
      ssoConnectors === undefined
        ? 'the SSO connectors could not be read, and one of them may claim the domain'
        : undefined;
    const ways: SignInWay[] = [];
    if (method['password'] === true) {
      ways.push(
        wayOf(
          `${identifier} and password`,
          blocked ?? (hasPassword === false ? 'no password is set' : undefined),
          hasPassword === undefined ? 'whether a password is set could not be read' : unreadSso,
        ),
      );
    }
    const type = codeConnectors[identifier];
    if (method['verificationCode'] === true && type !== undefined) {
      const isSent = connectors?.some((connector) => connector['type'] === type);
      ways.push(
        wayOf(
          `${identifier} and verification code`,
          blocked ?? (isSent === false ? `no ${identifier} connector sends the code` : undefined),
          isSent === undefined ? 'the connectors could not be read' : unreadSso,
        ),
      );
    }
    return ways;
  });
}

/** The ways by a linked social account. */
function socialWays({ user, settings, connectors }: SignInFacts): SignInWay[] {
  const enabled = textsIn(settings?.['socialSignInConnectorTargets']);
  const identities = isObject(user['identities']) ? user['identities'] : {};
  return Object.keys(identities).map((target) => {
    const connector = connectors?.find(
      (candidate) => candidate['target'] === target && candidate['type'] === 'Social',
    );
    const because = !enabled.includes(target)
      ? 'it is not offered on the sign-in page'
      : connectors !== undefined && connector === undefined
        ? 'its connector no longer exists'
        : undefined;
    return wayOf(
      `social: ${target}`,
      because,
      connectors === undefined ? 'the connectors could not be read' : undefined,
    );
  });
}

/** The ways by single sign-on. */
function ssoWays(facts: SignInFacts): SignInWay[] {
  const { user, settings, ssoConnectors } = facts;
  const claimed = claimingConnector(facts);
  const linked = itemsIn(user['ssoIdentities']).map((identity) =>
    String(identity['ssoConnectorId'] ?? ''),
  );
  const ids = new Set([...linked, ...(claimed === undefined ? [] : [String(claimed['id'])])]);
  return [...ids]
    .filter((id) => id !== '')
    .map((id) => {
      const connector = ssoConnectors?.find((candidate) => candidate['id'] === id);
      const because =
        settings?.['singleSignOnEnabled'] === false
          ? 'single sign-on is switched off'
          : ssoConnectors !== undefined && connector === undefined
            ? 'its connector no longer exists'
            : connector !== undefined && connector !== claimed
              ? 'the address of the account is in none of its domains'
              : undefined;
      return wayOf(
        `SSO: ${String(connector?.['connectorName'] ?? id)}`,
        because,
        ssoConnectors === undefined ? 'the SSO connectors could not be read' : undefined,
      );
    });
}

/** What the tenant requires of this account as a second factor. */
function secondFactor({ settings, factors }: SignInFacts): string | undefined {
  const mfa = isObject(settings?.['mfa']) ? settings['mfa'] : undefined;
  const policy = String(mfa?.['policy'] ?? '');
  const setUp = factors?.map((factor) => String(factor['type']));
  const offered = textsIn(mfa?.['factors']);
  if (setUp !== undefined && setUp.length > 0) {
    if (mfa === undefined) {
      return `has ${setUp.join(', ')}; whether the tenant asks for it could not be read`;
    }
    const unusable = setUp.filter((type) => !offered.includes(type));
    return unusable.length === setUp.length
      ? `has ${setUp.join(', ')}, which the tenant does not offer`
      : `is asked for one of ${setUp.filter((type) => !unusable.includes(type)).join(', ')}`;
  }
  if (/^Mandatory$/i.test(policy) || policy === 'PromptAtSignInAndSignUpMandatory') {
    return `MFA is mandatory and none is set up: the person must set one up (${offered.join(', ')}) at the next sign-in`;
  }
  return undefined;
}

/** What is known of the sign-in of one account. */
export function explainSignIn(facts: SignInFacts): SignInVerdict {
  const { user, settings } = facts;
  const byIdentifier = identifierWays(facts);
  const others = [...socialWays(facts), ...ssoWays(facts)];
  const unblocked = [...byIdentifier, ...others];
  const account = [
    user['isSuspended'] === true && 'the account is suspended',
    settings?.['signInMode'] === 'Register' && 'the tenant only lets people register (signInMode)',
  ].filter((reason) => typeof reason === 'string');
  // Logto locks identifiers: a social account or single sign-on is not affected.
  const locked =
    facts.lockedUntil === undefined
      ? []
      : [
          `too many attempts have failed: locked until ${new Date(facts.lockedUntil).toISOString()}, unless it was unlocked since`,
        ];
  const ways = [
    ...byIdentifier.map((way) => blockedBy([...account, ...locked], way)),
    ...others.map((way) => blockedBy(account, way)),
  ];
  const isBlocked = ways.every(({ works }) => works === false);
  const blockers = [
    ...account,
    ...(isBlocked ? locked : []),
    ...(settings !== undefined && unblocked.length === 0
      ? ['the tenant has no sign-in method that this account could use']
      : []),
    ...(settings !== undefined &&
    unblocked.length > 0 &&
    unblocked.every(({ works }) => works === false)
      ? ['none of the sign-in methods of the tenant works for this account']
      : []),
  ];
  const factor = secondFactor(facts);
  return {
    can_sign_in:
      blockers.length > 0 ? false : ways.some(({ works }) => works === true) || 'not known',
    blockers,
    ways,
    ...(factor !== undefined && { second_factor: factor }),
  };
}
