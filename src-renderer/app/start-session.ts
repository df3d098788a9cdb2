/** What came of the one-time address: a new session, one that was there already, a refused token, or no answer. */
export type SessionStart = 'window' | 'started' | 'signed_in' | 'refused' | 'signed_out' | 'unreachable';

/** Reads `#start=…` and takes it out of the address and the history before anything else can see it. */
function takeToken(): string | undefined {
  const match = /^#start=([\w-]{1,200})$/.exec(location.hash);
  if (match === null) return undefined;
  history.replaceState(null, '', `${location.pathname}#/`);
  return match[1];
}

/**
 * Exchanges the one-time token for a session cookie of the web host; call it before the router and the socket start.
 * In the window there is nothing to do.
 */
export async function startSession(): Promise<SessionStart> {
  if (window.bootroot !== undefined) return 'window';
  const token = takeToken();
  const options: RequestInit = { cache: 'no-store', credentials: 'same-origin', redirect: 'error' };
  try {
    if (token !== undefined) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ token });
      const answer = await fetch('/session', { ...options, method: 'POST', headers, body });
      if (answer.ok) return 'started';
    }
    const { status } = await fetch('/session', options);
    if (status === 204) return 'signed_in';
    return token === undefined ? 'signed_out' : 'refused';
  } catch {
    return 'unreachable';
  }
}
