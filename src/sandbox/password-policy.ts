/**
 * Validates passwords against the tenant's policy. One rule of Logto is missing: it looks up breached passwords at an external
 * service, and the sandbox sends no requests.
 */

export interface PasswordPolicy {
  readonly length?: { readonly min?: number; readonly max?: number };
  readonly characterTypes?: { readonly min?: number };
  readonly rejects?: {
    /** Stored without effect. */
    readonly pwned?: boolean;
    readonly repetitionAndSequence?: boolean;
    readonly userInfo?: boolean;
    readonly words?: readonly string[];
  };
}

export interface PasswordIssue {
  readonly code: string;
  readonly interpolation?: Readonly<Record<string, number>>;
}

const runs = [
  '0123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz',
  '2wsx',
  '3edc',
  '4rfv',
  '5tgb',
  '6yhn',
  '7ujm',
  '8ik',
  '9ol',
];
const sequences = [...runs, ...runs.map((run) => [...run].reverse().join(''))];

/** Characters. Shorter repetitions and sequences are allowed, and so many characters outside of them make a password valid. */
const threshold = 3;

const characterTypes: readonly RegExp[] = [/[a-z]/, /[A-Z]/, /\d/, /[ -/:-@[-`{-~]/];

const longest = (lengths: readonly number[]): number => Math.max(0, ...lengths);

/** The length of a repeated character at the start of `text`, or 0 below the threshold. */
function repetitionAt(text: string): number {
  const length = text.search(/(.)(?!\1)/s) + 1;
  return length >= threshold ? length : 0;
}

/** The length of a part of a known sequence at the start of `text`, or 0 below the threshold. */
function sequenceAt(text: string): number {
  const lengths = sequences.map((sequence) => {
    const start = sequence.indexOf(text.charAt(0));
    let length = 0;
    while (start >= 0 && length < text.length && text[length] === sequence[start + length]) {
      length += 1;
    }
    return length;
  });
  const length = longest(lengths);
  return length >= threshold ? length : 0;
}

const wordAt = (text: string, words: readonly string[]): number =>
  longest(words.filter((word) => word !== '' && text.startsWith(word)).map((word) => word.length));

/**
 * The violated rules; empty for a valid password.
 *
 * @param personal names, addresses and numbers of the user, in any case
 */
export function passwordIssues(
  password: string,
  policy: PasswordPolicy,
  personal: readonly string[],
): PasswordIssue[] {
  const { min = 8, max = 256 } = policy.length ?? {};
  const types = policy.characterTypes?.min ?? 1;
  const { repetitionAndSequence = true, userInfo = true, words = [] } = policy.rejects ?? {};
  const issues: PasswordIssue[] = [];
  const issue = (name: string, interpolation?: PasswordIssue['interpolation']) =>
    issues.push({ code: `password_rejected.${name}`, ...(interpolation && { interpolation }) });

  if (password.length < min) {
    issue('too_short', { min });
  } else if (password.length > max) {
    issue('too_long', { max });
  }
  if (/[^ -~]/.test(password)) {
    issue('unsupported_characters');
  } else if (characterTypes.filter((type) => type.test(password)).length < types) {
    issue('character_types', { min: types });
  }

  const lower = password.toLowerCase();
  const rules: readonly [name: string, at: (text: string) => number][] = [
    ['restricted.repetition', (text) => (repetitionAndSequence ? repetitionAt(text) : 0)],
    ['restricted.sequence', (text) => (repetitionAndSequence ? sequenceAt(text) : 0)],
    ['restricted.words', (text) => wordAt(text, lowered(words))],
    ['restricted.user_info', (text) => (userInfo ? wordAt(text, lowered(personal)) : 0)],
  ];
  const covered = new Set<number>();
  const broken = new Set<string>();
  for (const start of password.split('').keys()) {
    for (const [name, at] of rules) {
      const length = at(lower.slice(start));
      for (let index = start; index < start + length; index += 1) {
        covered.add(index);
        broken.add(name);
      }
    }
  }
  if (covered.size > Math.max(1, password.length - threshold)) {
    for (const name of broken) {
      issue(name);
    }
  }
  return issues;
}

const lowered = (texts: readonly string[]): string[] => texts.map((text) => text.toLowerCase());
