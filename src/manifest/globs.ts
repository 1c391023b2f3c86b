/** Names with wildcards, as `unmanaged` takes them. */

/** `Legacy *` as a pattern; `*` is any text and `?` one character. */
export const globPattern = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
      .replaceAll('\\*', '.*')
      .replaceAll('\\?', '.')}$`,
    's',
  );
