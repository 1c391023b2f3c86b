/** Updates lose nothing by accident: what Logto would replace whole is laid over what is there. */

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members that tell the forms of an object apart; when they differ, nothing of the old form may stay. */
const tellers = ['type', 'enabled', 'binding'] as const;

const isAnotherForm = (before: Record<string, unknown>, given: Record<string, unknown>): boolean =>
  tellers.some(
    (name) =>
      given[name] !== undefined && before[name] !== undefined && given[name] !== before[name],
  );

/** `given` over `before`, objects member by member; lists and everything else as given. */
export function laidOver(before: unknown, given: unknown): unknown {
  if (!isObject(before) || !isObject(given) || isAnotherForm(before, given)) {
    return given;
  }
  return {
    ...before,
    ...Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, laidOver(before[name], value)]),
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
