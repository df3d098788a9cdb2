import { X509Certificate } from 'node:crypto';
import { hours, type ServiceHost } from './world.ts';

/** One handshake as the caller wrote it down. Times are Unix milliseconds. */
export interface Handshake {
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly ok: boolean;
  readonly error?: string;
  readonly serial?: string;
  /** Not-after of the leaf that was served. */
  readonly until?: number;
}

/** A time in which handshakes of a host may fail, because the test broke it: everything else is a finding. */
export interface Excuse {
  readonly id: string;
  readonly from: number;
  to: number;
}

/** What the services wrote down, of all hosts. */
export async function handshakesOf(services: readonly ServiceHost[]): Promise<readonly Handshake[]> {
  const logs = await Promise.all(
    services.map(({ host }) => host.must(['sh', '-c', 'cat /var/log/mesh.jsonl 2>/dev/null || true'])),
  );
  return logs
    .flatMap((log) => log.split('\n').filter((line) => line.endsWith('}')))
    .map((line) => JSON.parse(line) as Handshake)
    .sort((a, b) => a.at - b.at);
}

/** Handshakes that failed, or that were served an expired certificate, without an excuse for either side. */
export const findings = (all: readonly Handshake[], excuses: readonly Excuse[]): readonly Handshake[] =>
  all
    .filter(({ ok, until, at }) => !ok || (until !== undefined && until < at))
    .filter(
      ({ from, to, at }) =>
        !excuses.some(
          (excuse) => (excuse.id === from || excuse.id === to) && at >= excuse.from && at <= excuse.to,
        ),
    );

/** How many different leaves each service was seen to serve. */
export function leavesServed(all: readonly Handshake[]): ReadonlyMap<string, number> {
  const serials = new Map<string, Set<string>>();
  for (const { to, serial } of all)
    if (serial !== undefined) serials.set(to, (serials.get(to) ?? new Set()).add(serial));
  return new Map([...serials].map(([to, seen]) => [to, seen.size]));
}

/** The certificate on a host's disk, and whether its key is the one beside it. */
export async function leafOf({
  host,
  id,
  directory,
}: ServiceHost): Promise<{ leaf: X509Certificate; pairs: boolean }> {
  const leaf = new X509Certificate(await host.must(['cat', `${directory}/certs/${id}.crt`]));
  const of = (what: readonly string[]): Promise<string> => host.must(['openssl', ...what]);
  const [a, b] = await Promise.all([
    of(['x509', '-in', `${directory}/certs/${id}.crt`, '-noout', '-pubkey']),
    of(['pkey', '-in', `${directory}/certs/${id}.key`, '-pubout']),
  ]);
  return { leaf, pairs: a === b };
}

/** How long after something ended a handshake may still have been under way. */
export const grace = hours(1);
