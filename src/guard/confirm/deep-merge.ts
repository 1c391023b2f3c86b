/** Updates lose nothing by accident: what Logto would replace whole is laid over what is there. */
import { type Forms, mergeBase } from '../../catalog/forms.js';
import { isObject } from '../../json.js';

/** `given` over `before`, objects member by member; lists and everything else as given. */
export function deepMerge(before: unknown, given: unknown): unknown {
  if (!isObject(before) || !isObject(given)) {
    return given;
  }
  return {
    ...before,
    ...Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        Object.hasOwn(before, name) ? deepMerge(before[name], value) : value,
      ]),
    ),
  };
}

/** The dotted names that `before` has and `after` does not. */
export function lostNames(before: unknown, after: unknown, place = ''): string[] {
  if (!isObject(before) || !isObject(after)) {
    return [];
  }
  return Object.entries(before).flatMap(([name, value]) =>
    Object.hasOwn(after, name)
      ? lostNames(value, after[name], `${place}${name}.`)
      : [`${place}${name}`],
  );
}

/** What an update finds and how its fields are to be joined with that. */
export interface MergeOptions {
  /** The present members of the thing. */
  readonly before: Readonly<Record<string, unknown>>;
  /** The fields that are replaced whole, or whose inside is. */
  readonly fields: readonly string[];
  /** Fields whose form a member tells: where it differs, nothing of the old form may stay. */
  readonly forms: Forms;
  /** Logto itself joins the top level of the fields, so that only what is inside must be. */
  readonly joined: boolean;
  /** Send everything as it is given. */
  readonly whole: boolean;
}

/** What to send, and in words everything that is kept or lost by it. */
export function mergeFields(
  given: Readonly<Record<string, unknown>>,
  { before, fields, forms, joined, whole }: MergeOptions,
): { values: Record<string, unknown>; notes: string[] } {
  const values: Record<string, unknown> = { ...given };
  const notes: string[] = [];
  for (const field of fields) {
    const [old, wanted] = [before[field], given[field]];
    if (!isObject(old) || !isObject(wanted)) {
      continue;
    }
    // What Logto keeps by itself is not sent, so that nobody else's change to it is undone.
    const touched = joined
      ? Object.fromEntries(Object.entries(old).filter(([name]) => Object.hasOwn(wanted, name)))
      : old;
    const laid = whole ? wanted : deepMerge(mergeBase(forms, field, touched, wanted).base, wanted);
    values[field] = laid;
    const kept = lostNames(laid, wanted);
    const lost = lostNames(touched, laid);
    if (kept.length > 0) {
      notes.push(`Kept in ${field}: ${kept.join(', ')}. replace_whole: true would drop them.`);
    }
    if (lost.length > 0) {
      const teller = forms[field];
      const form =
        typeof teller === 'string'
          ? `because its ${teller} changes`
          : 'which belongs to another form';
      const why = whole ? '' : `, ${form}`;
      notes.push(`Dropped from ${field}${why}: ${lost.join(', ')}.`);
    }
  }
  return { values, notes };
}
