import type { IncomingMessage } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';

/** Why a request is refused before anything looks at what it asks for. */
export type GuardRefusal = 'wrong_host' | 'foreign_origin' | 'cross_site';

export type RequestGuard = (request: IncomingMessage) => GuardRefusal | undefined;

const bracket = (address: string): string => (address.includes(':') ? `[${address}]` : address);
/** Whether `address` means every interface. */
export const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Whether only this computer can reach `address`. */
export const isLoopback = (address: string): boolean => /^(127(\.\d+){3}|::1|localhost)$/.test(address);

/** Names under which a page may be asked for when the host listens on `address`. Anything else is DNS rebinding. */
export function allowedHosts(address: string, port: number): ReadonlySet<string> {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((item) => item.address));
  const names = isWildcard(address)
    ? [...own, hostname(), 'localhost']
    : isLoopback(address)
      ? [address, 'localhost']
      : [address];
  return new Set(names.map((name) => `${bracket(name)}:${port}`.toLowerCase()));
}

/**
 * Checks Host, Origin and Sec-Fetch-Site. What changes anything, and every socket, must come from a page of this very host;
 * reading a file may also come from a typed address. Browsers send Origin with each of the former.
 */
export function createRequestGuard(address: string, port: number): RequestGuard {
  const hosts = allowedHosts(address, port);
  return ({ method, headers }) => {
    const host = headers.host?.toLowerCase();
    if (host === undefined || !hosts.has(host)) return 'wrong_host';
    const reading = (method === 'GET' || method === 'HEAD') && headers.upgrade === undefined;
    const origin = headers.origin?.toLowerCase();
    if (origin === undefined ? !reading : origin !== `http://${host}`) return 'foreign_origin';
    const site = headers['sec-fetch-site'];
    if (site === undefined || site === 'same-origin' || (site === 'none' && reading)) return undefined;
    // A link may lead here: opening the page does nothing, it cannot be framed, and Strict keeps the cookie away.
    const opensPage = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
    return reading && opensPage ? undefined : 'cross_site';
  };
}
