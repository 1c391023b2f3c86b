/**
 * Conditions that risk rules share. All are pure functions of the arguments and of the state before and after the call; if
 * the state could not be read, they assume the worse case.
 */
import { isEqual, isObject, valueAt } from '../json.js';
import { changeAt, changesField, type RiskCondition, type RiskInput } from './risk.js';

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');

/** True if one of the conditions is. */
export const anyOf =
  (...conditions: readonly RiskCondition[]): RiskCondition =>
  (input) =>
    conditions.some((condition) => condition(input));

/** True if all of the conditions are. */
export const allOf =
  (...conditions: readonly RiskCondition[]): RiskCondition =>
  (input) =>
    conditions.every((condition) => condition(input));

/** A create that displaces another entity. */
export const displaces: RiskCondition = ({ before }) => !Array.isArray(before) || before.length > 0;

/** A write over existing settings; not the first write. */
export const overwrites: RiskCondition = ({ before }) => before !== null;

/** The call has this argument, or this member of an argument. */
export const gives =
  (path: string): RiskCondition =>
  ({ values }) =>
    valueAt(values, path) !== undefined;

/** A field gets this value and does not have it yet. */
export const becomes =
  (path: string, value: unknown): RiskCondition =>
  (input) => {
    const { before, after } = changeAt(input, path);
    return isEqual(after, value) && !isEqual(before, value);
  };

/** A switch that is on, or on by default, is turned off, or left out of a value that is replaced. */
export const turnsOff =
  (path: string): RiskCondition =>
  (input) => {
    const { before, after, isKnown } = changeAt(input, path);
    return (after === false && before !== false) || (isKnown && before === true && after !== true);
  };

/** A switch that is off, or off by default, is turned on. */
export const turnsOn = (path: string): RiskCondition => becomes(path, true);

/** A field that is set is cleared: by null, by an empty text, or by being left out of a value that is replaced. */
export const clears =
  (path: string): RiskCondition =>
  (input) => {
    const { before, after, isKnown } = changeAt(input, path);
    const isEmpty = (value: unknown): boolean =>
      value === undefined || value === null || value === '';
    return isKnown ? !isEmpty(before) && isEmpty(after) : after === null || after === '';
  };

/*
 * Sets and lists
 */

/** The arguments that name the members of a set: ids, and names where the set takes them too. */
interface SetArguments {
  readonly ids: string;
  readonly names?: string;
}

const idOf = (member: unknown): unknown =>
  isObject(member) ? (member['id'] ?? member['domain'] ?? member['emailDomain']) : member;

/** Whether the arguments name a current member of the set. A member that was read as a bare id is not found by a name. */
const isNamed =
  ({ values }: RiskInput, { ids, names }: SetArguments) =>
  (member: unknown): boolean =>
    listOf(valueAt(values, ids)).includes(idOf(member)) ||
    (names !== undefined &&
      isObject(member) &&
      listOf(valueAt(values, names)).includes(member['name']));

/** A set is replaced, and some of its current members are not named any more. */
export const losesMembers =
  (ids: string, names?: string): RiskCondition =>
  (input) =>
    !Array.isArray(input.before) ||
    !input.before.every(isNamed(input, names === undefined ? { ids } : { ids, names }));

/** A set is replaced, and some members are named that it does not have. Names count as new, unless a member has the name. */
export const gainsMembers =
  (ids: string, names?: string): RiskCondition =>
  ({ values, before }) => {
    const members = listOf(before);
    const present = new Set(members.map(idOf));
    const presentNames = new Set(members.map((member) => isObject(member) && member['name']));
    return (
      listOf(valueAt(values, ids)).some((id) => !present.has(id)) ||
      (names !== undefined &&
        listOf(valueAt(values, names)).some(
          (name) => typeof name !== 'string' || !presentNames.has(name),
        ))
    );
  };

const lacks =
  (list: readonly unknown[]) =>
  (item: unknown): boolean =>
    !list.some((other) => isEqual(item, other));

/** One of these lists inside an entity loses entries. Without a known current value, setting one of them counts. */
export const losesEntries =
  (...paths: readonly string[]): RiskCondition =>
  (input) =>
    paths.some((path) => {
      const { before, after, isKnown } = changeAt(input, path);
      return isKnown ? listOf(before).some(lacks(listOf(after))) : after !== undefined;
    });

/** One of these lists inside an entity gets entries that it did not have. */
export const gainsEntries =
  (...paths: readonly string[]): RiskCondition =>
  (input) =>
    paths.some((path) => {
      const { before, after } = changeAt(input, path);
      return listOf(after).some(lacks(listOf(before)));
    });

/*
 * Addresses
 */

/** A loopback host: what is sent there stays on the user's own machine. */
const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname);

/** Scheme and host of an address, which decide who receives it. Undefined for loopback. */
function siteOf(address: string): string | undefined {
  // A port can be a wildcard in Logto's redirect URIs, which the parser refuses.
  const parseable = address.replace(/:\*(?=\/|$)/, '');
  if (!URL.canParse(parseable)) {
    return address.toLowerCase();
  }
  const { protocol, hostname } = new URL(parseable);
  return isLoopback(hostname) ? undefined : `${protocol}//${hostname.toLowerCase()}`;
}

const sitesOf = (value: unknown): readonly string[] =>
  textsOf(value)
    .filter((address) => address !== '')
    .map(siteOf)
    .filter((site) => site !== undefined);

/**
 * One of these fields, each an address or a list of them, leads to a host that none of them led to before. Loopback hosts
 * are free. Another scheme counts as another host, since http on a host that had https lets others listen.
 */
export const newHost =
  (...paths: readonly string[]): RiskCondition =>
  (input) => {
    const changes = paths.map((path) => changeAt(input, path));
    const sitesBefore = new Set(changes.flatMap(({ before }) => sitesOf(before)));
    return changes.some(({ after }) => sitesOf(after).some((site) => !sitesBefore.has(site)));
  };

/** Members of free settings whose names say that they contain an address. */
const addressName =
  /(url|uri|endpoint|issuer|host|hostname|server|domain|origin|address|region|metadata|path|port)s?$/i;

/** Members of free settings whose names say that they contain a secret. Addresses, ids and switches never do. */
const secretName =
  /(secret|password|passwd|passphrase|token|apikey|api_key|accesskey|privatekey|private_key|credentials?|authtoken|signingkey|auth|pass|^headers$|key)$/i;
const neverSecret =
  /(endpoint|url|uri|id|enabled|publickey|public_key|sitekey|^tokenendpointauthmethod)$/i;

/** Whether a member of settings without a fixed form contains a secret, by its name. */
export const isSecretName = (name: string): boolean =>
  secretName.test(name) && !neverSecret.test(name);

/** Whether a member of settings without a fixed form contains an address, by its name. */
export const isAddressName = (name: string): boolean => addressName.test(name);

/** Members at any depth whose names pass; those inside a member that passes belong to it. */
function membersNamed(
  value: unknown,
  passes: (name: string) => boolean,
  path = '',
): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => membersNamed(item, passes, `${path}.${index}`));
  }
  return isObject(value)
    ? Object.entries(value).flatMap(([name, member]) =>
        passes(name)
          ? [[`${path}.${name}`, member] as const]
          : membersNamed(member, passes, `${path}.${name}`),
      )
    : [];
}

const isFilled = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(isObject(value) && isEqual(value, {}));

/**
 * Settings whose address changes while a secret that is stored with them stays: the secret would go to the new address.
 *
 * @param path the field that holds the settings
 */
export const addressChangedWithKeptSecrets =
  (path: string): RiskCondition =>
  (input) => {
    const { before, after, isKnown } = changeAt(input, path);
    if (!isKnown) {
      return membersNamed(after, isAddressName).length > 0;
    }
    const addresses = new Map(membersNamed(before, isAddressName));
    const secrets = new Map(membersNamed(before, isSecretName));
    return (
      membersNamed(after, isAddressName).some(
        ([path, address]) => isFilled(address) && !isEqual(address, addresses.get(path)),
      ) &&
      membersNamed(after, isSecretName).some(
        ([path, secret]) => isFilled(secret) && isEqual(secret, secrets.get(path)),
      )
    );
  };

/** Settings whose stored secrets are overwritten or dropped. The journal holds no secrets, so it cannot restore them. */
export const overwritesSecrets =
  (path: string): RiskCondition =>
  (input) => {
    const { before, after, isKnown } = changeAt(input, path);
    const secrets = new Map(membersNamed(after, isSecretName));
    return isKnown
      ? membersNamed(before, isSecretName).some(
          ([path, secret]) => isFilled(secret) && !isEqual(secret, secrets.get(path)),
        )
      : secrets.size > 0;
  };

/** A map whose values may be secrets, such as variables of a script: one of them is overwritten or dropped. */
export const overwritesMembers =
  (path: string): RiskCondition =>
  (input) => {
    const { before, after, isKnown } = changeAt(input, path);
    return isKnown
      ? isObject(before) &&
          Object.entries(before).some(
            ([name, value]) => !isEqual(value, isObject(after) ? after[name] : undefined),
          )
      : after !== undefined;
  };

/**
 * Mail providers where anyone can get an address: an address there proves no membership. A selection of the largest;
 * a domain that is not in it may still be public.
 */
const publicMailDomains = new Set(
  `126.com 163.com aol.com bk.ru duck.com email.com fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de
  gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr hotmail.it icloud.com inbox.ru laposte.net
  libero.it list.ru live.co.uk live.com live.fr live.nl mac.com mail.com mail.ru mailinator.com me.com msn.com naver.com
  orange.fr outlook.com outlook.de outlook.fr pm.me proton.me protonmail.com qq.com rediffmail.com rocketmail.com seznam.cz
  sina.com t-online.de tutanota.com tuta.io uol.com.br wanadoo.fr web.de wp.pl yahoo.co.jp yahoo.co.in yahoo.co.uk yahoo.com
  yahoo.com.br yahoo.de yahoo.fr yandex.com yandex.ru ymail.com zoho.com`.split(/\s+/),
);

/** Whether anyone can get an address under an e-mail domain. */
export const isPublicMailDomain = (domain: string): boolean =>
  publicMailDomains.has(domain.trim().toLowerCase().replace(/^@/, ''));

/** One of these fields names a public mail provider that it did not name before. */
export const namesPublicMailDomain =
  (...paths: readonly string[]): RiskCondition =>
  (input) =>
    paths.some((path) => {
      const members = listOf(input.before).map(idOf);
      const { before, after } = changeAt(input, path);
      return textsOf(after).some(
        (domain) =>
          isPublicMailDomain(domain) &&
          !members.includes(domain) &&
          !textsOf(before).includes(domain),
      );
    });

/**
 * Style sheets that load content from an address: they can send what people type to another host, or replace the page. An
 * escape counts too, because it can spell any of the names.
 */
export const loadsFromElsewhere =
  (path: string): RiskCondition =>
  (input) => {
    const css = changeAt(input, path).after;
    return (
      changesField(input, path) &&
      typeof css === 'string' &&
      /url|@import|image|src\s*\(|\\/i.test(css.replace(/\/\*[\s\S]*?\*\//g, ''))
    );
  };

/*
 * Accounts
 */

const identifiers = ['username', 'primaryEmail', 'primaryPhone'] as const;

/**
 * The update clears the last of what an account signs in with: username, e-mail and phone are empty afterwards, and no
 * social or enterprise identity is left to sign in with.
 */
export const lastIdentifier: RiskCondition = (input) => {
  const { values, before, after } = input;
  if (!identifiers.some((name) => values[name] === null || values[name] === '')) {
    return false;
  }
  if (before === undefined) {
    return true;
  }
  return (
    identifiers.some((name) => isFilled(valueAt(before, name))) &&
    identifiers.every((name) => !isFilled(valueAt(after, name))) &&
    !isFilled(valueAt(after, 'identities')) &&
    listOf(valueAt(after, 'ssoIdentities')).length === 0
  );
};

/*
 * Settings of sign-in
 */

/** MFA policies, from the weakest. */
const mfaStrength: Readonly<Record<string, number>> = {
  NoPrompt: 0,
  UserControlled: 1,
  PromptOnlyAtSignIn: 1,
  PromptAtSignInAndSignUp: 1,
  PromptOnlyAtSignInMandatory: 2,
  PromptAtSignInAndSignUpMandatory: 2,
  Mandatory: 2,
};

const strengthOf = (policy: unknown): number =>
  typeof policy === 'string' ? (mfaStrength[policy] ?? 0) : 0;

/** The MFA settings ask for less: a weaker policy, for all or inside organizations, or a removed factor. */
export const loosensMfa: RiskCondition = (input) => {
  const policies = ['mfa.policy', 'mfa.organizationRequiredMfaPolicy'];
  const isWeaker = (path: string): boolean => {
    const { before, after, isKnown } = changeAt(input, path);
    return isKnown
      ? strengthOf(after) < strengthOf(before)
      : after !== undefined && strengthOf(after) < 2;
  };
  return policies.some(isWeaker) || losesEntries('mfa.factors')(input);
};

/** A number goes down. A missing one counts as unknown, and setting it over an unknown one as lower. */
export const lowers =
  (path: string): RiskCondition =>
  (input) => {
    const { before, after } = changeAt(input, path);
    return (
      changesField(input, path) &&
      (typeof before !== 'number' || typeof after !== 'number' || after < before)
    );
  };

/** A number goes up, or is dropped. A missing one counts as unknown, and setting it over an unknown one as higher. */
export const raises =
  (path: string): RiskCondition =>
  (input) => {
    const { before, after } = changeAt(input, path);
    return (
      changesField(input, path) &&
      (typeof before !== 'number' || typeof after !== 'number' || after > before)
    );
  };

/** The password policy accepts weaker passwords than before. */
export const loosensPasswordPolicy: RiskCondition = anyOf(
  lowers('passwordPolicy.length.min'),
  lowers('passwordPolicy.characterTypes.min'),
  turnsOff('passwordPolicy.rejects.pwned'),
  turnsOff('passwordPolicy.rejects.repetitionAndSequence'),
  turnsOff('passwordPolicy.rejects.userInfo'),
  losesEntries('passwordPolicy.rejects.words'),
);

const accessLevels: readonly unknown[] = ['Off', 'ReadOnly', 'Edit'];

/** A field of the account center becomes visible or changeable for users. */
export const widensAccountFields: RiskCondition = (input) => {
  const { before, after } = changeAt(input, 'fields');
  const level = (value: unknown): number => Math.max(0, accessLevels.indexOf(value));
  return (
    isObject(after) &&
    Object.entries(after).some(
      ([name, access]) => level(access) > level(isObject(before) ? before[name] : undefined),
    )
  );
};

const accessLists = ['userIds', 'userRoleIds', 'organizationIds', 'organizationRoleRules'];

/** The rules name fewer users, roles or organizations than before. */
export const losesAccess: RiskCondition = ({ values, before }) =>
  before === undefined ||
  accessLists.some((name) => listOf(valueAt(before, name)).some(lacks(listOf(values[name]))));

/** Access rules that exist get more people. The first rules of an application only restrict it. */
export const widensAccess: RiskCondition = ({ values, before }) =>
  before === undefined ||
  (accessLists.some((name) => listOf(valueAt(before, name)).length > 0) &&
    accessLists.some((name) => listOf(values[name]).some(lacks(listOf(valueAt(before, name))))));
