import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

/** How a CA finds a name: its own resolver, as step-ca's `--resolver`, or this machine's. */
export interface LookupOptions {
  /** `host:port` of a DNS server. Without one the system is asked, hosts file included, as step-ca itself does. */
  readonly resolver?: string;
  readonly timeoutMs: number;
}

/** Addresses, or why there are none: the name is unknown, or the DNS server does not answer (with the code). */
export type LookupResult =
  { readonly addresses: readonly string[] } | { readonly unknown: true } | { readonly noServer: string };

const unknownName = new Set(['ENOTFOUND', 'ENODATA', 'EREFUSED', 'NXDOMAIN', 'ENONAME', 'EBADNAME']);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
}

async function answerOf(question: Promise<readonly string[]>): Promise<readonly string[] | string> {
  try {
    return await question;
  } catch (error) {
    return codeOf(error);
  }
}

/** Looks a name up as the CA would. Never throws. */
export async function lookupAsCa(name: string, options: LookupOptions): Promise<LookupResult> {
  if (isIP(name) !== 0) return { addresses: [name] };
  if (options.resolver === undefined) {
    const found = await answerOf(
      lookup(name, { all: true }).then((entries) => entries.map(({ address }) => address)),
    );
    if (typeof found !== 'string') return { addresses: found };
    return found === 'ENOTFOUND' ? { unknown: true } : { noServer: found };
  }
  const resolver = new Resolver({ timeout: options.timeoutMs, tries: 1 });
  resolver.setServers([options.resolver]);
  const [four, six] = await Promise.all([
    answerOf(resolver.resolve4(name)),
    answerOf(resolver.resolve6(name)),
  ]);
  const addresses = [four, six].flatMap((found) => (typeof found === 'string' ? [] : [...found]));
  if (addresses.length > 0) return { addresses };
  const code = typeof four === 'string' ? four : 'ENODATA';
  return unknownName.has(code) ? { unknown: true } : { noServer: code };
}
