import { createHash } from 'node:crypto';

/** What stands for a secret: the same secret has the same mark, a changed one another. */
export function maskOf(secret: string): string {
  return `•••• sha256:${createHash('sha256').update(secret, 'utf8').digest('hex').slice(0, 8)}`;
}

const names =
  'hmac_secret|http_responder_hmac|hmac|secret_id|password|passphrase|root_token|client_token|token|' +
  'POSTGRES_PASSWORD|GRAFANA_ADMIN_PASSWORD|[A-Z0-9_]*(?:PASSWORD|SECRET|TOKEN)';
const keyBlock = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g;
const assigned = new RegExp(
  `(^|[\\s{,])(["']?)(${names})\\2(\\s*[=:]\\s*)("(?:[^"\\\\\\n]|\\\\.)*"|'[^'\\n]*'|\\$\\{[^}\\n]*\\}|[^\\s,}"']+)`,
  'gm',
);
const dsnPassword = /(postgres(?:ql)?:\/\/[^:@/\s"']*:)([^\s"']*)(@)/g;
const keywordPassword = /(\bpassword=)([^\s"'&]+)/g;
/** Values that are plainly no secret: a template's place, the start of a list or a table, sync statuses, and what the newer tools write instead of a password. */
const plain =
  /^(?:[{[]|\{\{.*\}\}|\$\{.*\}|none|pending|applied|failed|expired|unchanged|skipped|null|true|false|rotated-.*|••••.*|)$/s;

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The forms in which a secret may stand in a file: as it is, escaped as in JSON and TOML, percent-encoded. */
function formsOf(secret: string): string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])];
}

function maskValue(raw: string): string {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(raw);
  const value = quoted?.[2] ?? raw;
  if (plain.test(value)) return raw;
  return `${quoted?.[1] ?? ''}${maskOf(value)}${quoted?.[1] ?? ''}`;
}

/**
 * Masks secrets in a text: those the caller names, wherever they stand, and what is a secret by its place (private keys, passwords in
 * DSNs, keys such as `hmac_secret` and `secret_id`).
 * @param secrets values; short ones are masked only where they stand alone, for they would tear other words apart
 */
export function maskSecrets(text: string, secrets: readonly string[] = []): string {
  const known = secrets
    .filter((secret) => secret.trim() !== '')
    .flatMap((secret) => formsOf(secret).map((form) => ({ form, mask: maskOf(secret) })))
    .sort((a, b) => b.form.length - a.form.length);
  let masked = text;
  for (const { form, mask } of known) {
    const pattern = escapeRegExp(form);
    const whole = form.length < 6 ? `(?<![A-Za-z0-9_])${pattern}(?![A-Za-z0-9_])` : pattern;
    masked = masked.replace(new RegExp(whole, 'g'), mask);
  }
  return masked
    .replace(keyBlock, (block: string, kind: string) => `-----BEGIN ${kind}----- ${maskOf(block)}`)
    .replace(dsnPassword, (all: string, before: string, password: string, at: string) =>
      plain.test(password) ? all : before + maskOf(password) + at,
    )
    .replace(keywordPassword, (all: string, before: string, password: string) =>
      plain.test(password) ? all : before + maskOf(password),
    )
    .replace(
      assigned,
      (_all: string, lead: string, quote: string, name: string, equals: string, value: string) =>
        lead + quote + name + quote + equals + maskValue(value),
    );
}
