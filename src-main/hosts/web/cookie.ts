/** Cookies do not know ports, so the name carries it: two consoles on one computer keep their own sessions. */
export const cookieName = (port: number): string => `bootroot_session_${port}`;

/** The value of `name` in a Cookie header, if it has the shape the host gave it. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** A session cookie: gone with the browser, unreadable to scripts, never sent from another site. */
export const setCookie = (name: string, value: string): string =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=Strict`;

export const clearCookie = (name: string): string => `${setCookie(name, '')}; Max-Age=0`;
