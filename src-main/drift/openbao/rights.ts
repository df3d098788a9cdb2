import type { Capabilities } from '../../rotation/may-rotate.ts';
import type { Found } from '../found.ts';

/** Paths that want the `sudo` capability beside writing (OpenBao, "Root protected API endpoints"). */
const protectedPath = /^sys\/auth\//;

function mayWrite(path: string, granted: readonly string[]): boolean {
  if (granted.includes('root')) return true;
  const writes = ['create', 'update'].some((word) => granted.includes(word));
  return writes && (!protectedPath.test(path) || granted.includes('sudo'));
}

/** Marks each difference whose cure this session may not bring about. Nothing is asked where nothing differs. */
export async function withRights(found: readonly Found[], capabilities: Capabilities): Promise<Found[]> {
  const wanted = found.flatMap(({ state, mend }) => (state === 'agrees' ? [] : (mend?.rights ?? [])));
  if (wanted.length === 0) return [...found];
  const granted = await capabilities([...new Set(wanted)]);
  return found.map((one) => {
    if (one.state === 'agrees') return one;
    const refused = one.mend?.rights?.find((path) => !mayWrite(path, granted.get(path) ?? []));
    return refused === undefined ? one : { ...one, refused };
  });
}
