import * as z from 'zod';

/** `host:port` as configuration files hold it; IPv6 in brackets. */
export const hostPortSchema = z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/);

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port` in its parts, IPv6 without its brackets. */
export function splitHostPort(text: string): HostPort {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** The parts as one text again. */
export const joinHostPort = ({ host, port }: HostPort): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
