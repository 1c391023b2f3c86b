/**
 * Whether Logto accepts a phone number: it must begin with an assigned country calling code, followed by 2 to 17 digits.
 * Logto uses libphonenumber for that and does not test whether the number exists.
 */

const MIN_NATIONAL_DIGITS = 2;
const MAX_NATIONAL_DIGITS = 17;

/** The assigned country calling codes (ITU-T E.164) as first and last code of each range. */
const callingCodes: readonly (readonly [first: number, last: number])[] = [
  [1, 1],
  [7, 7],
  [20, 20],
  [27, 27],
  [30, 34],
  [36, 36],
  [39, 41],
  [43, 49],
  [51, 58],
  [60, 66],
  [81, 82],
  [84, 84],
  [86, 86],
  [90, 95],
  [98, 98],
  [211, 213],
  [216, 216],
  [218, 218],
  [220, 258],
  [260, 269],
  [290, 291],
  [297, 299],
  [350, 359],
  [370, 378],
  [380, 383],
  [385, 387],
  [389, 389],
  [420, 421],
  [423, 423],
  [500, 509],
  [590, 599],
  [670, 670],
  [672, 683],
  [685, 692],
  [800, 800],
  [808, 808],
  [850, 850],
  [852, 853],
  [855, 856],
  [870, 870],
  [878, 878],
  [880, 883],
  [886, 886],
  [888, 888],
  [960, 968],
  [970, 977],
  [979, 979],
  [992, 996],
  [998, 998],
];

const isCallingCode = (code: number): boolean =>
  callingCodes.some(([first, last]) => first <= code && code <= last);

/** Whether Logto stores these digits as a phone number. */
export function isPhoneNumber(digits: string): boolean {
  if (digits.startsWith('0')) {
    return false;
  }
  // No calling code is the beginning of another one, so at most one length fits.
  const length = [1, 2, 3].find((count) => isCallingCode(Number(digits.slice(0, count))));
  const national = length === undefined ? 0 : digits.length - length;
  return national >= MIN_NATIONAL_DIGITS && national <= MAX_NATIONAL_DIGITS;
}
