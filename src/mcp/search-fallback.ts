/**
 * Searches that find nothing although the value exists. Logto compares texts exactly: it stores phone numbers as digits
 * with the country code, and `%` is an ordinary character unless the mode is `like`. So an empty search is tried again in
 * the form that Logto stores, and a search that stays empty gets a possible reason.
 */

import type { Outcome } from '../guard/guard.js';
import type { Values } from '../guard/operation-graph.js';
import { isObject } from '../json.js';
import type { ValidatedArguments } from './operation-arguments.js';
import { quoteName } from './text-exit.js';
import type { Perform } from './tool-call.js';

/** Arguments that contain a text to search for. */
const SEARCH_ARGUMENTS = ['search', 'q'] as const;

/** Digits with the signs that people write between them. */
const PHONE = /^[+(]?[\d\s()./+-]*\d$/;
const MIN_PHONE_DIGITS = 6;

/** The digits of a phone number without the prefixes that are not stored; undefined for any other text. */
export function phoneDigits(text: string): string | undefined {
  const digits = text.replaceAll(/\D/g, '');
  if (!PHONE.test(text) || digits.length < MIN_PHONE_DIGITS) {
    return undefined;
  }
  // "+44 (0)20 ..." has a zero that is not dialled from abroad; "00" and one "0" are prefixes.
  const international = text.replace(/^(\+\d{1,3})\s*\(0\)/, '$1').replaceAll(/\D/g, '');
  return international.replace(/^0{1,2}/, '');
}

/** Other spellings of a text, in the order in which they are tried. */
function spellingsOf(text: string): string[] {
  const trimmed = text.trim();
  const words = trimmed.replaceAll(/\s+/g, ' ').normalize('NFC');
  const bare = words.replaceAll(/^[%*]+|[%*]+$/g, '').trim();
  const candidates = [trimmed, words, bare, phoneDigits(bare) ?? ''];
  return [...new Set(candidates)].filter((spelling) => spelling !== '' && spelling !== text);
}

/** The searched values, changed by `change`; undefined if it changes none of them. */
function changedSearch(values: Values, change: (text: string) => string): Values | undefined {
  let isChanged = false;
  const apply = (text: unknown): unknown => {
    const changed = typeof text === 'string' ? change(text) : text;
    isChanged ||= changed !== text;
    return changed;
  };
  const changed = Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (SEARCH_ARGUMENTS.some((argument) => argument === name)) {
        return [name, apply(value)];
      }
      if (name !== 'searchFields' || !Array.isArray(value)) {
        return [name, value];
      }
      return [
        name,
        value.map((condition: unknown) =>
          isObject(condition) && Array.isArray(condition['values']) && isLiteral(condition['mode'])
            ? { ...condition, values: condition['values'].map(apply) }
            : condition,
        ),
      ];
    }),
  );
  return isChanged ? changed : undefined;
}

/** Whether a mode compares texts exactly, so that another spelling means the same. */
const isLiteral = (mode: unknown): boolean =>
  mode === undefined || mode === 'contains' || mode === 'exact';

/** The same search in other spellings, in the order in which they are tried. */
export function otherSpellings(values: Values): Values[] {
  if (!isLiteral(values['searchMode'])) {
    return [];
  }
  const variants = [0, 1, 2, 3].flatMap((index) => {
    const changed = changedSearch(values, (text) => spellingsOf(text)[index] ?? text);
    return changed === undefined ? [] : [changed];
  });
  return variants;
}

/** The texts that a search looks for. */
function searchTexts(values: Values): string[] {
  const texts: string[] = [];
  changedSearch(values, (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}

/** Whether an outcome is a list without any item, on whatever page. */
function isEmptyList(outcome: Outcome): boolean {
  if (outcome.kind !== 'done' || !Array.isArray(outcome.reply.body)) {
    return false;
  }
  const { body, page } = outcome.reply;
  return body.length === 0 && (page === undefined || page.page === 1 || page.total === 0);
}

/** Tries a search that found nothing in other spellings, and adds a note if one of them finds something. */
export const withSearchFallback =
  (perform: Perform): Perform =>
  async (tool, checked, context) => {
    const outcome = await perform(tool, checked, context);
    if (tool.operation.effect !== 'reads' || !isEmptyList(outcome)) {
      return outcome;
    }
    for (const values of otherSpellings(checked.values)) {
      const retried: ValidatedArguments = { ...checked, values };
      const other = await perform(tool, retried, context);
      if (other.kind === 'done' && !isEmptyList(other)) {
        const [requested, matched] = [searchTexts(checked.values), searchTexts(values)].map(
          (texts) => texts.map(quoteName).join(', '),
        );
        return {
          ...other,
          notes: [
            ...other.notes,
            `Nothing matches ${requested} as it is written; this is for ${matched}.`,
          ],
        };
      }
    }
    return outcome.kind === 'done'
      ? { ...outcome, notes: [...outcome.notes, ...emptySearchNotes(checked.values)] }
      : outcome;
  };

/** Why a search may have found nothing, in sentences. */
function emptySearchNotes(values: Values): string[] {
  const texts = searchTexts(values);
  const isLike = values['searchMode'] === 'like';
  return [
    ...(texts.some((text) => /[%*]/.test(text)) && !isLike
      ? ['% and * are ordinary characters in a search; searchMode "like" makes % and _ wildcards.']
      : []),
    ...(values['isCaseSensitive'] === true ? ['isCaseSensitive is on: case must match.'] : []),
    ...(values['searchMode'] === 'exact' ? ['searchMode "exact" compares the whole value.'] : []),
    ...(texts.some((text) => phoneDigits(text.trim()) !== undefined)
      ? ['Phone numbers are stored as digits with the country code: search for the last digits.']
      : []),
  ];
}
