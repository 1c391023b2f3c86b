/**
 * Times: epoch milliseconds on Logto's wire, ISO 8601 in UTC for models. Which members are times follows from their names,
 * because answers have no schema. Free data (custom data, log payloads) is never converted: its numbers belong to others.
 */

/** Names of members and arguments that hold a time, in answers and in requests. */
const TIME_MEMBERS: ReadonlySet<string> = new Set([
  'acceptedAt',
  'certificateExpiresAt',
  'consumedAt',
  'createdAt',
  'effectiveAt',
  'enabledAt',
  'end_time',
  'expiresAt',
  'lastActiveAt',
  'lastSignInAt',
  'lastUsedAt',
  'passwordExpiredAt',
  'readAt',
  'start_time',
  'updatedAt',
]);

/** Members whose content the users of the tenant, or their applications, decide. */
const FREE_DATA_MEMBERS: ReadonlySet<string> = new Set([
  'assertion',
  'attributeMapping',
  'config',
  'connectorData',
  'context',
  'contextSample',
  'customContent',
  'customData',
  'detail',
  'details',
  'environmentVariables',
  'event',
  'headers',
  'identities',
  'metadata',
  'payload',
  'rawData',
  'signInContext',
  'subjectTokenContext',
  'tokenSample',
  'translation',
]);

/** Seconds from 2001 to 5138. As milliseconds these numbers are in the early seventies, before any tenant existed. */
const EARLIEST_SECONDS = 1e9;
const EARLIEST_MS = 1e11;
const LATEST_MS = 1e14;

/** Whether a member or an argument of this name is a time. */
export const isTimeMember = (name: string): boolean => TIME_MEMBERS.has(name);

/** Whether what is inside a member of this name is free data. */
export const isFreeDataMember = (name: string): boolean => FREE_DATA_MEMBERS.has(name);

/** Whether a dotted name leads to a time that Logto keeps. */
export function isTimePath(path: string): boolean {
  const names = path.split('.');
  return isTimeMember(names.at(-1) ?? '') && !names.slice(0, -1).some(isFreeDataMember);
}

/** Whether a number is probably a time in seconds, where milliseconds are meant. */
export const looksLikeSeconds = (value: unknown): value is number =>
  typeof value === 'number' && value >= EARLIEST_SECONDS && value < EARLIEST_MS;

/** What to write instead of seconds. `subject` names the value, as in "start_time". */
export const secondsAdvice = (subject: string, seconds: number): string =>
  `${subject} is in epoch milliseconds, and ${seconds} looks like seconds: write ${seconds * 1000} or "${new Date(seconds * 1000).toISOString()}".`;

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|z|[+-]\d{2}:?\d{2})?$/;

/** The epoch milliseconds of a date or a time in ISO 8601; undefined for any other text. Without an offset it is UTC. */
export function timeIn(text: string): number | undefined {
  const trimmed = text.trim();
  const [, date, time, offset = 'Z'] = DATE_TIME.exec(trimmed) ?? [];
  const zone = offset.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const iso = DATE.test(trimmed) ? trimmed : date && time ? `${date}T${time}${zone}` : '';
  const value = Date.parse(iso);
  return Number.isNaN(value) ? undefined : value;
}

/**
 * A time as a model reads it. Signing keys have seconds, all others milliseconds; the size distinguishes them.
 *
 * @returns ISO 8601 in UTC, or the value itself if it is not a time
 */
export function isoTime(value: unknown): unknown {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    return value;
  }
  const milliseconds = looksLikeSeconds(value) ? value * 1000 : value;
  return milliseconds >= EARLIEST_MS && milliseconds < LATEST_MS
    ? new Date(milliseconds).toISOString()
    : value;
}
