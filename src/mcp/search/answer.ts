/** Keeps an answer of find_operations within its limit of bytes, for any question. */
import type { ShapedResult } from '../shaped-result.js';
import { byteLength } from '../truncate.js';
import type { ArgumentMatch } from './match.js';

/** Bytes of an answer as JSON. */
export const MAX_FOUND_BYTES = 3000;

/** Bytes of all notes. A policy can contain long names. */
const MAX_NOTES_BYTES = 1000;

/** Notes, the last ones cut or left out when all together are too long. */
export function shortenNotes(notes: readonly string[]): readonly string[] {
  const fitting: string[] = [];
  let bytesLeft = MAX_NOTES_BYTES;
  for (const note of notes) {
    let text = note;
    while (text !== '' && byteLength(text) > bytesLeft) {
      text = text.slice(0, Math.floor(text.length * 0.8));
    }
    if (text === '') {
      break;
    }
    fitting.push(text === note ? note : `${text}…`);
    bytesLeft -= byteLength(text) + 4;
  }
  return fitting;
}

const fits = (answer: ShapedResult): boolean => byteLength(answer) <= MAX_FOUND_BYTES;

const answerOf = (items: readonly unknown[], notes: readonly string[]): ShapedResult => ({
  items,
  ...(notes.length > 0 && { notes }),
});

/** A match other than the best one. */
export interface OtherMatch {
  readonly name: string;
  readonly item: unknown;
}

/**
 * An answer with the best match, as many of the others as fit, and the names of the rest.
 *
 * @param best the best match in several forms, the longest first; the last one always fits
 */
export function fitMatches(
  best: readonly unknown[],
  others: readonly OtherMatch[],
  notes: readonly string[],
): ShapedResult {
  const short = shortenNotes(notes);
  const hint =
    others.length > 0
      ? ['The other matches are shortened. Call again with the name of one to see all of it.']
      : [];
  const item = best.find((form) => fits(answerOf([form], [...short, ...hint]))) ?? best.at(-1);
  let answer = answerOf([item], [...short, ...hint]);
  const unfitted: string[] = [];
  for (const { name, item: other } of others) {
    const longer = { ...answer, items: [...(answer.items ?? []), other] };
    if (unfitted.length === 0 && fits(longer)) {
      answer = longer;
    } else {
      unfitted.push(name);
    }
  }
  for (let count = unfitted.length; count > 0; count -= 1) {
    const more = `More matches: ${unfitted.slice(0, count).join(', ')}.`;
    const longer = answerOf(answer.items ?? [], [...short, ...hint, more]);
    if (fits(longer)) {
      return longer;
    }
  }
  return answer;
}

/** Names that a note about the rest has: as many as its bytes hold. */
const MAX_NAMED_LEFT = 20;

/** Bytes of the signature of each of several matches, the longest first. A match with less space is written as a line. */
const NAMED_BYTES: readonly number[] = [1200, 840, 590, 410];

/** Bytes of the line of each of many matches, the longest first. */
const LINE_BYTES: readonly number[] = [900, 640, 450, 320, 250, 200, 165, 140, 120, 105, 90];

/** Bytes that the arguments leave for a note. */
const ARGUMENT_NOTE_BYTES = 300;

/**
 * The requested arguments, as many as fit in full.
 *
 * @returns those that fit, and a note that names the others
 */
export function fitArguments(asked: readonly ArgumentMatch[]): {
  readonly fitting: readonly ArgumentMatch[];
  readonly left: readonly string[];
} {
  const fitting: ArgumentMatch[] = [];
  const left: string[] = [];
  for (const item of asked) {
    const isFirst = fitting.length === 0;
    const size = byteLength(answerOf([...fitting, item], []));
    if (size <= MAX_FOUND_BYTES - (isFirst ? 0 : ARGUMENT_NOTE_BYTES)) {
      fitting.push(item);
    } else {
      left.push(`${item.operation}.${item.argument}`);
    }
  }
  return { fitting, left: left.length > 0 ? [`Ask next for ${left.join(', ')}.`] : [] };
}

/** Lines of the shortest form that an answer can hold. */
const MAX_LINES = 40;

/** How matches are written that were requested together. */
export interface NamedForm<T> {
  /** Bytes of each match, the longest first. */
  readonly sizes: readonly number[];
  /** Writes one match in at most so many bytes, apart from what each match has. */
  readonly write: (item: T, maxBytes: number) => unknown;
  readonly notes: readonly string[];
}

/**
 * Several matches, each as long as the answer allows: first all at the longest common size, then each longer that can be,
 * in order.
 *
 * @param before items of the answer in front of them
 * @returns undefined if not even the shortest forms fit
 */
function fitTogether<T>(
  asked: readonly T[],
  { sizes, write, notes }: NamedForm<T>,
  before: readonly unknown[],
): readonly unknown[] | undefined {
  const fitsWith = (items: readonly unknown[]) => fits(answerOf([...before, ...items], notes));
  const shared = sizes.findIndex((maxBytes) =>
    fitsWith(asked.map((item) => write(item, maxBytes))),
  );
  if (shared < 0) {
    return undefined;
  }
  let items = asked.map((item) => write(item, sizes[shared] ?? 0));
  for (const [index, item] of asked.entries()) {
    const longer = sizes
      .slice(0, shared)
      .map((maxBytes) => items.with(index, write(item, maxBytes)))
      .find(fitsWith);
    items = longer ?? items;
  }
  return [...before, ...items];
}

/** The two forms of several matches. */
export interface NamedForms<T> {
  /** With summary, signature and traps. */
  readonly full: Omit<NamedForm<T>, 'sizes'>;
  /** On a line each. */
  readonly lines: Omit<NamedForm<T>, 'sizes'>;
}

/**
 * An answer with several matches that were requested together, each as long as all of them allow: in full, or on a line
 * each if that does not fit. A note names those that do not fit at all.
 *
 * @param before items in front of them, which are not shortened
 * @param notes what is said in any form
 */
export function fitNamed<T extends { readonly name: string }>(
  asked: readonly T[],
  { full, lines }: NamedForms<T>,
  before: readonly unknown[],
  notes: readonly string[],
): ShapedResult {
  const inFull = shortenNotes([...notes, ...full.notes]);
  const items = fitTogether(asked, { ...full, sizes: NAMED_BYTES, notes: inFull }, before);
  if (items !== undefined) {
    return answerOf(items, inFull);
  }
  for (let count = Math.min(asked.length, MAX_LINES); count > 0; count -= 1) {
    const left = asked.slice(count).map(({ name }) => name);
    const allNotes = shortenNotes([
      ...(left.length > 0
        ? [
            `Ask for the other ${left.length} next: ${left.slice(0, MAX_NAMED_LEFT).join(', ')}${left.length > MAX_NAMED_LEFT ? ' and the rest' : ''}.`,
          ]
        : []),
      ...notes,
      ...lines.notes,
    ]);
    const written = fitTogether(
      asked.slice(0, count),
      { ...lines, sizes: LINE_BYTES, notes: allNotes },
      before,
    );
    if (written !== undefined) {
      return answerOf(written, allNotes);
    }
  }
  const names = asked.map(({ name }) => name).join(', ');
  const alone = [
    answerOf(before, [`Ask next for ${names}.`]),
    answerOf(before, shortenNotes(notes)),
  ];
  return alone.find(fits) ?? answerOf(before, []);
}

export interface DomainMember {
  readonly name: string;
  readonly summary: string;
}

/** A whole domain: a line of name and summary each, or names alone where lines do not fit. */
export function fitDomain(
  members: readonly DomainMember[],
  notes: readonly string[],
): ShapedResult {
  const short = shortenNotes(notes);
  const lines = answerOf(
    members.map(({ name, summary }) => `${name}: ${summary}`),
    short,
  );
  return fits(lines)
    ? lines
    : answerOf(
        members.map(({ name }) => name),
        [
          ...short,
          'The domain is large, so these are names alone. To narrow it, give words as well, for example an action and a thing.',
        ],
      );
}
