/** The path of a value in the arguments, as a person would write it. */

/** The names and indexes that lead to a value in the arguments. */
export type ArgumentPath = readonly PropertyKey[];

/** `searchFields[0].mode`; with `root` in front if the values are in an argument of another tool. */
export const placeOf = (path: ArgumentPath, root = ''): string =>
  path.reduce<string>(
    (place, part) =>
      typeof part === 'number'
        ? `${place}[${part}]`
        : place === ''
          ? String(part)
          : `${place}.${String(part)}`,
    root,
  );
