/** How redeeming the one-time address went. */
export type Start = 'none' | 'accepted' | 'refused' | 'too_many';

/**
 * Exchanges the one-time token in the fragment, which no browser sends by itself, for the session cookie of the web host,
 * and takes it out of the address and the history before anything else happens.
 */
export async function redeemStart(place: Location, past: History): Promise<Start> {
  const token = /^#start=([\w.~-]+)$/.exec(place.hash)?.[1];
  if (token === undefined) return 'none';
  past.replaceState(null, '', `${place.pathname}#/`);
  const answer = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  }).catch(() => undefined);
  if (answer?.ok === true) return 'accepted';
  return answer?.status === 429 ? 'too_many' : 'refused';
}
