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

/** Where a service shows its certificate: `host:port`, or `postgresql://host:port` for one that begins in plain text. */
export const servedAtSchema = z
  .string()
  .regex(/^(?:postgresql:\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/);

export interface ServedAt extends HostPort {
  readonly postgres: boolean;
}

export function readServedAt(text: string): ServedAt {
  const prefix = 'postgresql://';
  const postgres = text.startsWith(prefix);
  return { ...splitHostPort(postgres ? text.slice(prefix.length) : text), postgres };
}
