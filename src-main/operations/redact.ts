/** Keys whose values are secrets whatever they look like. Fingerprints, accessors, paths and ids of them are not. */
const secretKey =
  /^(?:.*[_-])?(?:password|passphrase|secret|secret_?id|token|hmac|unseal_?keys?|shares?|private_?key|dsn|authorization|cookie)$/i;

/** `rootToken` is the same name as `root_token`. */
const isSecretKey = (key: string): boolean => secretKey.test(key.replace(/([a-z0-9])([A-Z])/g, '$1_$2'));

/** Counts and flags of secrets are none. */
const mayBeSecret = (value: unknown): boolean =>
  typeof value === 'string' || (typeof value === 'object' && value !== null);

const mask = '••••';

/** Values that are secrets wherever they stand. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, mask],
  [/AGE-SECRET-KEY-1[0-9A-Z]+/g, mask],
  [/\b(?:hv[sbr]|s|b|r)\.[A-Za-z0-9_-]{20,}/g, mask],
  [/\bBearer\s+[A-Za-z0-9._~+/=-]+/gi, `Bearer ${mask}`],
  // Up to the last @ before the path: a password may hold one that nobody encoded.
  [/(:\/\/[^\s:/@]*:)[^\s/]+@/g, `$1${mask}@`],
  // Nor is a slash in it always encoded; a port before a path is no password.
  [/(:\/\/[^\s:/@"'<>]*:)(?!\d+\/)[^\s"'<>]+@/g, `$1${mask}@`],
  // name=value, "name":"value", Name: value; in quotes up to the quote.
  [
    /\b((?:[\w-]{0,40}[_-])?(?:password|passphrase|secret_?id|private_?key|unseal_?key|hmac_secret)|[\w-]{0,40}[_-](?:token|secret|hmac))(["']?\s*[=:]\s*)(?:(")[^"]*|(')[^']*|[^\s"',}]+)/gi,
    `$1$2$3$4${mask}`,
  ],
  // "failed to create token: permission denied" names no secret; an assignment or a member of an object does.
  [
    /\b([\w-]{0,40}(?:token|secret|hmac|password|passphrase))(["']\s*:\s*|["']?=)(?:(")[^"]*|(')[^']*|[^\s"',}]+)/gi,
    `$1$2$3$4${mask}`,
  ],
];

/** A text without anything that looks like a secret. */
export const redactText = (text: string): string =>
  patterns.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);

/** A copy of any JSON-like value without secrets: by name of the key, and by look of the value. */
export function redactDeep<T>(value: T): T {
  if (typeof value === 'string') return redactText(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => redactDeep(item)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      isSecretKey(key) && mayBeSecret(item) ? mask : redactDeep(item),
    ]),
  ) as T;
}
