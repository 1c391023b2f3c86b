/** The vocabulary of the search: verbs by effect, and Logto's terms with the synonyms that people use. */
import type { Effect } from '../../catalog/operation.js';

/** Verbs by the effect that they request, in any form that `stem` reduces to one. A verb may be in several lines. */
export const intents: Readonly<Record<Effect, string>> = {
  reads:
    'list show get see view find search look lookup fetch read display check inspect browse tell know details current currently retrieve query enumerate count export download print explain investigate debug test try validate verify confirm compare preview simulate',
  adds: 'create add new make register provision define issue generate invite enroll enrol assign grant give start launch introduce attach put append insert link connect build mint include upload send resend mail import migrate onboard subscribe join bring permit compose associate collect ask prepend impersonate appoint rotate renew regenerate roll promote set enable configure',
  changes:
    'update change edit modify rename adjust configure set enable disable turn switch toggle replace overwrite reset rotate reorder mark move pause resume allow customize customise upgrade activate deactivate promote fix sync alter amend revise correct extend shorten renew roll regenerate relabel tweak merge patch require enforce force limit restrict mandatory hide rearrange sort translate localize unlock lock accept redeem consume store save write remember tag prolong reduce increase raise lower bump swap suspend expire reject decline exempt bypass revoke cancel void invalidate withdraw restore undo stop',
  removes:
    'delete remove revoke take drop erase destroy unlink disconnect forget cancel unsubscribe kick strip unassign withdraw clear purge detach forbid end terminate nuke kill wipe scrap ditch discard eliminate void invalidate expel evict oust unregister deregister decommission retire dissociate disassociate demote deprovision offboard dissolve prune unenroll exclude stop quit throw undo restore reset unlock disable cut lift',
};

/**
 * Verbs so common that they do not distinguish operations. Their effect still counts. Rarer verbs, such as "rotate" or
 * "invite", count as words of their own too.
 */
export const commonVerbs =
  'list show get see view find look fetch read display check tell know details create add new make define give put update change edit modify set delete remove take drop';

/** Synonyms by the term of the catalog that replaces them, on both sides and in any form; the longest match is taken. */
export const synonyms: Readonly<Record<string, string>> = {
  signin: 'sign in, log in, log on, logon, login, signin, authenticate',
  'signin page':
    'sign in page, sign in screen, sign in form, sign in ui, sign in box, sign in exp, sign in experience, sign in frontend, sign in interface, log in page, log in screen, log in form, log in ui, log in experience, login page, login screen, login form, login ui, login box, login experience, login frontend, login interface, login window, universal login, hosted login, hosted ui',
  signup:
    'sign up, signup, self register, self registration, registration, registration form, sign up form, signup form, create their own account',
  'signout session delete': 'sign out, log out, log off, sign off, logout, signout, kick out',
  customdata:
    'custom data, custom attribute, user attribute, metadata, app metadata, user metadata, custom property, extra data, user defined data',
  samlmetadata:
    'saml metadata, idp metadata, sp metadata, metadata xml, xml metadata, federation metadata, metadata document of the idp',
  cimd: 'client id metadata, client id metadata document, cimd, cimd client, self describing client, mcp client, dynamic client, dynamic client registration, dynamic registration',
  jit: 'just in time, just in time provisioning, jit, jit provisioning, auto join, auto joined, automatically join, join automatically, auto provision, auto provisioning, automatic membership, automatically provision, automatically added, added automatically, domain based membership',
  onetimetoken:
    'one time token, one time link, magic link, passwordless link, login link, sign in link, email link',
  pat: 'personal access token, personal token, pat, pats, api key, api token, developer token, access key',
  verificationcode:
    'one time password, one time code, one time passcode, passcode, otp, verification code, security code, confirmation code, six digit code, sms code, email code',
  'application secret':
    'client secret, app secret, application secret, app credential, client credential, application credential',
  'machine application':
    'service account, service client, service principal, service user, machine to machine, m2m, machine client, machine, cron job, cronjob, daemon, background job, backend job, backend service, batch job, nightly job, bot user, robot account, worker, microservice, server to server, headless client, machine user, non human user',
  resource: 'api resource, resource server, audience, apis, api, rest api, backend api',
  'management resource': 'management api',
  organization:
    'org, organization, company, workspace, team, group, business customer, b2b customer, customer company, corporate customer, enterprise customer, firm, corporation, subsidiary, acme, acme corp, acme inc, contoso, globex, initech',
  'organization user':
    'member, team member, org member, organization member, group member, member of an organization, user of an organization',
  application:
    'client, app, application, relying party, app integration, app client, app registration, oauth client, oidc client, oauth app, oauth application, oidc app, oauth2 client, registered client',
  thirdparty:
    'third party, 3rd party, partner, external, partner app, external app, external client, third party app, third party application, third party client, partner client, external application',
  scope: 'permission, privilege, scope, right, entitlement, access right',
  hook: 'webhook, web hook, hook, event hook, event subscription, event notification, event stream, webhook endpoint',
  mfa: 'two factor, two factor authentication, two factor auth, second factor, multi factor, multi factor authentication, multifactor, 2fa, tfa, mfa, mfa factor, mfa method, two step verification, 2 step verification, authenticator, authenticator app, google authenticator, totp, passkey, backup code, recovery code, security key, yubikey, webauthn, fido, fido2, second step',
  sso: 'sso, single sign on, enterprise sso, enterprise connection, enterprise connector, enterprise login, enterprise sign in, sso connection, sso connector, enterprise idp, corporate login, corporate idp, company idp, identity provider, idp, federation, enterprise provider, enterprise identity provider, okta, entra, entra id, azure ad, azure, adfs, onelogin, jumpcloud, ping identity, pingfederate, google workspace, company login',
  social:
    'social, google, github, facebook, apple, apple id, discord, linkedin, twitter, wechat, gitlab, microsoft account, kakao, naver, social provider, social network',
  connector: 'connector, connection',
  'email connector':
    'smtp, sendgrid, mailgun, aws ses, amazon ses, ses, postmark, mailjet, mail server, mail service, mail provider, email provider, email service, email delivery, mail delivery, outgoing mail, mail connector, email sender service',
  'sms connector':
    'twilio, vonage, nexmo, aliyun sms, tencent sms, sms gateway, sms provider, sms service, text message provider',
  email: 'e mail, email, mail, email address, mail address, e mail address',
  'email domain': 'mail domain, email domain, domain of the email address, atdomain',
  sms: 'text message, sms',
  'send sms': 'text me, text him, text her, text them, text the code',
  user: 'user, people, person, customer, account, user account, employee, developer, colleague, staff, everyone, everybody, somebody, someone, anyone, anybody, individual, end user, human, subscriber, he, she, him, her, alice, bob, jane, john, jane doe, john doe, joe, mary, maria, tom, peter, anna, sarah, mike, paul, max, charlie, carol, eve, dave',
  accountcenter:
    'account center, account centre, account api, account portal, user portal, self service, self service portal, account self service, account management page, my account page, profile portal, user settings page',
  invitation: 'invite, invitation, invitee, join link',
  phrase:
    'translation, wording, localization, language, text, phrase, copy text, ui string, label of a button',
  'translate phrase': 'translate, localize',
  role: 'role assignment, role',
  branding:
    'logo, branding, brand, color, colour, theme, css, dark mode, favicon, look and feel, appearance, background color',
  captcha:
    'bot, recaptcha, re captcha, google recaptcha, turnstile, cloudflare turnstile, captcha, hcaptcha, bot protection, human verification, bot detection',
  log: 'audit, audit log, audit trail, audit event, audit record, history, activity, event log, log, log entry, activity log, tenant log',
  'suspend update':
    'ban, block, suspend, unblock, deactivate, freeze, unfreeze, unban, un ban, reactivate, unsuspend, un suspend, lock out, disable user, disable account, enable account, enable user, disable a user, disable an account, enable an account, re enable, block login, lift a ban, suspension, cut off access',
  lockedout:
    'locked out, lockout, locked account, brute force lock, brute force block, too many attempts, failed too often',
  'delete user': 'gdpr, right to be forgotten, right to erasure, offboard a user, data erasure',
  remove:
    'get rid of, take away, take back, take down, cut off, throw away, throw out, tear down, take off, clean up, do away with, take out, turn down, shut down',
  disable: 'turn off, switch off, shut off, opt out',
  enable: 'turn on, switch on, opt in',
  create: 'set up, hook up, spin up, onboard, bring in, sign somebody up',
  lifetime:
    'ttl, lifetime, expiration, expiry, time to live, duration, validity, timeout, time out, max age, expiration time, how long, life span, live longer, last longer',
  certificate: 'cert, certificate, x509, x509 certificate',
  'signing key':
    'jwk, jwks, signature key, key that signs, private key, public key, jwt key, signing secret',
  'password policy':
    'password policy, password rule, password complexity, password requirement, complexity rule, password strength, complexity requirement',
  'profile field':
    'registration field, sign up field, signup field, profile field, custom profile field, sign up question, registration question, signup question, question at sign up, field at registration, field at sign up, user schema, profile attribute',
  impersonate:
    'impersonate, impersonation, masquerade, act as, act on behalf, act for, log in as, sign in as, login as, pose as, assume the identity',
  'active user':
    'dau, mau, wau, active user, daily active, monthly active, weekly active, daily active user, monthly active user',
  domain:
    'hostname, host name, vanity domain, vanity url, custom domain, subdomain, own domain, login domain, custom hostname',
  kind: 'kind, type, sort',
  available:
    'available, supported, on offer, possible, could we use, can we use, can i use, could i use, can be used, can i add, could i add, can we add, can be added, could we add, do you support',
  many: 'several, many, multiple, bulk, a bunch of, a list of, in one go, at once, a set of, batch, in bulk, mass, hundreds of, thousands of, dozens of',
  'replace exactly': 'overwrite',
  exactly: 'exactly, complete list, full list, whole list, entire list, complete, entire',
  health: 'healthy, reachable, alive, up and running, uptime, liveness',
  test: 'try out, try, debug, dry run, simulate, trial',
  authorize: 'authorize, authorization, consent, consented',
  identity:
    'linked account, connected account, federated identity, linked login, connected login, linked identity, identity, external identity, linked social account, social identity, social account, connected social account',
  center: 'centre, center',
};

/** Phrases for this server's own tools, by tool name; a question that is one of these phrases leads to the tool. */
export const builtInPhrases: Readonly<Record<string, readonly string[]>> = {
  whoami: [
    'whoami',
    'who am i',
    'who are you',
    'where am i',
    'which tenant',
    'which tenant is this',
    'which tenant am i on',
    'what tenant am i connected to',
    'which logto is this',
    'what am i allowed to do',
    'what can i do',
    'what can you do',
    'am i connected',
    'is this the sandbox',
    'is this live',
    'is this production',
    'what time is it',
    'current time',
    'test the connection to logto',
  ],
  collect_pages: [
    'collect pages',
    'read all pages',
    'all pages',
    'next page',
    'count items',
    'filter by custom data',
    'search in custom data',
    'find by custom data',
  ],
  preview_operation: [
    'preview operation',
    'preview',
    'dry run',
    'preview a change',
    'what would happen',
    'what would be deleted',
  ],
  list_changes: [
    'list changes',
    'journal',
    'what did you change',
    'what have you changed',
    'what was changed',
    'change history of this server',
    'which changes can be undone',
  ],
  undo_change: [
    'undo change',
    'undo',
    'undo that',
    'undo last change',
    'undo the last change',
    'undo my last change',
    'revert',
    'revert last change',
    'roll back',
    'rollback',
  ],
  save_secret: ['save secret', 'save the secret to a file', 'write the secret to env file'],
};

/** Questions about many entities in one call. */
export const bulkQuestion =
  /\b(?:bulk|batch|mass|at once|in one (?:go|call|request)|all together|dozens|hundreds?|thousands?|\d{2,} \w+s)\b/;

/** What the Management API cannot do, with the answer to give instead. */
export const unsupported: readonly (readonly [question: RegExp, note: string])[] = [
  [
    // A bare "tenant" usually means an organization.
    /\b(?:create|add|new|make|delete|remove|list|rename)\b.*\blogto tenants?\b|\b(?:switch|change|go)\b.*\b(?:another|other|different) (?:logto )?tenant\b/,
    'The Management API cannot create, list, rename, delete or switch tenants: that is done in Logto Console. This server works on one tenant; whoami names it.',
  ],
  [
    /\b(?:show|see|get|read|tell|view|what|reveal|export|retrieve)\b.*\b(?:password hash(?:es)?|(?:current|existing|plain(?:text)?|old|users?'?s?) passwords?)\b(?! (?:policy|rules?|expir))/,
    'Passwords and their hashes cannot be read. update_user_password sets a new one; verify_user_password checks one.',
  ],
];
