/** The path of a value in the arguments, as a person would write it. */

/** `searchFields[0].mode`; with `root` in front if the values are in an argument of another tool. */
export const placeOf = (path: readonly PropertyKey[], root = ''): string =>
  path.reduce<string>(
    (place, part) =>
      typeof part === 'number'
        ? `${place}[${part}]`
        : place === ''
          ? String(part)
          : `${place}.${String(part)}`,
    root,
  );
