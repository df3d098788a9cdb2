/** A table as RFC 4180 says it, with a formula at the start of a field made harmless for spreadsheets. */
export const csvOf = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';

function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
