/**
 * By which ways one account can sign in, and what blocks the others. Derived from the account, its factors and the settings
 * of the tenant; Logto has no operation that answers this.
 */
import { isObject } from '../json.js';

type Item = Readonly<Record<string, unknown>>;

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
}

/** One way to sign in. */
export interface SignInWay {
  readonly way: string;
  readonly works: boolean;
  /** Why it does not work, or under which condition it does; a clause. */
  readonly because?: string;
}

export interface SignInVerdict {
  readonly can_sign_in: boolean | 'not known';
  /** What keeps the account out whatever way is taken. */
  readonly blockers: readonly string[];
  readonly ways: readonly SignInWay[];
  /** What the account is asked for beside the first factor. */
  readonly second_factor?: string;
}

const itemsIn = (value: unknown): readonly Item[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** The member of an account that an identifier of a sign-in method is. */
const identifierMembers: Readonly<Record<string, string>> = {
  username: 'username',
  email: 'primaryEmail',
  phone: 'primaryPhone',
};

/** The type of connector that brings a code to an identifier. */
const codeConnectors: Readonly<Record<string, string>> = { email: 'Email', phone: 'Sms' };

/** The SSO connector that claims the domain of the account's address; Logto then sends the person there. */
function claimingConnector({ user, settings, ssoConnectors }: SignInFacts): Item | undefined {
  const email = user['primaryEmail'];
  if (typeof email !== 'string' || settings?.['singleSignOnEnabled'] !== true) {
    return undefined;
  }
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return ssoConnectors?.find((one) =>
    textsIn(one['domains']).some((own) => own.toLowerCase() === domain),
  );
}

/** The ways by an identifier with a password or a code. */
function identifierWays(facts: SignInFacts): SignInWay[] {
  const { user, hasPassword, settings, connectors } = facts;
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
    const ways: SignInWay[] = [];
    if (method['password'] === true) {
      const because = blocked ?? (hasPassword === false ? 'no password is set' : undefined);
      ways.push({
        way: `${identifier} and password`,
        works: because === undefined,
        ...(because !== undefined && { because }),
      });
    }
    const type = codeConnectors[identifier];
    if (method['verificationCode'] === true && type !== undefined) {
      const because =
        blocked ??
        (connectors !== undefined && !connectors.some((one) => one['type'] === type)
          ? `no ${identifier} connector sends the code`
          : undefined);
      ways.push({
        way: `${identifier} and verification code`,
        works: because === undefined,
        ...(because !== undefined && { because }),
      });
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
      (one) => one['target'] === target && one['type'] === 'Social',
    );
    const because = !enabled.includes(target)
      ? 'it is not offered on the sign-in page'
      : connectors !== undefined && connector === undefined
        ? 'its connector is gone'
        : undefined;
    return {
      way: `social: ${target}`,
      works: because === undefined,
      ...(because !== undefined && { because }),
    };
  });
}

/** The ways by single sign-on. */
function ssoWays(facts: SignInFacts): SignInWay[] {
  const { user, settings, ssoConnectors } = facts;
  const claimed = claimingConnector(facts);
  const linked = itemsIn(user['ssoIdentities']).map((one) => String(one['ssoConnectorId'] ?? ''));
  const ids = new Set([...linked, ...(claimed === undefined ? [] : [String(claimed['id'])])]);
  return [...ids]
    .filter((id) => id !== '')
    .map((id) => {
      const connector = ssoConnectors?.find((one) => one['id'] === id);
      const because =
        settings?.['singleSignOnEnabled'] === false
          ? 'single sign-on is switched off'
          : ssoConnectors !== undefined && connector === undefined
            ? 'its connector is gone'
            : connector !== undefined && connector !== claimed
              ? 'the address of the account is in none of its domains'
              : undefined;
      return {
        way: `SSO: ${String(connector?.['connectorName'] ?? id)}`,
        works: because === undefined,
        ...(because !== undefined && { because }),
      };
    });
}

/** What the tenant asks of a second factor, seen from this account. */
function secondFactor({ settings, factors }: SignInFacts): string | undefined {
  const mfa = isObject(settings?.['mfa']) ? settings['mfa'] : undefined;
  const policy = String(mfa?.['policy'] ?? '');
  const own = factors?.map((one) => String(one['type']));
  const offered = textsIn(mfa?.['factors']);
  if (own !== undefined && own.length > 0) {
    const unusable = own.filter((type) => offered.length > 0 && !offered.includes(type));
    return unusable.length === own.length
      ? `has ${own.join(', ')}, which the tenant does not offer any more`
      : `is asked for one of ${own.join(', ')}`;
  }
  if (/^Mandatory$/i.test(policy) || policy === 'PromptAtSignInAndSignUpMandatory') {
    return `MFA is mandatory and none is set up: the person must set one up (${offered.join(', ')}) at the next sign-in`;
  }
  return undefined;
}

/** What is known of the sign-in of one account. */
export function explainSignIn(facts: SignInFacts): SignInVerdict {
  const { user, settings } = facts;
  const ways = [...identifierWays(facts), ...socialWays(facts), ...ssoWays(facts)];
  const blockers = [
    user['isSuspended'] === true && 'the account is suspended',
    settings?.['signInMode'] === 'Register' && 'the tenant only lets people register (signInMode)',
    settings !== undefined &&
      ways.length > 0 &&
      !ways.some(({ works }) => works) &&
      'no way to sign in that the tenant offers works for this account',
    settings !== undefined &&
      ways.length === 0 &&
      'the tenant offers no way to sign in that could fit this account',
  ].filter((one) => typeof one === 'string');
  const factor = secondFactor(facts);
  return {
    can_sign_in:
      settings === undefined && blockers.length === 0 ? 'not known' : blockers.length === 0,
    blockers,
    ways,
    ...(factor !== undefined && { second_factor: factor }),
  };
}
