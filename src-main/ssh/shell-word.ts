/** One word of a POSIX shell's command line. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:@+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** A command line for a shell elsewhere: every word as it is, whatever is in it. */
export const shellLine = (words: readonly string[]): string => words.map(shellWord).join(' ');
